"""Runs a plan: fetches, merges, and writes the answer that the specification asks for."""
