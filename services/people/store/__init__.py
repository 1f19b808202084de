"""All SQL of people; typed rows come out. Import its modules by name."""
