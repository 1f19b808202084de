"""All SQL; typed rows come out. Import its modules by name."""
