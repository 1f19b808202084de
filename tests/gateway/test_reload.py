"""A changed supergraph or manifest is taken while requests and subscriptions run; a broken one is refused."""

import asyncio
import json
import logging
import os
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from gateway.reload import _stamp
from gateway.settings import Limits
from tests.gateway.kit.gateway import supergraph_text
from tests.gateway.kit.network import Running, SubgraphServer, gateway
from tests.gateway.kit.waiting import until

FULL = supergraph_text("shop")
# The same graph without one field.
SMALL = "\n".join(line for line in FULL.split("\n") if "related: [Product]" not in line)
RELATED = {"query": "{ products { related { id } } }"}
NAMES = {"query": "{ products { name } }"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "supergraph.graphql"
    made.write_text(SMALL, encoding="utf-8")
    return made


@pytest.fixture
async def changing(subgraphs: dict[str, SubgraphServer], file: Path) -> AsyncIterator[Running]:
    urls = {name: server.url for name, server in subgraphs.items()}
    # A new schema is built beside requests, in the same process: on a busy machine that takes of their time.
    patient = Limits(request_ms=60_000, fetch_ms=60_000)
    async with gateway(urls, supergraph_file=file, limits=patient) as running:
        yield running


def write(file: Path, text: str | None) -> None:
    file.unlink(missing_ok=True)
    if text is not None:
        file.write_text(text, encoding="utf-8")


async def look(running: Running) -> None:
    """As the watcher does in its own time."""
    await running.serving.watched.look(running.serving, at_once=True)


async def test_a_changed_supergraph_is_taken_and_planned_anew(changing: Running, file: Path) -> None:
    assert SMALL != FULL
    assert (await changing.post(RELATED))[1]["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    write(file, FULL)
    await look(changing)
    assert (await changing.post(RELATED))[1]["data"]["products"][0]["related"] == [{"id": "p2"}, None, {"id": "p2"}]
    async with changing.client.get(f"{changing.url}/schema.graphql") as answer:
        assert "related: [Product]" in await answer.text()


async def test_the_watcher_sees_a_change_by_itself_once_it_has_settled(changing: Running, file: Path) -> None:
    before = changing.serving.pipeline
    watched = changing.serving.watched
    await watched.look(changing.serving)
    write(file, FULL)
    await until(lambda: changing.serving.pipeline is not before)
    assert b"related" in changing.serving.pipeline.sdl().text


async def test_a_file_that_is_still_being_written_is_left_until_it_looks_the_same_twice(
    changing: Running, file: Path
) -> None:
    watched, before = changing.serving.watched, changing.serving.pipeline
    changing.serving.watched.asked.clear()
    watched._seen.clear()
    write(file, FULL[:2_000])
    await watched.look(changing.serving)
    assert changing.serving.pipeline is before
    write(file, FULL)
    await watched.look(changing.serving)
    await watched.look(changing.serving)
    assert changing.serving.pipeline is not before


@pytest.mark.parametrize("text", ["type Query {", "type Query { a: Int }", "", None])
async def test_a_broken_file_is_refused_and_logged_and_the_old_schema_goes_on(
    changing: Running, file: Path, caplog: pytest.LogCaptureFixture, text: str | None
) -> None:
    caplog.set_level(logging.ERROR)
    before = changing.serving.pipeline
    write(file, text)
    await look(changing)
    assert changing.serving.pipeline is before
    assert (await changing.post(NAMES))[1]["data"]["products"][0] == {"name": "Klengkeng Kateki"}
    assert "changed file is refused" in {record.getMessage() for record in caplog.records}
    async with changing.client.get(f"{changing.url}/metrics") as answer:
        assert 'wlijo_gateway_reloads_total{file="supergraph.graphql",outcome="refused"} 1.0' in await answer.text()
    write(file, FULL)
    await look(changing)
    assert (await changing.post(RELATED))[1]["data"]["products"][1] == {"related": None}


async def test_an_operation_that_runs_ends_on_the_schema_that_it_began_with_and_readiness_stays(
    changing: Running, file: Path, subgraphs: dict[str, SubgraphServer]
) -> None:
    write(file, FULL)
    await look(changing)
    release = asyncio.Event()

    async def wait(request: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.json_response(subgraphs["catalog"].subgraph.execute(await request.json()))

    subgraphs["catalog"].respond = wait
    running = asyncio.create_task(changing.post({"query": "{ products { related { fee } } }"}))
    await until(lambda: changing.serving.under_way == 1)
    write(file, SMALL)
    await look(changing)
    async with changing.client.get(f"{changing.url}/readyz") as ready:
        assert ready.status == 200
    release.set()
    status, answer, _ = await running
    assert (status, answer) == (
        200,
        {"data": {"products": [{"related": [{"fee": 2000}, None, {"fee": 2000}]}, {"related": None}]}},
    )
    assert (await changing.post(RELATED))[1]["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_no_request_is_lost_while_the_schema_changes_again_and_again(changing: Running, file: Path) -> None:
    stop = asyncio.Event()
    answers: list[tuple[int, Any]] = []

    async def ask() -> None:
        while not stop.is_set():
            status, answer, _ = await changing.post(NAMES)
            answers.append((status, answer.get("errors")))

    asking = [asyncio.create_task(ask()) for _ in range(4)]
    for text in (FULL, SMALL, "broken {", FULL, SMALL):
        seen = len(answers)
        write(file, text)
        await look(changing)
        await until(lambda seen=seen: len(answers) > seen + 8)  # type: ignore[misc]
    stop.set()
    await asyncio.gather(*asking)
    assert set(map(str, answers)) == {"(200, None)"}


async def test_an_open_subscription_goes_on_with_the_plan_that_it_began_with(
    changing: Running, file: Path, subgraphs: dict[str, SubgraphServer]
) -> None:
    changed = asyncio.Event()

    async def events(_: Any, __: Any, id: str) -> Any:
        yield {"orderChanged": {"__typename": "Order", "id": "o1", "code": "first"}}
        await changed.wait()
        yield {"orderChanged": {"__typename": "Order", "id": "o1", "code": "second"}}

    ordering = subgraphs["ordering"].subgraph
    ordering.resolvers = {**ordering.resolvers, "Subscription.orderChanged": events}
    socket = await changing.client.ws_connect(f"{changing.url}/graphql", protocols=("graphql-transport-ws",))
    await socket.send_json({"type": "connection_init"})
    await socket.receive_json()
    query = 'subscription { orderChanged(id: "o1") { code delivery { status } } }'
    await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": query}})
    assert (await socket.receive_json())["payload"]["data"]["orderChanged"]["code"] == "first"
    write(file, FULL)
    await look(changing)
    changed.set()
    message = await socket.receive_json()
    assert message["payload"]["data"]["orderChanged"] == {"code": "second", "delivery": {"status": "DONE"}}
    assert (await socket.receive_json())["type"] == "complete"


async def test_a_subgraph_that_moved_is_asked_at_its_new_address(
    subgraphs: dict[str, SubgraphServer], file: Path
) -> None:
    urls = {name: server.url for name, server in subgraphs.items() if name != "catalog"}
    write(file, SMALL.replace("http://catalog.test", "http://127.0.0.1:1"))
    async with gateway(urls, supergraph_file=file) as running:
        assert (await running.post(NAMES))[1]["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
        write(file, SMALL.replace("http://catalog.test", subgraphs["catalog"].url))
        await look(running)
        assert (await running.post(NAMES))[1]["data"]["products"][1] == {"name": "Bayam"}


async def test_counts_of_caches_go_on_over_a_change(changing: Running, file: Path) -> None:
    for _ in range(2):
        await changing.post(NAMES)
    write(file, FULL)
    await look(changing)
    counts = changing.serving.pipeline.caches.plans.counts
    assert (counts.hits, counts.misses, counts.entries, counts.size) == (1, 1, 0, 0)


async def test_a_changed_manifest_is_taken_and_what_was_trusted_may_not_be_any_more(
    subgraphs: dict[str, SubgraphServer], tmp_path: Path
) -> None:
    manifest = tmp_path / "manifest.json"
    write(manifest, json.dumps({"a": "{ products { name } }"}))
    urls: Mapping[str, str] = {name: server.url for name, server in subgraphs.items()}
    async with gateway(urls, trusted="safelist", manifest_file=manifest) as running:
        assert (await running.post(NAMES))[0] == 200
        assert (await running.post({"query": "{ products { id } }"}))[0] == 403
        write(manifest, json.dumps({"b": "{ products { id } }"}))
        await look(running)
        assert (await running.post(NAMES))[0] == 403
        assert (await running.post({"documentId": "b"}))[0] == 200
        write(manifest, "[]")
        await look(running)
        assert (await running.post({"documentId": "b"}))[0] == 200


async def test_a_hangup_asks_for_a_look(changing: Running, file: Path) -> None:
    before = changing.serving.pipeline
    write(file, FULL)
    changing.serving.watched._taken[file] = changing.serving.watched._seen[file] = _stamp(file)  # no look by itself
    os.kill(os.getpid(), signal.SIGHUP)
    await until(lambda: changing.serving.pipeline is not before)
