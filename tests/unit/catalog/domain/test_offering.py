"""What a merchant says of goods is checked whole, and what is left out is what is usual."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import offering
from services.catalog.domain.offering import (
    CategoryIsUnknown,
    Changed,
    Described,
    NumberIsOutOfRange,
    RegionIsUnknown,
    Sold,
    TextIsInvalid,
    Unit,
    UnitDoesNotFit,
    UnitIsUnknown,
    VariantsAreTooMany,
)
from services.contracts.catalog import UnitKind
from services.kit.invalid import FieldInvalid

IKAT = Unit("ikat", "ikat", UnitKind.COUNT, 1)
KG = Unit("kg", "kg", UnitKind.MASS, 1_000)
ONS = Unit("ons", "ons", UnitKind.MASS, 100)
LITER = Unit("liter", "liter", UnitKind.VOLUME, 1_000)


def sold(**said: Any) -> Sold:
    plain: dict[str, Any] = {"label": "per ikat", "unit": "ikat", "step": None, "min": None, "price_rupiah": 3_000,
                             "price_basis": None, "gram_per_unit": None, "on_hand": 0}  # fmt: skip
    return Sold(**(plain | said))


def refusals(given: Sold, unit: Unit | None) -> dict[str, type[Exception]]:
    try:
        offering.offered(given, unit, at="variant")
    except FieldInvalid as one:
        return {one.field: type(one)}
    except ExceptionGroup as several:
        return {each.field: type(each) for each in several.exceptions if isinstance(each, FieldInvalid)}
    return {}


def test_what_is_left_out_is_what_is_usual_for_the_unit() -> None:
    ikat = offering.offered(sold(gram_per_unit=250), IKAT, at="variant")
    assert (ikat.step, ikat.min, ikat.price_basis, ikat.gram_per_base) == (1, 1, 1, 250.0)
    kg = offering.offered(sold(), KG, at="variant")
    assert (kg.step, kg.min, kg.price_basis, kg.gram_per_base) == (250, 250, 1_000, 1.0)
    ons = offering.offered(sold(step=50), ONS, at="variant")
    assert (ons.step, ons.min, ons.price_basis) == (50, 50, 100)
    liter = offering.offered(sold(gram_per_unit=920), LITER, at="variant")
    assert (liter.step, liter.gram_per_base) == (250, 0.92)


def test_a_price_is_for_whole_units_or_an_even_part() -> None:
    for basis in (100, 500, 1_000, 2_000):
        assert refusals(sold(price_basis=basis), KG) == {}
    for basis in (300, 1_500):
        assert refusals(sold(price_basis=basis), KG) == {"variant.priceBasis": UnitDoesNotFit}


@pytest.mark.parametrize(
    ("said", "unit", "found"),
    [
        ({"label": " "}, KG, {"variant.label": TextIsInvalid}),
        ({"price_rupiah": 0}, KG, {"variant.price": NumberIsOutOfRange}),
        ({"price_rupiah": 10**12}, KG, {"variant.price": NumberIsOutOfRange}),
        ({"step": -1}, KG, {"variant.step": NumberIsOutOfRange}),
        ({"step": 200, "min": 300}, KG, {"variant.min": UnitDoesNotFit}),
        ({"price_basis": 0}, KG, {"variant.priceBasis": NumberIsOutOfRange}),
        ({"gram_per_unit": 900}, KG, {"variant.gramPerUnit": UnitDoesNotFit}),
        ({}, IKAT, {"variant.gramPerUnit": UnitDoesNotFit}),
        ({"gram_per_unit": 0}, IKAT, {"variant.gramPerUnit": NumberIsOutOfRange}),
        ({"on_hand": -1}, KG, {"variant.onHand": NumberIsOutOfRange}),
        ({}, None, {"variant.unit": UnitIsUnknown}),
        (
            {"label": "", "price_rupiah": -5, "step": 10**7},
            KG,
            {"variant.label": TextIsInvalid, "variant.price": NumberIsOutOfRange, "variant.step": NumberIsOutOfRange},
        ),
    ],
    ids=["no_label", "no_price", "a_fortune", "backwards", "off_the_step", "for_nothing", "lighter_than_it_is", "no_mass",
         "weighs_nothing", "less_than_nothing", "no_unit", "all_at_once"],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_field(said: dict[str, Any], unit: Unit | None, found: dict[str, Any]) -> None:
    assert refusals(sold(**said), unit) == found


def test_a_product_is_told_all_that_is_wrong_with_it() -> None:
    wrong = Described("", "x" * 1_001, "nothing", "35.09.10.1001", 0)
    with pytest.raises(ExceptionGroup) as raised:
        offering.described(wrong, ["sayur"], at="input")
    found = {each.field: type(each) for each in raised.value.exceptions if isinstance(each, FieldInvalid)}
    assert found == {
        "input.name": TextIsInvalid, "input.description": TextIsInvalid, "input.category": CategoryIsUnknown,
        "input.originDesaCode": RegionIsUnknown, "input.keepsForS": NumberIsOutOfRange,
    }  # fmt: skip
    right = Described("  Bayam  hijau ", "", "sayur", None, None)
    assert offering.described(right, ["sayur"], at="input").name == "Bayam hijau"


@given(st.integers(1, 2_000), st.integers(1, 2_000), st.sampled_from((IKAT, KG, ONS, LITER)))
def test_a_changed_variant_can_be_sold_still(step: int, least: int, unit: Unit) -> None:
    gram = 250 if unit.kind is UnitKind.COUNT else None
    present = sold(step=step, min=step * 3, gram_per_unit=gram)
    by_step = offering.changed(present, Changed(None, least, None, None))
    assert refusals(by_step, unit) == {}
    kept = offering.changed(present, Changed("per dua", None, None, None))
    assert kept == replace(present, label="per dua")


def test_a_product_has_some_variants_and_no_more_than_so_many() -> None:
    for count in (1, offering.MAX_VARIANTS):
        offering.check_variants(count)
    for count in (0, offering.MAX_VARIANTS + 1):
        with pytest.raises(VariantsAreTooMany):
            offering.check_variants(count)
