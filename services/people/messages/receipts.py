"""Where providers tell what became of messages that they took: WhatsApp's webhook, and the delivery report of an SMS gateway.

Meta signs what it sends with the app's secret, and checks once that the address is ours by a token that both were told (Graph API,
"Webhooks: Getting Started"; Cloud API, "Webhooks", statuses). SMS gateways show a key of ours: as a bearer token, as a password, or in the
address. Nothing is looked up for whoever cannot show either.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from prometheus_client import Counter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from services.kit.database import fair
from services.kit.database.db import TRANSIENT, Database, transaction
from services.kit.http.problem import HttpProblem, away
from services.kit.observe import telemetry
from services.kit.secret import Secret
from services.people.messages.port import ChannelName
from services.people.messages.settings import ReceiptSettings
from services.people.store import receipts as store

_log = logging.getLogger(__name__)
_MAX_BODY: Final = 256 * 1024
_MOST_AT_ONCE: Final = 2_000
_LONGEST: Final = 500
_AGAIN_AFTER_S: Final = 1.0
_MOST_WAITING: Final = 32

RECEIPTS = Counter(
    "wlijo_message_receipts_total",
    "What providers told of messages: delivered, failed, of none that is known, or not theirs to tell (forged)",
    ("channel", "outcome"),
    registry=telemetry.REGISTRY,
)


@dataclass(slots=True)
class Told:
    """References, as the provider has them, in one report. What says neither, like `sent`, is passed over."""

    delivered: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    def add(self, reference: object, *, is_delivered: bool) -> None:
        """Raises HttpProblem when it is too much for one report. A reference that cannot be one is passed over."""
        if not isinstance(reference, str | int) or not 0 < len(said := str(reference)) <= _LONGEST or "\0" in said:
            return
        (self.delivered if is_delivered else self.failed).add(said)
        if len(self.delivered) + len(self.failed) > _MOST_AT_ONCE:
            raise HttpProblem(413, "TOO_LARGE", f"a report is of at most {_MOST_AT_ONCE} messages")


class _Status(msgspec.Struct):
    id: str = ""
    status: str = ""


class _Value(msgspec.Struct):
    statuses: list[_Status] = []


class _Change(msgspec.Struct):
    value: _Value = msgspec.field(default_factory=_Value)


class _Entry(msgspec.Struct):
    changes: list[_Change] = []


class _Notification(msgspec.Struct):
    entry: list[_Entry] = []


def routes(db: Database, settings: ReceiptSettings) -> Sequence[BaseRoute]:
    """`/receipts/whatsapp` and `/receipts/sms`, each once its secrets are told; the gateway passes them on."""
    found: list[BaseRoute] = []
    if settings.whatsapp_app_secret and settings.whatsapp_verify_token:
        secret, token = settings.whatsapp_app_secret, settings.whatsapp_verify_token

        async def confirm(request: Request) -> Response:
            return _confirmed(request, token)

        async def whatsapp(request: Request) -> Told:
            body = await _body(request)
            _check_signature(secret, body, request.headers.get("x-hub-signature-256", ""))
            return _of_whatsapp(body)

        path = "/receipts/whatsapp"
        found += [
            Route(path, confirm, methods=["GET"]),
            Route(path, _heard(db, ChannelName.WHATSAPP, whatsapp), methods=["POST"]),
        ]
    if settings.sms_receipt_key:
        key = settings.sms_receipt_key

        async def sms(request: Request) -> Told:
            _check_key(key, request)
            return _of_sms(settings, request.url.query, await _body(request))

        found.append(Route("/receipts/sms", _heard(db, ChannelName.SMS, sms), methods=["GET", "POST"]))
    return found


def _heard(
    db: Database, channel: ChannelName, told_by: Callable[[Request], Awaitable[Told]]
) -> Callable[[Request], Awaitable[Response]]:
    waiting = asyncio.Semaphore(_MOST_WAITING)

    async def handle(request: Request) -> Response:
        try:
            told = await told_by(request)
        except HttpProblem as error:
            if error.status in (401, 403):
                RECEIPTS.labels(channel, "forged").inc()
            return error.response()
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        fair.speak_for(f"receipts of {channel}")  # one caller: others have their turn at the database
        try:
            unknown = await _take(db, channel, told)
            # A report may overtake the answer by which we learn the reference.
            if unknown and not waiting.locked():
                async with waiting:
                    await asyncio.sleep(_AGAIN_AFTER_S)
                again = Told(told.delivered & unknown, told.failed & unknown)
                unknown = await _take(db, channel, again)
        except TRANSIENT as error:
            _log.warning("what became of messages is not written", extra={"error": repr(error)})
            return away(error).response()  # the provider tells it again
        RECEIPTS.labels(channel, "unknown").inc(len(unknown))
        return Response(status_code=200)

    return handle


async def _take(db: Database, channel: ChannelName, told: Told) -> set[str]:
    """Those that are of no message. What was told before changes nothing."""
    wanted = told.delivered | told.failed
    if not wanted:
        return set()
    async with transaction(db) as conn:
        known = await store.known(conn, channel, sorted(wanted))
        if not known:
            return wanted
        # Of one that is told both in one report it is the better that holds.
        arrived = await store.delivered(conn, channel, sorted(told.delivered & known))
        lost = await store.failed(conn, channel, sorted((told.failed - told.delivered) & known))
    RECEIPTS.labels(channel, "delivered").inc(arrived)
    RECEIPTS.labels(channel, "failed").inc(lost)
    return wanted - known


def _confirmed(request: Request, token: Secret) -> Response:
    """The challenge, to whoever knows the token."""
    said = request.query_params
    challenge = said.get("hub.challenge", "")
    right = _same(said.get("hub.verify_token", ""), token.reveal())
    if said.get("hub.mode") != "subscribe" or not right or len(challenge) > _LONGEST:
        RECEIPTS.labels(ChannelName.WHATSAPP, "forged").inc()
        return HttpProblem(403, "FORBIDDEN", "the token is another").response()
    return PlainTextResponse(challenge, headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"})


def _check_signature(secret: Secret, body: bytes, shown: str) -> None:
    """`sha256=` and the HMAC of the body as it came, in hex. Raises HttpProblem."""
    expected = "sha256=" + hmac.digest(secret.reveal().encode(), body, hashlib.sha256).hex()
    if not _same(shown, expected):
        raise HttpProblem(401, "UNAUTHENTICATED", "the signature is not that of the app")


def _check_key(key: Secret, request: Request) -> None:
    """Raises HttpProblem."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            shown = shown.strip()
        case "basic":
            shown = _password(shown)
        case _:
            shown = request.query_params.get("key", "")
    if not _same(shown, key.reveal()):
        raise HttpProblem(401, "UNAUTHENTICATED", "the key is another")


def _password(shown: str) -> str:
    try:
        return base64.b64decode(shown.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _same(shown: str, expected: str) -> bool:
    """In a time that says nothing of where they differ, nor of their lengths."""
    one, other = (hashlib.sha256(each.encode(errors="surrogatepass")).digest() for each in (shown, expected))
    return hmac.compare_digest(one, other)


def _of_whatsapp(body: bytes) -> Told:
    told = Told()
    try:
        said = msgspec.json.decode(body, type=_Notification)
    except (msgspec.DecodeError, RecursionError) as error:
        raise HttpProblem(400, "MALFORMED", "no notification of the Cloud API") from error
    for entry in said.entry:
        for change in entry.changes:
            for each in change.value.statuses:
                if each.status in ("delivered", "read", "played"):
                    told.add(each.id, is_delivered=True)
                elif each.status == "failed":
                    told.add(each.id, is_delivered=False)
    return told


def _of_sms(settings: ReceiptSettings, query: str, body: bytes) -> Told:
    told = Told()
    for each in _reports(query, body):
        status = each.get(settings.sms_receipt_status)
        text = status if isinstance(status, str) else msgspec.json.encode(status).decode()
        if settings.sms_delivered and settings.sms_delivered.found.search(text):
            told.add(each.get(settings.sms_receipt_reference), is_delivered=True)
        elif settings.sms_undelivered and settings.sms_undelivered.found.search(text):
            told.add(each.get(settings.sms_receipt_reference), is_delivered=False)
    return told


def _reports(query: str, body: bytes) -> Iterator[dict[str, Any]]:
    """Every object of a JSON body, wherever it is in it; else the fields of a form and of the address."""
    if body.lstrip()[:1] in (b"{", b"["):
        try:
            trees = [msgspec.json.decode(body)]
        except (msgspec.DecodeError, RecursionError) as error:
            raise HttpProblem(400, "MALFORMED", "the body is no JSON") from error
        while trees:
            match trees.pop():
                case dict() as found:
                    yield found
                    trees += found.values()
                case list() as found:
                    trees += found
        return
    try:
        yield dict(parse_qsl(query, max_num_fields=100) + parse_qsl(body.decode(), max_num_fields=100))
    except ValueError as error:
        raise HttpProblem(400, "MALFORMED", "the report is no form") from error


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            raise HttpProblem(413, "TOO_LARGE", f"a report is at most {_MAX_BODY} bytes")
    return bytes(body)
