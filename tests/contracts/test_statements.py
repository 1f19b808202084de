"""Samples of signed statements: what one service writes and another believes, held to the letter. Added, never edited."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from joserfc import jws as compact
from joserfc.jwk import KeySet, OKPKey

from services.contracts.catalog import MerchantId
from services.contracts.delivery import QuoteId
from services.contracts.quote import KIND, place_hash
from services.delivery.domain import quote as delivery
from services.delivery.domain.roads import Roads
from services.delivery.domain.tariff import Rated
from services.kit import jws
from services.ordering.domain import quote as ordering

_FOLDER = Path(__file__).parent / "statements"
BEFORE: dict[str, Any] = json.loads((_FOLDER / "delivery-quote.json").read_text("utf-8"))
WHOLE_FEE: dict[str, Any] = json.loads((_FOLDER / "delivery-quote-2.json").read_text("utf-8"))
WITHOUT: dict[str, Any] = json.loads((_FOLDER / "delivery-quote-3.json").read_text("utf-8"))
BY_LINES: dict[str, Any] = json.loads((_FOLDER / "delivery-quote-4.json").read_text("utf-8"))
SAMPLE: dict[str, Any] = json.loads((_FOLDER / "delivery-quote-5.json").read_text("utf-8"))
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
    without=tuple(zip(map(MerchantId.parse, CLAIMS["merchants"]), CLAIMS["without"], strict=True)),
    basis=delivery.Basis(
        at=datetime.fromtimestamp(CLAIMS["at"], UTC),
        pickups=CLAIMS["pickups"],
        roads=Roads(CLAIMS["roads"]),
        surcharges=tuple((name, rupiah) for name, rupiah in CLAIMS["surcharges"]),
        rate=Rated(CLAIMS["rate"], CLAIMS["per_mille"]),
    ),
)


class ClaimsBefore(msgspec.Struct, frozen=True, kw_only=True):
    """As the release before reads them."""

    jti: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
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
    exp: Annotated[int, msgspec.Meta(ge=0, le=32_503_680_000)]
    test: bool
    onward: str = ""
    without: list[Annotated[int, msgspec.Meta(ge=0)]] = []
    at: Annotated[int, msgspec.Meta(ge=0, le=32_503_680_000)] = 0
    pickups: int = 0
    roads: str = ""
    surcharges: list[tuple[str, Annotated[int, msgspec.Meta(ge=0)]]] = []


_CLAIMS = {**CLAIMS, "surcharges": [tuple(each) for each in CLAIMS["surcharges"]]}
_KNOWN_BEFORE = {name: _CLAIMS[name] for name in ClaimsBefore.__struct_fields__ if name != "onward"}


def _letters(token: str) -> str:
    signed = compact.extract_compact(token.encode())
    assert signed.headers() == {"alg": "Ed25519", "kid": "sample", "typ": SAMPLE["typ"]}
    return signed.payload.decode()


def test_delivery_writes_the_sample_to_the_letter() -> None:
    payload = _letters(delivery.sign(QUOTE, KEY))
    onward = json.loads(payload)["onward"]
    assert payload == json.dumps({**CLAIMS, "onward": onward}, separators=(",", ":"), sort_keys=True)
    assert _letters(onward) == json.dumps(SAMPLE["onward"], separators=(",", ":"), sort_keys=True)


def test_the_release_before_reads_what_delivery_writes_and_what_ordering_tells_on() -> None:
    keys = KeySet([KEY])
    outer = jws.verify(delivery.sign(QUOTE, KEY), keys, kind=KIND)
    assert msgspec.convert(outer, ClaimsBefore) == ClaimsBefore(**_KNOWN_BEFORE, onward=outer["onward"])
    onward = jws.verify(outer["onward"], keys, kind=KIND)
    assert msgspec.convert(onward, ClaimsBefore) == ClaimsBefore(**{**_KNOWN_BEFORE, "dropoff": ""})


def _check(sample: dict[str, Any], **changed: Any) -> None:
    claims = ordering.read_claims(jws.verify(jws.sign(sample, KEY, kind=KIND), KeySet([KEY]), kind=KIND))
    wanted: dict[str, Any] = {
        "buyer": CLAIMS["buyer"],
        "merchants": [MerchantId.parse(each) for each in CLAIMS["merchants"]],
        **SAMPLE["place"],
        "mass_gram": CLAIMS["mass_limit_gram"],
        "at": AT,
    }
    ordering.check(claims, **{**wanted, **changed})


@pytest.mark.parametrize(
    "sample",
    [BEFORE["claims"], WHOLE_FEE["claims"], WITHOUT["claims"], BY_LINES["claims"], CLAIMS],
    ids=["first", "second", "third", "before", "today"],
)
def test_ordering_believes_the_sample_for_its_own_place_and_no_other(sample: dict[str, Any]) -> None:
    _check(sample)
    with pytest.raises(ordering.QuoteIsOutdated):
        _check(sample, lat=SAMPLE["place"]["lat"] + 0.000001)


def test_what_is_told_on_places_no_order() -> None:
    with pytest.raises(ordering.QuoteIsInvalid, match="without the place"):
        _check(SAMPLE["onward"])


@pytest.mark.parametrize(
    "sample",
    [BEFORE["claims"], WHOLE_FEE["onward"], WITHOUT["claims"], BY_LINES["claims"], CLAIMS, SAMPLE["onward"]],
    ids=["first", "second", "third", "before", "today", "onward"],
)
def test_delivery_reads_what_it_wrote(sample: dict[str, Any]) -> None:
    found = delivery.read(jws.sign(sample, KEY, kind=KIND), KeySet([KEY]))
    assert found.dropoff == sample["dropoff"]
    assert (found.basis is not None and found.basis.rate is not None) == ("rate" in sample)
