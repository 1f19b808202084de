"""What may happen to the public schema between releases, and how it is told: needs Python alone."""
