"""Robots: programs of their own that know the public contracts alone."""
