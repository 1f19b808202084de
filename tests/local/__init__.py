"""Tests of the embedded way to run, without starting the whole of it."""
