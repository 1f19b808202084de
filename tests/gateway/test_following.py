"""Subscriptions from end to end of the gateway: what may not be says why, and a service that comes back brings the present again."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from gateway.executor import subgraph_socket
from tests.gateway.kit.network import Running, SubgraphServer
from tests.gateway.kit.waiting import until
from tests.gateway.test_websocket import FOLLOW, connect


def script(monkeypatch: pytest.MonkeyPatch, *connections: list[dict[str, Any] | str]) -> list[int]:
    """What ordering says on its first, second, … connection: an order's event, a frame, or `lose` the connection. Then it is silent.

    The list counts the connections.
    """
    met: list[int] = []

    async def follow(_: SubgraphServer, socket: Any, message: dict[str, Any]) -> None:
        says = connections[min(len(met), len(connections) - 1)]
        met.append(len(met))
        for what in says:
            if what == "lose":
                await socket.close(code=1012)
            elif isinstance(what, str):
                order = {"__typename": "Order", "id": "o1", "code": what}
                await socket.send_json(
                    {"id": message["id"], "type": "next", "payload": {"data": {"orderChanged": order}}}
                )
            else:
                await socket.send_json({"id": message["id"], **what})
        await asyncio.Event().wait()

    monkeypatch.setattr(SubgraphServer, "_follow", follow)
    return met


def refusal(code: str, message: str = "why") -> dict[str, Any]:
    return {"type": "error", "payload": [{"message": message, "extensions": {"code": code}}]}


async def subscribed(running: Running) -> aiohttp.ClientWebSocketResponse:
    socket = await connect(running)
    await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}})
    return socket


async def streamed(running: Running) -> list[str]:
    """The whole text of an event stream, by events."""
    async with running.client.post(
        f"{running.url}/graphql", json={"query": FOLLOW}, headers={"accept": "text/event-stream"}
    ) as answer:
        return (await answer.text()).split("\n\n")


def code_of(message: dict[str, Any]) -> str:
    return str(message["payload"]["data"]["orderChanged"]["code"])


@pytest.mark.parametrize("began", [False, True])
@pytest.mark.parametrize("code", ["NOT_FOUND", "UNAUTHENTICATED", "BAD_USER_INPUT", "INTERNAL_SERVER_ERROR"])
async def test_a_subscription_that_the_service_refuses_is_an_error_message_with_its_code(
    running: Running, monkeypatch: pytest.MonkeyPatch, code: str, began: bool
) -> None:
    script(monkeypatch, [*(["LMJ-1"] if began else []), refusal(code)])
    socket = await subscribed(running)
    if began:
        assert code_of(await socket.receive_json()) == "LMJ-1"
    message = await socket.receive_json()
    (error,) = message["payload"]
    assert (message["type"], message["id"]) == ("error", "1")
    assert (error["extensions"]["code"], error["path"]) == (code, ["orderChanged"])
    assert error["message"] == ("Something went wrong on our side." if code == "INTERNAL_SERVER_ERROR" else "why")
    assert {"traceId", "retryable"} <= error["extensions"].keys()
    # The id is free and the connection stays.
    script(monkeypatch, ["LMJ-2"])
    await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}})
    assert code_of(await socket.receive_json()) == "LMJ-2"


@pytest.mark.parametrize("code", ["NOT_FOUND", "BAD_USER_INPUT"])
async def test_over_an_event_stream_it_is_a_last_answer_and_complete(
    running: Running, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    script(monkeypatch, ["LMJ-1", refusal(code)])
    comment, first, event, complete, end = await streamed(running)
    assert (comment, complete, end) == (":", "event: complete\ndata:", "")
    assert "LMJ-1" in first
    answer = json.loads(event.removeprefix("event: next\ndata: "))
    assert "data" not in answer
    assert [error["extensions"]["code"] for error in answer["errors"]] == [code]


async def test_a_service_that_restarts_under_a_subscription_that_was_long_quiet_brings_the_present_again(
    running: Running, subgraphs: dict[str, SubgraphServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr(subgraph_socket, "_clock", lambda: now)
    script(monkeypatch, ["LMJ-1"], ["LMJ-1 changed while away"])
    socket = await subscribed(running)
    assert code_of(await socket.receive_json()) == "LMJ-1"
    now += 3_600
    await subgraphs["ordering"].sockets[0].close(code=1012)
    message = await socket.receive_json()
    assert (message["type"], code_of(message)) == ("next", "LMJ-1 changed while away")


@pytest.mark.parametrize("code", ["SERVICE_UNAVAILABLE", "RATE_LIMITED", "TIMEOUT"])
async def test_a_service_that_is_away_for_a_moment_is_tried_again_without_a_word(
    running: Running, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    script(monkeypatch, ["LMJ-1", "lose"], [refusal(code)], ["lose"], [refusal(code)], ["LMJ-1 again"])
    socket = await subscribed(running)
    assert [code_of(await socket.receive_json()) for _ in range(2)] == ["LMJ-1", "LMJ-1 again"]


async def test_a_service_that_stays_away_ends_the_subscription_with_a_word(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(range(0, 10_000, 10))
    monkeypatch.setattr(subgraph_socket, "_clock", lambda: next(times))
    met = script(monkeypatch, ["LMJ-1", "lose"], ["lose"])
    socket = await subscribed(running)
    assert code_of(await socket.receive_json()) == "LMJ-1"
    message = await socket.receive_json()
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "SERVICE_UNAVAILABLE")
    assert message["payload"][0]["extensions"]["retryable"] is True
    assert len(met) > 2
    await until(lambda: running.serving.subscriptions == 0)


async def test_a_token_that_ended_is_no_refusal_of_the_subscription(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(monkeypatch, ["LMJ-1", refusal("TOKEN_EXPIRED")])
    socket = await subscribed(running)
    assert code_of(await socket.receive_json()) == "LMJ-1"
    frame = await socket.receive()
    assert (frame.type, frame.data, frame.extra) == (aiohttp.WSMsgType.CLOSE, 4403, "TOKEN_EXPIRED")
