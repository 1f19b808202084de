"""A licence's way, its days, and what goods need."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import licence
from services.catalog.domain.halal import HalalStatus
from services.catalog.domain.licence import (
    REMINDED_DAYS,
    TABLE,
    DateIsInvalid,
    Good,
    GoodsDoNotFit,
    LicenceAction,
    LicenceInState,
    LicenceMissing,
    LicenceStatus,
    Requirement,
    Submitted,
    after,
    check_may_be_sold,
    checked,
    halal_of,
    missing,
    next_moment,
    reminder,
)
from services.catalog.domain.licence_number import NumberIsInvalid
from services.contracts.catalog import ProductId
from services.contracts.licences import LicenceKind
from services.contracts.places import WIB
from services.kit.invalid import FieldInvalid
from tests.unit.catalog.domain.test_licence_number import GOOD

K, S, A = LicenceKind, LicenceStatus, LicenceAction
TODAY = date(2026, 11, 29)
SOME = (ProductId.seeded("keripik"),)
ENDS = date(2031, 5, 1)


def _given(kind: LicenceKind, **other: object) -> Submitted:
    usual = {
        "kind": kind,
        "number": GOOD[kind],
        "issued_on": date(2026, 5, 2),
        "expires_on": ENDS if kind in licence.ENDS else None,
        "products": SOME if kind in licence.OF_GOODS else (),
        "document_photo_id": None,
    }
    return Submitted(**{**usual, **other})  # type: ignore[arg-type]  # as named


def _fields(given: Submitted) -> dict[str, type[FieldInvalid]]:
    try:
        checked(given, TODAY)
    except FieldInvalid as one:
        return {one.field: type(one)}
    except ExceptionGroup as several:
        return {each.field: type(each) for each in several.exceptions if isinstance(each, FieldInvalid)}
    return {}


@pytest.mark.parametrize(("state", "action"), list(product(S, A)))
def test_every_step_is_stated(state: LicenceStatus, action: LicenceAction) -> None:
    if (state, action) in TABLE:
        assert after(state, action) is TABLE[state, action] is not state
    else:
        with pytest.raises(LicenceInState) as refused:
            after(state, action)
        assert refused.value.state is state


def test_what_is_over_is_over() -> None:
    assert {state for state, _ in TABLE} == {S.SUBMITTED, S.VERIFIED}
    assert {TABLE[step] for step in TABLE} == set(S) - {S.SUBMITTED}


@pytest.mark.parametrize("kind", K)
def test_the_usual_of_each_kind_is_in_order(kind: LicenceKind) -> None:
    assert checked(_given(kind), TODAY).number == GOOD[kind]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (_given(K.PIRT, expires_on=None), {"input.expiresOn": DateIsInvalid}),
        (_given(K.PIRT, expires_on=date(2030, 5, 1)), {"input.expiresOn": DateIsInvalid}),  # the number says 31
        (_given(K.PIRT, issued_on=date(2026, 4, 30), expires_on=ENDS), {"input.expiresOn": DateIsInvalid}),
        (_given(K.NIB, expires_on=ENDS), {"input.expiresOn": DateIsInvalid}),
        (_given(K.HALAL, expires_on=TODAY - timedelta(days=1)), {"input.expiresOn": DateIsInvalid}),
        (_given(K.HALAL, issued_on=TODAY + timedelta(days=1)), {"input.issuedOn": DateIsInvalid}),
        (_given(K.HALAL, issued_on=date(1999, 12, 31)), {"input.issuedOn": DateIsInvalid}),
        (_given(K.HALAL, expires_on=date.max), {"input.expiresOn": DateIsInvalid}),
        (_given(K.PIRT, products=()), {"input.productIds": GoodsDoNotFit}),
        (_given(K.NIB, products=SOME), {"input.productIds": GoodsDoNotFit}),
        (_given(K.NIB, number="12"), {"input.number": NumberIsInvalid}),
        (
            _given(K.QRIS_NMID, number="12", issued_on=date.min, products=SOME),
            {"input.number": NumberIsInvalid, "input.issuedOn": DateIsInvalid, "input.productIds": GoodsDoNotFit},
        ),
    ],
)
def test_all_that_is_wrong_is_told_at_once(given: Submitted, found: dict[str, type[FieldInvalid]]) -> None:
    assert _fields(given) == found


def test_one_that_ends_today_holds_today() -> None:
    assert _fields(_given(K.HALAL, expires_on=TODAY)) == {}


def test_five_years_from_a_leap_day() -> None:
    given = _given(K.BPOM_MD, issued_on=date(2024, 2, 29), expires_on=date(2029, 3, 1))
    assert _fields(given) == {}


@given(st.dates(date(2001, 1, 1), date(2100, 1, 1)), st.integers(978_307_200, 4_102_444_800))
def test_moments_follow_each_other_to_the_end(expires_on: date, at: int) -> None:
    now, end = datetime.fromtimestamp(at, UTC), licence.begins(expires_on + timedelta(days=1))
    told: list[int] = []
    while now < end:
        moment = next_moment(expires_on, now)
        assert moment is not None
        assert moment > now
        now = moment
        assert (now.astimezone(WIB).hour, now.astimezone(WIB).minute) == (0, 0)
        if now < end and (days := reminder(expires_on, now.astimezone(WIB).date())) is not None:
            told.append(days)
    assert now == end or next_moment(expires_on, now) == end
    assert told == sorted(set(told), reverse=True)
    assert set(told) <= set(REMINDED_DAYS)


def test_reminded_twice_and_over_at_midnight() -> None:
    moments, now = [], datetime(2026, 11, 29, tzinfo=UTC)
    while (moment := next_moment(ENDS, now)) is not None and moment > now:
        moments.append(moment)
        now = moment
    assert [each.astimezone(WIB).date() for each in moments] == [date(2031, 3, 3), date(2031, 4, 18), date(2031, 5, 2)]
    assert [reminder(ENDS, each.date()) for each in moments[:2]] == [60, 14]
    assert reminder(ENDS, date(2031, 4, 30)) == 14  # of two whose day has come while nobody was there, the last
    assert reminder(ENDS, date(2031, 3, 2)) is None
    assert next_moment(None, now) is None


def _good(name: str = "Keripik pisang", **other: object) -> Good:
    usual: dict[str, object] = {
        "declared_not_halal": False,
        "keeps_for_s": None,
        "requirements": [Requirement(K.HALAL, date(2026, 10, 17), None), Requirement(K.PIRT, date(2020, 1, 1), 7)],
        "held": set(),
        "waiting": set(),
    }
    return Good(name=name, **{**usual, **other})  # type: ignore[arg-type]  # as named


def _lacks(good: Good, today: date = TODAY) -> list[LicenceKind]:
    return [each.kind for each in missing(good, today)]


def test_what_goods_lack() -> None:
    week = 7 * 86_400
    assert _lacks(_good()) == [K.HALAL, K.PIRT]
    assert _lacks(_good(), date(2026, 10, 16)) == [K.PIRT]
    assert _lacks(_good(keeps_for_s=week)) == [K.HALAL, K.PIRT]
    assert _lacks(_good(keeps_for_s=week - 1)) == [K.HALAL]
    assert _lacks(_good(held={K.HALAL, K.PIRT})) == []
    assert _lacks(_good(held={K.HALAL, K.BPOM_MD})) == []
    assert _lacks(_good(held={K.HALAL}, waiting={K.PIRT})) == [K.PIRT]
    assert _lacks(_good(declared_not_halal=True, held={K.PIRT})) == []
    assert _lacks(_good(requirements=[])) == []


def test_what_can_have_no_certificate_is_sold_by_its_sellers_word_alone() -> None:
    wine = _good("Coffee Wine", held={K.HALAL, K.PIRT})
    assert _lacks(wine) == [K.HALAL]
    with pytest.raises(LicenceMissing) as refused:
        check_may_be_sold(wine, TODAY)
    assert (refused.value.kind, refused.value.halal_status) == (K.HALAL, HalalStatus.NOT_CERTIFIABLE_NAME)
    declared = _good("Coffee Wine", held={K.PIRT}, declared_not_halal=True)
    assert (_lacks(declared), halal_of(declared)) == ([], HalalStatus.NOT_CERTIFIABLE_NAME)


def test_all_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(ExceptionGroup) as refused:
        check_may_be_sold(_good(), TODAY)
    assert [each.kind for each in refused.value.exceptions if isinstance(each, LicenceMissing)] == [K.HALAL, K.PIRT]
