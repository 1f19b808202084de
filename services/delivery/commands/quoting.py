"""Making a quote: route, fee by the rule of the day, shares, limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.contracts.catalog import MerchantId
from services.contracts.delivery import QuoteId
from services.contracts.quote import place_hash
from services.delivery import store
from services.delivery.domain import places, roads, tariff
from services.delivery.domain.roads import Point
from services.delivery.domain.tariff import TariffRule
from services.delivery.quotes import VALID_S, Quote
from services.kit.database.db import Connection
from services.kit.graphql.errors import ServiceUnavailable

MAX_TRIP_M = 60_000  # farther than from one end of the regency to its town no motorbike is sent


class OutOfArea(Exception):
    """A place that no rider serves."""


class UnknownMerchants(Exception):
    """Merchants that do not exist, or are not known here yet."""

    def __init__(self, merchants: Sequence[MerchantId]) -> None:
        super().__init__(f"unknown: {', '.join(str(each) for each in merchants)}")
        self.merchants = tuple(merchants)


class TooHeavy(Exception):
    """More than a motorbike carries."""

    def __init__(self, mass_gram: int) -> None:
        super().__init__(f"{mass_gram} g are more than {tariff.MAX_MASS_GRAM} g")
        self.mass_gram = mass_gram


@dataclass(frozen=True, slots=True)
class Quoted:
    quote: Quote
    rule: TariffRule


async def quote_delivery(
    conn: Connection, buyer: str, merchants: Sequence[MerchantId], dropoff: Point, mass_gram: int, *, test: bool
) -> Quoted:
    """One statement, nothing stored. Raises OutOfArea, UnknownMerchants, TooHeavy."""
    limit_gram = tariff.mass_class(mass_gram)
    if limit_gram is None:
        raise TooHeavy(mass_gram)
    if not places.is_served(dropoff):
        raise OutOfArea("the drop-off lies outside the regency")
    facts = await store.quote_facts(conn, merchants, dropoff)
    if facts.rule is None:
        raise ServiceUnavailable("no tariff applies today")
    known = {stop.merchant_id: stop.point for stop in facts.pickups}
    if unknown := [each for each in merchants if each not in known]:
        raise UnknownMerchants(unknown)
    if facts.denied:
        raise OutOfArea(facts.denied)
    route = roads.route([known[each] for each in merchants], dropoff)
    if route.distance_m > MAX_TRIP_M:
        raise OutOfArea(f"{route.distance_m} m are farther than the {MAX_TRIP_M} m that a rider goes")
    fee = facts.rule.fee(route.distance_m)
    shares = facts.rule.shares(fee)
    quote = Quote(
        id=QuoteId.new(),
        buyer=buyer,
        merchants=tuple(merchants),
        dropoff=place_hash(dropoff.lat, dropoff.lng),
        mass_limit_gram=limit_gram,
        fee_rupiah=fee,
        rider_share_rupiah=shares.rider,
        partner_share_rupiah=shares.partner,
        platform_share_rupiah=shares.platform,
        tariff=facts.rule.version,
        distance_m=route.distance_m,
        duration_s=route.duration_s,
        expires_at=(facts.now + timedelta(seconds=VALID_S)).replace(microsecond=0),
        test=test,
    )
    return Quoted(quote, facts.rule)
