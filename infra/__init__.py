"""Ways to run the platform."""
