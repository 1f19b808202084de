"""Quotes: what delivery promises for a trip, as a signed statement that the buyer carries. Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from joserfc.jwk import KeySet, OKPKey

from services.contracts.catalog import MerchantId
from services.contracts.delivery import QuoteId
from services.contracts.quote import KIND, Claims, claims_of, merchant_texts
from services.kit import jws

VALID_S = 15 * 60


@dataclass(frozen=True, slots=True)
class Quote:
    """Money in rupiah; the shares make the fee. `dropoff` is the `place_hash` of the exact point."""

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


def sign(quote: Quote, key: OKPKey) -> str:
    claims = Claims(
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
        )
    except ValueError as error:
        raise jws.InvalidStatement(f"a quote of another shape: {error}") from error
