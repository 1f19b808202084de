"""One language: its words, and how amounts and times are said in it."""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from datetime import UTC, date, datetime

from services.contracts import places
from services.web import saying
from services.web.answers import Unit
from services.web.session import now_s
from services.web.words import Language


@dataclass(frozen=True, slots=True)
class Speaking:
    language: Language
    words: gettext.NullTranslations

    def __call__(self, text: str) -> str:
        return self.words.gettext(text) if text else ""

    def rupiah(self, amount: int) -> str:
        return saying.rupiah(amount, self.language)

    def signed(self, amount: int) -> str:
        """A sum that may go either way: -Rp5.000."""
        return f"-{self.rupiah(-amount)}" if amount < 0 else self.rupiah(amount)

    def moment(self, at: datetime) -> str:
        return saying.moment(at, datetime.fromtimestamp(now_s(), UTC), self.language)

    def span(self, begins: datetime, ends: datetime) -> str:
        """besok 07.00 - 08.00 WIB."""
        return f"{self.moment(begins).removesuffix(' WIB')} - {saying.clock(ends)}"

    def day(self, at: date) -> str:
        return saying.day(at, self.language)

    def dated(self, at: date) -> str:
        return saying.dated(at, self.language)

    def phone(self, number: str) -> str:
        return saying.phone(number)

    def clock(self, at: datetime) -> str:
        return saying.clock(at)

    def second(self, at: datetime) -> str:
        return saying.second(at)

    def percent(self, permille: int) -> str:
        """2,5 %."""
        return f"{saying.decimal(permille / 10, self.language)} %"

    def mass(self, grams: int) -> str:
        return saying.mass(grams, self.language)

    def distance(self, metres: int) -> str:
        return saying.distance(metres, self.language)

    def amount(self, base: int, unit: Unit) -> str:
        return saying.amount(base, unit.base_per_unit, unit.label, self.language)

    def typed(self, base: int, unit: Unit) -> str:
        return saying.typed(base, unit.base_per_unit)

    def weekday(self, name: str) -> str:
        return saying.weekday(name, self.language)

    def kecamatan(self, code: str) -> str:
        return places.name_of(code)

    def minutes(self, seconds: int) -> int:
        return saying.minutes(seconds)

    def duration(self, seconds: int) -> str:
        if seconds < 60:
            return self("%(n)s detik") % {"n": seconds}
        return self("%(n)s menit") % {"n": saying.minutes(seconds)}
