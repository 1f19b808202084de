"""Through the gateway: goods that need a licence are refused, an officer verifies what their seller submits, and a guest finds them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from services.contracts.catalog import MerchantId
from tests.e2e.caller import Caller, new_key
from tests.e2e.installation import Installation

CREATE = """mutation Create($merchant: ID!, $input: ProductInput!, $variants: [VariantInput!]!, $key: String!) {
  answer: createProduct(merchantId: $merchant, input: $input, variants: $variants, idempotencyKey: $key) {
    problems { code field message } product { id halalStatus licenceNeeds { licenceKind met } } } }"""
PUBLISH = """mutation Publish($id: ID!) { answer: publishProduct(id: $id) {
  problems { code field licenceKind status } product { status halalStatus } } }"""
SUBMIT = """mutation Submit($merchant: ID!, $input: LicenceInput!, $key: String!) {
  answer: submitLicence(merchantId: $merchant, input: $input, idempotencyKey: $key) { problems { code field } licence { id } } }"""
VERIFY = """mutation Verify($id: ID!) { answer: verifyLicence(id: $id) {
  problems { code } licence { status merchant { name } products { name } } } }"""
LOOK = "query Look($id: ID!) { product(id: $id) { status halalStatus licences { kind number } category { requirements { licenceKind } } } }"
WINE = """{ productBySlug(merchant: "mall-umkm", slug: "coffee-wine") { status halalStatus licences { kind } } }"""


async def _answer(caller: Caller, document: str, **variables: Any) -> Any:
    answer = await caller.ask(document, **variables)
    assert answer.errors == [], answer
    assert answer.data is not None
    return answer.data["answer"]


async def test_crisps_are_sold_once_an_officer_has_seen_their_licences(platform: Installation) -> None:
    async with aiohttp.ClientSession() as session:
        seller = Caller(platform.url, platform.seeded_token("merchant", "bu-sri"), session)
        officer = Caller(platform.url, platform.token("officer", "test|officer"), session)
        guest = Caller(platform.url, None, session)
        merchant = str(MerchantId.seeded("wlijo-bu-sri"))
        made = await _answer(
            seller,
            CREATE,
            merchant=merchant,
            input={"name": "Keripik bayam", "description": "", "category": "camilan"},
            variants=[{"label": "1 bungkus", "unit": "bungkus", "price": 8_000, "gramPerUnit": 150, "onHand": 5}],
            key=new_key(),
        )
        assert made["problems"] == []
        product = made["product"]
        assert product["halalStatus"] == "NOT_CERTIFIED"
        assert [each["licenceKind"] for each in product["licenceNeeds"]] == ["HALAL", "PIRT"]
        refused = (await _answer(seller, PUBLISH, id=product["id"]))["problems"]
        assert [(each["code"], each["licenceKind"]) for each in refused] == [
            ("LICENCE_MISSING", "HALAL"),
            ("LICENCE_MISSING", "PIRT"),
        ]
        today = datetime.now(UTC).date()
        ends = today + timedelta(days=4 * 365)
        issued = str(today - timedelta(days=10))
        for given in (
            {"kind": "HALAL", "number": "ID35110000000009999", "issuedOn": issued},
            {
                "kind": "PIRT",
                "number": f"P-IRT 206 3508 01 9999-{ends.year % 100:02}",
                "issuedOn": issued,
                "expiresOn": str(ends),
                "productIds": [product["id"]],
            },
        ):
            submitted = await _answer(seller, SUBMIT, merchant=merchant, input=given, key=new_key())
            assert submitted["problems"] == []
            verified = await _answer(officer, VERIFY, id=submitted["licence"]["id"])
            assert (verified["problems"], verified["licence"]["status"]) == ([], "VERIFIED")
        published = await _answer(seller, PUBLISH, id=product["id"])
        assert published == {"problems": [], "product": {"status": "PUBLISHED", "halalStatus": "CERTIFIED"}}
        seen = await guest.ask(LOOK, id=product["id"])
        assert seen.data is not None
        kinds = [each["kind"] for each in seen.data["product"]["licences"]]
        assert sorted(set(kinds)) == ["HALAL", "PIRT"]


async def test_coffee_wine_is_sold_and_not_called_halal(platform: Installation) -> None:
    async with aiohttp.ClientSession() as session:
        answer = await Caller(platform.url, None, session).ask(WINE)
    assert answer.data is not None
    found = answer.data["productBySlug"]
    assert (found["status"], found["halalStatus"]) == ("PUBLISHED", "NOT_CERTIFIABLE_NAME")
    assert "HALAL" not in [each["kind"] for each in found["licences"]]
