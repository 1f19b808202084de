"""Quotes: what delivery promises for a trip, as a signed statement that the buyer carries. Nothing is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from joserfc.jwk import KeySet, OKPKey

from services.contracts.catalog import MerchantId
from services.contracts.delivery import QuoteId
from services.delivery.domain.roads import Point
from services.kit import jws

KIND = "delivery-quote"
VALID_S = 15 * 60


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    jti: str
    buyer: str
    merchants: list[str]
    dropoff: str
    mass_limit_gram: int
    fee: Annotated[int, msgspec.Meta(ge=0)]
    rider_share: Annotated[int, msgspec.Meta(ge=0)]
    partner_share: Annotated[int, msgspec.Meta(ge=0)]
    platform_share: Annotated[int, msgspec.Meta(ge=0)]
    tariff: str
    distance_m: int
    duration_s: int
    exp: int
    test: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """Money in rupiah; the shares make the fee. `dropoff` is a hash of the exact point: whoever holds the point can check it."""

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


def dropoff_hash(point: Point) -> str:
    """SHA-256, hex, of `lat,lng` with six decimals each."""
    return hashlib.sha256(f"{point.lat:.6f},{point.lng:.6f}".encode()).hexdigest()


def sign(quote: Quote, key: OKPKey) -> str:
    claims = _Claims(
        jti=str(quote.id),
        buyer=quote.buyer,
        merchants=merchant_texts(quote.merchants),
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
    )
    return jws.sign(msgspec.to_builtins(claims), key, kind=KIND)


def read(token: str, keys: KeySet) -> Quote:
    """The quote that we signed, however old. Raises InvalidStatement."""
    payload = jws.verify(token, keys, kind=KIND)
    try:
        claims = msgspec.convert(payload, _Claims)
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
        )
    except (msgspec.ValidationError, ValueError) as error:
        raise jws.InvalidStatement(f"a quote of another shape: {error}") from error


def merchant_texts(merchants: Iterable[MerchantId]) -> list[str]:
    """As they stand in the claims: each once, sorted as text."""
    return sorted({str(merchant) for merchant in merchants})
