"""Pure rules. Import its modules by name."""
