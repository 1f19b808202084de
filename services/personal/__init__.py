"""What every service says of what it keeps about persons: one list of all columns, by which a copy for the person is made, and against
which erasing is held.

columns    what the list is made of
backbone   the list's part for the tables that every service has from the kit
reading    what is kept about one person, as it is handed out
sealing    parts that only people can open
answering  a service's answer to somebody's wish for a copy
"""
