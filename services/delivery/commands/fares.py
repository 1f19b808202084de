"""Officers enter rules of tomorrow, and a fare of any day is reckoned again by what was kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from services.contracts.delivery import DeliveryId, QuoteId
from services.contracts.ordering import OrderId
from services.contracts.places import WIB
from services.delivery.domain import tariff
from services.delivery.domain.quote import MAX_TRIP_M
from services.delivery.domain.roads import Roads
from services.delivery.domain.tariff import FareLine, Rated
from services.delivery.store import fares, prices
from services.delivery.store.prices import DatedRule
from services.kit.database.db import Connection, Transaction
from services.kit.graphql import idempotency
from services.kit.ids import WrongKind

ENTER: Final = "enterTariff"


class TariffIsInvalid(Exception):
    """No rule that may be kept. `field` is where, None for the whole."""

    def __init__(self, why: str, field: str | None = None) -> None:
        super().__init__(why)
        self.field = field


class NoFareIsKept(Exception):
    """There is no such trip, or it is of a release that did not keep what its fare was made of."""


async def enter(conn: Transaction, given: DatedRule, why: str, *, by: str, idempotency_key: str) -> str:
    """The version that the rule got. It is of tomorrow or later: what was quoted today was quoted by today's. Raises TariffIsInvalid."""
    claim = await idempotency.claim(conn, caller=by, mutation=ENTER, key=idempotency_key, body=[repr(given), why])
    if claim.answer is not None:
        return str(claim.answer["version"])
    now = await prices.lock(conn)
    if given.valid_from <= now.astimezone(WIB).date():
        raise TariffIsInvalid("a rule begins tomorrow or later: nothing of the past changes", "validFrom")
    if given.rule.valid_until and given.rule.valid_until < given.valid_from:
        raise TariffIsInvalid("the last day is before the first", "validUntil")
    number = await prices.next_version(conn, given.service, given.zone_code)
    version = f"{given.service}-{given.zone_code}-v{number}"
    made = replace(given, rule=replace(given.rule, version=version))
    try:
        made.rule.check(MAX_TRIP_M)
    except ValueError as error:
        raise TariffIsInvalid(str(error)) from error
    if not await prices.add_rule(conn, made, by, why):
        raise TariffIsInvalid("another rule begins on that day", "validFrom")
    await claim.store(conn, {"version": version})
    return version


@dataclass(frozen=True, slots=True)
class Replayed:
    """A fare as it was quoted beside what its rule makes of it now; `fee_now_rupiah` is the trip's, which is less once a merchant was left
    out. `lines` are the recomputed."""

    version: str
    legal_basis: str
    at: datetime
    distance_m: int
    roads: Roads
    pickups: int
    mass_limit_gram: int
    lines: Sequence[FareLine]
    quoted_rupiah: int
    fee_now_rupiah: int
    rate: Rated | None = None

    @property
    def recomputed_rupiah(self) -> int:
        return tariff.total(self.lines)

    @property
    def same(self) -> bool:
        return self.recomputed_rupiah == self.quoted_rupiah


async def replay(conn: Connection, id: UUID) -> Replayed:
    """Of a trip, by its id, its order's or its quote's. Raises NoFareIsKept."""
    kept = await fares.of(conn, id)
    if kept is None or kept.ride is None or kept.basis is None or kept.rule is None:
        raise NoFareIsKept(
            "there is no such trip" if kept is None else f"of {kept.tariff} it is not kept what the fare was made of"
        )
    return Replayed(
        version=kept.tariff,
        legal_basis=kept.rule.legal_basis,
        at=kept.basis.at,
        distance_m=kept.ride.distance_m,
        roads=kept.basis.roads,
        pickups=kept.basis.pickups,
        mass_limit_gram=kept.ride.mass_limit_gram,
        lines=tariff.fare(kept.rule, kept.ride),
        quoted_rupiah=kept.fee_rupiah,
        fee_now_rupiah=kept.fee_now_rupiah,
        rate=kept.ride.rate,
    )


def fare_id(text: str) -> UUID:
    """Of an order, a trip or a quote. Raises ValueError."""
    for kind in (OrderId, DeliveryId, QuoteId):
        try:
            return kind.parse(text).uuid
        except WrongKind:
            continue
    raise ValueError("an id of an order, a trip or a quote")
