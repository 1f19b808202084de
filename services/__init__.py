"""Catalog, ordering and delivery, and the kit they share."""
