"""Money, times, distances and amounts as people say them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from services.contracts.places import WIB
from services.web.words import Language

_MONTHS = {
    Language.ID: ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"],
    Language.EN: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}
_DAYS = {
    Language.ID: ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"],
    Language.EN: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
"""The graph's names."""
_AMOUNT = re.compile(r"\d{1,7}(?:[.,]\d{1,3})?", re.ASCII)
_MONEY = re.compile(r"(?:rp\.?\s*)?(\d{1,3}(?:[.,]\d{3})+|\d{1,10})(?:,-)?", re.IGNORECASE | re.ASCII)

_TIME = re.compile(r"([01]?\d|2[0-3])[.:]([0-5]\d)", re.ASCII)


def rupiah(amount: int, language: Language = Language.ID) -> str:
    """Rp69.500; in English Rp69,500, as the graph writes prices."""
    text = f"Rp{amount:,}"
    return text.replace(",", ".") if language is Language.ID else text


def money_of(text: str) -> int | None:
    """What was typed as 69500, 69.500 or Rp 69.500; None for what is no amount of money."""
    found = _MONEY.fullmatch(text.strip())
    return int(re.sub(r"[.,]", "", found[1])) if found else None


def time_of(text: str) -> str | None:
    """What was typed as 6.30 or 06:30, as 06:30; None for what is no time of day."""
    found = _TIME.fullmatch(text.strip())
    return f"{int(found[1]):02}:{found[2]}" if found else None


def decimal(number: Decimal | float, language: Language) -> str:
    """At most three decimals, without zeros at the end."""
    text = f"{number:.3f}".rstrip("0").rstrip(".") if number % 1 else f"{int(number)}"
    return text.replace(".", ",") if language is Language.ID else text


def distance(metres: int, language: Language) -> str:
    """350 m, 1,2 km."""
    if metres < 1000:
        return f"{round(metres, -1)} m"
    return f"{decimal(round(metres / 1000, 1), language)} km"


def mass(grams: int, language: Language) -> str:
    """750 gram, 1,5 kg."""
    return f"{grams} gram" if grams < 1000 else f"{decimal(Decimal(grams) / 1000, language)} kg"


def amount(base: int, base_per_unit: int, label: str, language: Language) -> str:
    """A quantity in base units as people say it: 3 ikat, 1,25 kg."""
    return f"{_grouped(Decimal(base) / base_per_unit, language)} {label}"


def _grouped(number: Decimal, language: Language) -> str:
    """2.000; 1,25."""
    if number % 1 or number < 1000:
        return decimal(number, language)
    text = f"{int(number):,}"
    return text.replace(",", ".") if language is Language.ID else text


def phone(number: str) -> str:
    """0812-3450-0003, as it is dialled here; a foreign one as it is."""
    if not number.startswith("+62"):
        return number
    digits = f"0{number[3:]}"
    return "-".join(filter(None, (digits[:4], digits[4:8], digits[8:])))


def typed(base: int, base_per_unit: int) -> str:
    """For an input of type number."""
    return decimal(Decimal(base) / base_per_unit, Language.EN)


def base_of(text: str, base_per_unit: int) -> int | None:
    """Base units of what was typed: `1,5` of a kg is 1500. None for what is no amount, or no whole number of base units."""
    if not _AMOUNT.fullmatch(text.strip()):
        return None
    try:
        base = Decimal(text.strip().replace(",", ".")) * base_per_unit
    except InvalidOperation:
        return None
    return int(base) if base == base.to_integral_value() else None


def clock(at: datetime) -> str:
    """14.05 WIB, as clocks are written here."""
    local = at.astimezone(WIB)
    return f"{local.hour:02}.{local.minute:02} WIB"  # strftime takes five times as long


def second(at: datetime) -> str:
    """14.05.30 WIB: of what ends within minutes."""
    return f"{at.astimezone(WIB):%H.%M.%S} WIB"


def moment(at: datetime, now: datetime, language: Language) -> str:
    """The time, and the day unless it is today: 14.05 WIB; Besok 06.00 WIB; Senin 24 Nov 06.00 WIB."""
    local, today = at.astimezone(WIB), now.astimezone(WIB).date()
    date_, clock_ = local.date(), f"{local.hour:02}.{local.minute:02} WIB"
    if date_ == today:
        return clock_
    if date_ == today + timedelta(days=1):
        return f"{'besok' if language is Language.ID else 'tomorrow'} {clock_}"
    return f"{day(date_, language)} {clock_}"


def day(at: date, language: Language) -> str:
    """Senin 24 Nov."""
    return f"{_DAYS[language][at.weekday()]} {at.day} {_MONTHS[language][at.month - 1]}"


def dated(at: date, language: Language) -> str:
    """24 Nov 2026: of what holds for years."""
    return f"{at.day} {_MONTHS[language][at.month - 1]} {at.year}"


def weekday(name: str, language: Language) -> str:
    """MONDAY -> Senin; what is not known stays."""
    return _DAYS[language][WEEKDAYS.index(name)] if name in WEEKDAYS else name


def minutes(seconds: int) -> int:
    """Whole ones, at least 1."""
    return max(1, round(seconds / 60))
