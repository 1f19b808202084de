"""What people tells: the state of a person, and nothing by which one is recognised."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from services.contracts.amounts import Language
from services.kit.ids import Id
from services.kit.messaging.envelope import Event, Stream, source_of

SOURCE = source_of("people")


class PersonId(Id, prefix="per"):
    """Written as text it is the subject of the person's tokens."""


class StaffRole(StrEnum):
    """What somebody does for the platform or the regency; in tokens in lower case."""

    OFFICER = "OFFICER"
    OPS = "OPS"


class PersonEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "people.persons"
    stream: ClassVar[Stream] = Stream.STATE

    person_id: PersonId

    def aggregate(self) -> PersonId:
        return self.person_id


class PersonChanged(PersonEvent, frozen=True, kw_only=True):
    """The person's whole state, told when they register and whenever it changes. Name and phone number are asked for, never told."""

    type: ClassVar[str] = "people.person_changed.v1"

    registered_at: datetime
    language: Language
    staff_roles: list[StaffRole]


class PersonErased(PersonEvent, frozen=True, kw_only=True):
    """The last that is told of a person. Whatever is kept of them by their subject goes, orders and accounts apart; they come never again:
    who signs in with their number is somebody else."""

    type: ClassVar[str] = "people.person_erased.v1"

    erased_at: datetime
