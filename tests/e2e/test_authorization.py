"""Who may do what: every root field, by everybody, through the gateway and straight at the service that answers it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from graphql import GraphQLUnionType, build_schema
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.supergraph.load import load
from services.catalog.domain.ids import ClosureId, InvitationId, LoadTemplateId, MemberId, StockPlaceId
from services.contracts.catalog import LicenceId, MediaId, MerchantId, ProductId
from services.contracts.claims import ClaimId, ReviewId, TicketId
from services.contracts.delivery import DeliveryId, OfferId, PartnerId, RiderId, ZoneId
from services.contracts.people import PersonId
from services.delivery.domain import crew
from services.ordering.domain.ids import ContactId
from tests.e2e.authorization_matrix import DOCUMENTS, ENTITIES, EVERYBODY, MATRIX
from tests.e2e.caller import PLACE, Answer, Buyer, Caller, new_key
from tests.e2e.installation import Installation

ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Scene:
    """One finished order and all that belongs to it; the ids by the names that the documents below use."""

    ids: dict[str, str]
    callers: dict[str, Caller]
    platform: Installation
    session: aiohttp.ClientSession

    def at(self, url: str, who: str) -> Caller:
        return Caller(url, self.callers[who].token, self.session)


@pytest.fixture
async def scene(platform: Installation) -> AsyncIterator[Scene]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        tokens = {
            "anonymous": None,
            "owner": platform.token("buyer", "test|owner"),
            "stranger": platform.token("buyer", "test|stranger"),
            "merchant": platform.seeded_token("merchant", "bu-sri"),
            "rival": platform.seeded_token("merchant", "cak-di"),
            "partner": platform.token("partner", "test|partner", partner_id=str(PartnerId.seeded("nobody"))),
            "ops": platform.token("ops", "test|ops"),
            "officer": platform.token("officer", "test|officer"),
            "government": platform.token("government", "test|government"),
        }
        callers = {name: Caller(platform.url, token, session) for name, token in tokens.items()}
        yield Scene(await _belongings(Buyer(platform.url, tokens["owner"], session)), callers, platform, session)


_known: dict[str, dict[str, str]] = {}


async def _belongings(owner: Buyer) -> dict[str, str]:
    """The ids of one completed order and of all that belongs to it, made once for all tests."""
    if owner.url not in _known:
        variant = await owner.find("bayam", "ikat")
        wanted = await owner.order_input((variant["id"], 1))
        placed = await owner.done(PLACE, input=wanted, key=new_key())
        await owner.until(placed["id"], "COMPLETED")
        found = await owner.data(_BELONGINGS, id=placed["id"])
        _known[owner.url] = {
            "order": found["id"],
            "code": found["orderCode"],
            "sellerOrder": found["sellerOrders"][0]["id"],
            "orderLine": found["sellerOrders"][0]["lines"][0]["id"],
            "payment": found["payment"]["id"],
            "contact": found["contact"]["id"],
            "delivery": found["delivery"]["id"],
            "rider": found["delivery"]["rider"]["id"],
            "partner": found["delivery"]["partner"]["id"],
            "merchant": variant["merchant"],
            "variant": variant["id"],
            "product": found["sellerOrders"][0]["lines"][0]["variant"]["product"]["id"],
            "line": found["sellerOrders"][0]["lines"][0]["id"],
            "cart": wanted["cartId"],
            "buyer": (await owner.data("{ me { id } }"))["id"],
            "checkout": f"{wanted['cartId']}.{wanted['contactId']}",
            "person": str(PersonId.seeded("nobody")),
        }
    return _known[owner.url]


_BELONGINGS = """query($id: ID!) { order(id: $id) { id orderCode contact { id } payment { id }
  sellerOrders { id lines { id variant { product { id } } } } delivery { id rider { id } partner { id } } } }"""


def test_the_matrix_names_every_root_field() -> None:
    api = load((ROOT / "gateway/supergraph.graphql").read_text("utf-8")).api
    roots = [root for root in (api.query_type, api.mutation_type, api.subscription_type) if root]
    assert {f"{root.name}.{field}" for root in roots for field in root.fields} == set(MATRIX) == set(DOCUMENTS)


def test_every_entity_of_every_service_is_tried() -> None:
    for service, entities in ENTITIES.items():
        schema = build_schema((ROOT / f"services/{service}/schema.graphql").read_text("utf-8"), assume_valid_sdl=True)
        union = schema.get_type("_Entity")
        assert isinstance(union, GraphQLUnionType)
        # A type that has nothing but its key there is a stub: another service owns it.
        assert set(entities) == {each.name for each in union.types if set(each.fields) != {"id"}}


async def test_everybody_gets_what_the_matrix_says_through_the_gateway(scene: Scene) -> None:
    said = {}
    for field, document in DOCUMENTS.items():
        filled = _filled(document, scene.ids)
        said[field] = {who: await _outcome(scene.callers[who], field, filled) for who in EVERYBODY}
    assert said == MATRIX


async def test_a_service_decides_by_itself_when_it_is_asked_past_the_gateway(scene: Scene) -> None:
    said: dict[str, dict[str, Any]] = {}
    expected: dict[str, dict[str, Any]] = {}
    for service in ENTITIES:
        schema = build_schema((ROOT / f"services/{service}/schema.graphql").read_text("utf-8"), assume_valid_sdl=True)
        for root in filter(None, (schema.query_type, schema.mutation_type)):
            for field in root.fields:
                name = f"{root.name}.{field}"
                if field.startswith("_") or name == "Query.node":
                    continue
                url = scene.platform.api_url(service)
                filled = _filled(DOCUMENTS[name], scene.ids)
                said[name] = {who: _summary(await scene.at(url, who).ask(filled)) for who in EVERYBODY}
                expected[name] = MATRIX[name]
    assert said == expected


@pytest.mark.parametrize("service", sorted(ENTITIES))
async def test_a_forged_representation_proves_nothing_but_a_key(scene: Scene, service: str) -> None:
    url = scene.platform.api_url(service)
    owner = Buyer(scene.platform.url, scene.callers["owner"].token, scene.session)
    await owner.cart((scene.ids["variant"], 1))  # an empty cart has no checkout
    said: dict[str, dict[str, Any]] = {}
    expected: dict[str, dict[str, Any]] = {}
    for entity, (field, name, seen_by) in ENTITIES[service].items():
        query = f"query($of: [_Any!]!) {{ _entities(representations: $of) {{ ... on {entity} {{ {field} }} }} }}"
        of = [{"__typename": entity, "id": scene.ids[name], "subject": "test|owner", "buyer": "test|owner"}]
        expected[entity] = {who: who in seen_by for who in EVERYBODY}
        said[entity] = {who: _sees(await scene.at(url, who).ask(query, of=of)) for who in EVERYBODY}
    assert said == expected


def _sees(answer: Answer) -> bool:
    """Whether anything but nulls came back."""
    return answer.data is not None and any(
        entity and any(value is not None for value in entity.values()) for entity in answer.data["_entities"] or ()
    )


async def test_a_token_that_proves_nothing_is_refused_everywhere(platform: Installation) -> None:
    good = partial(platform.token, "buyer", "test|owner")
    key = ECKey.generate_key("P-256", {"kid": "somebody-elses"})
    claims = {
        "iss": platform.issuer_url,
        "aud": "wlijo",
        "sub": "test|owner",
        "roles": ["buyer"],
        "exp": 4102444800,
    }
    tokens = {
        good(expires_in_s=-120): "TOKEN_EXPIRED",
        good(aud="another"): "UNAUTHENTICATED",
        good(iss="http://another"): "UNAUTHENTICATED",
        good()[:-8] + "AAAAAAAA": "UNAUTHENTICATED",
        jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key, algorithms=["ES256"]): "UNAUTHENTICATED",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0ZXN0fG93bmVyIn0.": "UNAUTHENTICATED",
    }
    async with aiohttp.ClientSession() as session:
        for url in (platform.url, *(platform.api_url(service) for service in ENTITIES)):
            for token, code in tokens.items():
                answer = await Caller(url, token, session).ask("{ __typename }")
                assert (answer.status, answer.codes, answer.data) == (401, [code], None)


async def _outcome(caller: Caller, field: str, document: str) -> str:
    if field.startswith("Subscription."):
        return await _first(caller, document)
    return _summary(await caller.ask(document))


def _summary(answer: Answer) -> str:
    if answer.errors:
        return ",".join(sorted(set(answer.codes)))
    assert answer.data is not None
    (value,) = answer.data.values()
    if isinstance(value, dict) and value.get("problems"):
        return ",".join(sorted({problem["code"] for problem in value["problems"]}))
    return "null" if value is None else "data"


def _filled(document: str, ids: dict[str, str]) -> str:
    absent = {
        "nobody": str(MerchantId.seeded("nobody")),
        "place": str(StockPlaceId.seeded("nobody")),
        "template": str(LoadTemplateId.seeded("nobody")),
        "closure": str(ClosureId.seeded("nobody")),
        "photo": str(MediaId.seeded("nobody")),
        "member": str(MemberId.seeded("nobody")),
        "invitation": str(InvitationId.seeded("nobody")),
        "nothing": str(ProductId.seeded("nothing")),
        "licence": str(LicenceId.seeded("wlijo-bu-sri/halal")),
        "no_licence": str(LicenceId.seeded("nothing")),
        "no_contact": str(ContactId.seeded("nothing")),
        "no_claim": str(ClaimId.seeded("nothing")),
        "no_ticket": str(TicketId.seeded("nothing")),
        "no_review": str(ReviewId.seeded("nothing")),
        "no_trip": str(DeliveryId.seeded("nothing")),
        "no_offer": str(OfferId.seeded("nothing")),
        "no_partner": str(PartnerId.seeded("nothing")),
        "no_zone": str(ZoneId.seeded("nothing")),
        "no_rider": str(RiderId.seeded("nothing")),
        "partner_member": str(crew.MemberId.seeded("nobody")),
        "partner_invitation": str(crew.InvitationId.seeded("nobody")),
    }
    for name, value in {**ids, **absent}.items():
        document = document.replace("{" + name + "}", value)
    return document


async def _first(caller: Caller, document: str) -> str:
    """What a subscription says first: `data`, `nothing` when it ends at once, or the code of its error."""
    url = caller.url.replace("http", "ws", 1) + "/graphql"
    headers = {"authorization": f"Bearer {caller.token}"} if caller.token else {}
    async with caller.session.ws_connect(url, protocols=["graphql-transport-ws"]) as socket:
        await socket.send_json({"type": "connection_init", "payload": headers})
        await socket.receive_json()
        await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": document}})
        try:
            message = await socket.receive_json(timeout=5)
        except TimeoutError:
            return "silence"
        match message["type"]:
            case "complete":
                return "nothing"
            case "error":
                return str(message["payload"][0]["extensions"]["code"])
            case "next" if message["payload"].get("errors"):
                return str(message["payload"]["errors"][0]["extensions"]["code"])
        return "data"
