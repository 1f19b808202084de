"""Samples of signed statements: what one service writes and another believes, held to the letter. Added, never edited."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws as compact
from joserfc.jwk import KeySet, OKPKey

from services.contracts.catalog import MerchantId
from services.contracts.delivery import QuoteId
from services.contracts.quote import KIND, place_hash
from services.delivery.domain import quote as delivery
from services.kit import jws
from services.ordering.domain import quote as ordering

SAMPLE: dict[str, Any] = json.loads((Path(__file__).parent / "statements" / "delivery-quote.json").read_text("utf-8"))
CLAIMS: dict[str, Any] = SAMPLE["claims"]
AT = datetime.fromtimestamp(CLAIMS["exp"] - 60, UTC)
KEY = OKPKey.generate_key("Ed25519", {"kid": "sample"})
QUOTE = delivery.Quote(
    id=QuoteId.parse(CLAIMS["jti"]),
    buyer=CLAIMS["buyer"],
    merchants=tuple(MerchantId.parse(each) for each in reversed(CLAIMS["merchants"])),
    dropoff=place_hash(**SAMPLE["place"]),
    mass_limit_gram=CLAIMS["mass_limit_gram"],
    fee_rupiah=CLAIMS["fee"],
    rider_share_rupiah=CLAIMS["rider_share"],
    partner_share_rupiah=CLAIMS["partner_share"],
    platform_share_rupiah=CLAIMS["platform_share"],
    tariff=CLAIMS["tariff"],
    distance_m=CLAIMS["distance_m"],
    duration_s=CLAIMS["duration_s"],
    expires_at=datetime.fromtimestamp(CLAIMS["exp"], UTC),
    test=CLAIMS["test"],
)


def test_delivery_writes_the_sample_to_the_letter() -> None:
    signed = compact.extract_compact(delivery.sign(QUOTE, KEY).encode())
    assert signed.headers() == {"alg": "Ed25519", "kid": "sample", "typ": SAMPLE["typ"]}
    assert signed.payload.decode() == json.dumps(CLAIMS, separators=(",", ":"), sort_keys=True)


def _check(**changed: Any) -> None:
    token = jws.sign(CLAIMS, KEY, kind=SAMPLE["typ"])
    claims = ordering.read_claims(jws.verify(token, KeySet([KEY]), kind=KIND))
    wanted: dict[str, Any] = {
        "buyer": CLAIMS["buyer"],
        "merchants": [MerchantId.parse(each) for each in CLAIMS["merchants"]],
        **SAMPLE["place"],
        "mass_gram": CLAIMS["mass_limit_gram"],
        "at": AT,
    }
    ordering.check(claims, **{**wanted, **changed})


def test_ordering_believes_the_sample_for_its_own_place_and_no_other() -> None:
    _check()
    with pytest.raises(ordering.QuoteIsInvalid):
        _check(lat=SAMPLE["place"]["lat"] + 0.000001)


def test_delivery_reads_what_it_wrote() -> None:
    assert delivery.read(jws.sign(CLAIMS, KEY, kind=KIND), KeySet([KEY])).dropoff == CLAIMS["dropoff"]
