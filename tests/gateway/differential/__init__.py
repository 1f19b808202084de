"""Gateways beside the truth: one plain execution of graphql-core over the merged schema with the same data."""
