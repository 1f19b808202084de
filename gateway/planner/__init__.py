"""From an operation to the fetches that answer it."""
