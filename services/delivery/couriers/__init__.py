"""A courier from outside of the regency, asked when nobody local goes (docs/adr/0102). It is a company like any other: this is its
program, which reads the company's feed and replies by the path of all replies. The market knows nothing of it but who is asked last.

    profile    which courier, its keys and what it may cost, as data
    port       what a courier can be asked for, and how it may fail
    lalamove   Lalamove's API v3, from its public documentation
    notices    where it tells that something has happened
    doors      where the goods are brought, read as any company's machine reads it
    working    the worker's loops
    by_hand    what ops does
"""
