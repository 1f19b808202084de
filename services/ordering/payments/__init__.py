"""Payments by code. `port` is what a provider can be asked for; `snap` speaks Indonesia's national interface to one, as its `profile` says,
with `signing`; `emv` reads the code that comes. `working` asks what is due, `notices` hears that something has happened. Nothing here
decides anything: what has come is told to the commands.
"""
