"""GraphQL over WebSocket: the graphql-transport-ws protocol."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from typing import Any

from graphql import OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway import exact
from gateway.errors import RequestError
from gateway.pipeline import Caller, Request
from gateway.serving import Refused, Serving
from services.kit.codes import ErrorCode, masked
from services.kit.http.identity import ANONYMOUS, Identity

PROTOCOL = "graphql-transport-ws"
INIT_WITHIN_S = 3.0

# Those that graphql-ws takes for fatal are 4004, 4005, 4400, 4401, 4406, 4409, 4429, 4500 and most of 1000 to 1999: they are
# kept for breaches of the protocol, which no repeat mends. At the rest it connects and subscribes again by itself.
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, BAD_SUBPROTOCOL = 4400, 4401, 4403, 4406
INIT_TIMEOUT, ALREADY_EXISTS, TOO_MANY_INITS = 4408, 4409, 4429
RESTART, TRY_AGAIN = 1012, 1013

logger = logging.getLogger(__name__)


class _Close(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def _refused(error: RequestError) -> _Close:
    return _Close(FORBIDDEN if error.status == 401 else TRY_AGAIN, error.code.value)


@dataclass(slots=True)
class Connection:
    serving: Serving
    socket: WebSocket
    caller: Caller = field(default_factory=lambda: Caller("", {}))
    who: Identity = ANONYMOUS
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)
    initialised: asyncio.Event = field(default_factory=asyncio.Event)
    expired: asyncio.Event = field(default_factory=asyncio.Event)
    operations: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    # Queries and mutations: on drain they are let end, unlike subscriptions.
    ending: set["asyncio.Task[None]"] = field(default_factory=set)
    _sending: asyncio.Lock = field(default_factory=asyncio.Lock)
    # Its place among the caller's sockets, once it is known whose it is.
    _place: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    async def serve(self) -> None:
        if PROTOCOL not in self.socket.scope.get("subprotocols", ()):
            await self.socket.accept()
            await self.socket.close(BAD_SUBPROTOCOL, "Subprotocol not acceptable")
            return
        await self.socket.accept(PROTOCOL)
        reading = asyncio.ensure_future(self._read())
        watching = asyncio.ensure_future(self._watch())
        try:
            await asyncio.wait((reading, watching), return_when=asyncio.FIRST_COMPLETED)
            for task in (reading, watching):
                if task.done() and isinstance(end := task.exception(), _Close):
                    await self._end_operations()
                    await self._close(end.code, end.reason)
                    return
                if task.done() and (error := task.exception()) and not isinstance(error, WebSocketDisconnect):
                    raise error
        finally:
            reading.cancel()
            watching.cancel()
            await asyncio.gather(reading, watching, return_exceptions=True)
            await self._end_operations()
            self._place.close()

    # -- the connection ---------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        while True:
            frame = await self.socket.receive()
            if frame["type"] != "websocket.receive":
                raise WebSocketDisconnect(frame.get("code", 1005))
            try:
                message = exact.loads(frame.get("text") or b"")
            except ValueError as error:
                raise _Close(BAD_REQUEST, "Invalid message") from error
            if not isinstance(message, dict):
                raise _Close(BAD_REQUEST, "Invalid message")
            await self._heard(message)

    async def _heard(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "connection_init":
                await self._init(message.get("payload"))
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                self._subscribe(message.get("id"), message.get("payload"))
            case "complete":
                if not isinstance(message.get("id"), str):
                    raise _Close(BAD_REQUEST, "Invalid message")
                if task := self.operations.pop(message["id"], None):
                    task.cancel()
            case _:
                raise _Close(BAD_REQUEST, "Invalid message")

    async def _init(self, payload: Any) -> None:
        if self.initialised.is_set():
            raise _Close(TOO_MANY_INITS, "Too many initialisation requests")
        self.initialised.set()
        if payload is not None and not isinstance(payload, dict):
            raise _Close(BAD_REQUEST, "Invalid message")
        given = {str(key).lower(): value for key, value in (payload or {}).items()}
        authorization = given.get("authorization") or self.socket.headers.get("authorization")
        try:
            self.caller, self.who = await self.serving.identify(
                authorization if isinstance(authorization, str) else None,
                self.socket.headers.get("traceparent"),
                self.socket.client.host if self.socket.client else "",
            )
        except Refused as refused:
            raise _refused(refused.error) from refused
        try:
            self._place.enter_context(self.serving.sockets.one(self.caller))
        except RequestError as error:
            raise _refused(error) from error
        self.acknowledged.set()
        await self._send({"type": "connection_ack"})

    async def _watch(self) -> None:
        """Ends the connection when nobody introduces themselves, when the token ends, or when the process drains."""
        draining = asyncio.ensure_future(self.serving.draining.wait())
        expired = asyncio.ensure_future(self.expired.wait())
        ended: asyncio.Future[None] | None = None
        try:
            await _first(self.initialised, draining, within_s=INIT_WITHIN_S)
            if not self.initialised.is_set() and not draining.done():
                raise _Close(INIT_TIMEOUT, "Connection initialisation timeout")
            # Who has introduced himself is known when the issuer has been asked for its keys.
            await _first(self.acknowledged, draining)
            ended = asyncio.ensure_future(
                self.serving.verifier.ended(self.who, self.caller.headers.get("authorization"))
            )
            every = self.serving.settings.ping_s
            while True:
                await asyncio.wait((draining, expired, ended), timeout=every, return_when=asyncio.FIRST_COMPLETED)
                if draining.done():
                    if self.ending:
                        await asyncio.wait(self.ending, timeout=self.serving.settings.drain_s)
                    raise _Close(RESTART, "Service restart")
                if expired.done() or ended.done():
                    # No error message for the open operations: a client would take it for their end, and subscribe no more.
                    raise _Close(FORBIDDEN, ErrorCode.TOKEN_EXPIRED.value)
                await self._send({"type": "ping"})
        finally:
            for each in (draining, expired, ended):
                if each is not None:
                    each.cancel()

    async def _end_operations(self) -> None:
        tasks = list(self.operations.values())
        self.operations.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _close(self, code: int, reason: str) -> None:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self.socket.close(code, reason)

    async def _send(self, message: dict[str, Any]) -> None:
        async with self._sending:
            try:
                await self.socket.send_text(exact.dumps(message).decode())
            except RuntimeError as error:  # closed meanwhile, by us
                raise WebSocketDisconnect(1006) from error

    # -- operations -------------------------------------------------------------------------------------------------

    def _subscribe(self, id_: Any, payload: Any) -> None:
        if not self.acknowledged.is_set():
            raise _Close(UNAUTHORIZED, "Unauthorized")
        if not isinstance(id_, str) or not id_ or not isinstance(payload, dict):
            raise _Close(BAD_REQUEST, "Invalid message")
        if id_ in self.operations:
            raise _Close(ALREADY_EXISTS, f"Subscriber for {id_[:60]} already exists")
        crowded = len(self.operations) >= self.serving.settings.limits.subscriptions_per_connection
        self.operations[id_] = asyncio.ensure_future(self._run(id_, payload, crowded))

    async def _run(self, id_: str, payload: dict[str, Any], crowded: bool) -> None:
        metrics = self.serving.metrics.requests
        try:
            if crowded:
                raise RequestError.of(
                    ErrorCode.RATE_LIMITED, "Too many operations on this connection.", retry_after_ms=1_000
                )
            self.serving.charge(self.caller)
            await self._answer(id_, await self.serving.read(payload, self.caller))
            metrics.labels("websocket", "ok").inc()
            if self._forget(id_):
                await self._send({"id": id_, "type": "complete"})
        except RequestError as error:
            metrics.labels("websocket", error.code.value).inc()
            if error.code is ErrorCode.TOKEN_EXPIRED:
                self.expired.set()
            elif self._forget(id_):
                await self._send({"id": id_, "type": "error", "payload": error.answer(self.caller.trace_id)["errors"]})
        except WebSocketDisconnect:
            self._forget(id_)  # the socket is gone; whoever reads from it ends the rest
        except Exception:
            # A fault of ours ends this operation alone, and the client is told.
            logger.exception("operation failed", extra={"trace_id": self.caller.trace_id})
            metrics.labels("websocket", ErrorCode.INTERNAL_SERVER_ERROR.value).inc()
            if self._forget(id_):
                fault = RequestError.of(ErrorCode.INTERNAL_SERVER_ERROR, masked(ErrorCode.INTERNAL_SERVER_ERROR))
                await self._send({"id": id_, "type": "error", "payload": fault.answer(self.caller.trace_id)["errors"]})

    def _forget(self, id_: str) -> bool:
        """False when the client completed it, and may use the id again."""
        if self.operations.get(id_) is asyncio.current_task():
            del self.operations[id_]
            return True
        return False

    async def _answer(self, id_: str, request: Request) -> None:
        operation = await self.serving.operation(request, self.caller)
        if operation.kind is OperationType.SUBSCRIPTION:
            answers = self.serving.subscribe(request, self.caller)
            async with contextlib.aclosing(answers):  # type: ignore[type-var]  # an async generator
                async for answer in answers:
                    await self._send({"id": id_, "type": "next", "payload": answer})
        else:
            task = asyncio.current_task()
            assert task is not None
            self.ending.add(task)
            task.add_done_callback(self.ending.discard)
            answer = await self.serving.execute(request, self.caller, operation)
            await self._send({"id": id_, "type": "next", "payload": answer})


async def _first(event: asyncio.Event, other: "asyncio.Future[Any]", *, within_s: float | None = None) -> None:
    """Returns when the event is set, the other is done, or the time is over."""
    waiting = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait((waiting, other), timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
