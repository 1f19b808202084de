"""CloudEvents as partners post them: one in the structured mode, or several in the batched one."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request

from services.contracts.partner import MAX_REPLY_BYTES
from services.delivery.domain.reply import MAX_REPLY_ID, is_usable, printable
from services.kit.http.problem import HttpProblem

MAX_EVENT_BYTES = MAX_REPLY_BYTES + 4_096  # the reply and what is around it
MAX_BATCH = 200
MAX_BATCH_BYTES = MAX_BATCH * 1_024
BATCH = "application/cloudevents-batch+json"
MEDIA_TYPES = frozenset({"application/cloudevents+json", "application/json"})
_SHAPE = "a CloudEvent is a JSON object with specversion, id, type and data"


class Sent(msgspec.Struct, frozen=True):
    """As far as it is read. `data` keeps the very bytes: a repeat is known by them; empty when there are none."""

    id: str
    type: str
    data: bytes = b""
    traceparent: str | None = None


async def read(request: Request) -> Sent:
    """Raises HttpProblem with the attribute that is wrong."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in MEDIA_TYPES:
        raise HttpProblem(
            415, "UNSUPPORTED_MEDIA_TYPE", "send one CloudEvent as application/cloudevents+json", field="content-type"
        )
    return parse(await body(request, MAX_EVENT_BYTES))


async def read_batch(request: Request) -> list[Sent] | None:
    """Several of them, in CloudEvents' batched mode; None: it is one. Raises HttpProblem."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != BATCH:
        return None
    content = await body(request, MAX_BATCH_BYTES)
    try:
        given = _batch_decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(f"a batch is a JSON array of CloudEvents; this is none: {printable(str(error))}") from error
    if not 1 <= len(given) <= MAX_BATCH:
        raise _malformed(f"a batch has 1 to {MAX_BATCH} events, this has {len(given)}")
    return [parse(bytes(each)) for each in given]


async def body(request: Request, most: int) -> bytes:
    """Never more of it in memory than is allowed."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > most:
            raise HttpProblem(413, "TOO_LARGE", f"what is sent may have {most} bytes, this has more")
    return bytes(content)


_batch_decoder = msgspec.json.Decoder(list[msgspec.Raw])
_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


def parse(body: bytes) -> Sent:
    """Raises HttpProblem."""
    try:
        given = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(f"{_SHAPE}; this is none: {printable(str(error))}") from error
    specversion, event_id, event_type = (_text(given, name) for name in ("specversion", "id", "type"))
    if specversion != "1.0":
        raise _malformed(f"specversion is {printable(specversion[:20])!r}, and is to be '1.0'", "specversion")
    if not is_usable(event_id):
        raise _malformed(f"id is to be 1 to {MAX_REPLY_ID} printable characters", "id")
    traceparent = _text(given, "traceparent") if "traceparent" in given else None
    return Sent(event_id, event_type, bytes(given.get("data", b"")), traceparent)


def _text(given: dict[str, msgspec.Raw], name: str) -> str:
    if name not in given:
        raise _malformed(f"{name} is missing; {_SHAPE}", name)
    try:
        said: Any = msgspec.json.decode(given[name])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(f"{name} cannot be read: {printable(str(error))}", name) from error
    if not isinstance(said, str):
        raise _malformed(f"{name} is to be text", name)
    return said


def _malformed(detail: str, field: str | None = None) -> HttpProblem:
    return HttpProblem(400, "MALFORMED", detail, field=field)
