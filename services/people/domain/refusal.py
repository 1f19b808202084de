"""What all refusals of people have in common."""

from __future__ import annotations


class Refused(Exception):
    """A rule says no; the message is English, for developers."""


class Unknown(Refused):
    """It is not there, or not the caller's."""
