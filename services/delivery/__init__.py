"""Delivery: partners and riders, tariffs and signed quotes, trips, offers and their dispatch, positions, the partner contract.

Hears of merchants, of orders placed, confirmed and cancelled, and of what partners reply. Tells the facts of trips.
"""
