"""People: who somebody is. Persons and their phone numbers, codes to sign in with, sessions and tokens, staff roles, consents.

Hears of nobody. Tells that a person is there and which staff roles they have, and never a name or a number.

domain/     phone (what a number is), code (how one is guessed), limits (how many are sent), token (what an access token says),
            session, person, refusal
commands/   signing_in, sessions, numbers (a change of number), staff, persons (name, language, consents)
store/      persons, codes, sessions, staff, consents, allowances, messages, reading (what the graph shows)
schema/     people's part of the graph; oauth.py: the same by OAuth 2, and the issuer's keys
messages    a row of the table `messages` is what is to be told; the worker sends it
by_hand.py  grant: the first of the staff; housekeeping.py: what is past its time goes; settings.py, app.py: the wiring
"""
