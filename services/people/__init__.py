"""People: who somebody is. Persons and their phone numbers, codes to sign in with, sessions and tokens, staff roles, consents; and
what they are told.

Hears of merchants, orders and trips, to tell whom they concern, and what services answer to who wants a copy of what is kept. Tells that a
person is there, which staff roles they have, that they want such a copy and that they are forgotten, and never a name or a number.

domain/     phone (what a number is), code (how one is guessed), limits (how many are sent), token (what an access token says),
            session, person, refusal, sending (what becomes of a message), notices (the table of what is told), push (whose browsers),
            erasure (what it waits for), export (a copy of what is kept), consent (texts that people agree to),
            membership (what somebody is of)
commands/   signing_in, sessions, numbers (a change of number), staff, persons (name, language, consents), erasing,
            clients (a company's machine), exporting, publishing (texts to agree to), market (what its events mean to people),
            crews (and to who delivers), applications (and to who applies), notices (somebody is told)
store/      persons, codes, sessions, staff, consents, allowances, messages, sending, receipts, notices, heard, heard_crews, erasures,
            exports, memberships, consent_texts, personal (what is kept about whom),
            reading (what the graph shows)
schema/     people's part of the graph; oauth.py: the same by OAuth 2, and the issuer's keys; exported.py: a copy as it is fetched
messages/   a row of the table `messages` is what is to be told; port, a file for each channel, sender (the worker's lanes), inbox_page
hears.py    events, and the command of each
by_hand.py  grant: the first of the staff, export: a copy for who asked on paper, publish: a text to agree to
housekeeping.py: what is past its time goes, and who is forgotten; seed.py: people to try as; routes.py: what the api
answers, imported by it alone; settings.py, app.py: the wiring
"""
