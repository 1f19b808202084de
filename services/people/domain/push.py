"""Browsers that want to be told: whose addresses may be called. An address comes from whoever subscribes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Self
from urllib.parse import urlsplit

from services.people.domain.refusal import Refused

MOST_BROWSERS: Final = 5
_LONGEST_ADDRESS: Final = 1_000
SERVICES: Final = (
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
)
"""Whose browsers these are: an address is one of these, or below."""


class PushNotServed(Refused):
    def __init__(self) -> None:
        super().__init__("the address is no push service's, or the keys are none")


@dataclass(frozen=True, slots=True)
class Browser:
    endpoint: str
    p256dh: str
    auth: str

    @classmethod
    def of(cls, endpoint: str, p256dh: str, auth: str) -> Self:
        """As a PushSubscription says it. Raises PushNotServed."""
        address(endpoint)
        if len(p256dh) > 100 or len(auth) > 40:
            raise PushNotServed
        try:
            key, secret = from_text(p256dh), from_text(auth)
        except (ValueError, binascii.Error) as error:
            raise PushNotServed from error
        if len(key) != 65 or key[0] != 4 or len(secret) != 16:
            raise PushNotServed
        return cls(endpoint, p256dh, auth)


def address(endpoint: str) -> str:
    """A push service's. Raises PushNotServed."""
    if len(endpoint) > _LONGEST_ADDRESS or not (endpoint.isascii() and endpoint.isprintable()):
        raise PushNotServed
    if not is_of(endpoint, SERVICES):
        raise PushNotServed
    return endpoint


def is_of(endpoint: str, services: Sequence[str]) -> bool:
    """https, no port or user of its own, at one of these hosts. A loopback address that is named itself may be plain, in tests."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username is not None or not any(host == each or host.endswith(f".{each}") for each in services):
        return False
    return _is_loopback(host) or (parts.scheme == "https" and port in (None, 443))


def from_text(text: str) -> bytes:
    """base64url with or without its padding. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
