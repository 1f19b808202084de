"""How words leave the platform: one port, a file for each way out, and the lanes that send. Import its modules by name."""
