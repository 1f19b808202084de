"""The shared GraphQL machinery seen from outside: one small subgraph, asked in process."""

from time import time as wall_clock
from typing import Any

import pytest
from starlette.applications import Starlette

from services.kit.graphql.app import graphql_routes
from services.kit.graphql.limits import Limits
from services.kit.graphql.schema import print_sdl
from services.kit.observe.telemetry import Telemetry
from tests.worlds.asgi import ask, request
from tests.worlds.basket import OPENED, SCHEMA, BasketId, a_schema, code_of, open_context
from tests.worlds.tokens import Issuer


async def test_many_representations_are_one_batch_and_a_bad_one_fails_alone(app: Telemetry) -> None:
    ids = [str(BasketId.seeded(name)) for name in ("a", "absent", "b", "a")]
    representations: list[Any] = [{"__typename": "Basket", "id": i} for i in ids]
    representations += [
        {"__typename": "Basket", "id": "ord_01h455vb4pex5vsknk084sn02q"},
        {"__typename": "Basket"},
        {"__typename": "Basket", "id": 7},
        {"__typename": "Shop", "id": "x"},
        {"id": "x"},
        "text",
    ]
    document = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Basket { id } } }"
    answer = await ask(app, document, r=representations)
    assert answer["data"]["_entities"] == [{"id": ids[0]}, None, {"id": ids[2]}, {"id": ids[0]}, *[None] * 6]
    assert sorted(e["path"] for e in answer["errors"]) == [["_entities", place] for place in range(4, 10)]
    assert {e["extensions"]["code"] for e in answer["errors"]} == {"BAD_USER_INPUT"}
    assert OPENED[-1].batches == [ids[:3]]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ basket(", "GRAPHQL_PARSE_FAILED"),
        ("{ unknown }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment A on Query { ...A } { ...A }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($t: Rupiah!) { echo(total: $t) }", "BAD_USER_INPUT"),
        ("{ opsOnly }", "UNAUTHENTICATED"),
        ("query A { opsOnly } query B { opsOnly }", "OPERATION_RESOLUTION_FAILURE"),
        ('subscription { changed(name: "a") { id } }', "OPERATION_RESOLUTION_FAILURE"),
        ("   ", "BAD_USER_INPUT"),
    ],
)
async def test_each_fault_of_an_operation_has_its_code(app: Telemetry, document: str, code: str) -> None:
    assert code_of(await ask(app, document)) == code


async def test_a_document_is_checked_once_for_all_its_requests(app: Telemetry) -> None:
    document = "query Once($id: ID!) { basket(id: $id) { id } }"
    await ask(app, document, id=str(BasketId.seeded("a")))
    known = SCHEMA.documents.get(document)
    await ask(app, document, id=str(BasketId.seeded("b")))
    assert SCHEMA.documents.get(document) is known


@pytest.mark.parametrize(
    ("limits", "document"),
    [
        (Limits(tokens=10), "{ a: __typename b: __typename c: __typename d: __typename }"),
        (Limits(), "{ basket" * 3_000),
        (Limits(), "{ echo(total: " + "[" * 3_000),
        (Limits(depth=2), '{ basket(id: "x") { place { lat } } }'),
        (Limits(aliases=2), '{ a: fails(how: "") b: fails(how: "") c: fails(how: "") }'),
        (Limits(fields=20), _laughs := "{ ...F5 } fragment F0 on Query { echo(total: 1) } "
         + " ".join(f"fragment F{n} on Query {{ ...F{n - 1} ...F{n - 1} }}" for n in range(1, 6))),
    ],
)  # fmt: skip
async def test_an_operation_past_a_limit_is_too_expensive(issuer: Issuer, limits: Limits, document: str) -> None:
    routes = graphql_routes(a_schema(limits), verifier=issuer.verifier(), context=open_context)
    answer = await ask(Telemetry(Starlette(routes=routes)), document)
    assert code_of(answer) == "OPERATION_TOO_EXPENSIVE"


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"content-type": "application/json"}, b"{", 400, "BAD_USER_INPUT"),
        ({"content-type": "application/json"}, b"[]", 400, "BAD_USER_INPUT"),
        ({"content-type": "application/json"}, b'{"query": 5}', 400, "BAD_USER_INPUT"),
        ({"content-type": "application/json"}, b'{"query": "{ opsOnly }", "variables": []}', 400, "BAD_USER_INPUT"),
        ({"content-type": "text/plain"}, b'{"query": "{ opsOnly }"}', 400, "BAD_USER_INPUT"),
        ({"content-type": "application/json"}, b" " * 1_100_000, 413, "BAD_USER_INPUT"),
        ({"authorization": "Basic YTpi"}, b"", 401, "UNAUTHENTICATED"),
        ({"authorization": "Bearer a.b.c"}, b"", 401, "UNAUTHENTICATED"),
        (
            {"content-type": "application/json", "accept": "application/graphql-response+json"},
            b'{"query": "{ unknown }"}',
            400,
            "GRAPHQL_VALIDATION_FAILED",
        ),
    ],
)
async def test_a_request_that_cannot_be_run_is_answered_with_a_code(
    app: Telemetry, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    answer = await request(app, "POST", "/graphql", headers=headers, body=body)
    assert (answer.status, code_of(answer.json())) == (status, code)


async def test_a_query_may_come_by_get_but_a_mutation_not(app: Telemetry) -> None:
    answer = await request(app, "GET", "/graphql", query="query=%7B+echo(total:+5)+%7D")
    assert answer.json() == {"data": {"echo": "5 None None"}}
    refused = await request(app, "GET", "/graphql", query='query=mutation{buy(how:"a"){__typename}}')
    assert code_of(refused.json()) == "OPERATION_RESOLUTION_FAILURE"


async def test_a_role_is_asked_of_the_verified_token(app: Telemetry, issuer: Issuer) -> None:
    assert code_of(await ask(app, "{ opsOnly }", token=issuer.token())) == "FORBIDDEN"
    answer = await ask(app, "{ opsOnly }", token=issuer.token(roles=["ops"], sub="usr_sri"))
    assert answer == {"data": {"opsOnly": "usr_sri"}}
    expired = await ask(app, "{ opsOnly }", token=issuer.token(exp=int(wall_clock()) - 61))
    assert code_of(expired) == "TOKEN_EXPIRED"


async def test_no_ide_is_served(app: Telemetry) -> None:
    answer = await request(app, "GET", "/graphql", headers={"accept": "text/html"})
    assert (answer.status, code_of(answer.json())) == (400, "BAD_USER_INPUT")


def test_the_sdl_has_what_federation_needs() -> None:
    sdl = print_sdl(SCHEMA)
    assert 'type Basket implements Node @key(fields: "id") {' in sdl
    assert "interface Problem {" in sdl
    assert "type Point @shareable {" in sdl
    assert 'scalar Rupiah @specifiedBy(url: "https://github.com/wlijo/wlijo/blob/main/docs/api.md#rupiah")' in sdl
    assert "https://specs.apollo.dev/federation/v2.9" in sdl
    assert sdl.endswith("\n")
    assert not sdl.endswith("\n\n")
