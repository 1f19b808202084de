"""All SQL of insight; typed rows come out. Import its modules by name."""
