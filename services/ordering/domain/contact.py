"""Contacts: where an order goes and whom to call. Personal data: it stays in ordering's contact table."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from services.kit.text import NotText, line
from services.ordering.domain.refusal import Refused

MAX_CONTACTS: Final = 200


class ContactInvalid(Refused):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


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


_KECAMATAN = re.compile(r"35\.08\.\d{2}")
_DESA = re.compile(r"35\.08\.\d{2}\.\d{4}")
_SOUTH, _NORTH, _WEST, _EAST = -8.60, -7.75, 112.75, 113.50  # Lumajang with a margin


def checked_contact(contact: Contact) -> Contact:
    """The contact with its texts trimmed and its phone in E.164. Raises ContactInvalid, naming the field."""
    label = _text("label", contact.label, 1, 40)
    recipient = _text("recipient", contact.recipient, 1, 80)
    street = _text("line", contact.line, 3, 200)
    note = None if contact.note is None or not contact.note.strip() else _text("note", contact.note, 1, 200)
    if not _KECAMATAN.fullmatch(contact.kecamatan_code):
        raise ContactInvalid("kecamatanCode", "a kecamatan of Lumajang is 35.08. and two digits")
    if contact.desa_code is not None and not (
        _DESA.fullmatch(contact.desa_code) and contact.desa_code.startswith(contact.kecamatan_code + ".")
    ):
        raise ContactInvalid("desaCode", "a village's code is its kecamatan's code, a dot and four digits")
    if not (_SOUTH <= contact.lat <= _NORTH and _WEST <= contact.lng <= _EAST):
        raise ContactInvalid("point", "the place is not in Lumajang")
    phone = phone_e164(contact.phone)
    return replace(contact, label=label, recipient=recipient, phone=phone, line=street, note=note)


def check_room(contacts: int) -> None:
    """For one more, when a buyer has this many. Raises ContactInvalid."""
    if contacts >= MAX_CONTACTS:
        raise ContactInvalid("contacts", f"at most {MAX_CONTACTS}")


def _text(name: str, given: str, shortest: int, longest: int) -> str:
    try:
        return line(given, shortest=shortest, longest=longest)
    except NotText as error:
        raise ContactInvalid(name, str(error)) from error


def phone_e164(given: str) -> str:
    """`0812-3456-7890`, `62812…` and `+62 812…` are one number: `+6281234567890`. Raises ContactInvalid."""
    digits = re.sub(r"[\s().-]", "", given)
    if digits.startswith("0"):
        digits = "+62" + digits[1:]
    elif digits.startswith("62"):
        digits = "+" + digits
    if not re.fullmatch(r"\+[1-9]\d{7,14}", digits, re.ASCII):
        raise ContactInvalid("phone", "a phone number like 0812… or +62812…")
    if digits.startswith("+62") and not re.fullmatch(r"\+62[1-9]\d{7,11}", digits, re.ASCII):
        raise ContactInvalid("phone", "a phone number like 0812… or +62812…")
    return digits
