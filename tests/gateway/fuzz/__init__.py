"""Requests that nobody means well by, against the whole gateway, with subgraphs whose answers are spoiled too."""
