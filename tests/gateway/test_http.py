"""GraphQL over HTTP on real sockets: methods, media types, statuses, and what subgraphs get to see."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from gateway.settings import Limits
from services.kit.process.settings import Mode, Switch
from tests.gateway.kit.network import Running, SubgraphServer, gateway
from tests.gateway.kit.waiting import until

JSON = "application/json; charset=utf-8"
RESPONSE = "application/graphql-response+json; charset=utf-8"


def code(answer: Any) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/json", JSON),
        ("application/graphql-response+json", RESPONSE),
        ("application/json;q=0.5, application/graphql-response+json", RESPONSE),
        ("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", RESPONSE),
    ],
)
async def test_the_answer_has_the_media_type_that_the_client_likes_best(
    running: Running, accept: str, expected: str
) -> None:
    status, answer, headers = await running.post({"query": "{ products { id } }"}, accept=accept)
    assert (status, headers["content-type"]) == (200, expected)
    assert answer == {"data": {"products": [{"id": "p1"}, {"id": "p2"}]}}


@pytest.mark.parametrize(
    ("body", "classic", "modern"),
    [
        ({"query": "{"}, 200, 400),
        ({"query": "{ nothing }"}, 200, 400),
        ({"query": "query ($id: ID!) { product(id: $id) { id } }"}, 200, 400),
        ({"query": "query A { __typename }", "operationName": "B"}, 200, 400),
        ({"query": 7}, 400, 400),
        ({"query": "{ __typename }", "variables": [1]}, 400, 400),
        ({"query": "{ __typename }", "variables": "{}"}, 400, 400),
        ({"query": "{ __typename }", "operationName": 7}, 400, 400),
        ({"query": "{ __typename }", "extensions": "x"}, 400, 400),
        ({}, 400, 400),
        ([], 400, 400),
        ("text", 400, 400),
        ({"query": "{ __typename }", "variables": None, "operationName": None, "extensions": None}, 200, 200),
    ],
)
async def test_the_status_follows_the_media_type(running: Running, body: Any, classic: int, modern: int) -> None:
    old = await running.post(body, accept="application/json")
    new = await running.post(body, accept="application/graphql-response+json")
    assert (old[0], new[0]) == (classic, modern)
    assert ("data" in new[1]) is (modern == 200)


async def test_a_body_that_is_not_json_or_not_utf8_is_bad_input(running: Running) -> None:
    for body in (b"{", b"\xff\xfe", b'{"query": "\xff"}', b""):
        async with running.client.post(
            f"{running.url}/graphql", data=body, headers={"content-type": "application/json"}
        ) as answer:
            assert (answer.status, code(await answer.json())) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_a_post_that_needs_no_preflight_is_refused(running: Running, content_type: str) -> None:
    async with running.client.post(
        f"{running.url}/graphql", data=b'{"query":"{ __typename }"}', headers={"content-type": content_type}
    ) as answer:
        assert answer.status == 415


async def test_queries_may_be_sent_by_get_and_mutations_may_not(
    running: Running, subgraphs: dict[str, SubgraphServer]
) -> None:
    query = {"query": "query ($id: ID!) { product(id: $id) { id } }", "variables": json.dumps({"id": "p1"})}
    async with running.client.get(f"{running.url}/graphql", params=query) as answer:
        assert (answer.status, await answer.json()) == (200, {"data": {"product": {"id": "p1"}}})
    async with running.client.get(f"{running.url}/graphql", params={"query": "mutation { count }"}) as answer:
        assert (answer.status, answer.headers["allow"]) == (405, "POST")
        assert code(await answer.json()) == "OPERATION_RESOLUTION_FAILURE"
    assert subgraphs["ordering"].subgraph.requests == []


async def test_a_body_above_the_limit_is_refused_whether_or_not_it_says_its_length(
    subgraphs: dict[str, SubgraphServer],
) -> None:
    async def pieces() -> Any:
        for _ in range(20):
            yield b" " * 100

    async with gateway({}, limits=Limits(body_bytes=1_000)) as running:
        for data in (b" " * 2_000, pieces()):
            async with running.client.post(
                f"{running.url}/graphql", data=data, headers={"content-type": "application/json"}
            ) as answer:
                assert (answer.status, code(await answer.json())) == (413, "OPERATION_TOO_EXPENSIVE")


async def test_the_callers_identity_and_trace_go_to_the_subgraphs(
    running: Running, subgraphs: dict[str, SubgraphServer]
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    await running.post(
        {"query": "{ products { id } }"}, authorization="Bearer abc", traceparent=f"00-{trace}-b7ad6b7169203331-01"
    )
    (seen,) = subgraphs["catalog"].seen
    assert seen["authorization"] == "Bearer abc"
    assert seen["traceparent"].split("-")[1] == trace
    assert seen["traceparent"].split("-")[2] != "b7ad6b7169203331"


async def test_an_error_carries_the_callers_trace_id(running: Running) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    _, answer, _ = await running.post({"query": "{"}, traceparent=f"00-{trace}-b7ad6b7169203331-01")
    assert answer["errors"][0]["extensions"] == {
        "code": "GRAPHQL_PARSE_FAILED",
        "traceId": trace,
        "retryable": False,
    }


async def test_a_subgraph_that_is_gone_answers_html_or_hangs_is_partial_data(
    subgraphs: dict[str, SubgraphServer],
) -> None:
    async def html(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<h1>502</h1>", content_type="text/html", status=502)

    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    async def garbage(_: web.Request) -> web.StreamResponse:
        return web.Response(body=b"\xff\x00")

    urls = {name: server.url for name, server in subgraphs.items()}
    async with gateway(urls, limits=Limits(request_ms=1_500)) as running:
        for respond, expected in ((html, "SERVICE_UNAVAILABLE"), (garbage, "SERVICE_UNAVAILABLE"), (hang, "TIMEOUT")):
            subgraphs["delivery"].respond = respond
            status, answer, _ = await running.post({"query": "{ products { id fee } }"})
            assert status == 200
            assert answer["data"] == {"products": [{"id": "p1", "fee": None}, {"id": "p2", "fee": None}]}
            assert [error["extensions"]["code"] for error in answer["errors"]] == [expected] * 2
    async with gateway({**urls, "delivery": "http://127.0.0.1:1"}) as running:
        status, answer, _ = await running.post({"query": "{ products { id fee } }"})
        assert (status, code(answer)) == (200, "SERVICE_UNAVAILABLE")
        assert "127.0.0.1" not in answer["errors"][0]["message"]


async def test_equal_queries_under_way_are_one_request_and_other_callers_are_not_mixed_in(
    running: Running, subgraphs: dict[str, SubgraphServer]
) -> None:
    release = asyncio.Event()

    async def wait(request: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.json_response({"data": {"products": [{"id": request.headers.get("authorization", "")}]}})

    subgraphs["catalog"].respond = wait
    running.serving.client.same_moment_s = 90
    query = {"query": "{ products { id } }"}
    asked = [asyncio.create_task(running.post(query, authorization=f"Bearer {who}")) for who in ("a", "a", "b")]
    await until(lambda: len(subgraphs["catalog"].seen) == 2 and running.serving.under_way == 3)
    release.set()
    answers = [(await task)[1]["data"]["products"][0]["id"] for task in asked]
    assert answers == ["Bearer a", "Bearer a", "Bearer b"]
    assert len(subgraphs["catalog"].seen) == 2


async def test_what_is_under_way_is_bounded(subgraphs: dict[str, SubgraphServer]) -> None:
    release = asyncio.Event()

    async def wait(_: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.json_response({"data": {"products": []}})

    subgraphs["catalog"].respond = wait
    async with gateway({"catalog": subgraphs["catalog"].url}, limits=Limits(in_flight=1)) as running:
        first = asyncio.create_task(running.post({"query": "{ products { id } }"}))
        await until(lambda: running.serving.under_way == 1)
        status, answer, headers = await running.post({"query": "{ products { name } }"})
        assert (status, code(answer), headers["retry-after"]) == (429, "RATE_LIMITED", "1")
        assert answer["errors"][0]["extensions"]["retryAfterMs"] == 1_000
        release.set()
        assert (await first)[0] == 200


async def test_the_schema_health_and_metrics_are_served(running: Running) -> None:
    await running.post({"query": "{ products { id } }"})
    for path, expected in (
        ("/schema.graphql", "type Query {"),
        ("/livez", '"live":true'),
        ("/readyz", '"ready":true'),
        ("/metrics", 'wlijo_gateway_requests_total{outcome="ok",protocol="http"} 1.0'),
        ("/metrics", "wlijo_ready 1.0"),
    ):
        async with running.client.get(running.url + path) as answer:
            assert answer.status == 200
            assert expected in await answer.text()
    running.serving.draining.set()
    async with running.client.get(f"{running.url}/readyz") as answer:
        assert (answer.status, (await answer.json())["ready"]) == (503, False)


async def test_pages_of_other_origins_may_call_in_local_mode_only(subgraphs: dict[str, SubgraphServer]) -> None:
    preflight = {
        "origin": "http://localhost:5173",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type, authorization",
    }
    for options, allowed in (
        ({"mode": Mode.LOCAL}, "http://localhost:5173"),
        ({"cors_origins": "https://wlijo.id"}, None),
        ({}, None),
    ):
        async with (
            gateway({}, **options) as running,
            running.client.options(f"{running.url}/graphql", headers=preflight) as answer,
        ):
            assert answer.headers.get("access-control-allow-origin") == allowed


async def test_browsers_get_a_page_only_where_it_is_wanted(subgraphs: dict[str, SubgraphServer]) -> None:
    html = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    async with gateway({}, explorer=Switch.ON) as running:
        async with running.client.get(f"{running.url}/graphql", headers=html) as answer:
            text = await answer.text()
        assert answer.content_type == "text/html"
        assert "<title>Wlijo" in text
        async with running.client.get(
            f"{running.url}/graphql", params={"query": "{ __typename }"}, headers=html
        ) as answer:
            assert await answer.json() == {"data": {"__typename": "Query"}}
    async with gateway({}) as running, running.client.get(f"{running.url}/graphql", headers=html) as answer:
        assert answer.status == 400
