"""Zones: when one holds, and which of several does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from services.contracts.delivery import Place, ZoneEffect, ZoneId, ZoneKind
from services.contracts.places import WIB, Hours
from services.delivery.domain import zone
from services.delivery.domain.zone import At, NotServed, Zone, ZoneIsInvalid

MARKET_DAY = datetime(2026, 3, 2, 7, 30, tzinfo=WIB)  # a Monday
PLAIN = Zone(ZoneId.seeded("z"), "Pasar", ZoneKind.RESTRICTED, ZoneEffect.DENY_PICKUP, "hari pasar")
DEAR = replace(PLAIN, effect=ZoneEffect.SURCHARGE_DROPOFF, surcharge_rupiah=2_000)
SERVED = replace(PLAIN, id=ZoneId.seeded("s"), kind=ZoneKind.SERVICE, effect=ZoneEffect.SERVE)


def test_a_zone_holds_on_its_days_and_hours_in_wib() -> None:
    weekly = replace(PLAIN, hours=[Hours(weekday=0, opens=time(5), closes=time(10))])
    assert weekly.holds(MARKET_DAY)
    assert weekly.holds(MARKET_DAY.astimezone(UTC))
    assert not weekly.holds(MARKET_DAY + timedelta(hours=3))
    assert not weekly.holds(MARKET_DAY + timedelta(days=1))
    dated = replace(PLAIN, valid_from=date(2026, 3, 2), valid_until=date(2026, 3, 2))
    midnight = datetime(2026, 3, 2, tzinfo=WIB)
    assert [dated.holds(midnight + timedelta(seconds=s)) for s in (-1, 0, 86_399, 86_400)] == [False, True, True, False]
    assert not replace(PLAIN, switched_on=False).holds(MARKET_DAY)
    assert not replace(PLAIN, ended_at=MARKET_DAY).holds(MARKET_DAY)


def test_setting_down_is_allowed_where_picking_up_is_not() -> None:
    assert zone.surcharges([At(Place.DROPOFF, [PLAIN])], [], MARKET_DAY) == ()
    with pytest.raises(NotServed, match="Pasar: hari pasar"):
        zone.surcharges([At(Place.PICKUP, [PLAIN])], [], MARKET_DAY)


def test_a_denial_beats_a_surcharge_and_an_area_of_service() -> None:
    closed = replace(PLAIN, effect=ZoneEffect.DENY_BOTH, reason_en="market day")
    with pytest.raises(NotServed, match="market day") as refused:
        zone.surcharges([At(Place.DROPOFF, [DEAR, SERVED, closed])], [SERVED], MARKET_DAY)
    assert refused.value.indonesian == "Pasar: hari pasar"


def test_where_areas_of_service_are_drawn_a_stop_lies_in_one() -> None:
    stops = [At(Place.PICKUP, [SERVED]), At(Place.DROPOFF, [])]
    with pytest.raises(NotServed) as refused:
        zone.surcharges(stops, [SERVED], MARKET_DAY)
    assert (refused.value.place, refused.value.zone) == (Place.DROPOFF, None)
    assert zone.surcharges(stops, [replace(SERVED, switched_on=False)], MARKET_DAY) == ()
    assert zone.surcharges([stops[0]], [SERVED], MARKET_DAY) == ()


def test_of_surcharges_at_one_stop_the_highest_and_a_zone_of_several_stops_once() -> None:
    both = replace(DEAR, effect=ZoneEffect.SURCHARGE_BOTH)
    dearer = replace(DEAR, id=ZoneId.seeded("d"), name="Lereng", surcharge_rupiah=5_000)
    stops = [At(Place.PICKUP, [both, dearer]), At(Place.PICKUP, [both]), At(Place.DROPOFF, [both, dearer])]
    assert zone.surcharges(stops, [], MARKET_DAY) == (dearer, both)
    assert zone.surcharges(stops[:2], [], MARKET_DAY) == (both,)


TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"surcharge_rupiah": 1}, "surcharge"),
        ({"effect": ZoneEffect.SURCHARGE_BOTH}, "surcharge"),
        ({"effect": ZoneEffect.SURCHARGE_BOTH, "surcharge_rupiah": 1_000_001}, "surcharge"),
        ({"effect": ZoneEffect.SERVE}, "effect"),
        ({"kind": ZoneKind.SERVICE}, "effect"),
        ({"valid_from": date(2026, 3, 4), "valid_until": date(2026, 3, 3)}, "validUntil"),
        ({"valid_until": date(2026, 3, 1)}, "validUntil"),
        ({"kind": ZoneKind.HAZARD, "valid_from": date(2026, 3, 3)}, "effect"),
        ({"kind": ZoneKind.HAZARD, "hours": [Hours(weekday=0, opens=time(5), closes=time(6))]}, "effect"),
        ({"hours": [Hours(weekday=0, opens=time(5), closes=time(6))] * 29}, "hours"),
    ],
)
def test_what_does_not_go_together_is_no_zone(change: dict[str, Any], field: str) -> None:
    zone.check(PLAIN, TODAY)
    zone.check(replace(PLAIN, valid_until=TODAY), TODAY)
    with pytest.raises(ZoneIsInvalid) as refused:
        zone.check(replace(PLAIN, **change), TODAY)
    assert refused.value.field == field
