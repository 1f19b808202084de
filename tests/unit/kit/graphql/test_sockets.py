"""Subscriptions and errors over a socket, and what ends it."""

import asyncio
from time import time as wall_clock
from typing import Any

import pytest
from joserfc.jwk import ECKey
from starlette.applications import Starlette

from services.kit.graphql.app import graphql_routes
from services.kit.observe.telemetry import Telemetry
from tests.worlds.asgi import socket
from tests.worlds.basket import (
    EVENTS,
    OPENED,
    SCHEMA,
    BasketId,
    code_of,
    open_context,
)
from tests.worlds.tokens import Issuer


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
