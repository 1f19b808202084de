"""The embedded way to run: one supervisor, PostgreSQL, a broker, a development issuer and robots."""
