"""Companies' rates: within the band, never out of the rider's part, reckoned again as quoted; and who is asked first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import KeySet

from services.contracts.delivery import PartnerId, PartnerStatus
from services.contracts.places import WIB, Hours
from services.delivery.domain import quote, rate, tariff
from services.delivery.domain.dispatch import Ask, Candidate, Policy, choose
from services.delivery.domain.policy import DispatchRule
from services.delivery.domain.quote import Facts, Wish
from services.delivery.domain.rate import RateIsInvalid, Rival
from services.delivery.domain.reach import ASKED_ALWAYS, Reach
from services.delivery.domain.tariff import WHOLE, Band, FarePart, Night, Rated, Ride, TariffRule
from services.delivery.domain.trip import Stop
from tests.worlds.delivery import BUYER, HOME, KIOS, KIOS_AT, MALL, MALL_AT, a_key

NOON = datetime(2026, 3, 2, 12, tzinfo=WIB)
BAND = Band(2_000, 2_500, 8_000, 10_000)
RULE = TariffRule(
    version="GOODS-I-v3",
    min_fee_rupiah=9_000,
    included_m=4_000,
    per_km_rupiah=2_200,
    rider_share_pct=80,
    partner_share_pct=12,
    platform_share_pct=8,
    legal_basis="for tests",
    per_stop_rupiah=2_000,
    night=Night(time(21), time(5), 3_000),
    rounding_rupiah=500,
    band=BAND,
    binding=True,
)
STOPS = [Stop("35.08.10", MALL_AT, MALL, "Mall UMKM"), Stop("35.08.10", KIOS_AT, KIOS, "Kios Cak Di")]
WISH = Wish.of(BUYER, [MALL, KIOS], HOME, 2_100, test=False)


def a_rival(number: int, per_mille: int, **changes: object) -> Rival:
    plain = Rival(number, per_mille, PartnerStatus.ACTIVE, ASKED_ALWAYS, 0)
    return replace(plain, **changes)  # type: ignore[arg-type] # the tests name fields


@st.composite
def rules(draw: st.DrawFn) -> TariffRule:
    """Such as may be entered."""
    partner, platform = draw(st.sampled_from([(p, q) for p in range(16) for q in range(16) if p + q <= 20]))
    low_km, low_min = draw(st.integers(0, 5_000)), draw(st.integers(0, 20_000))
    km, least = low_km + draw(st.integers(0, 2_000)), low_min + draw(st.integers(0, 5_000))
    made = replace(
        RULE,
        min_fee_rupiah=least,
        per_km_rupiah=km,
        rider_share_pct=100 - partner - platform,
        partner_share_pct=partner,
        platform_share_pct=platform,
        rounding_rupiah=draw(st.sampled_from([1, 100, 500, 1_000, 5_000])),
        band=draw(st.sampled_from([None, Band(low_km, km, low_min, least)])),
        binding=False,
    )
    made.check(60_000)
    return made


rides = st.builds(
    Ride,
    st.integers(0, 60_000),
    st.integers(1, 8),
    st.sampled_from(tariff.MASS_CLASSES_GRAM),
    st.integers(0, 86_399).map(lambda s: NOON + timedelta(seconds=s)),
    st.lists(st.tuples(st.just("z"), st.integers(1, 100_000)), max_size=3),
)


@given(rules(), rides, st.integers(1, WHOLE))
def test_a_fare_is_between_the_rules_and_the_bands_and_the_rider_loses_nothing(
    rule: TariffRule, ride: Ride, asked: int
) -> None:
    worth = rate.counted(asked, rule)
    own, rated = tariff.fare(rule, ride), tariff.fare(rule, replace(ride, rate=Rated("RATE-1", worth)))
    full, fee = tariff.total(own), tariff.total(rated)
    assert worth * full <= WHOLE * fee <= WHOLE * full
    assert fee % rule.rounding_rupiah == 0
    if band := rule.band:
        assert worth * rule.per_km_rupiah >= WHOLE * band.per_km_low
        assert worth * rule.min_fee_rupiah >= WHOLE * band.min_fee_low
        lowest = replace(rule, per_km_rupiah=band.per_km_low, min_fee_rupiah=band.min_fee_low)
        bare = replace(ride, pickups=1, mass_limit_gram=0, surcharges=(), at=NOON)
        bare_fee = tariff.total(tariff.fare(rule, replace(bare, rate=Rated("RATE-1", worth))))
        assert bare_fee >= tariff.total(tariff.fare(lowest, bare))
    shares, before = tariff.shares(rule, rated), rule.shares(full)
    assert shares.rider + shares.partner + shares.platform == fee
    assert shares.rider == before.rider
    assert shares.partner >= 0
    assert shares.platform <= -(-fee * rule.platform_share_pct // 100)
    assert 100 * (shares.partner + shares.platform) <= 20 * fee + 100  # to a rupiah


def test_below_the_lowest_the_riders_part_would_not_be_whole() -> None:
    """The control of the law above."""
    bare = replace(RULE, band=None, binding=False, rounding_rupiah=1)
    ride = Ride(30_000, 1, 1_000, NOON, rate=Rated("RATE-1", bare.lowest_per_mille - 10))
    assert tariff.shares(bare, tariff.fare(bare, ride)).partner < 0


@given(st.lists(st.tuples(st.integers(1, WHOLE), st.booleans()), max_size=5))
def test_what_is_quoted_is_the_lowest_of_who_could_go_and_recomputed_equals_quoted(
    said: list[tuple[int, bool]],
) -> None:
    closed = Reach(kecamatan_codes=("35.08.01",))
    rivals = [
        a_rival(n, per_mille, reach=ASKED_ALWAYS if goes else closed) for n, (per_mille, goes) in enumerate(said, 1)
    ]
    own = quote.make(WISH, Facts(NOON, RULE, STOPS)).quote
    made = quote.make(WISH, Facts(NOON, RULE, STOPS, rivals=rivals))
    best = min([WHOLE, *(rate.counted(per_mille, RULE) for per_mille, goes in said if goes)])
    assert best * own.fee_rupiah <= WHOLE * made.quote.fee_rupiah <= WHOLE * own.fee_rupiah
    assert made.quote.basis is not None
    assert (made.quote.basis.rate.per_mille if made.quote.basis.rate else WHOLE) == best
    assert all(fee <= made.quote.fee_rupiah for _, fee in made.quote.without)
    key = a_key()
    carried = quote.read(quote.sign(made.quote, key), KeySet([key]))
    assert tariff.total(quote.replay(carried, RULE)) == carried.fee_rupiah == tariff.total(made.lines)


def test_a_line_says_the_version_and_a_market_without_rates_is_as_it_was() -> None:
    plain = quote.make(WISH, Facts(NOON, RULE, STOPS))
    made = quote.make(WISH, Facts(NOON, RULE, STOPS, rivals=[a_rival(7, 910)]))
    assert [each.part for each in plain.lines] == [each.part for each in made.lines[:-1]]
    last = made.lines[-1]
    assert (last.part, last.name, last.rupiah) == (
        FarePart.RATE,
        "RATE-7",
        -500,
    )  # 11,000 x 90 per mille in whole steps
    assert (plain.quote.fee_rupiah, made.quote.fee_rupiah) == (11_000, 10_500)
    assert (plain.quote.rider_share_rupiah, made.quote.rider_share_rupiah) == (8_800, 8_800)
    assert (made.quote.platform_share_rupiah, made.quote.partner_share_rupiah) == (840, 860)
    assert plain.quote.basis is not None
    assert plain.quote.basis.rate is None


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({}, True),
        ({"status": PartnerStatus.SANDBOX}, False),
        ({"reach": Reach(kecamatan_codes=("35.08.10", "35.08.15"))}, True),
        ({"reach": Reach(kecamatan_codes=("35.08.15",))}, False),
        ({"reach": Reach(hours=(Hours(weekday=0, opens=time(13), closes=time(14)),))}, False),
        ({"reach": Reach(hours=(Hours(weekday=0, opens=time(11), closes=time(13)),))}, True),
        ({"reach": Reach(jobs_at_once=3), "has": 2}, True),
        ({"reach": Reach(jobs_at_once=3), "has": 3}, False),
    ],
)
def test_who_could_not_go_makes_nothing_cheaper(change: dict[str, object], counts: bool) -> None:
    door = Stop("", HOME.rounded())
    found = rate.cheapest([a_rival(1, 910, **change), a_rival(2, 960)], STOPS, door, RULE, NOON, test=False)
    assert found == (Rated("RATE-1", 910) if counts else Rated("RATE-2", 960))


def test_a_rate_that_a_later_rule_no_longer_holds_is_worth_the_least_of_that() -> None:
    """Whoever rides for less rides for that."""
    later = replace(RULE, per_km_rupiah=2_050)
    assert RULE.lowest_per_mille == 910
    assert later.lowest_per_mille == 976
    assert rate.counted(910, later) == 976
    none_below = replace(RULE, binding=False, band=replace(BAND, per_km_low=2_400))
    assert rate.counted(910, none_below) == WHOLE
    door = Stop("", HOME.rounded())
    assert rate.cheapest([a_rival(1, 910)], STOPS, door, none_below, NOON, test=False) is None
    assert rate.cheapest([a_rival(2, 910), a_rival(1, 920)], STOPS, door, later, NOON, test=False) == Rated(
        "RATE-1", 976
    )


@pytest.mark.parametrize(
    ("per_mille", "day", "field"),
    [
        (909, 3, "perMille"),
        (1_001, 3, "perMille"),
        (950, 2, "validFrom"),
        (950, 1, "validFrom"),
        (910, 3, None),
        (1_000, 3, None),
    ],
)
def test_what_may_be_entered(per_mille: int, day: int, field: str | None) -> None:
    if field is None:
        rate.check(per_mille, date(2026, 3, day), RULE, NOON)
        return
    with pytest.raises(RateIsInvalid) as refused:
        rate.check(per_mille, date(2026, 3, day), RULE, NOON)
    assert refused.value.field == field
    assert refused.value.limits == ((910, 1_000) if field == "perMille" else None)


def test_without_a_rule_and_too_far_ahead_nothing_may_be_entered() -> None:
    for day, rule in ((date(2026, 3, 3), None), (date(2027, 3, 4), RULE)):
        with pytest.raises(RateIsInvalid, match=r"rule|year"):
            rate.check(950, day, rule, NOON)


@pytest.mark.parametrize("text", ["RATE-", "7", "RATE--1", "rate-7", "RATE-" + "9" * 19, "RATE-٧"])
def test_what_is_no_version(text: str) -> None:
    assert rate.number_of(rate.version(7)) == 7
    assert rate.number_of(text) is None


IDS = [PartnerId.seeded(str(n)) for n in range(4)]


@given(
    st.lists(st.tuples(st.integers(850, WHOLE), st.integers(0, 20), st.integers(0, 9_000)), min_size=4, max_size=4),
    st.integers(850, WHOLE),
    st.sampled_from(DispatchRule),
)
def test_who_rides_for_what_was_quoted_is_asked_first_under_every_rule(
    said: list[tuple[int, int, int]], quoted: int, rule: DispatchRule
) -> None:
    policy = Policy(rule=rule, companies=tuple(IDS) if rule is DispatchRule.COMPANY_ORDER else (), at_once=4)
    known = [
        Candidate(
            who, PartnerStatus.ACTIVE, taken, None, away_m=away, drives_m=away, per_mille=own, dearer=own > quoted
        )
        for who, (own, taken, away) in zip(IDS, said, strict=True)
    ]
    asked = choose(known, now=NOON, test=False, policy=policy)
    assert isinstance(asked, Ask)
    by_id = {each.partner_id: each for each in known}
    order = [by_id[each] for each in asked.partners]
    assert len(order) == 4
    assert [each.dearer for each in order] == sorted(each.dearer for each in order)
    if rule is DispatchRule.CHEAPEST:
        near = [each for each in order if (each.away_m or 0) <= policy.reach_m]
        for mine in ([e for e in near if e.dearer], [e for e in near if not e.dearer]):
            assert [each.per_mille for each in mine] == sorted(each.per_mille for each in mine)


def test_a_dearer_one_is_asked_before_anybody_is_asked_again() -> None:
    fits, dear = (
        Candidate(who, PartnerStatus.ACTIVE, 0, None, asked=n, dearer=not n) for n, who in ((1, IDS[0]), (0, IDS[1]))
    )
    assert choose([fits, dear], now=NOON, test=False, policy=Policy()) == Ask((IDS[1],))
