"""What changes a cart, what a price was, and where goods are brought: rules alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.catalog import MerchantId, MerchantStatus, ProductStatus, VariantId
from services.contracts.places import GeoPoint
from services.ordering.domain import guests
from services.ordering.domain.cart import CartIsFull, Choice, LicenceIsMissing, Price, ProductIsUnavailable
from services.ordering.domain.guests import GuestCartsAreTooMany, check_opened, expires_at
from services.ordering.domain.offer import OfferedMerchant
from services.ordering.domain.wishes import MAX_NOTE, NOTHING, NoteIsInvalid, WhenShort, Wish, checked_note

BAYAM = Choice(
    variant_id=VariantId.seeded("bayam"), status=ProductStatus.PUBLISHED, minimum=1, step=1, price_rupiah=2_500, price_basis=1,
    gram_per_base=250.0, quantity=2, cart_lines=1, other_merchants=0, other_rupiah=0, other_gram=0, seen=Price(2_500, 1),
    note="muda", when_short=WhenShort.DROP,
)  # fmt: skip
HOME = GeoPoint(lat=-8.1321, lng=113.2193)
AT = datetime(2026, 11, 29, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("quantity", "wish", "changes"),
    [
        (2, NOTHING, False),
        (3, NOTHING, True),
        (2, Wish("muda", WhenShort.DROP), False),
        (2, Wish("tua"), True),
        (2, Wish(""), True),
        (2, Wish(None, WhenShort.ASK), True),
    ],
)
def test_a_line_is_another_by_quantity_note_and_wish(quantity: int, wish: Wish, changes: bool) -> None:
    assert BAYAM.changes(quantity, wish) is changes


def test_a_line_is_another_once_its_buyer_has_seen_another_price() -> None:
    assert replace(BAYAM, price_rupiah=3_000).changes(2)
    assert replace(BAYAM, seen=None).changes(2)


def test_what_is_off_sale_says_whether_a_licence_brings_it_back() -> None:
    with pytest.raises(LicenceIsMissing):
        replace(BAYAM, status=ProductStatus.BLOCKED, lacks_licence=True).changes(2)
    with pytest.raises(ProductIsUnavailable) as gone:
        replace(BAYAM, status=ProductStatus.HIDDEN).changes(2)
    assert not isinstance(gone.value, LicenceIsMissing)


def test_a_guests_cart_is_full_sooner() -> None:
    new = replace(BAYAM, quantity=None, cart_lines=30)
    assert new.changes(1)
    with pytest.raises(CartIsFull):
        new.changes(1, at_most=30)


PRICES = st.builds(Price, st.integers(0, 10**9), st.integers(1, 10**6))


@given(one=PRICES, other=PRICES, times=st.integers(1, 1_000))
def test_prices_are_the_same_by_what_a_base_unit_costs(one: Price, other: Price, times: int) -> None:
    assert one.is_as(other) == (Fraction(one.rupiah, one.basis) == Fraction(other.rupiah, other.basis))
    assert one.is_as(Price(one.rupiah * times, one.basis * times))


@given(st.text(max_size=300))
def test_a_note_is_kept_as_it_may_be_read_or_refused(given: str) -> None:
    try:
        kept = checked_note(given)
    except NoteIsInvalid:
        return
    assert len(kept) <= MAX_NOTE
    assert checked_note(kept) == kept


def _merchant(radius_m: int | None = None, *kecamatan: str) -> OfferedMerchant:
    return OfferedMerchant(
        MerchantId.seeded("m"), MerchantStatus.ACTIVE, [], [], True, True, 300, 600, point=HOME, serves_radius_m=radius_m,
        serves_kecamatan=kecamatan,
    )  # fmt: skip


def test_who_says_nothing_brings_to_everybody_and_who_says_something_to_those() -> None:
    surabaya, next_door = GeoPoint(lat=-7.25, lng=112.75), GeoPoint(lat=HOME.lat, lng=HOME.lng + 0.005)
    assert _merchant().brings_to(surabaya)  # whether anybody may be there is the contact's matter
    assert _merchant(1_000).brings_to(next_door)
    assert not _merchant(400).brings_to(next_door)
    assert _merchant(None, "35.08.10").brings_to(next_door)
    assert not _merchant(None, "35.08.12").brings_to(next_door)
    assert not _merchant(1_000, "35.08.12").brings_to(next_door)


def test_who_comes_when_an_hour_is_full_is_told_when_to_come_again() -> None:
    check_opened(None, AT)
    with pytest.raises(GuestCartsAreTooMany) as full:
        check_opened(AT - timedelta(minutes=59), AT)
    assert full.value.retry_after_ms == 60_000
    with pytest.raises(GuestCartsAreTooMany) as full:
        check_opened(AT - timedelta(hours=1), AT)
    assert full.value.retry_after_ms == 1_000


def test_a_guests_cart_goes_sooner_and_its_bounds_are_what_is_said_of_them() -> None:
    assert expires_at(AT, of_guest=True) - AT == guests.GUESTS_KEEP < expires_at(AT, of_guest=False) - AT
    assert guests.GUESTS_KEEP / timedelta(hours=1) * guests.MAX_OPENED_AN_HOUR == 144_000
