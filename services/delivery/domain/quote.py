"""Quotes: what delivery promises for a trip, as a signed statement that the buyer carries. Nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec
from joserfc.jwk import KeySet, OKPKey

from services.contracts.catalog import MerchantId
from services.contracts.delivery import QuoteId
from services.contracts.places import GeoPoint
from services.contracts.quote import (
    KIND,
    MAX_MASS_GRAM,
    MAX_MERCHANTS,
    Claims,
    claims_of,
    merchant_texts,
    place_hash,
)
from services.delivery.domain import places, rate, roads, tariff, zone
from services.delivery.domain.rate import Rival
from services.delivery.domain.roads import Roads, Route
from services.delivery.domain.tariff import WHOLE, FareLine, Rated, Ride, TariffRule
from services.delivery.domain.trip import Stop
from services.delivery.domain.zone import At, Zone
from services.kit import jws

VALID_S = 15 * 60
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
        super().__init__(f"{mass_gram} g are more than the {MAX_MASS_GRAM} g that a rider carries")


class TooManyMerchants(Exception):
    """More than one trip goes to."""

    def __init__(self, merchants: int) -> None:
        super().__init__(f"{merchants} merchants are more than the {MAX_MERCHANTS} of one trip")


class NoTariff(Exception):
    """No tariff applies today, or one that breaks the limits: a fault in what was entered."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What the fee was reckoned of beside distance, mass and tariff. `at`: the moment, to the second. `roads`: where the distance is from.
    `surcharges`: zones by name, and rupiah. `rate`: a company's, where one made it cheaper than the rule."""

    at: datetime
    pickups: int
    roads: Roads
    surcharges: tuple[tuple[str, int], ...]
    rate: Rated | None = None

    def ride(self, distance_m: int, mass_limit_gram: int) -> Ride:
        return Ride(distance_m, self.pickups, mass_limit_gram, self.at, self.surcharges, self.rate)


@dataclass(frozen=True, slots=True)
class Quote:
    """Money in rupiah; the shares make the fee. `dropoff` is the `place_hash` of the exact point, and all that hangs on it: distance,
    duration and fee are those of the rounded one."""

    id: QuoteId
    buyer: str
    merchants: tuple[MerchantId, ...]
    dropoff: str
    mass_limit_gram: int
    fee_rupiah: int
    rider_share_rupiah: int
    partner_share_rupiah: int
    platform_share_rupiah: int
    tariff: str
    distance_m: int
    duration_s: int
    expires_at: datetime
    test: bool
    without: tuple[tuple[MerchantId, int], ...] = ()
    """The fee if this merchant is left out."""
    basis: Basis | None = None
    """None in quotes of the release before."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a buyer asks for and a rider can carry to a place that is served; `test` trips send nobody."""

    buyer: str
    merchants: tuple[MerchantId, ...]
    dropoff: GeoPoint
    mass_limit_gram: int
    test: bool

    @classmethod
    def of(cls, buyer: str, merchants: Sequence[MerchantId], dropoff: GeoPoint, mass_gram: int, *, test: bool) -> Wish:
        """Raises TooManyMerchants, TooHeavy, OutOfArea."""
        if len(merchants) > MAX_MERCHANTS:
            raise TooManyMerchants(len(merchants))
        limit_gram = tariff.mass_class(mass_gram)
        if limit_gram is None:
            raise TooHeavy(mass_gram)
        if why := places.why_not_served(dropoff):
            raise OutOfArea(why)
        return cls(buyer, tuple(merchants), dropoff, limit_gram, test)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a quote is made of. `pickups` are the known ones of the merchants; `zones` those of each stop, `served` all areas of service.
    `rivals`: companies with a rate of their own."""

    now: datetime
    rule: TariffRule | None
    pickups: Sequence[Stop]
    zones: Sequence[At] = ()
    served: Sequence[Zone] = ()
    rivals: Sequence[Rival] = ()


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote with what explains it: the lines make the fee."""

    quote: Quote
    legal_basis: str
    lines: Sequence[FareLine] = ()


def way(wish: Wish, facts: Facts) -> Route:
    """The estimate, of merchants that are all known. A distance to the metre from two known places is a place to the metre, and partners
    are told it: so it is of the rounded door."""
    known = {stop.merchant_id: stop.point for stop in facts.pickups}
    return roads.route([known[each] for each in wish.merchants], wish.dropoff.rounded())


def make(wish: Wish, facts: Facts, route: Route | None = None) -> Quoted:
    """By the estimate, unless a way is given. Raises NoTariff, UnknownMerchants, OutOfArea, NotServed."""
    rule = facts.rule
    if rule is None:
        raise NoTariff("no tariff applies today")
    try:
        rule.check(MAX_TRIP_M)
    except ValueError as error:  # entered past the checks
        raise NoTariff(str(error)) from error
    known = {stop.merchant_id for stop in facts.pickups}
    if unknown := [each for each in wish.merchants if each not in known]:
        raise UnknownMerchants(unknown)
    surcharges = zone.surcharges(facts.zones, facts.served, facts.now)
    route = route or way(wish, facts)
    if route.distance_m > MAX_TRIP_M:
        raise OutOfArea(f"{route.distance_m} m are farther than the {MAX_TRIP_M} m that a rider goes")
    charged = tuple(_charge(each) for each in surcharges)
    ride = Ride(
        route.distance_m, len(wish.merchants), wish.mass_limit_gram, facts.now, charged, _rate(wish, facts, rule)
    )
    lines = tariff.fare(rule, ride)
    fee = tariff.total(lines)
    shares = tariff.shares(rule, lines)
    quote = Quote(
        id=QuoteId.new(),
        buyer=wish.buyer,
        merchants=wish.merchants,
        dropoff=place_hash(wish.dropoff.lat, wish.dropoff.lng),
        mass_limit_gram=wish.mass_limit_gram,
        fee_rupiah=fee,
        rider_share_rupiah=shares.rider,
        partner_share_rupiah=shares.partner,
        platform_share_rupiah=shares.platform,
        tariff=rule.version,
        distance_m=route.distance_m,
        duration_s=route.duration_s,
        expires_at=(facts.now + timedelta(seconds=VALID_S)).replace(microsecond=0),
        test=wish.test,
        without=tuple(
            (each, min(fee, _fee_without(wish, facts, rule, ride, each, metres)))
            for each, metres in zip(wish.merchants, route.without_m, strict=False)
        ),
        basis=Basis(
            at=facts.now.replace(microsecond=0),
            pickups=ride.pickups,
            roads=route.source,
            surcharges=charged,
            rate=ride.rate,
        ),
    )
    return Quoted(quote, rule.legal_basis, lines)


def _rate(wish: Wish, facts: Facts, rule: TariffRule) -> Rated | None:
    if not facts.rivals:
        return None
    door = Stop("", wish.dropoff.rounded())
    return rate.cheapest(facts.rivals, facts.pickups, door, rule, facts.now, test=wish.test)


def _charge(charging: Zone) -> tuple[str, int]:
    return charging.name, charging.surcharge_rupiah


def _fee_without(wish: Wish, facts: Facts, rule: TariffRule, ride: Ride, left: MerchantId, metres: int) -> int:
    """Without a merchant's stop, and without what is charged for it alone."""
    stays = [at for at, stop in zip(facts.zones, facts.pickups, strict=False) if stop.merchant_id != left]
    door = facts.zones[len(facts.pickups) :]
    charged = [_charge(each) for each in zone.surcharges([*stays, *door], facts.served, facts.now)]
    return tariff.total(
        tariff.fare(rule, replace(ride, distance_m=metres, pickups=ride.pickups - 1, surcharges=charged))
    )


def replay(quote: Quote, rule: TariffRule) -> list[FareLine]:
    """The fare by what the quote was reckoned of and a rule. Raises ValueError for a quote that does not say."""
    if quote.basis is None:
        raise ValueError("the quote is of a release that did not keep what its fee was made of")
    return tariff.fare(rule, quote.basis.ride(quote.distance_m, quote.mass_limit_gram))


def sign(quote: Quote, key: OKPKey) -> str:
    """For the buyer to carry; in it is what ordering may tell on, where the place is left out."""
    return _signed(quote, key, onward=_signed(replace(quote, dropoff=""), key))


def _signed(quote: Quote, key: OKPKey, *, onward: str = "") -> str:
    fees = {str(merchant): fee for merchant, fee in quote.without}
    texts = merchant_texts(quote.merchants)
    claims = Claims(
        jti=str(quote.id),
        buyer=quote.buyer,
        merchants=texts,
        dropoff=quote.dropoff,
        mass_limit_gram=quote.mass_limit_gram,
        fee=quote.fee_rupiah,
        rider_share=quote.rider_share_rupiah,
        partner_share=quote.partner_share_rupiah,
        platform_share=quote.platform_share_rupiah,
        tariff=quote.tariff,
        distance_m=quote.distance_m,
        duration_s=quote.duration_s,
        exp=int(quote.expires_at.timestamp()),
        test=quote.test,
        onward=onward,
        without=[fees[text] for text in texts] if fees else [],
        at=int(quote.basis.at.timestamp()) if quote.basis else 0,
        pickups=quote.basis.pickups if quote.basis else 0,
        roads=quote.basis.roads if quote.basis else "",
        surcharges=list(quote.basis.surcharges) if quote.basis else [],
        rate=quote.basis.rate.version if quote.basis and quote.basis.rate else "",
        per_mille=quote.basis.rate.per_mille if quote.basis and quote.basis.rate else WHOLE,
    )
    return jws.sign(msgspec.to_builtins(claims), key, kind=KIND)


def read(token: str, keys: KeySet) -> Quote:
    """The quote that we signed, however old. Raises InvalidStatement."""
    payload = jws.verify(token, keys, kind=KIND)
    try:
        claims = claims_of(payload)
        return Quote(
            id=QuoteId.parse(claims.jti),
            buyer=claims.buyer,
            merchants=tuple(MerchantId.parse(text) for text in claims.merchants),
            dropoff=claims.dropoff,
            mass_limit_gram=claims.mass_limit_gram,
            fee_rupiah=claims.fee,
            rider_share_rupiah=claims.rider_share,
            partner_share_rupiah=claims.partner_share,
            platform_share_rupiah=claims.platform_share,
            tariff=claims.tariff,
            distance_m=claims.distance_m,
            duration_s=claims.duration_s,
            expires_at=datetime.fromtimestamp(claims.exp, UTC),
            test=claims.test,
            without=tuple(
                (MerchantId.parse(text), fee) for text, fee in zip(claims.merchants, claims.without, strict=False)
            ),
            basis=Basis(
                at=datetime.fromtimestamp(claims.at, UTC),
                pickups=claims.pickups,
                roads=Roads(claims.roads),
                surcharges=tuple(claims.surcharges),
                rate=Rated(claims.rate, claims.per_mille) if claims.rate else None,
            )
            if claims.at
            else None,
        )
    except ValueError as error:
        raise jws.InvalidStatement(f"a quote of another shape: {error}") from error
