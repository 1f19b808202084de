"""The shared GraphQL machinery seen from outside: one small subgraph, asked in process."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time
from time import time as wall_clock
from typing import Any, Self

import orjson
import pytest
import strawberry
from joserfc.jwk import ECKey
from starlette.applications import Starlette

from services.contracts.problems import ProblemCode
from services.contracts.roles import Role
from services.graph import Payload, Problem, subgraph
from services.kit.database import db
from services.kit.graphql.app import graphql_routes
from services.kit.graphql.context import RequestContext
from services.kit.graphql.errors import BadUserInput, KeyReused
from services.kit.graphql.limits import Limits
from services.kit.graphql.refusals import Answer, refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.schema import Schema, print_sdl
from services.kit.graphql.types import Node, Point, PointInput
from services.kit.http.identity import Identity
from services.kit.http.rate import RateLimit
from services.kit.ids import Id
from services.kit.observe.telemetry import Telemetry
from tests.worlds.asgi import ask, request, socket
from tests.worlds.tokens import Issuer


class BasketId(Id, prefix="bsk"):
    pass


class Context(RequestContext):
    def __init__(self, identity: Identity) -> None:
        super().__init__(identity)
        self.batches: list[list[str]] = []


Info = strawberry.Info[Context, None]
OPENED: list[Context] = []


def open_context(identity: Identity) -> Context:
    OPENED.append(Context(identity))
    return OPENED[-1]


async def baskets(context: Context, ids: list[BasketId]) -> list["Basket | None"]:
    context.batches.append([str(i) for i in ids])
    return [Basket.of(i) if i != BasketId.seeded("absent") else None for i in ids]


@strawberry.federation.type(keys=["id"], description="A basket.")
class Basket(Node):
    total: Rupiah
    at: datetime
    day: date
    opens: time
    place: Point

    @classmethod
    def of(cls, basket_id: BasketId) -> Self:
        return cls(
            id=strawberry.ID(str(basket_id)),
            total=Rupiah(9_007_199_254_740_991),
            at=datetime(2026, 2, 1, 3, 30, 0, 123_999, tzinfo=UTC),
            day=date(2026, 2, 1),
            opens=time(7, 30),
            place=Point(lat=-8.13, lng=113.22),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> "Basket | None":
        return await info.context.load(baskets, BasketId.parse(id))


@strawberry.type(description="A problem with facts that are no scalars.")
class PriceChanged(Problem):
    prices: list[Rupiah]


@strawberry.type
class BuyPayload(Payload):
    basket: Basket | None = None


class TotalDiffers(Exception):
    pass


class Declined(Exception):
    """What its answer does not want to tell."""


_limit = RateLimit(burst=1, per_second=0.001, clock=lambda: 0.0)


@strawberry.type
class Query:
    @strawberry.field
    async def basket(self, info: Info, id: strawberry.ID) -> Basket | None:
        return await info.context.load(baskets, BasketId.parse(id))

    @strawberry.field
    def near(self, point: PointInput) -> float:
        return point.lat

    @strawberry.field
    def echo(self, total: Rupiah, at: datetime | None = None, opens: time | None = None) -> str:
        return f"{total} {at} {opens}"

    @strawberry.field
    def fails(self, how: str, times: int = 1) -> str | None:
        match how:
            case "bug":
                raise KeyError("the secret column")
            case "down":
                raise db.Unavailable("10.0.0.1 refused")
            case "input":
                raise BadUserInput("how is not right")
        return how

    @strawberry.field
    def ops_only(self, info: Info) -> str:
        return info.context.identity.require(Role.OPS)


@strawberry.type
class Mutation:
    @refusable(description="Buy it.")
    async def buy(self, info: Info, how: str) -> BuyPayload | None:
        match how:
            case "price":
                raise TotalDiffers
            case "several":
                raise ExceptionGroup("both", [TotalDiffers(), KeyReused("used"), TotalDiffers()])
            case "a bug among them":
                raise ExceptionGroup("both", [TotalDiffers(), KeyError("the secret column")])
            case "declined":
                raise Declined
            case "key":
                raise KeyReused("used")
            case "rate":
                _limit.take("budi")
                _limit.take("budi")
        key = BasketId.seeded(how)
        return BuyPayload(basket=await info.context.load(baskets, key))


EVENTS: dict[str, asyncio.Queue[str]] = {}


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def changed(self, info: Info, name: str) -> AsyncIterator[Basket]:
        queue = EVENTS.setdefault(name, asyncio.Queue())
        while True:
            found = await info.context.load(baskets, BasketId.seeded(await queue.get()))
            assert found is not None
            yield found


def _price_changed() -> PriceChanged:
    return PriceChanged(
        code=ProblemCode.PRICE_CHANGED, message="The total has changed", total=Rupiah(5000), prices=[Rupiah(5000)]
    )


def a_schema(limits: Limits = Limits()) -> Schema:
    return subgraph(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[PriceChanged],
        refusals=[Answer(TotalDiffers, lambda _: _price_changed()), Answer(Declined, lambda _: None)],
        limits=limits,
    )


SCHEMA = a_schema()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def app(issuer: Issuer) -> Telemetry:
    return Telemetry(Starlette(routes=graphql_routes(SCHEMA, verifier=issuer.verifier(), context=open_context)))


def code_of(answer: Any) -> str:
    [error] = answer["errors"]
    assert len(error["extensions"]["traceId"]) == 32
    return str(error["extensions"]["code"])


async def test_values_are_shown_in_the_graphs_formats(app: Telemetry) -> None:
    document = "query($id: ID!) { basket(id: $id) { id total at day opens place { lat lng } } }"
    basket_id = str(BasketId.seeded("a"))
    assert await ask(app, document, id=basket_id) == {
        "data": {
            "basket": {
                "id": basket_id,
                "total": 9007199254740991,
                "at": "2026-02-01T03:30:00.123Z",
                "day": "2026-02-01",
                "opens": "07:30",
                "place": {"lat": -8.13, "lng": 113.22},
            }
        }
    }


@pytest.mark.parametrize("value", [True, 1.0, 1.5, -1, 2**53, "5", None])
async def test_a_rupiah_is_a_whole_number_that_json_can_carry(app: Telemetry, value: object) -> None:
    answer = await ask(app, "query($t: Rupiah!) { echo(total: $t) }", t=value)
    assert code_of(answer) == "BAD_USER_INPUT"


async def test_a_literal_of_another_type_fails_validation(app: Telemetry) -> None:
    assert code_of(await ask(app, "{ echo(total: 1.5) }")) == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("value", ["2026-02-01T03:30:00", "2026-02-01", "yesterday", 5, "2026-02-30T00:00:00Z"])
async def test_an_instant_needs_date_time_and_zone(app: Telemetry, value: object) -> None:
    answer = await ask(app, "query($t: DateTime) { echo(total: 1, at: $t) }", t=value)
    assert code_of(answer) == "BAD_USER_INPUT"


async def test_an_instant_of_another_zone_is_read_as_utc(app: Telemetry) -> None:
    document = "query($t: DateTime, $o: LocalTime) { echo(total: 1, at: $t, opens: $o) }"
    answer = await ask(app, document, t="2026-02-01T10:30:00+07:00", o="23:59")
    assert answer == {"data": {"echo": "1 2026-02-01 03:30:00+00:00 23:59:00"}}


@pytest.mark.parametrize("value", ["24:00", "7:30", "07:30:00", "07:60", 730])
async def test_a_local_time_is_two_digits_colon_two_digits(app: Telemetry, value: object) -> None:
    answer = await ask(app, "query($t: LocalTime) { echo(total: 1, opens: $t) }", t=value)
    assert code_of(answer) == "BAD_USER_INPUT"


async def test_a_point_off_the_earth_is_refused(app: Telemetry) -> None:
    assert code_of(await ask(app, "{ near(point: {lat: 91, lng: 0}) }")) == "BAD_USER_INPUT"


@pytest.mark.parametrize("text", ["nonsense", "ord_01h455vb4pex5vsknk084sn02q", "", "bsk_"])
async def test_an_id_that_is_malformed_or_of_another_kind_is_bad_input(app: Telemetry, text: str) -> None:
    answer = await ask(app, "query($id: ID!) { basket(id: $id) { id } }", id=text)
    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["data"] == {"basket": None}


async def test_null_where_the_variable_may_be_null_and_the_argument_not_is_bad_input(app: Telemetry) -> None:
    answer = await ask(app, 'query($n: Int) { fails(how: "x", times: $n) }', n=None)
    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["data"] == {"fails": None}
    assert await ask(app, 'query($n: Int) { fails(how: "x", times: $n) }') == {"data": {"fails": "x"}}


async def test_a_bug_is_masked_and_logged_once_with_the_trace(app: Telemetry, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        answer = await ask(app, '{ fails(how: "bug") }')
    assert code_of(answer) == "INTERNAL_SERVER_ERROR"
    assert "secret" not in str(answer)
    [record] = caplog.records
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], KeyError)


async def test_a_database_that_is_away_is_a_retryable_error_without_its_address(app: Telemetry) -> None:
    answer = await ask(app, '{ fails(how: "down") }')
    assert code_of(answer) == "SERVICE_UNAVAILABLE"
    assert answer["errors"][0]["extensions"]["retryable"] is True
    assert "10.0.0.1" not in str(answer)


async def test_the_trace_id_is_the_callers(app: Telemetry) -> None:
    body = orjson.dumps({"query": '{ fails(how: "input") }'})
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {"content-type": "application/json", "traceparent": traceparent}
    answer = (await request(app, "POST", "/graphql", headers=headers, body=body)).json()
    assert answer["errors"][0]["extensions"] == {
        "code": "BAD_USER_INPUT",
        "traceId": "0af7651916cd43dd8448eb211c80319c",
        "retryable": False,
    }


BUY = """mutation($how: String!) { buy(how: $how) { basket { id } problems {
    code message retryable field total retryAfterMs ... on PriceChanged { prices } } } }"""


async def test_a_refusal_is_a_problem_in_the_payload_with_its_facts_on_the_interface(app: Telemetry) -> None:
    async def problem(how: str) -> Any:
        answer = (await ask(app, BUY, how=how))["data"]["buy"]
        assert answer["basket"] is None
        (found,) = answer["problems"]
        return {name: value for name, value in found.items() if value is not None}

    assert await problem("price") == {
        "code": "PRICE_CHANGED",
        "message": "The total has changed",
        "retryable": False,
        "total": 5000,
        "prices": [5000],
    }
    key = await problem("key")
    assert (key["code"], key["field"], key["retryable"]) == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey", False)
    rate = await problem("rate")
    assert (rate["code"], rate["retryable"], rate["retryAfterMs"]) == ("RATE_LIMITED", True, 1_000_001)


async def test_what_is_done_has_no_problems(app: Telemetry) -> None:
    answer = (await ask(app, BUY, how="a"))["data"]["buy"]
    assert answer == {"basket": {"id": str(BasketId.seeded("a"))}, "problems": []}


async def test_refusals_of_several_parts_are_as_many_problems_in_their_order(app: Telemetry) -> None:
    answer = (await ask(app, BUY, how="several"))["data"]["buy"]
    assert [each["code"] for each in answer["problems"]] == ["PRICE_CHANGED", "IDEMPOTENCY_KEY_REUSED", "PRICE_CHANGED"]


@pytest.mark.parametrize("how", ["a bug among them", "declined"])
async def test_what_is_no_refusal_is_an_error_and_not_hidden_among_problems(app: Telemetry, how: str) -> None:
    answer = await ask(app, BUY, how=how)
    assert code_of(answer) == "INTERNAL_SERVER_ERROR"
    assert "secret" not in str(answer)


async def test_a_mutation_shows_nothing_that_was_loaded_before_it(app: Telemetry) -> None:
    await ask(app, 'mutation { a: buy(how: "a") { basket { id } } b: buy(how: "a") { basket { id } } }')
    assert OPENED[-1].batches == [[str(BasketId.seeded("a"))]] * 2


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


async def test_each_message_of_a_subscription_loads_afresh(app: Telemetry, issuer: Issuer) -> None:
    EVENTS["fresh"] = asyncio.Queue()
    async with socket(app, token=issuer.token()) as opened:
        assert await opened.receive() == {"type": "connection_ack"}
        await opened.subscribe('subscription { changed(name: "fresh") { id } }')
        for _ in range(2):
            await EVENTS["fresh"].put("a")
            assert await opened.receive() == {
                "id": "1",
                "type": "next",
                "payload": {"data": {"changed": {"id": str(BasketId.seeded("a"))}}},
            }
    assert OPENED[-1].identity.subject == "usr_budi"
    assert OPENED[-1].batches == [[str(BasketId.seeded("a"))]] * 2


async def test_a_subscription_ends_with_its_token(app: Telemetry, issuer: Issuer) -> None:
    async with socket(app, token=issuer.token(exp=int(wall_clock()) + 1)) as opened:
        assert await opened.receive() == {"type": "connection_ack"}
        await opened.subscribe('subscription { changed(name: "ends") { id } }')
        ended = await opened.receive()
        assert ended["type"] == "next"
        assert code_of(ended["payload"]) == "TOKEN_EXPIRED"
        assert await opened.receive() == {"id": "1", "type": "complete"}


async def test_a_subscription_ends_with_the_key_that_signed_its_token(issuer: Issuer) -> None:
    verifier = issuer.verifier(refresh_s=0, look_s=0.001)
    app = Telemetry(Starlette(routes=graphql_routes(SCHEMA, verifier=verifier, context=open_context)))
    EVENTS["withdrawn"] = asyncio.Queue()
    async with socket(app, token=issuer.token()) as opened:
        assert await opened.receive() == {"type": "connection_ack"}
        await opened.subscribe('subscription { changed(name: "withdrawn") { id } }')
        await EVENTS["withdrawn"].put("a")
        assert (await opened.receive())["payload"]["data"]
        issuer.key = ECKey.generate_key("P-256", {"kid": "second"})
        ended = await opened.receive()
        assert code_of(ended["payload"]) == "TOKEN_EXPIRED"
        assert await opened.receive() == {"id": "1", "type": "complete"}
    await verifier.close()


async def test_errors_over_a_socket_have_the_same_codes(app: Telemetry) -> None:
    async with socket(app) as opened:
        assert await opened.receive() == {"type": "connection_ack"}
        await opened.subscribe("subscription { unknown }")
        refused = await opened.receive()
        assert refused["type"] == "error"
        assert refused["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        await opened.subscribe("subscription {")
        refused = await opened.receive()
        assert (refused["type"], code_of({"errors": refused["payload"]})) == ("error", "GRAPHQL_PARSE_FAILED")
        await opened.subscribe('{ fails(how: "bug") }')
        failed = await opened.receive()
        assert code_of(failed["payload"]) == "INTERNAL_SERVER_ERROR"


@pytest.mark.parametrize(
    "message",
    [[], 5, None, {}, {"type": "x"}, {"type": "subscribe", "id": "1", "payload": 5}, {"type": "subscribe", "id": []}],
)
async def test_a_socket_that_does_not_keep_to_the_protocol_is_closed(app: Telemetry, message: Any) -> None:
    async with socket(app) as opened:
        assert await opened.receive() == {"type": "connection_ack"}
        await opened.send(message)
        assert (await opened.receive())["close"] == 4400


@pytest.mark.parametrize("payload", [{"query": 5}, {"query": None}, {"query": "{ opsOnly }", "variables": [1]}])
async def test_an_operation_of_wrong_types_over_a_socket_is_bad_input(app: Telemetry, payload: Any) -> None:
    async with socket(app) as opened:
        assert await opened.receive() == {"type": "connection_ack"}
        await opened.send({"type": "subscribe", "id": "1", "payload": payload})
        refused = await opened.receive()
        assert refused["type"] == "error"
        assert refused["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_socket_with_a_bad_token_is_closed_with_the_code(app: Telemetry, issuer: Issuer) -> None:
    async with socket(app, token="a.b.c") as opened:
        assert await opened.receive() == {"close": 4401, "reason": "UNAUTHENTICATED"}
    async with socket(app, token=issuer.token(exp=int(wall_clock()) - 61)) as opened:
        assert await opened.receive() == {"close": 4401, "reason": "TOKEN_EXPIRED"}


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
