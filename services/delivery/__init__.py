"""Delivery: partners and riders, tariffs and signed quotes, trips, offers and their dispatch, positions, the partner contract.

Hears of merchants, of orders placed, confirmed, packed and cancelled, and of what partners reply. Tells the facts of trips, and each
partner what concerns it. Begin with `domain` (the trip's machine), `dispatch` (who is asked) and `partner_events` (the contract,
docs/partners.md); `replies` is the one path of what partners say, `quoting` makes what the buyer is promised.
"""
