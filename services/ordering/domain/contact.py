"""Contacts: where an order goes and whom to call. Personal data: it stays in ordering's contact table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from services.contracts import phones, regency
from services.contracts.places import GeoPoint
from services.kit.text import NotText, line
from services.ordering.domain.refusal import Gathered, Refused

MAX_CONTACTS: Final = 200
MAX_CHANGES: Final = 200
"""Within a day: what was changed or deleted is kept so long, for orders that are being placed with it."""


class ContactInvalid(Refused):
    """`field` is the name in the input."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class TextIsInvalid(ContactInvalid):
    """Of `minimum` to `maximum` characters it is not, or they cannot all be read."""

    def __init__(self, field: str, reason: str, minimum: int, maximum: int) -> None:
        super().__init__(field, reason)
        self.minimum = minimum
        self.maximum = maximum


class PhoneIsInvalid(ContactInvalid):
    def __init__(self) -> None:
        super().__init__("phone", "a phone number like 0812… or +62812…")


class RegionIsUnknown(ContactInvalid):
    pass


class PointIsOutside(ContactInvalid):
    """The kecamatan that is named does not hold it."""


class PointIsClosed(ContactInvalid):
    """Nobody may stay there."""


class ContactsAreTooMany(Refused):
    def __init__(self, limit: int, what: str) -> None:
        super().__init__(f"a buyer {what} at most {limit} contacts")
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Contact:
    label: str
    recipient: str
    phone: str
    line: str
    note: str | None
    lat: float
    lng: float
    kecamatan_code: str
    desa_code: str | None


def checked_contact(contact: Contact) -> Contact:
    """The contact with its texts trimmed and its phone in E.164. Raises ContactInvalid, or a group of it, one for each field."""
    refused = Gathered()
    with refused.here():
        label = _text("label", contact.label, 1, 40)
    with refused.here():
        recipient = _text("recipient", contact.recipient, 1, 80)
    with refused.here():
        phone = phone_e164(contact.phone)
    with refused.here():
        street = _text("line", contact.line, 3, 200)
    with refused.here():
        note = None if contact.note is None or not contact.note.strip() else _text("note", contact.note, 1, 200)
    with refused.here():
        _check_region(contact)
        _check_point(contact)
    refused.tell()
    return replace(contact, label=label, recipient=recipient, phone=phone, line=street, note=note)


def _check_region(contact: Contact) -> None:
    """Raises RegionIsUnknown unless reference data knows the codes."""
    if not regency.is_kecamatan(contact.kecamatan_code):
        raise RegionIsUnknown("kecamatanCode", "not the code of a kecamatan of Lumajang")
    if contact.desa_code is not None and not (
        regency.is_village(contact.desa_code) and contact.desa_code.startswith(contact.kecamatan_code + ".")
    ):
        raise RegionIsUnknown("desaCode", "not the code of a village of that kecamatan")


def _check_point(contact: Contact) -> None:
    """In a kecamatan that there is. Raises PointIsOutside unless it holds the point, PointIsClosed unless people may be there."""
    point = GeoPoint(lat=contact.lat, lng=contact.lng)
    if not regency.lies_in(point, contact.kecamatan_code):
        raise PointIsOutside(
            "point", f"more than {regency.TOLERANCE_M} m outside the kecamatan {contact.kecamatan_code}"
        )
    if (closed := regency.closed_area(point)) is not None:
        raise PointIsClosed("point", f"within {closed.radius_m} m of {closed.name}, where nobody may stay")


def check_room(contacts: int) -> None:
    """For one more, when a buyer has this many. Raises ContactsAreTooMany."""
    if contacts >= MAX_CONTACTS:
        raise ContactsAreTooMany(MAX_CONTACTS, "keeps")


def check_changes(contacts: int) -> None:
    """For one more, when this many were changed or deleted within a day. Raises ContactsAreTooMany."""
    if contacts >= MAX_CHANGES:
        raise ContactsAreTooMany(MAX_CHANGES, "changes or deletes within a day")


def _text(name: str, given: str, shortest: int, longest: int) -> str:
    try:
        return line(given, shortest=shortest, longest=longest)
    except NotText as error:
        raise TextIsInvalid(name, str(error), shortest, longest) from error


def phone_e164(given: str) -> str:
    """`0812-3456-7890`, `62812…` and `+62 812…` are one number: `+6281234567890`. Raises PhoneIsInvalid."""
    if (number := phones.e164(given)) is None:
        raise PhoneIsInvalid
    return number
