"""Web Push (RFC 8030): an encrypted word to a browser, signed with the platform's own key (VAPID, RFC 8292)."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from services.people.domain.push import SERVICES, from_text, is_of
from services.people.messages import push_encryption
from services.people.messages.port import (
    ChannelName,
    Gone,
    Later,
    Message,
    NotSent,
    Refused,
    Sent,
    Subscription,
    Unclear,
)
from services.people.messages.provider import MENDED_AFTER_S, Provider, check

_TOKEN_LIVES: Final = timedelta(hours=12)  # 24 hours at most


def private_key(text: str) -> ECKey:
    """A private P-256 JWK as JSON. Raises ValueError."""
    try:
        data = json.loads(text)
        if not isinstance(data, dict) or data.get("crv") != "P-256" or "d" not in data:
            raise ValueError("not a private P-256 JWK")
        return ECKey.import_key(data)
    except (JoseError, TypeError) as error:
        raise ValueError(f"not a private P-256 JWK: {error}") from error


def public_text(key: ECKey) -> str:
    """What a browser subscribes with: the public point, uncompressed, in base64url (`applicationServerKey`)."""
    data = key.as_dict(private=False)
    return _text(b"\x04" + b"".join(from_text(str(data[axis])) for axis in ("x", "y")))


@dataclass(frozen=True, slots=True)
class Sender:
    """`contact`: whom a push service writes to when something is wrong, a mailto: or https: address."""

    key: ECKey
    contact: str
    services: Sequence[str] = SERVICES


class WebPush:
    name = ChannelName.PUSH

    def __init__(self, sender: Sender, provider: Provider) -> None:
        self._sender = sender
        self._provider = provider

    async def send(self, message: Message) -> Sent:
        """To all browsers of the person; it has left when one service has taken it."""
        said = await asyncio.gather(*(self._try(message, each) for each in message.subscriptions))
        ended = tuple(
            each.endpoint for each, what in zip(message.subscriptions, said, strict=True) if isinstance(what, Gone)
        )
        sent = [each.reference for each in said if isinstance(each, Sent)]
        if sent:
            return Sent(" ".join(sent)[:500], ended)
        for worst in (Unclear, Later, Refused):
            for each in said:
                if isinstance(each, worst) and not isinstance(each, Gone):
                    raise each
        raise Gone("no browser is left", ended)

    async def _try(self, message: Message, to: Subscription) -> Sent | NotSent:
        try:
            return await self._send(message, to)
        except NotSent as told:
            return told

    async def _send(self, message: Message, to: Subscription) -> Sent:
        if not is_of(to.endpoint, self._sender.services):
            raise Gone("no push service")
        try:
            body = push_encryption.encrypt(_payload(message), from_text(to.p256dh), from_text(to.auth))
        except ValueError as error:
            raise Gone("the subscription's keys are none") from error
        headers = {
            "Authorization": f"vapid t={self._token(message, to.endpoint)}, k={public_text(self._sender.key)}",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(message.lives_s),
            "Urgency": "high",
            # A repeat takes the place of what waits still for the browser.
            "Topic": _text(message.id.bytes),
        }
        answer = await self._provider.ask("POST", to.endpoint, headers, body)
        if answer.status in (
            403,
            404,
            410,
        ):  # 403: made with another key than the one that signs; it will never be ours
            raise Gone(f"status {answer.status}")
        if answer.status == 401:
            raise Later("status 401: is the clock right?", MENDED_AFTER_S)
        check(answer)
        return Sent(answer.headers.get("Location", ""))

    async def close(self) -> None:
        await self._provider.close()

    def _token(self, message: Message, endpoint: str) -> str:
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((message.asked_at + _TOKEN_LIVES).timestamp()),
            "sub": self._sender.contact,
        }
        return jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, self._sender.key)


def _payload(message: Message) -> bytes:
    return msgspec.json.encode({"id": str(message.id), "kind": message.kind, "text": message.text[:1_000]})


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
