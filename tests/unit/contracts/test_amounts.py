"""Quantities and prices as people read them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.amounts import Language, price_text, quantity_text
from services.contracts.catalog import SaleUnit, UnitKind


def _unit(label: str, kind: UnitKind, base_per_unit: int) -> SaleUnit:
    return SaleUnit(code=label, label=label, kind=kind, base_per_unit=base_per_unit, step=1, min=1)


IKAT, DOZEN = _unit("ikat", UnitKind.COUNT, 1), _unit("lusin", UnitKind.COUNT, 12)
KILO, ONS, LITRE = (
    _unit("kg", UnitKind.MASS, 1000),
    _unit("ons", UnitKind.MASS, 100),
    _unit("liter", UnitKind.VOLUME, 1000),
)
POUND = _unit("pon", UnitKind.MASS, 453)


@pytest.mark.parametrize(
    ("quantity", "unit", "indonesian", "english"),
    [
        (1500, KILO, "1,5 kg", "1.5 kg"),
        (1250, KILO, "1,25 kg", "1.25 kg"),
        (1_000_000, KILO, "1.000 kg", "1,000 kg"),
        (300, ONS, "3 ons", "3 ons"),
        (500, LITRE, "0,5 liter", "0.5 liter"),
        (3, IKAT, "3 ikat", "3 ikat"),
        (18, DOZEN, "1,5 lusin", "1.5 lusin"),
        (7, DOZEN, "7/12 lusin", "7/12 lusin"),
        (1000, POUND, "1.000 g", "1,000 g"),
    ],
)
def test_a_quantity_is_read_in_the_unit_that_it_is_sold_in(
    quantity: int, unit: SaleUnit, indonesian: str, english: str
) -> None:
    assert quantity_text(quantity, unit, Language.ID) == indonesian
    assert quantity_text(quantity, unit, Language.EN) == english


@pytest.mark.parametrize(
    ("rupiah", "basis", "unit", "indonesian", "english"),
    [
        (12_000, 1, IKAT, "Rp12.000 / ikat", "Rp12,000 / ikat"),
        (35_000, 1000, KILO, "Rp35.000 / kg", "Rp35,000 / kg"),
        (9_000, 250, KILO, "Rp9.000 / 0,25 kg", "Rp9,000 / 0.25 kg"),
        (6_000, 2, IKAT, "Rp6.000 / 2 ikat", "Rp6,000 / 2 ikat"),
    ],
)
def test_a_price_says_of_how_much_it_is(rupiah: int, basis: int, unit: SaleUnit, indonesian: str, english: str) -> None:
    assert price_text(rupiah, basis, unit, Language.ID) == indonesian
    assert price_text(rupiah, basis, unit, Language.EN) == english


def _base_units(text: str, unit: SaleUnit) -> Fraction:
    """How much a person reads, in base units."""
    number, label = text.split(" ")
    one = unit.base_per_unit if label == unit.label else 1
    return Fraction(number.replace(".", "").replace(",", ".")) * one


@given(st.integers(1, 1_000_000), st.integers(1, 5_000), st.sampled_from(UnitKind))
def test_what_is_read_is_what_is_bought(quantity: int, base_per_unit: int, kind: UnitKind) -> None:
    unit = _unit("satuan", kind, base_per_unit)
    assert _base_units(quantity_text(quantity, unit, Language.ID), unit) == quantity
