"""The province's list: broken rows are named and left out, a file that is none is refused whole; when a price is an alarm."""

from __future__ import annotations

from datetime import date

import pytest

from services.contracts.catalog import UnitKind
from services.insight.domain import prices
from services.insight.domain.prices import Fault, NotAPriceList, Price

HEAD = "day,commodity,unit,price_rupiah\n"


def test_rows_are_taken_per_kilogram_litre_or_piece() -> None:
    found = prices.read(
        f"{HEAD}2026-02-01,cabai-rawit,ons,8272\n2026-02-01,telur,butir,2.000\n2026-02-01,minyak,liter,16190\n"
    )
    assert list(found.prices) == [
        Price(date(2026, 2, 1), "cabai-rawit", UnitKind.MASS, 82_720),
        Price(date(2026, 2, 1), "telur", UnitKind.COUNT, 2_000),
        Price(date(2026, 2, 1), "minyak", UnitKind.VOLUME, 16_190),
    ]
    assert found.faults == []


def test_broken_rows_are_named_and_the_others_count() -> None:
    rows = ["1 Feb,gula,kg,1", "2026-02-01,Gula Pasir,kg,1", "2026-02-01,gula,karung,1", "2026-02-01,gula,kg,-5", "2026-02-01,gula",
            "", "2026-02-01,gula,kg,99999999999999", "2026-02-02,gula,kg,16475", "2026-02-02,gula,kg,16500"]  # fmt: skip
    found = prices.read(HEAD + "\n".join(rows))
    assert list(found.faults) == [
        Fault(2, "day", "1 Feb"),
        Fault(3, "commodity", "Gula Pasir"),
        Fault(4, "unit", "karung"),
        Fault(5, "price_rupiah", "-5"),
        Fault(6, "unit", ""),
        Fault(8, "price_rupiah", "99999999999999"),
    ]
    assert [each.rupiah for each in found.prices] == [16_500]  # of two the later


def test_columns_may_stand_in_any_order_by_semicolon() -> None:
    assert prices.read("﻿unit;price_rupiah;commodity;day\nkg;16475;gula;2026-02-02\n").prices[0].rupiah == 16_475


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "day,commodity,unit\n", HEAD + '2026-02-01,"gula', HEAD + "\0", HEAD + "x\n" * 2_001]
)
def test_what_is_no_list_is_refused_whole(text: str) -> None:
    with pytest.raises(NotAPriceList):
        prices.read(text)


@pytest.mark.parametrize(
    ("median", "reference", "before", "alarm"),
    [
        (121, 100, None, True),
        (120, 100, None, False),
        (121, None, 100, True),
        (500, None, None, False),
        (100, 100, 80, True),
    ],
)
def test_an_alarm_is_more_than_a_fifth_above(
    median: int, reference: int | None, before: int | None, alarm: bool
) -> None:
    assert prices.is_alarm(median, reference, before) is alarm
