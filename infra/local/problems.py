"""What can go wrong before anything runs: told to the user as it is, without a traceback."""


class CannotStart(Exception):
    """The text says what is wrong and what to do about it."""
