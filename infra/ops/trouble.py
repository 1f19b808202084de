"""What ops can mend: told as it is, without a traceback."""


class Trouble(Exception):
    """The text says what is wrong and what to do about it."""
