"""The delivery quote: what delivery signs, a client carries, and ordering believes without asking (compact JWS, `kit.jws`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

import msgspec

from services.contracts.catalog import MerchantId

KIND = "delivery-quote"
"""The statement's `typ`, which is signed too."""

MAX_MERCHANTS: Final = 8
"""The most that one trip fetches goods from, so the most that a cart or an order is of."""
MAX_MASS_GRAM: Final = 20_000
"""The most that a rider carries in a motorbike's box, so the most that a cart or an order weighs."""

Rupiah = Annotated[int, msgspec.Meta(ge=0)]


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts in rupiah. `buyer` is a token's subject; `exp` is in Unix seconds of the database's clock; `dropoff` is `place_hash` of the
    exact point: whoever holds the point can check it, and whoever knows its surroundings can find it. So that goes from delivery to the
    buyer, and from him to ordering, and no further: what ordering tells on is `onward`, the same statement without the place, signed too.
    It is empty in itself, and in quotes of the release before. `without`: the fee if the merchant at this place of `merchants` is left out
    and all others stay; of several left out the lowest holds, for fewer stops are no detour. Empty for one merchant, and in quotes of the
    release before: then the fee stays. `at` (Unix seconds), `pickups`, `roads` (where the distance is from) and `surcharges` (zones by
    name, rupiah) are what the fee was reckoned of beside the rest; delivery reads them, and quotes of the release before have none. `rate`
    is the version of a company's rate, where one made the fee, and `per_mille` what it was worth of the rule's."""

    jti: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    buyer: str
    merchants: list[str]
    dropoff: str
    mass_limit_gram: int
    fee: Rupiah
    rider_share: Rupiah
    partner_share: Rupiah
    platform_share: Rupiah
    tariff: str
    distance_m: int
    duration_s: int
    exp: Annotated[int, msgspec.Meta(ge=0, le=32_503_680_000)]
    test: bool
    onward: str = ""
    without: list[Rupiah] = []
    at: Annotated[int, msgspec.Meta(ge=0, le=32_503_680_000)] = 0
    pickups: int = 0
    roads: str = ""
    surcharges: list[tuple[str, Rupiah]] = []
    rate: Annotated[str, msgspec.Meta(max_length=40)] = ""
    per_mille: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 1_000


class NotAQuote(ValueError):
    """Signed, and of another shape than a quote's."""


def claims_of(payload: Mapping[str, Any]) -> Claims:
    """Of a payload whose signature holds. Raises NotAQuote, also when the shares do not make the fee."""
    try:
        claims = msgspec.convert(payload, Claims)
    except msgspec.ValidationError as error:
        raise NotAQuote(str(error)) from error
    if claims.rider_share + claims.partner_share + claims.platform_share != claims.fee:
        raise NotAQuote("the quote's parts do not make up its fee")
    if claims.without and (len(claims.without) != len(claims.merchants) or max(claims.without) > claims.fee):
        raise NotAQuote("the fees without a merchant are not of the quote's merchants, or above its fee")
    return claims


def place_hash(lat: float, lng: float) -> str:
    """How a quote is bound to a place: SHA-256, hex, of `lat,lng` with six decimals each. No secret: few doors are near any point."""
    return hashlib.sha256(f"{lat:.6f},{lng:.6f}".encode()).hexdigest()


def merchant_texts(merchants: Iterable[MerchantId]) -> list[str]:
    """As they stand in the claims: each once, sorted as text."""
    return sorted({str(merchant) for merchant in merchants})
