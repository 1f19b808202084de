"""What who would sell declares: all that is wrong is told at once, and the class is the law's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import application
from services.catalog.domain.application import Application, UmkmClass, checked, umkm_class
from services.contracts.catalog import MerchantKind

GOOD = Application(
    name="  Keripik\nBu Tun ",
    kind=MerchantKind.HOME,
    kecamatan_code="35.08.10",
    desa_code="35.08.10.1011",
    lat=-8.1291,
    lng=113.2241,
    contact_name="Bu Tun",
    phone="0812-3456-7890",
    yearly_sales_rupiah=None,
    capital_rupiah=5_000_000,
)
BILLION = 1_000_000_000


def test_what_is_kept_is_in_one_line_and_can_be_called() -> None:
    found = checked(GOOD)
    assert (found.application.name, found.application.phone) == ("Keripik Bu Tun", "+6281234567890")
    assert found.umkm_class is UmkmClass.MIKRO


@pytest.mark.parametrize(
    ("sales", "capital", "expected"),
    [
        (0, None, UmkmClass.MIKRO),
        (2 * BILLION, None, UmkmClass.MIKRO),
        (2 * BILLION + 1, None, UmkmClass.KECIL),
        (15 * BILLION, None, UmkmClass.KECIL),
        (15 * BILLION + 1, None, UmkmClass.MENENGAH),
        (50 * BILLION, None, UmkmClass.MENENGAH),
        (None, BILLION, UmkmClass.MIKRO),
        (None, BILLION + 1, UmkmClass.KECIL),
        (None, 5 * BILLION, UmkmClass.KECIL),
        (None, 5 * BILLION + 1, UmkmClass.MENENGAH),
        (None, 10 * BILLION, UmkmClass.MENENGAH),
        (BILLION, 9 * BILLION, UmkmClass.MIKRO),  # sales go before capital
    ],
)
def test_the_class_is_that_of_the_law(sales: int | None, capital: int | None, expected: UmkmClass) -> None:
    assert umkm_class(sales, capital) is expected


@given(st.integers(0, 50 * BILLION), st.integers(0, 50 * BILLION))
def test_more_sales_are_never_a_smaller_class(one: int, other: int) -> None:
    order = list(UmkmClass)
    assert order.index(umkm_class(min(one, other), None)) <= order.index(umkm_class(max(one, other), None))


@pytest.mark.parametrize(
    ("wrong", "refusal", "field"),
    [
        ({"name": "   "}, application.TextIsInvalid, "name"),
        ({"name": "x" * 61}, application.TextIsInvalid, "name"),
        ({"name": "a\u202eb"}, application.TextIsInvalid, "name"),
        ({"contact_name": "a\u200bb"}, application.TextIsInvalid, "contactName"),
        ({"phone": "12"}, application.PhoneIsInvalid, "phone"),
        ({"kecamatan_code": "35.09.01"}, application.RegionIsUnknown, "kecamatanCode"),
        ({"desa_code": "35.08.11.2001"}, application.RegionIsUnknown, "desaCode"),
        ({"lat": 0.0, "lng": 0.0}, application.PointIsOutside, "point"),
        ({"capital_rupiah": None}, application.SizeIsUnknown, "yearlySales"),
        ({"capital_rupiah": 10 * BILLION + 1}, application.BusinessIsTooLarge, "capital"),
        ({"yearly_sales_rupiah": 50 * BILLION + 1}, application.BusinessIsTooLarge, "yearlySales"),
    ],
)
def test_each_mistake_is_told_by_its_field(wrong: dict[str, Any], refusal: type[Exception], field: str) -> None:
    with pytest.raises(application.ApplicationInvalid) as refused:
        checked(replace(GOOD, **wrong))
    assert (type(refused.value), refused.value.field) == (refusal, field)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ExceptionGroup) as refused:
        checked(replace(GOOD, name="", phone="x", kecamatan_code="x", capital_rupiah=None))
    fields = [each.field for each in refused.value.exceptions if isinstance(each, application.ApplicationInvalid)]
    assert fields == ["name", "phone", "kecamatanCode", "yearlySales"]
