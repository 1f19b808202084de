"""Records that nobody means well by, on every topic, between honest ones: `python -m tests.slow.hostile_records --seed 1`."""
