"""All SQL of ordering, by what it serves: carts, placing, orders and their progress, projections, and what the graph reads."""
