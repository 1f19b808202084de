"""A seeded simulation of the backbone: the real rules of relay and inbox, on a database, a broker and a clock made of lists.

One seed is one schedule: who goes on next, what breaks between any two steps, what time it is. A failing seed replays exactly:
`WLIJO_SEED=123 pytest tests/slow/simulation`, or `python -m tests.slow.simulation --seed 123 --trace`.
"""
