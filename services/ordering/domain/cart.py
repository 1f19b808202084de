"""Rules of carts, contacts and money. Pure: times and ids come as arguments."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.places import WIB, Hours

MAX_CART_LINES: Final = 50
MAX_CONTACTS: Final = 200
MAX_QUANTITY: Final = 1_000_000
"""Base units of one line: a tonne, or a million pieces."""


class Refused(Exception):
    """What was asked cannot be done, for a reason that the caller can act on; nothing was written."""


class Unknown(Refused):
    """It does not exist, or is not the caller's."""


class ContactInvalid(Refused):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class CartIsEmpty(Refused):
    pass


class CartIsFull(Refused):
    def __init__(self, limit: int) -> None:
        super().__init__(f"a cart has at most {limit} lines")
        self.limit = limit


class QuantityInvalid(Refused):
    def __init__(self, variant_id: VariantId, minimum: int, step: int) -> None:
        super().__init__(f"{variant_id} is sold from {minimum} up, in steps of {step}, at most {MAX_QUANTITY}")
        self.variant_id = variant_id
        self.minimum = minimum
        self.step = step


class ProductIsUnavailable(Refused):
    def __init__(self, variant_id: VariantId) -> None:
        super().__init__(f"{variant_id} is not for sale")
        self.variant_id = variant_id


class MerchantIsClosed(Refused):
    def __init__(self, merchant_id: MerchantId, opens_at: datetime | None) -> None:
        super().__init__(f"{merchant_id} is closed")
        self.merchant_id = merchant_id
        self.opens_at = opens_at


class MerchantIsSuspended(Refused):
    def __init__(self, merchant_id: MerchantId) -> None:
        super().__init__(f"{merchant_id} does not sell now")
        self.merchant_id = merchant_id


class PriceHasChanged(Refused):
    def __init__(self, total_rupiah: int) -> None:
        super().__init__(f"the total is {total_rupiah} rupiah")
        self.total_rupiah = total_rupiah


class QuoteIsInvalid(Refused):
    pass


class QuoteIsExpired(Refused):
    def __init__(self, expired_at: datetime) -> None:
        super().__init__(f"the quote was good until {expired_at}")
        self.expired_at = expired_at


class QuoteIsUsed(Refused):
    pass


class IsTooHeavy(Refused):
    def __init__(self, mass_gram: int, limit_gram: int) -> None:
        super().__init__(f"{mass_gram} g exceed the quote's {limit_gram} g")
        self.mass_gram = mass_gram
        self.limit_gram = limit_gram


class IsBehind(Refused):
    """Too much waits to be told: taking more would only make promises late."""


def line_total(price_rupiah: int, quantity: int, basis: int) -> int:
    """Rupiah of `quantity` base units at `price_rupiah` per `basis` of them, half-up."""
    return (2 * price_rupiah * quantity + basis) // (2 * basis)


def line_mass(quantity: int, gram_per_base: float) -> int:
    """Grams, rounded up: a rider's limit is not to be passed by rounding."""
    return math.ceil(quantity * Fraction(str(gram_per_base)))


def check_quantity(variant_id: VariantId, quantity: int, *, minimum: int, step: int) -> None:
    """Raises QuantityInvalid."""
    if not minimum <= quantity <= MAX_QUANTITY or quantity < 1 or (quantity - minimum) % step:
        raise QuantityInvalid(variant_id, minimum, step)


def next_opening(hours: Sequence[Hours], after: datetime) -> datetime | None:
    """The first opening after an instant; None when it never opens again."""
    local = after.astimezone(WIB)
    openings = [
        datetime.combine(local.date() + timedelta(days=days), each.opens, WIB)
        for days in range(8)
        for each in hours
        if each.weekday == (local.weekday() + days) % 7
    ]
    return min((opening for opening in openings if opening > after), default=None)


@dataclass(frozen=True, slots=True)
class Contact:
    """Where an order goes and whom to call. Personal data: it stays in ordering's contact table."""

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
_TEXTS: Final[tuple[tuple[str, int, int], ...]] = (("label", 1, 40), ("recipient", 1, 80), ("line", 3, 200))


def checked_contact(contact: Contact) -> Contact:
    """The contact with its texts trimmed and its phone in E.164. Raises ContactInvalid, naming the field."""
    texts = {}
    for name, shortest, longest in _TEXTS:
        texts[name] = _text(name, getattr(contact, name), shortest, longest)
    note = None if contact.note is None or not contact.note.strip() else _text("note", contact.note, 1, 200)
    if not _KECAMATAN.fullmatch(contact.kecamatan_code):
        raise ContactInvalid("kecamatanCode", "a kecamatan of Lumajang is 35.08. and two digits")
    if contact.desa_code is not None and not (
        _DESA.fullmatch(contact.desa_code) and contact.desa_code.startswith(contact.kecamatan_code + ".")
    ):
        raise ContactInvalid("desaCode", "a village's code is its kecamatan's code, a dot and four digits")
    if not (_SOUTH <= contact.lat <= _NORTH and _WEST <= contact.lng <= _EAST):
        raise ContactInvalid("point", "the place is not in Lumajang")
    return Contact(
        label=texts["label"],
        recipient=texts["recipient"],
        phone=phone_e164(contact.phone),
        line=texts["line"],
        note=note,
        lat=contact.lat,
        lng=contact.lng,
        kecamatan_code=contact.kecamatan_code,
        desa_code=contact.desa_code,
    )


def _text(name: str, given: str, shortest: int, longest: int) -> str:
    text = " ".join(given.split())
    if not shortest <= len(text) <= longest:
        raise ContactInvalid(name, f"{shortest} to {longest} characters")
    if has_controls(text):
        raise ContactInvalid(name, "no control characters")
    return text


def has_controls(text: str) -> bool:
    """Control characters have no business in what people read, and the database takes no NUL."""
    return any(unicodedata.category(letter) == "Cc" for letter in text)


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
