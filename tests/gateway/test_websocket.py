"""graphql-transport-ws on real sockets: the protocol's rules, and subscriptions joined over subgraphs."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from graphql import GraphQLError

from gateway.errors import RequestError
from gateway.identity import Verifier
from gateway.protocols import websocket
from gateway.settings import Limits
from services.kit.codes import ErrorCode
from services.kit.http.identity import Identity
from tests.gateway.kit.network import Running, SubgraphServer, gateway
from tests.gateway.kit.waiting import until

FOLLOW = 'subscription { orderChanged(id: "o1") { code delivery { status } } }'


async def connect(running: Running, *, init: bool = True, **payload: Any) -> aiohttp.ClientWebSocketResponse:
    socket = await running.client.ws_connect(f"{running.url}/graphql", protocols=("graphql-transport-ws",))
    if init:
        await socket.send_json({"type": "connection_init", "payload": payload})
        assert await socket.receive_json() == {"type": "connection_ack"}
    return socket


async def closed_with(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
        pass
    return socket.close_code


async def test_a_subscription_is_completed_with_fields_of_other_subgraphs(
    running: Running, subgraphs: dict[str, SubgraphServer]
) -> None:
    socket = await connect(running, Authorization="Bearer abc")
    await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}})
    got = [await socket.receive_json() for _ in range(3)]
    assert got == [
        {
            "id": "1",
            "type": "next",
            "payload": {"data": {"orderChanged": {"code": code, "delivery": {"status": "DONE"}}}},
        }
        for code in ("LMJ-1", "LMJ-1 changed")
    ] + [{"id": "1", "type": "complete"}]
    assert [seen["authorization"] for seen in subgraphs["ordering"].seen] == ["Bearer abc"]
    assert subgraphs["delivery"].seen[0]["authorization"] == "Bearer abc"


async def test_queries_run_over_the_socket_too(running: Running) -> None:
    socket = await connect(running)
    await socket.send_json({"id": "q", "type": "subscribe", "payload": {"query": '{ product(id: "p1") { fee } }'}})
    assert await socket.receive_json() == {"id": "q", "type": "next", "payload": {"data": {"product": {"fee": 5000}}}}
    assert await socket.receive_json() == {"id": "q", "type": "complete"}


async def test_a_document_that_cannot_be_run_is_an_error_message_and_the_socket_stays(running: Running) -> None:
    socket = await connect(running)
    await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": "subscription { nothing }"}})
    message = await socket.receive_json()
    assert (message["id"], message["type"]) == ("1", "error")
    assert message["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    await socket.send_json({"type": "ping"})
    assert await socket.receive_json() == {"type": "pong"}


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["not json"], 4400),
        (["[]"], 4400),
        (['{"type":"what"}'], 4400),
        (['{"type":"subscribe","payload":{"query":"{ __typename }"}}'], 4401),
        (['{"type":"connection_init"}', '{"type":"connection_init"}'], 4429),
        (['{"type":"connection_init"}', '{"type":"subscribe","payload":{}}'], 4400),
        (['{"type":"connection_init"}', '{"type":"subscribe","id":"1","payload":7}'], 4400),
        (['{"type":"connection_init","payload":7}'], 4400),
        (['{"type":"connection_init"}', '{"type":"complete"}'], 4400),
    ],
)
async def test_a_breach_of_the_protocol_closes_with_its_code(running: Running, messages: list[str], code: int) -> None:
    socket = await connect(running, init=False)
    for message in messages:
        await socket.send_str(message)
    assert await closed_with(socket) == code


async def test_an_id_in_use_is_not_taken_twice(running: Running, subgraphs: dict[str, SubgraphServer]) -> None:
    hold(subgraphs)
    socket = await connect(running)
    for _ in range(2):
        await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}})
    assert await closed_with(socket) == 4409


async def test_another_subprotocol_is_not_spoken(running: Running) -> None:
    socket = await running.client.ws_connect(f"{running.url}/graphql", protocols=("graphql-ws",))
    assert await closed_with(socket) == 4406


async def test_who_does_not_introduce_themselves_is_sent_away(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "INIT_WITHIN_S", 0.05)
    assert await closed_with(await connect(running, init=False)) == 4408


async def test_the_server_pings(subgraphs: dict[str, SubgraphServer]) -> None:
    async with gateway(urls(subgraphs), ping_s=0.05) as running:
        socket = await connect(running)
        assert await socket.receive_json() == {"type": "ping"}
        await socket.send_json({"type": "pong"})
        assert await socket.receive_json() == {"type": "ping"}


async def test_a_connection_ends_with_its_token_and_without_a_word_that_ends_the_subscription(
    running: Running, subgraphs: dict[str, SubgraphServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(subgraphs)

    async def soon(*_: Any) -> Identity:
        return Identity("usr_1", expires_at=1)

    monkeypatch.setattr(type(running.serving.verifier), "authenticate", soon)

    async def ended(*_: Any) -> None:
        await until(lambda: bool(subgraphs["ordering"].sockets))

    monkeypatch.setattr(Verifier, "ended", ended)
    monkeypatch.setattr(websocket, "INIT_WITHIN_S", 0.05)
    socket = await running.client.ws_connect(f"{running.url}/graphql", protocols=("graphql-transport-ws",))
    await socket.send_json({"type": "connection_init", "payload": {"Authorization": "Bearer abc"}})
    await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}})
    types = []
    while (frame := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
        types.append(frame.json()["type"])
    assert types[0] == "connection_ack"
    assert set(types[1:]) <= {"ping"}
    assert (socket.close_code, frame.extra) == (4403, "TOKEN_EXPIRED")


@pytest.mark.parametrize("says", ["an answer", "an entity", "a close"])
async def test_a_service_that_finds_the_token_expired_first_ends_the_connection_the_same_way(
    running: Running, subgraphs: dict[str, SubgraphServer], says: str
) -> None:
    expired = {"errors": [{"message": "expired", "extensions": {"code": "TOKEN_EXPIRED"}}], "data": None}
    if says == "a close":
        hold(subgraphs)
    elif says == "an answer":

        async def refuse(_: Any, __: Any, id: str) -> Any:
            yield {"orderChanged": GraphQLError("expired", extensions={"code": "TOKEN_EXPIRED"})}

        ordering = subgraphs["ordering"].subgraph
        ordering.resolvers = {**ordering.resolvers, "Subscription.orderChanged": refuse}
    else:
        hold(subgraphs, first=True)

        async def respond(_: web.Request) -> web.Response:
            return web.json_response(expired)

        subgraphs["delivery"].respond = respond
    socket = await connect(running)
    await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}})
    if says == "a close":
        await until(lambda: subgraphs["ordering"].sockets)
        await subgraphs["ordering"].sockets[0].close(code=4401, message=b"TOKEN_EXPIRED")
    frame = await socket.receive()
    assert (frame.type, frame.data, frame.extra) == (aiohttp.WSMsgType.CLOSE, 4403, "TOKEN_EXPIRED")


async def test_an_issuer_that_is_away_is_no_reason_to_give_up(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> Identity:
        raise RequestError.of(ErrorCode.SERVICE_UNAVAILABLE, "away", status=503)

    monkeypatch.setattr(type(running.serving.verifier), "authenticate", away)
    socket = await connect(running, init=False)
    await socket.send_json({"type": "connection_init", "payload": {"Authorization": "Bearer abc"}})
    assert await closed_with(socket) == 1013


async def test_a_fault_of_ours_ends_its_operation_and_not_the_connection(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(type(running.serving.pipeline), "run", broken)
    socket = await connect(running)
    await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": "{ __typename }"}})
    message = await socket.receive_json()
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL_SERVER_ERROR")
    await socket.send_json({"type": "ping"})
    assert await socket.receive_json() == {"type": "pong"}


async def test_a_draining_gateway_closes_with_service_restart(running: Running) -> None:
    socket = await connect(running)
    running.serving.draining.set()
    assert await closed_with(socket) == 1012


async def test_completing_a_subscription_ends_it_at_the_subgraph(
    running: Running, subgraphs: dict[str, SubgraphServer]
) -> None:
    hold(subgraphs)
    socket = await connect(running)
    await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}})
    await until(lambda: subgraphs["ordering"].sockets)
    await socket.send_json({"id": "1", "type": "complete"})
    await until(lambda: subgraphs["ordering"].sockets[0].closed and running.serving.subscriptions == 0)


async def test_a_lost_connection_to_the_subgraph_is_taken_up_again(
    running: Running, subgraphs: dict[str, SubgraphServer]
) -> None:
    hold(subgraphs, first=True)
    socket = await connect(running)
    await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}})
    first = await socket.receive_json()
    await subgraphs["ordering"].sockets[0].close(code=1012)
    assert await socket.receive_json() == first
    assert len(subgraphs["ordering"].sockets) == 2


async def test_server_sent_events_carry_the_same_answers(running: Running) -> None:
    async with running.client.post(
        f"{running.url}/graphql", json={"query": FOLLOW}, headers={"accept": "text/event-stream"}
    ) as answer:
        assert answer.content_type == "text/event-stream"
        text = await answer.text()
    assert text == (
        ":\n\n"
        'event: next\ndata: {"data":{"orderChanged":{"code":"LMJ-1","delivery":{"status":"DONE"}}}}\n\n'
        'event: next\ndata: {"data":{"orderChanged":{"code":"LMJ-1 changed","delivery":{"status":"DONE"}}}}\n\n'
        "event: complete\ndata:\n\n"
    )


async def test_a_query_over_server_sent_events_is_one_event(running: Running) -> None:
    async with running.client.get(
        f"{running.url}/graphql", params={"query": "{ __typename }"}, headers={"accept": "text/event-stream"}
    ) as answer:
        text = await answer.text()
    assert text == ':\n\nevent: next\ndata: {"data":{"__typename":"Query"}}\n\nevent: complete\ndata:\n\n'


async def test_an_event_stream_shows_that_it_lives_and_on_drain_ends_as_one_to_take_up_again(
    subgraphs: dict[str, SubgraphServer],
) -> None:
    hold(subgraphs)
    async with (
        gateway(urls(subgraphs), ping_s=0.05) as running,
        running.client.post(
            f"{running.url}/graphql", json={"query": FOLLOW}, headers={"accept": "text/event-stream"}
        ) as answer,
    ):
        assert await answer.content.readexactly(9) == b":\n\n:\n\n:\n\n"
        running.serving.draining.set()
        assert set(await answer.content.read()) <= set(b":\n")


async def test_an_event_stream_tells_that_its_token_ended_and_is_not_complete(
    running: Running, subgraphs: dict[str, SubgraphServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(subgraphs)

    async def ended(*_: Any) -> None:
        return

    monkeypatch.setattr(Verifier, "ended", ended)
    async with running.client.post(
        f"{running.url}/graphql", json={"query": FOLLOW}, headers={"accept": "text/event-stream"}
    ) as answer:
        comment, event, end = (await answer.text()).split("\n\n")
    assert (comment, event.split("\n")[0], end) == (":", "event: next", "")
    (error,) = json.loads(event.split("data: ")[1])["errors"]
    assert error["extensions"]["code"] == "TOKEN_EXPIRED"


@pytest.mark.parametrize("protocol", ["websocket", "event stream"])
async def test_a_client_that_does_not_read_holds_the_service_back_and_loses_the_connection(
    subgraphs: dict[str, SubgraphServer], protocol: str
) -> None:
    told = 0

    async def flood(_: Any, __: Any, id: str) -> Any:
        nonlocal told
        while True:
            told += 1
            yield {"orderChanged": {"__typename": "Order", "id": "o1", "code": "x" * 100_000}}
            await asyncio.sleep(0)

    ordering = subgraphs["ordering"].subgraph
    ordering.resolvers = {**ordering.resolvers, "Subscription.orderChanged": flood}
    async with gateway(urls(subgraphs), stall_s=2) as running:
        if protocol == "websocket":
            socket = await connect(running)
            await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}})
        else:
            await running.client.post(
                f"{running.url}/graphql", json={"query": FOLLOW}, headers={"accept": "text/event-stream"}
            )
        await until(lambda: running.serving.subscriptions == 1)
        await until(lambda: running.serving.subscriptions == 0)
        # What the sockets of the system and the bounded waiting room hold, and nothing beyond: 100 kB each.
        assert told < 200
        if protocol == "websocket":
            assert await closed_with(socket) in (1006, 1013)


async def test_every_event_of_a_burst_comes_to_a_client_that_reads(
    running: Running, subgraphs: dict[str, SubgraphServer]
) -> None:
    async def burst(_: Any, __: Any, id: str) -> Any:
        for number in range(200):
            yield {"orderChanged": {"__typename": "Order", "id": "o1", "code": str(number)}}

    ordering = subgraphs["ordering"].subgraph
    ordering.resolvers = {**ordering.resolvers, "Subscription.orderChanged": burst}
    socket = await connect(running)
    await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}})
    got = []
    while (message := await socket.receive_json())["type"] == "next":
        got.append(int(message["payload"]["data"]["orderChanged"]["code"]))
    assert got == list(range(200))


async def test_a_subscription_by_plain_http_is_refused(running: Running) -> None:
    status, answer, _ = await running.post({"query": FOLLOW})
    assert (status, answer["errors"][0]["extensions"]["code"]) == (405, "OPERATION_RESOLUTION_FAILURE")


async def test_operations_of_one_connection_are_bounded(subgraphs: dict[str, SubgraphServer]) -> None:
    hold(subgraphs)
    async with gateway(urls(subgraphs), limits=Limits(subscriptions_per_connection=2)) as running:
        socket = await connect(running)
        for number in range(3):
            await socket.send_json({"id": str(number), "type": "subscribe", "payload": {"query": FOLLOW}})
        message = await socket.receive_json()
        assert (message["id"], message["type"]) == ("2", "error")
        assert message["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


def urls(subgraphs: dict[str, SubgraphServer]) -> dict[str, str]:
    return {name: server.url for name, server in subgraphs.items()}


def hold(subgraphs: dict[str, SubgraphServer], *, first: bool = False) -> None:
    """The subgraph says nothing more (after the first event)."""

    async def events(_: Any, __: Any, id: str) -> Any:
        if first:
            yield {"orderChanged": {"__typename": "Order", "id": "o1", "code": "LMJ-1"}}
        await asyncio.Event().wait()

    ordering = subgraphs["ordering"].subgraph
    ordering.resolvers = {**ordering.resolvers, "Subscription.orderChanged": events}
