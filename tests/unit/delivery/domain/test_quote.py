"""What a quote promises, and that nobody else can promise it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import KeySet

from services.contracts.catalog import MerchantId
from services.contracts.delivery import Place, QuoteId, ZoneEffect, ZoneId, ZoneKind
from services.contracts.places import GeoPoint
from services.contracts.quote import KIND, place_hash
from services.delivery.domain import quote
from services.delivery.domain.quote import Facts, Wish
from services.delivery.domain.tariff import TariffRule
from services.delivery.domain.trip import Stop
from services.delivery.domain.zone import At, NotServed, Zone
from services.kit import jws
from tests.worlds.delivery import BUYER, HOME, KIOS, KIOS_AT, MALL, MALL_AT, a_key, a_quote

NOW = datetime(2026, 2, 1, 5, 0, 0, 999_999, tzinfo=UTC)
RULE = TariffRule(
    version="GOODS-I-v1",
    min_fee_rupiah=8_000,
    included_m=4_000,
    per_km_rupiah=2_000,
    rider_share_pct=80,
    partner_share_pct=12,
    platform_share_pct=8,
    legal_basis="for tests",
)
STOPS = [Stop("35.08.10", MALL_AT, MALL, "Mall UMKM"), Stop("35.08.10", KIOS_AT, KIOS, "Kios Cak Di")]
FACTS = Facts(NOW, RULE, STOPS)
SAME = QuoteId.new()
WISH = Wish.of(BUYER, [MALL, KIOS], HOME, 2_100, test=False)


def test_a_quote_holds_for_this_buyer_these_merchants_and_this_place() -> None:
    made = quote.make(WISH, FACTS)
    assert made.legal_basis == "for tests"
    assert (made.quote.buyer, made.quote.merchants) == (BUYER, (MALL, KIOS))
    assert made.quote.dropoff == place_hash(HOME.lat, HOME.lng)
    assert (made.quote.mass_limit_gram, made.quote.tariff, made.quote.test) == (3_000, "GOODS-I-v1", False)
    assert made.quote.fee_rupiah == RULE.fee(made.quote.distance_m) == 8_000


DOOR = st.builds(
    lambda lat, lng: GeoPoint(lat=round(-8.132 + lat / 1e6, 6), lng=round(113.219 + lng / 1e6, 6)),
    st.integers(-499, 499),
    st.integers(-499, 499),
)


@given(DOOR)
def test_what_is_told_on_is_the_same_for_every_door_near_one_rounded_place(door: GeoPoint) -> None:
    """Neither the hash nor a distance to the metre: whoever hears of the order knows the rounded place and no more."""
    key = a_key()
    told = []
    for place in (door, GeoPoint(lat=-8.132, lng=113.219)):
        assert place.rounded() == door.rounded()
        made = quote.make(replace(WISH, dropoff=place), FACTS).quote
        carried = jws.verify(quote.sign(replace(made, id=SAME), key), KeySet([key]), kind=KIND)
        assert carried["dropoff"] == place_hash(place.lat, place.lng)
        told.append(jws.verify(carried["onward"], KeySet([key]), kind=KIND))
    assert told[0] == told[1]
    assert told[0]["dropoff"] == told[0]["onward"] == ""


def test_what_is_told_on_is_read_as_the_quote_without_its_place() -> None:
    key, signed = a_key(), a_quote(merchants=tuple(sorted((MALL, KIOS), key=str)))
    onward = jws.verify(quote.sign(signed, key), KeySet([key]), kind=KIND)["onward"]
    assert quote.read(onward, KeySet([key])) == replace(signed, dropoff="")


def test_it_expires_a_quarter_of_an_hour_later_at_a_whole_second() -> None:
    assert quote.make(WISH, FACTS).quote.expires_at == NOW.replace(microsecond=0) + timedelta(minutes=15)


def test_what_no_rider_carries_and_where_no_rider_goes_is_not_even_looked_up() -> None:
    with pytest.raises(quote.TooHeavy, match="20001 g"):
        Wish.of(BUYER, [MALL], HOME, 20_001, test=False)
    with pytest.raises(quote.OutOfArea, match="drop-off"):
        Wish.of(BUYER, [MALL], GeoPoint(lat=-7.2575, lng=112.7521), 1, test=False)


def test_without_a_tariff_there_is_no_quote() -> None:
    with pytest.raises(quote.NoTariff):
        quote.make(WISH, replace(FACTS, rule=None))


def test_merchants_that_are_not_known_are_named_in_the_order_asked() -> None:
    one, other = MerchantId.new(), MerchantId.new()
    with pytest.raises(quote.UnknownMerchants) as refused:
        quote.make(replace(WISH, merchants=(other, MALL, one)), FACTS)
    assert refused.value.merchants == (other, one)


def test_a_denied_stop_and_a_trip_too_far_are_out_of_the_area() -> None:
    station = Zone(ZoneId.new(), "Station", ZoneKind.RESTRICTED, ZoneEffect.DENY_PICKUP, "no pick up here")
    with pytest.raises(NotServed, match="Station: no pick up here"):
        quote.make(WISH, replace(FACTS, zones=[At(Place.PICKUP, []), At(Place.PICKUP, [station])]))
    far = Stop("35.08.10", GeoPoint(lat=-8.9, lng=113.2), MALL, "far")
    with pytest.raises(quote.OutOfArea, match="60000 m"):
        quote.make(replace(WISH, merchants=(MALL,)), replace(FACTS, pickups=[far]))


def test_what_was_signed_is_read_back_whole() -> None:
    key, signed = a_key(), a_quote(merchants=tuple(sorted((MALL, KIOS), key=str)))
    assert quote.read(quote.sign(signed, key), KeySet([key])) == signed


def test_a_statement_that_is_no_quote_of_ours_is_refused() -> None:
    key = a_key()
    with pytest.raises(jws.InvalidStatement):
        quote.read(quote.sign(a_quote(), a_key()), KeySet([key]))
    with pytest.raises(jws.InvalidStatement, match="another shape"):
        quote.read(jws.sign({"jti": "x"}, key, kind=KIND), KeySet([key]))
    with pytest.raises(jws.InvalidStatement, match="another shape"):
        quote.read(quote.sign(a_quote(fee_rupiah=1), key), KeySet([key]))
