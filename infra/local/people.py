"""The seeded people: who may get a token from the development issuer, and as whom."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from services.kit.ids import Id

FILE = Path(__file__).with_name("people.json")
ROLES = ("buyer", "merchant", "rider", "partner", "ops", "officer", "government")


class _Person(Id, prefix="per"):
    """As people names them."""


class _Partner(Id, prefix="ptn"):
    """As delivery names them; told apart here, so that nothing of a service is imported."""


class _Merchant(Id, prefix="mer"):
    """As catalog names them."""


class _Rider(Id, prefix="rid"):
    """As delivery names them."""


@dataclass(frozen=True)
class Person:
    name: str
    role: str
    partner: str | None = None

    @property
    def subject(self) -> str:
        return str(_Person.seeded(self.name))

    @property
    def partner_id(self) -> str | None:
        """Whom a partner's own user speaks for; nobody else's token carries it."""
        return partner_id(self.partner) if self.partner and self.role == "partner" else None


def partner_id(key: str) -> str:
    return str(_Partner.seeded(key))


def merchant_id(key: str) -> str:
    return str(_Merchant.seeded(key))


def rider_id(key: str) -> str:
    return str(_Rider.seeded(key))


def everyone(file: Path = FILE) -> list[Person]:
    return [Person(entry["name"], entry["role"], entry.get("partner")) for entry in json.loads(file.read_text())]


def find(people: list[Person], role: str, name: str | None) -> Person | None:
    """Without a name the first of that role."""
    return next((person for person in people if person.role == role and name in (None, person.name)), None)
