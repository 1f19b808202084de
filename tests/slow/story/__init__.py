"""A market from nothing: an empty installation in production mode, and people who come in, sell, buy, bring and are told, through the graph alone."""
