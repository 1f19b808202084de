"""The delivery quote as an order sees it: whether this one is good for this buyer, these merchants, this place, this load, now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from services.contracts.catalog import MerchantId
from services.contracts.quote import Claims, NotAQuote, claims_of, merchant_texts, place_hash
from services.ordering.domain.refusal import Refused


class QuoteIsInvalid(Refused):
    """Not delivery's, or another buyer's."""


class QuoteIsOutdated(Refused):
    """Since it was made the cart or the contact has become another than it was made for."""


class QuoteIsExpired(Refused):
    def __init__(self, expired_at: datetime) -> None:
        super().__init__(f"the quote was good until {expired_at}")
        self.expired_at = expired_at


class QuoteIsUsed(Refused):
    pass


def read_claims(payload: Mapping[str, Any]) -> Claims:
    """Raises QuoteIsInvalid."""
    try:
        return claims_of(payload)
    except NotAQuote as error:
        raise QuoteIsInvalid(str(error)) from error


def check(
    claims: Claims,
    *,
    buyer: str,
    merchants: Iterable[MerchantId],
    lat: float,
    lng: float,
    mass_gram: int,
    at: datetime,
) -> None:
    """Raises QuoteIsInvalid, QuoteIsOutdated or QuoteIsExpired."""
    if not claims.dropoff:
        raise QuoteIsInvalid("what is told on of a quote, without the place, places no order")
    if claims.buyer != buyer:
        raise QuoteIsInvalid("the quote was made for somebody else")
    if sorted(claims.merchants) != merchant_texts(merchants):
        raise QuoteIsOutdated("the quote was made for other merchants")
    if claims.dropoff != place_hash(lat, lng):
        raise QuoteIsOutdated("the quote was made for another place")
    expires_at = datetime.fromtimestamp(claims.exp, UTC)
    if expires_at <= at:
        raise QuoteIsExpired(expires_at)
    if mass_gram > claims.mass_limit_gram:
        raise QuoteIsOutdated(f"the quote was made for at most {claims.mass_limit_gram} g, and these are {mass_gram} g")
