"""Whole sessions of one careless or hostile company, over HTTP and by its topics, beside one honest company, on a real PostgreSQL.

One seed is one session: `python -m tests.slow.partner_sessions --sessions 1 --seed 123` replays it.
"""
