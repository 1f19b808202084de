"""What people tells: the state of a person, and nothing by which one is recognised."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from services.contracts.amounts import Language
from services.contracts.export import ExportId
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


class ExportRequested(Event, frozen=True, kw_only=True):
    """Somebody wants a copy of all that is kept about them. Every service answers with its parts (services.contracts.export), sealed for
    `public_key`, a JWK (OKP, X25519) as JSON; after `expires_at` nobody waits for them."""

    type: ClassVar[str] = "people.export_requested.v1"
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "people.exports"

    export_id: ExportId
    subject: str
    public_key: str
    requested_at: datetime
    expires_at: datetime

    def aggregate(self) -> ExportId:
        return self.export_id
