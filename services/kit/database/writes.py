"""Writes of one transaction that go to the database as one statement."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

_PARAMETER = re.compile(r"\$(\d+)")
_NOTHING_MORE = " SELECT"
_WRITES = re.compile(r"\bINSERT\s+INTO\b|\bDELETE\s+FROM\b|\bUPDATE\s+\w+\s+(?:(?:AS\s+)?\w+\s+)?SET\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Write:
    """What is written, as CTEs: `name AS (…), …`, with parameters from $1 on. Names are of one Write alone.

    Parts of one statement see the tables as they were before all of it, and may not change the same row: `changes` are the tables
    whose rows another write of the transaction may change too, or read. `checks` is the part that fails the statement where it may not be.
    """

    parts: str
    arguments: Sequence[object]
    changes: frozenset[str] = field(default_factory=frozenset)
    checks: str = ""


class PutOff(Protocol):
    """A Write, or what is one when its turn comes: more may be added to it until then."""

    @property
    def parts(self) -> str: ...
    @property
    def arguments(self) -> Sequence[object]: ...
    @property
    def changes(self) -> frozenset[str]: ...


def from_parameter(write: PutOff, first: int) -> str:
    """Its parts, with parameters from this number on."""
    return _renumbered(write.parts, first - 1)


def as_one(writes: Sequence[PutOff]) -> tuple[str, list[object]]:
    """The statement, and its arguments."""
    made = [(each.parts, each.arguments) for each in writes]
    text = _text(tuple((parts, len(arguments)) for parts, arguments in made), f"{_NOTHING_MORE}{_checked(writes)}")
    return text, [argument for _, arguments in made for argument in arguments]


def beside(query: str, arguments: Sequence[object], writes: Sequence[PutOff]) -> tuple[str, list[object]]:
    """The query, which may have CTEs of its own, with what is written in one statement with it."""
    made = [(each.parts, each.arguments) for each in writes]
    text = _text(tuple((parts, len(its)) for parts, its in made))
    given = [argument for _, its in made for argument in its]
    there = _renumbered(query.strip(), len(given))
    if checked := _checked(writes):
        return f"{text} SELECT found.* FROM ({there}) AS found{checked}", [*given, *arguments]
    rest = f", {there[4:].lstrip()}" if there[:4].upper() == "WITH" else f" {there}"
    return text + rest, [*given, *arguments]


def may_go_beside(query: str, writes: Sequence[PutOff]) -> bool:
    """What is written with a check has to be evaluated before a row is found: that can be of a query alone, whose parts write nothing."""
    return not _checked(writes) or not _WRITES.search(query)


def _checked(writes: Sequence[PutOff]) -> str:
    """The condition that has every check evaluated: a part that nobody asks for is left out."""
    asked = [f"EXISTS (SELECT FROM {each.checks})" for each in writes if isinstance(each, Write) and each.checks]
    return f" WHERE {' AND '.join(asked)}" if asked else ""


@lru_cache(maxsize=256)
def _text(parts: tuple[tuple[str, int], ...], rest: str = "") -> str:
    """Made once of the same parts: a connection knows a prepared statement by its text."""
    found, before = [], 0
    for text, many in parts:
        found.append(_renumbered(text, before))
        before += many
    return f"WITH {', '.join(found)}{rest}"


def _renumbered(text: str, before: int) -> str:
    return _PARAMETER.sub(lambda number: f"${int(number[1]) + before}", text) if before else text
