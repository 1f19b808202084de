"""Catalog: merchants and their hours, products, variants and prices, stock and its timed reservations.

Hears of orders placed, confirmed and cancelled. Tells what merchants and products are now, and what became of a reservation.
"""
