"""What is refused for who asks, how often and from where; and what a developer may see of an operation."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import web

from gateway.identity import Verifier
from gateway.metrics import OTHERS, UNNAMED, Metrics
from gateway.settings import Limits, load
from services.kit.http.identity import ANONYMOUS, Identity
from services.kit.process.settings import SettingsError, Switch
from tests.gateway.kit.network import SubgraphServer, gateway
from tests.gateway.kit.waiting import until

QUERY = {"query": "{ products { id } }"}


def code(answer: Any) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


@pytest.fixture
def urls(subgraphs: dict[str, SubgraphServer]) -> Mapping[str, str]:
    return {name: server.url for name, server in subgraphs.items()}


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever says a name is known by it."""

    async def authenticate(_: Verifier, authorization: str | None) -> Identity:
        return Identity(authorization) if authorization else ANONYMOUS

    monkeypatch.setattr(Verifier, "authenticate", authenticate)


# -- rate -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("people")
async def test_each_caller_has_a_rate_of_their_own(
    urls: Mapping[str, str], subgraphs: dict[str, SubgraphServer]
) -> None:
    async with gateway(urls, rate_per_second=1, rate_burst=2) as running:
        for _ in range(2):
            assert (await running.post(QUERY, authorization="siti"))[0] == 200
        status, answer, headers = await running.post(QUERY, authorization="siti")
        assert (status, code(answer), headers["retry-after"]) == (429, "RATE_LIMITED", "2")  # seconds, rounded up
        assert answer["errors"][0]["extensions"]["retryAfterMs"] == 1_001
        assert len(subgraphs["catalog"].seen) == 2
        assert (await running.post(QUERY, authorization="budi"))[0] == 200
        for _ in range(2):
            assert (await running.post(QUERY))[0] == 200  # by address
        assert (await running.post(QUERY))[0] == 429


async def test_a_document_that_is_refused_counts_and_so_does_a_token_that_is_not_valid(urls: Mapping[str, str]) -> None:
    async with gateway(urls, rate_per_second=1, rate_burst=2, jwks_url="http://127.0.0.1:1/jwks") as running:
        for _ in range(2):
            assert (await running.post({"query": "{"}, authorization="Basic x"))[0] == 401
        assert (await running.post({"query": "{"}, authorization="Basic x"))[0] == 429


@pytest.mark.usefixtures("people")
async def test_operations_on_a_socket_count_each(urls: Mapping[str, str]) -> None:
    async with gateway(urls, rate_per_second=1, rate_burst=3) as running:
        socket = await running.client.ws_connect(f"{running.url}/graphql", protocols=("graphql-transport-ws",))
        await socket.send_json({"type": "connection_init", "payload": {"authorization": "siti"}})
        await socket.receive_json()
        kinds: list[str] = []
        for number in range(3):
            await socket.send_json({"id": str(number), "type": "subscribe", "payload": QUERY})
            message = await socket.receive_json()
            kinds.append(message["type"])
            if message["type"] == "next":
                assert (await socket.receive_json())["type"] == "complete"
        assert kinds == ["next", "next", "error"]
        assert message["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        assert message["payload"][0]["extensions"]["retryAfterMs"] > 0


async def test_operations_under_way_are_bounded_on_sockets_too(
    urls: Mapping[str, str], subgraphs: dict[str, SubgraphServer]
) -> None:
    release = asyncio.Event()

    async def wait(_: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.json_response({"data": {"products": []}})

    subgraphs["catalog"].respond = wait
    async with gateway(urls, limits=Limits(in_flight=1)) as running:
        socket = await running.client.ws_connect(f"{running.url}/graphql", protocols=("graphql-transport-ws",))
        await socket.send_json({"type": "connection_init"})
        await socket.receive_json()
        await socket.send_json({"id": "1", "type": "subscribe", "payload": QUERY})
        await until(lambda: running.serving.under_way == 1)
        await socket.send_json({"id": "2", "type": "subscribe", "payload": QUERY})
        message = await socket.receive_json()
        assert (message["id"], message["payload"][0]["extensions"]["code"]) == ("2", "RATE_LIMITED")
        release.set()
        assert (await socket.receive_json())["id"] == "1"
    assert running.serving.under_way == 0


# -- other sites ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"content-type": "text/plain"}, 400),
        ({"apollo-require-preflight": ""}, 400),
        ({"apollo-require-preflight": "1"}, 200),
        ({"x-apollo-operation-name": "Q"}, 200),
        ({"content-type": "application/json"}, 200),
        ({"content-type": "text/plain", "x-apollo-operation-name": "Q"}, 200),
    ],
)
async def test_a_query_by_get_needs_what_other_sites_cannot_send_without_a_preflight(
    urls: Mapping[str, str], subgraphs: dict[str, SubgraphServer], headers: dict[str, str], status: int
) -> None:
    async with (
        gateway(urls, csrf=Switch.ON) as running,
        running.client.get(f"{running.url}/graphql", params=QUERY, headers=headers) as answer,
    ):
        assert answer.status == status
        if status == 400:
            assert code(await answer.json()) == "BAD_USER_INPUT"
        assert len(subgraphs["catalog"].seen) == (status == 200)


# -- what developers see --------------------------------------------------------------------------------------------


async def test_plan_and_cost_are_shown_in_development_to_who_asks(
    urls: Mapping[str, str], subgraphs: dict[str, SubgraphServer]
) -> None:
    async with gateway(urls, explain=Switch.ON) as running:
        for answer in (
            (await running.post(QUERY, wlijo_explain="plan"))[1],
            (await running.post({**QUERY, "extensions": {"explain": "plan"}}))[1],
        ):
            assert answer["data"] == {"products": [{"id": "p1"}, {"id": "p2"}]}
            assert answer["extensions"] == {
                "explain": {"cost": 5, "limit": 10_000, "plan": "0: query CATALOG\n   { products { id } }\n"}
            }
        assert len(subgraphs["catalog"].seen) == 2
        assert "extensions" not in (await running.post(QUERY))[1]


async def test_a_dry_run_asks_nobody_and_tells_the_cost_above_the_limit_too(
    urls: Mapping[str, str], subgraphs: dict[str, SubgraphServer]
) -> None:
    async with gateway(urls, explain=Switch.ON, limits=Limits(cost=4)) as running:
        _, answer, _ = await running.post(QUERY, wlijo_explain="dry-run")
        assert answer["data"] is None
        assert (answer["extensions"]["explain"]["cost"], answer["extensions"]["explain"]["limit"]) == (5, 4)
        assert code((await running.post(QUERY))[1]) == "OPERATION_TOO_EXPENSIVE"
        assert subgraphs["catalog"].seen == []


async def test_in_production_nobody_is_shown_a_plan(urls: Mapping[str, str]) -> None:
    async with gateway(urls) as running:
        body = {**QUERY, "extensions": {"explain": "plan"}}
        assert "extensions" not in (await running.post(body, wlijo_explain="plan"))[1]


async def test_introspection_can_be_switched_off_and_typename_stays(urls: Mapping[str, str]) -> None:
    async with gateway(urls, introspection=Switch.OFF) as running:
        for query in ("{ __schema { types { name } } }", '{ __type(name: "Product") { name } }'):
            assert code((await running.post({"query": query}))[1]) == "GRAPHQL_VALIDATION_FAILED"
        assert (await running.post({"query": "{ __typename }"}))[1] == {"data": {"__typename": "Query"}}


# -- settings and metrics -------------------------------------------------------------------------------------------


def test_the_locks_are_on_where_it_counts() -> None:
    for mode, locked in (("local", False), ("test", False), ("sandbox", True), ("production", True)):
        found = load({"WLIJO_MODE": mode})
        assert (bool(found.csrf), bool(found.rate_per_second), bool(found.explain), bool(found.mask_errors)) == (
            locked,
            locked,
            not locked,
            True,
        )
    opened = load({"CSRF_PREVENTION": "off", "RATE_LIMIT_PER_SECOND": "0", "EXPLAIN": "on", "APQ": "off"})
    assert (opened.csrf, opened.rate_per_second, opened.explain, opened.apq) == ("off", 0, "on", "off")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("CSRF_PREVENTION", "yes"),
        ("RATE_LIMIT_PER_SECOND", "-1"),
        ("RATE_LIMIT_BURST", "0"),
        ("LIMIT_COST", "many"),
        ("BREAKER_PAUSE_SECONDS", "0"),
    ],
)
def test_a_wrong_setting_names_its_key(key: str, text: str) -> None:
    with pytest.raises(SettingsError, match=key):
        load({key: text})


async def test_operations_are_counted_by_name_and_caches_by_what_they_did(urls: Mapping[str, str]) -> None:
    async with gateway(urls) as running:
        for _ in range(3):
            await running.post({"query": "query Names { products { name } }"})
        await running.post({"query": '{ product(id: "p1") { merchant { id } } nothing: orderNone { id } }'})
        await running.post({"query": "{ products { id } }"})
        async with running.client.get(f"{running.url}/metrics") as answer:
            text = await answer.text()
    for line in (
        'wlijo_gateway_operation_seconds_count{operation="Names",type="query"} 3.0',
        f'wlijo_gateway_operation_seconds_count{{operation="{UNNAMED}",type="query"}} 1.0',
        'wlijo_gateway_cache_lookups_total{cache="operations",result="miss"} 3.0',
        'wlijo_gateway_cache_lookups_total{cache="operations",result="hit"} 2.0',
        'wlijo_gateway_cache_lookups_total{cache="plans",result="hit"} 2.0',
        'wlijo_gateway_cache_entries{cache="plans"} 2.0',
        'wlijo_gateway_cache_evictions_total{cache="plans"} 0.0',
        'wlijo_gateway_subgraph_seconds_count{outcome="ok",subgraph="CATALOG"} 4.0',
    ):
        assert line in text
    assert json.dumps(text).count("wlijo_gateway_cache_bytes{") == 4


def test_names_that_clients_make_up_do_not_make_series_without_end() -> None:
    metrics = Metrics()
    names = {metrics.name(f"Q{number}") for number in range(1_000)}
    assert len(names) == 201
    assert metrics.name("Q999") == OTHERS
    assert metrics.name("Q0") == "Q0"
