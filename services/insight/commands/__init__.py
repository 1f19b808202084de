"""What can be done, each in the caller's transaction: lock, decide, save, tell. Import its modules by name."""
