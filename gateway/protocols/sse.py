"""GraphQL over server-sent events, one connection per operation.

`complete` says that the operation has said all. A stream that ends without it is one to take up again: so it ends on drain and
with its token, whose last event is TOKEN_EXPIRED.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from graphql import OperationType
from starlette.responses import StreamingResponse

from gateway import exact, identity
from gateway.errors import RequestError
from gateway.pipeline import Caller, Request
from gateway.serving import Serving
from services.kit.codes import ErrorCode, masked
from services.kit.http.identity import Identity

logger = logging.getLogger(__name__)

_COMPLETE = b"event: complete\ndata:\n\n"


def stream(serving: Serving, request: Request, caller: Caller, who: Identity, *, mutations: bool) -> StreamingResponse:
    return StreamingResponse(
        _events(serving, request, caller, who, mutations),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no", "x-request-id": caller.trace_id},
    )


async def _events(
    serving: Serving, request: Request, caller: Caller, who: Identity, mutations: bool
) -> AsyncIterator[bytes]:
    yield b":\n\n"
    try:
        operation = await serving.operation(request, caller)
        if operation.kind is OperationType.MUTATION and not mutations:
            raise RequestError.of(ErrorCode.OPERATION_RESOLUTION_FAILURE, "A mutation must be sent by POST.")
        if operation.kind is not OperationType.SUBSCRIPTION:
            yield _next(await serving.execute(request, caller, operation))
        else:
            ended = serving.verifier.ended(who, caller.headers.get("authorization"))
            async for event in _until(serving, serving.subscribe(request, caller), ended):
                yield _next(event) if event is not None else b":\n\n"
    except _Leaving:
        return
    except RequestError as error:
        yield _next(error.answer(caller.trace_id))
        if error.code is ErrorCode.TOKEN_EXPIRED:
            return
    except Exception:
        logger.exception("operation failed", extra={"trace_id": caller.trace_id})
        fault = RequestError.of(ErrorCode.INTERNAL_SERVER_ERROR, masked(ErrorCode.INTERNAL_SERVER_ERROR))
        yield _next(fault.answer(caller.trace_id))
    yield _COMPLETE


class _Leaving(Exception):
    """The process drains; the client finds the present state with the one that follows."""


async def _until(
    serving: Serving, answers: AsyncIterator[dict[str, Any]], ended: Coroutine[None, None, None]
) -> AsyncIterator[dict[str, Any] | None]:
    """The answers, None as a sign of life. Raises _Leaving on drain, and TOKEN_EXPIRED when the token ends."""
    draining = asyncio.ensure_future(serving.draining.wait())
    ending = asyncio.ensure_future(ended)
    following = asyncio.ensure_future(anext(answers, None))
    try:
        while True:
            await asyncio.wait(
                (following, draining, ending), timeout=serving.settings.ping_s, return_when=asyncio.FIRST_COMPLETED
            )
            if ending.done():
                raise identity.expired()
            if following.done():
                answer = following.result()
                if answer is None:
                    return
                yield answer
                following = asyncio.ensure_future(anext(answers, None))
            elif draining.done():
                raise _Leaving
            else:
                yield None
    finally:
        draining.cancel()
        ending.cancel()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await answers.aclose()  # type: ignore[attr-defined]  # an async generator


def _next(answer: dict[str, Any]) -> bytes:
    return b"event: next\ndata: " + exact.dumps(answer) + b"\n\n"
