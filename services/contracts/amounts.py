"""Quantities and prices as people read them: "1,5 kg", "Rp12.000 / ikat"."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from typing import Final

from services.contracts.catalog import SaleUnit, UnitKind


class Language(StrEnum):
    ID = "ID"
    EN = "EN"


_THOUSANDS: Final = {Language.ID: ".", Language.EN: ","}
_DECIMAL: Final = {Language.ID: ",", Language.EN: "."}
_BASE: Final = {UnitKind.MASS: "g", UnitKind.VOLUME: "ml"}
_DECIMALS: Final = 3


def quantity_text(quantity: int, unit: SaleUnit, language: Language) -> str:
    """Exact: what three decimals of the unit do not show is told in grams or millilitres, and of pieces as a fraction."""
    shown = _decimal(Fraction(quantity, unit.base_per_unit), language)
    if shown is not None:
        return f"{shown} {unit.label}"
    if (base := _BASE.get(unit.kind)) is not None:
        return f"{_whole(quantity, language)} {base}"
    return f"{Fraction(quantity, unit.base_per_unit)} {unit.label}"


def rupiah_text(rupiah: int, language: Language) -> str:
    return f"Rp{_whole(rupiah, language)}"


def price_text(rupiah: int, basis: int, unit: SaleUnit, language: Language) -> str:
    """For what `basis` base units are; one unit needs no number."""
    of = unit.label if basis == unit.base_per_unit else quantity_text(basis, unit, language)
    return f"{rupiah_text(rupiah, language)} / {of}"


def capped(rupiah: int, overrun_percent: int) -> int:
    """The most that what is estimated at so much may come to, half up."""
    return (2 * rupiah * (100 + overrun_percent) + 100) // 200


def _decimal(number: Fraction, language: Language) -> str | None:
    """None for what needs more decimals than people read."""
    thousandths = number * 10**_DECIMALS
    if thousandths.denominator != 1:
        return None
    whole, rest = divmod(thousandths.numerator, 10**_DECIMALS)
    decimals = f"{rest:0{_DECIMALS}}".rstrip("0")
    return _whole(whole, language) + (_DECIMAL[language] + decimals if decimals else "")


def _whole(number: int, language: Language) -> str:
    return f"{number:,}".replace(",", _THOUSANDS[language])
