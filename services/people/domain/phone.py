"""Phone numbers, as people type them and as they are kept: E.164.

Read by the library `phonenumbers`, of which `phonenumberslite` leaves out 40 MB of place names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from services.people.domain.refusal import Refused

_HOME: Final = "ID"
_LONGEST: Final = 40
"""Of what is looked at; a number has 15 digits."""
# A landline hears no message, and a call to a premium number costs who sends it.
_REACHED: Final = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class PhoneIsInvalid(Refused):
    def __init__(self) -> None:
        super().__init__("a mobile phone number like 0812… or +62812…")


class CountryIsNotServed(Refused):
    """Messages to numbers of other countries are dear, and asking for them is a known fraud."""

    def __init__(self) -> None:
        super().__init__("numbers of that country get no codes")


@dataclass(frozen=True, slots=True)
class Phones:
    """`country_codes`: whose numbers get messages."""

    country_codes: frozenset[int] = frozenset((62,))

    def e164(self, given: str) -> str:
        """`0812-3456-7890`, `62812…`, `+62 812…` and `(0812) 3456 7890` are one number. Raises PhoneIsInvalid, CountryIsNotServed."""
        if len(given) > _LONGEST or any(letter.isalpha() for letter in given):
            raise PhoneIsInvalid  # letters are digits on some keypads, and extensions
        try:
            number = phonenumbers.parse(given, _HOME)
        except NumberParseException as error:
            raise PhoneIsInvalid from error
        if number.country_code not in self.country_codes:
            if phonenumbers.is_valid_number(number):
                raise CountryIsNotServed
            raise PhoneIsInvalid
        if number.extension or phonenumbers.number_type(number) not in _REACHED:
            raise PhoneIsInvalid
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
