"""`ops partner`: a company's access, on every channel by one command line."""
