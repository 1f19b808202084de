"""Whole orders in any order of what can happen to them, on a real PostgreSQL: no rupiah is lost, made, or without a reason."""
