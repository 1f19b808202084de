"""The list of columns: of each, whether it is about a person, whether they get a copy of it, and what erasing does to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from services.kit.database.db import Connection
from services.kit.ids import Id


class Fate(StrEnum):
    """What erasing its person does to a column."""

    DELETED = "DELETED"  # with its row
    EMPTIED = "EMPTIED"  # the row stays and says nothing in it, or goes too
    STAYS = "STAYS"
    FOLLOWS = "FOLLOWS"  # goes a little later, when something else has happened


COPY = "a copy: the service that it is of hands it out"
THE_SUBJECT_NAMES_NOBODY = "it has the subject alone, which names nobody once its person is erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`shown`: columns that their person gets, with what each is in Indonesian; the column's name says it in English. `kept`: columns that
    are about a person and are not handed out, and why. `nobody`: the others, by blank.

    `rows` is SQL from FROM on, for the rows of one person, as `t`; `{subject}` and `{person}` (a uuid, NULL when another issuer knows them)
    and what `Personal.more` finds stand for values. `sql` says how a column is shown where not as it is; `also` is shown beside them: an
    expression and what it is. `fate` is what erasing does to all columns about a person, `but` to some, `because` why any of them stay.
    """

    name: str
    title: tuple[str, str] = ("", "")
    rows: str = ""
    shown: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    nobody: str = ""
    sql: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    ids: Mapping[str, type[Id]] = field(default_factory=dict)
    fate: Fate | None = None
    but: Mapping[str, Fate] = field(default_factory=dict)
    because: str = ""

    def __post_init__(self) -> None:
        listed = self.columns()
        if len(set(listed)) < len(listed):
            raise ValueError(f"{self.name}: a column is listed twice")
        about = self.about_a_person()
        if bool(about) != bool(self.rows and self.fate):
            raise ValueError(f"{self.name}: rows and fate are said where a column is about a person, and only there")
        if bool(self.shown) != all(self.title):
            raise ValueError(f"{self.name}: what is shown has a title in both languages")
        if unknown := {*self.but, *self.sql, *self.ids} - {*about}:
            raise ValueError(f"{self.name}: nothing is known of {', '.join(sorted(unknown))}")
        if {Fate.STAYS, Fate.FOLLOWS} & {self.fate_of(each) for each in about} and not self.because:
            raise ValueError(f"{self.name}: what stays does so for a reason")

    def about_a_person(self) -> list[str]:
        return [*self.shown, *self.kept]

    def columns(self) -> list[str]:
        return [*self.shown, *self.kept, *self.nobody.split()]

    def fate_of(self, column: str) -> Fate | None:
        return self.but.get(column, self.fate)


def nobody(**columns: str) -> tuple[Table, ...]:
    """Tables in which nothing is about a person, each with its columns by blank."""
    return tuple(Table(name=name, nobody=each) for name, each in columns.items())


async def _nothing(_: Connection, __: str) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """A service's own tables; `title` in Indonesian and English. `more` finds what else stands for the person of a subject in `rows`."""

    service: str
    title: tuple[str, str]
    tables: tuple[Table, ...]
    more: Callable[[Connection, str], Awaitable[Mapping[str, object]]] = _nothing
