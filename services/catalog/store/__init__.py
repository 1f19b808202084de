"""All SQL of the catalog; typed rows come out. Import its modules by name."""
