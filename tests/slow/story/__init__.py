"""A market from nothing: an empty installation in production mode; people sell, buy, bring and are told, through the graph alone."""
