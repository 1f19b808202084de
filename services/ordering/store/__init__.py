"""All SQL of ordering, by what it serves: buyers, contacts, carts, placing, orders and their progress, trips, projections, the graph."""
