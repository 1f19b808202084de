"""What a look has found, and how bad it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """As the alerts': *page* now, whatever the hour; *warn* today. What could not be looked at is never well."""

    PAGE = "page"
    WARN = "warn"
    UNSEEN = "not looked at"
    WELL = "well"

    @property
    def exit_code(self) -> int:
        """Beside 1 and 2, which say that the command itself failed."""
        return {Severity.PAGE: 20, Severity.WARN: 10}.get(self, 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """`name` is a word for scripts, `about` which of several things; `do` is a command, or where there is none what a person does."""

    name: str
    severity: Severity
    seen: str
    do: str = ""
    about: str = ""


def page(name: str, seen: str, do: str, about: str = "") -> Finding:
    return Finding(name, Severity.PAGE, seen, do, about)


def warn(name: str, seen: str, do: str, about: str = "") -> Finding:
    return Finding(name, Severity.WARN, seen, do, about)


def well(name: str, seen: str, about: str = "") -> Finding:
    return Finding(name, Severity.WELL, seen, about=about)


def unseen(name: str, because: str, do: str = "", about: str = "") -> Finding:
    return Finding(name, Severity.UNSEEN, because, do, about)
