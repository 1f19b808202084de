"""Subscribes at subgraphs over graphql-transport-ws, and comes back when a connection is lost."""

import asyncio
import contextlib
import logging
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from gateway import exact
from gateway.executor.failure import SubscriptionRefused
from gateway.executor.subgraph_client import SubgraphClient, SubgraphTrouble

logger = logging.getLogger(__name__)

_PROTOCOL = "graphql-transport-ws"
_WAITING_EVENTS = 32
_WAITING_BYTES = 256 * 1024
_GIVE_UP_AFTER_S = 30.0
_ACK_WITHIN_S = 10.0
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0

_FOR_A_MOMENT = frozenset({"SERVICE_UNAVAILABLE", "TIMEOUT", "RATE_LIMITED"})

_clock = time.monotonic


class _Lost(Exception):
    """The connection ended without a word, or with one that says to try again; the present state comes first on the next one."""


@dataclass(slots=True)
class _Mailbox:
    """Events that wait for a slow consumer. When it is full nothing more is read from the subgraph, which then answers with
    the state of the time when it may go on: nothing is dropped here, for events need not be of the same thing."""

    events: deque[tuple[dict[str, Any], int]] = field(default_factory=deque)
    size: int = 0
    ended: BaseException | None = None
    closed: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    room: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(self, event: dict[str, Any], size: int) -> None:
        """`size` in bytes of text. Waits for room; one event always has it."""
        while self.events and (len(self.events) >= _WAITING_EVENTS or self.size + size > _WAITING_BYTES):
            self.room.clear()
            await self.room.wait()
        self.events.append((event, size))
        self.size += size
        self.wake.set()

    def take(self) -> dict[str, Any]:
        event, size = self.events.popleft()
        self.size -= size
        self.room.set()
        return event

    def close(self, error: BaseException | None) -> None:
        self.ended, self.closed = error, True
        self.wake.set()


async def events(
    client: SubgraphClient, subgraph: str, payload: Mapping[str, Any], headers: Mapping[str, str]
) -> AsyncIterator[dict[str, Any]]:
    """The subgraph's answers, until it completes. Raises SubscriptionRefused, and SubgraphTrouble when it stays away."""
    box = _Mailbox()
    reader = asyncio.create_task(_keep_reading(client, subgraph, payload, headers, box))
    try:
        while True:
            while box.events:
                yield box.take()
            if box.closed:
                if box.ended is not None:
                    raise box.ended
                return
            box.wake.clear()
            await box.wake.wait()
    finally:
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader


async def _keep_reading(
    client: SubgraphClient, subgraph: str, payload: Mapping[str, Any], headers: Mapping[str, str], box: _Mailbox
) -> None:
    away_since, pause = _clock(), _FIRST_PAUSE_S
    while True:
        served = False
        try:
            async for event, size in _connection(client, subgraph, payload, headers):
                await box.put(event, size)
                served = True
        except _Lost as lost:
            if served:  # it was there until this moment, however long nothing has changed
                away_since, pause = _clock(), _FIRST_PAUSE_S
            logger.info("subscription lost", extra={"subgraph": subgraph, "detail": str(lost)})
            if _clock() - away_since > _GIVE_UP_AFTER_S:
                box.close(SubgraphTrouble("SERVICE_UNAVAILABLE", f"{subgraph} cannot be reached: {lost}"))
                return
            # All who follow the service have lost it in one moment: they do not come back in one.
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)  # noqa: S311  # no secret
            pause = min(pause * 2, _LONGEST_PAUSE_S)
        except asyncio.CancelledError:
            raise
        except (SubscriptionRefused, SubgraphTrouble) as ended:
            box.close(ended)
            return
        except Exception as error:  # noqa: BLE001  # what cannot be sent is mended by no repeat, and somebody waits
            logger.warning("subscription cannot be made", extra={"subgraph": subgraph, "detail": repr(error)})
            box.close(SubgraphTrouble("INTERNAL_SERVER_ERROR", f"{subgraph} cannot be asked: {error!r}"))
            return
        else:
            box.close(None)
            return


async def _connection(
    client: SubgraphClient, subgraph: str, payload: Mapping[str, Any], headers: Mapping[str, str]
) -> AsyncIterator[tuple[dict[str, Any], int]]:
    """Each answer with the size of its text in bytes. Raises _Lost, SubscriptionRefused and SubgraphTrouble."""
    url = client.urls[subgraph]
    try:
        async with client.session.ws_connect(
            url, protocols=(_PROTOCOL,), headers=dict(headers), heartbeat=20, max_msg_size=client.answer_bytes
        ) as socket:
            await _send(socket, {"type": "connection_init", "payload": dict(headers)})
            async with asyncio.timeout(_ACK_WITHIN_S):
                while (await _receive(socket))[0].get("type") != "connection_ack":
                    pass
            await _send(socket, {"id": "1", "type": "subscribe", "payload": payload})
            while True:
                message, size = await _receive(socket)
                match message.get("type"):
                    case "next":
                        answer = message.get("payload")
                        yield answer if isinstance(answer, dict) else {}, size
                    case "error":
                        raise _ended(message.get("payload"))
                    case "complete":
                        return
                    case "ping":
                        await _send(socket, {"type": "pong"})
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise _Lost(str(error) or type(error).__name__) from error


def _ended(errors: Any) -> Exception:
    """A service that is away for a moment, its database say, is tried again like one that cannot be reached."""
    found = [error.get("extensions") for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    codes = [said.get("code") for said in found if isinstance(said, dict)]
    if codes and all(isinstance(code, str) and code in _FOR_A_MOMENT for code in codes):
        return _Lost(codes[0])
    return SubscriptionRefused({"errors": errors})


async def _send(socket: aiohttp.ClientWebSocketResponse, message: dict[str, Any]) -> None:
    await socket.send_str(exact.dumps(message).decode())


async def _receive(socket: aiohttp.ClientWebSocketResponse) -> tuple[dict[str, Any], int]:
    frame = await socket.receive()
    if frame.type is not aiohttp.WSMsgType.TEXT:
        code = socket.close_code
        if code in (4401, 4403):
            refusal = "TOKEN_EXPIRED" if frame.extra == "TOKEN_EXPIRED" else "UNAUTHENTICATED"
            raise SubgraphTrouble(refusal, "the subgraph refused the subscription's token")
        raise _Lost(f"closed with {code}")
    try:
        message = exact.loads(frame.data)
    except ValueError as error:
        raise _Lost("not JSON") from error
    return message if isinstance(message, dict) else {}, len(frame.data)
