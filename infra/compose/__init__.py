"""The compose way to run: its secrets, its roles and databases."""
