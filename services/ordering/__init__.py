"""Ordering: buyers and their contacts, carts, orders and seller orders, payments, the ledger, and the order's process manager.

Hears what merchants and products are, what became of reservations and of trips. Tells the facts of orders and payments.
"""
