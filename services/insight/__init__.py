"""Insight: what the regency sees. Sums by day and month, from events alone, published so that they expose nobody.

Hears of orders, trips, claims, tickets, licences, sellers, goods and companies, and of who wants a copy or is forgotten.
Tells nothing but its part of copies.

- `domain/known.py`: an order while it may change; `cubes.py`: what it adds to which sums; `hiding.py`: what is withheld of a month;
  `publishing.py`: what is published of it; `months.py`: when; `prices.py`: the province's list and the alarm
- `commands/counting.py`: facts into sums; `publishing.py`: months out of sums, corrected and settled; `pricing.py`: the list;
  `complaining.py`: claims and tickets by their deadlines
- `store/`: `sums.py`, `told.py` (sellers and goods), `generations.py`, `published.py`, `settling.py`, `prices.py`,
  `due.py` (licences and complaints), `personal.py`
- `schema/`: the part of the graph; `hears.py`: events heard; `loops.py`: what happens by itself; `by_hand.py`: what ops does;
  `routes.py`: what the api answers, imported by it alone; `app.py`: the wiring
"""
