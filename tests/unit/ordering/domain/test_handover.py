"""When and where a merchant's goods can be had: hours in WIB, midnight, closures, stops, cut-offs."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.catalog import MerchantId, MerchantStatus, Stop, StopId
from services.contracts.ordering import HandoverWay
from services.contracts.places import WIB, Closure, GeoPoint, Hours, trades
from services.ordering.domain.cart import MerchantsAreTooMany
from services.ordering.domain.handover import (
    ANSWER_WITHIN,
    LEAST,
    MOST_SLOTS,
    NOW,
    REQUEST_BEFORE,
    Chosen,
    Slot,
    SlotIsNotOffered,
    SlotUnavailable,
    Wanted,
    answer_within,
    choose,
    offered,
    slots,
    with_limits,
)
from services.ordering.domain.offer import OfferedMerchant

DELIVERY, PICKUP, ROUTE_STOP = HandoverWay.DELIVERY, HandoverWay.PICKUP, HandoverWay.ROUTE_STOP
HERE = GeoPoint(lat=-8.13, lng=113.22)
SUNDAY = date(2026, 11, 29)


def wib(clock: str, day: date = SUNDAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), WIB)


def every_day(opens: str, closes: str) -> list[Hours]:
    return [Hours(weekday=day, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes)) for day in range(7)]


def a_merchant(name: str = "stall", **changed: Any) -> OfferedMerchant:
    values: dict[str, Any] = {
        "id": MerchantId.seeded(name),
        "status": MerchantStatus.ACTIVE,
        "hours": every_day("07:00", "10:00"),
        "closures": [],
        "always_open": False,
        "auto_accept": True,
        "accept_within_s": 300,
        "prep_time_s": 600,
        "name": name,
        "point": HERE,
        "pickups_per_hour": 2,
        "deliveries_per_hour": 3,
        **changed,
    }
    return OfferedMerchant(**values)


def a_stop(name: str = "balai desa", **changed: Any) -> Stop:
    values: dict[str, Any] = {
        "stop_id": StopId.seeded(name),
        "weekday": 0,
        "arrives": time(6, 30),
        "label": name,
        "point": HERE,
        "orders": 5,
        "order_until_s": 8 * 3600,
        **changed,
    }
    return Stop(**values)


def times(found: list[Slot], way: HandoverWay) -> list[str]:
    return [f"{slot.starts:%a %H:%M}-{slot.ends:%H:%M}" for slot in found if slot.way is way]


def test_what_is_collected_is_had_in_each_hour_of_the_counter_to_the_end_of_tomorrow() -> None:
    found = slots(a_merchant(), wib("08:20"))
    assert times(found, PICKUP) == [
        "Sun 08:00-09:00", "Sun 09:00-10:00", "Mon 07:00-08:00", "Mon 08:00-09:00", "Mon 09:00-10:00",
    ]  # fmt: skip
    first = found[0]
    assert first.order_until == wib("08:45")  # an answer and the packing take a quarter of an hour
    assert next(slot.order_until for slot in found if slot.way is DELIVERY) == wib("08:15")


def test_what_is_brought_later_is_fetched_while_the_merchant_trades() -> None:
    found = slots(a_merchant(), wib("07:10"))
    assert times(found, DELIVERY) == [
        "Sun 08:00-09:00", "Sun 09:00-10:00", "Mon 07:00-08:00", "Mon 08:00-09:00", "Mon 09:00-10:00",
    ]  # fmt: skip
    assert all(slot.pack_by == slot.starts - REQUEST_BEFORE for slot in found if slot.way is DELIVERY)


def test_parts_of_an_hour_are_cut_where_the_counter_opens_shuts_and_is_closed() -> None:
    shut = Closure(starts=wib("08:20").astimezone(UTC), ends=wib("08:40").astimezone(UTC))
    found = slots(a_merchant(hours=every_day("07:50", "09:10"), closures=[shut]), wib("06:00"))
    # Ten minutes before the first hour and after the last are too short to come in.
    assert times(found, PICKUP)[:2] == ["Sun 08:00-08:20", "Sun 08:40-09:00"]
    assert times(found, PICKUP)[2:] == ["Mon 08:00-09:00"]


def test_a_night_over_midnight_is_one_night_and_the_day_after_tomorrow_is_not_offered() -> None:
    found = slots(a_merchant(hours=every_day("22:00", "01:00")), wib("23:30"))
    assert times(found, PICKUP) == [
        "Sun 23:00-00:00", "Mon 00:00-01:00", "Mon 22:00-23:00", "Mon 23:00-00:00",
    ]  # fmt: skip


def test_the_day_is_wibs_also_where_utc_has_another() -> None:
    at = wib("00:30", date(2026, 11, 30))
    assert at.astimezone(UTC).date() == SUNDAY
    found = offered([a_merchant()], {}, at.astimezone(UTC), date(2026, 11, 30))
    assert {each.first.starts.astimezone(WIB).date() for each in found} == {date(2026, 11, 30)}
    assert len(found) == 6


def test_a_stop_is_offered_for_its_next_time_and_for_the_week_after_once_that_is_too_late() -> None:
    merchant = a_merchant(hours=[], stops=[a_stop()])
    (slot,) = slots(merchant, wib("22:00"))
    assert (slot.starts, slot.ends) == (wib("06:30", date(2026, 11, 30)), wib("07:00", date(2026, 11, 30)))
    assert slot.order_until == wib("22:30")
    (late,) = slots(merchant, wib("22:30"))
    assert late.starts == wib("06:30", date(2026, 12, 7))


def test_a_time_before_the_rounds_first_is_past_midnight() -> None:
    round_of_sunday = [
        a_stop("first", weekday=6, arrives=time(22), order_until_s=0),
        a_stop("second", weekday=6, arrives=time(0, 30), order_until_s=0),
    ]
    found = slots(a_merchant(hours=[], stops=round_of_sunday), wib("23:59"))
    assert [(slot.place, slot.starts) for slot in found] == [
        ("second", wib("00:30", date(2026, 11, 30))),
        ("first", wib("22:00", date(2026, 12, 6))),
    ]
    after_midnight = slots(a_merchant(hours=[], stops=round_of_sunday), wib("00:10", date(2026, 11, 30)))
    assert after_midnight[0].starts == wib("00:30", date(2026, 11, 30))


def test_a_stop_that_takes_none_is_not_offered_and_one_on_a_holiday_says_so() -> None:
    shut = Closure(starts=wib("00:00", date(2026, 11, 30)), ends=wib("00:00", date(2026, 12, 1)))
    merchant = a_merchant(hours=[], stops=[a_stop(), a_stop("none", orders=0)], closures=[shut])
    (found,) = offered([merchant], {}, wib("12:00"))
    assert (found.first.place, found.unavailable) == ("balai desa", SlotUnavailable.CLOSED)
    with pytest.raises(SlotIsNotOffered):
        choose([merchant], Wanted(ROUTE_STOP, found.first.starts, found.first.stop_id), wib("12:00"))


def test_of_several_merchants_only_what_all_of_them_have_is_offered_and_only_brought() -> None:
    one, other = a_merchant("one"), a_merchant("other", hours=every_day("09:00", "12:00"), deliveries_per_hour=1)
    found = offered([one, other], {}, wib("06:00"))
    assert [(each.first.way, each.first.starts, each.left) for each in found] == [
        (DELIVERY, wib("09:00"), 1),
        (DELIVERY, wib("09:00", date(2026, 11, 30)), 1),
    ]
    with pytest.raises(MerchantsAreTooMany) as refused:
        choose([one, other], Wanted(PICKUP, wib("09:00")), wib("06:00"))
    assert refused.value.limit == 1
    assert len(choose([one, other], Wanted(DELIVERY, wib("09:00")), wib("06:00")).slots) == 2


def test_what_is_full_or_too_late_says_so() -> None:
    merchant, at = a_merchant(), wib("08:50")
    full = next(slot for slot in slots(merchant, at) if slot.starts == wib("09:00") and slot.way is PICKUP)
    found = {(each.first.way, each.first.starts): each for each in offered([merchant], {full.key: 2}, at)}
    assert found[PICKUP, wib("08:00")].unavailable is SlotUnavailable.TOO_LATE
    assert (found[PICKUP, wib("09:00")].unavailable, found[PICKUP, wib("09:00")].left) == (SlotUnavailable.FULL, 0)
    assert found[PICKUP, wib("07:00", date(2026, 11, 30))].unavailable is None
    with pytest.raises(SlotIsNotOffered) as refused:
        choose([merchant], Wanted(PICKUP, wib("08:00")), at)
    assert refused.value.until == wib("08:45")


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(PICKUP, wib("08:30")),
        Wanted(PICKUP, wib("08:00", date(2026, 12, 1))),
        Wanted(ROUTE_STOP, wib("08:00"), StopId.seeded("another's")),
        Wanted(DELIVERY, wib("12:00")),
    ],
)
def test_what_is_not_offered_cannot_be_chosen(wanted: Wanted) -> None:
    with pytest.raises(SlotIsNotOffered):
        choose([a_merchant()], wanted, wib("06:00"))


def test_now_is_no_slot() -> None:
    assert choose([a_merchant()], NOW, wib("03:00")) == Chosen()


def test_for_tomorrow_a_merchant_may_sleep_over_it_but_not_over_the_packing() -> None:
    merchant = a_merchant()
    at = wib("12:00")
    tomorrow = choose([merchant], Wanted(DELIVERY, wib("07:00", date(2026, 11, 30))), at).slots[0]
    assert answer_within(merchant, tomorrow, at) == ANSWER_WITHIN
    late = wib("22:00")
    assert late + answer_within(merchant, tomorrow, late) == tomorrow.pack_by - timedelta(seconds=600)
    soon = choose([merchant], Wanted(PICKUP, wib("08:00")), wib("08:20")).slots[0]
    assert answer_within(merchant, soon, wib("08:20")) == answer_within(merchant, None, at) == timedelta(seconds=300)


def test_who_walks_about_has_no_counter_unless_she_says_so() -> None:
    wlijo = with_limits(a_merchant(), None, None, "WLIJO")
    assert times(slots(wlijo, wib("06:00")), PICKUP) == []
    assert times(slots(with_limits(wlijo, 4, None, "WLIJO"), wib("06:00")), PICKUP)
    assert times(slots(with_limits(wlijo, None, 0, "WLIJO"), wib("06:00")), DELIVERY) == []


clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
weeks = st.lists(st.builds(Hours, weekday=st.integers(0, 6), opens=clocks, closes=clocks), max_size=6)
moments = st.integers(0, 86_400).map(lambda minute: wib("00:00", date(2026, 11, 1)) + timedelta(minutes=minute))
shut = st.lists(
    st.builds(
        lambda starts, hours: Closure(starts=starts, ends=starts + timedelta(hours=hours)), moments, st.integers(1, 48)
    ),
    max_size=3,
)
stops = st.lists(
    st.builds(
        lambda n, day, at, until: a_stop(str(n), weekday=day, arrives=at, order_until_s=until),
        st.integers(0, 99), st.integers(0, 6), clocks, st.integers(0, 86_400),
    ),
    max_size=4, unique_by=lambda stop: stop.stop_id,
)  # fmt: skip


@given(hours=weeks, closures=shut, rounds=stops, at=moments)
def test_whatever_the_week_slots_are_of_open_hours_apart_and_can_be_chosen_as_they_are_shown(
    hours: list[Hours], closures: list[Closure], rounds: list[Stop], at: datetime
) -> None:
    merchant = a_merchant(hours=hours, closures=closures, stops=rounds)
    found = slots(merchant, at)
    assert len(found) <= MOST_SLOTS
    assert len({(slot.key, slot.stop_id) for slot in found}) == len(found)
    for slot in found:
        assert slot.ends > at
        if slot.way is not ROUTE_STOP:
            assert trades(hours, closures, slot.starts, always_open=False)
        if slot.way is PICKUP:
            assert timedelta(0) < LEAST <= slot.ends - slot.starts <= timedelta(hours=1)
            middle = slot.starts + (slot.ends - slot.starts) / 2
            assert trades(hours, closures, middle, always_open=False)
    begins = at.replace(minute=0) + timedelta(hours=1)
    while begins.date() <= at.date() + timedelta(days=1):
        brought = any(slot.way is DELIVERY and slot.starts == begins for slot in found)
        assert brought == trades(hours, closures, begins, always_open=False), begins
        begins += timedelta(hours=1)
    for each in offered([merchant], {}, at):
        wanted = Wanted(each.first.way, each.first.starts, each.first.stop_id)
        if each.unavailable is None:
            assert choose([merchant], wanted, at).slots == (each.first,)
            assert at + answer_within(merchant, each.first, at) <= each.first.ends
        else:
            with pytest.raises(SlotIsNotOffered):
                choose([merchant], wanted, at)
