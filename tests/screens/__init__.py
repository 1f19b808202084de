"""The pages in a real browser, as `make test-web` runs them: who sees what, axe's rules, five people at once."""
