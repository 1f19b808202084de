"""Machinery that the services share and that has no business word in it."""
