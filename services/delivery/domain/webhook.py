"""Webhooks after Standard Webhooks: what an endpoint may be, how a message is signed, and when it is tried again.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from services.contracts.delivery import PartnerId
from services.kit.ids import EventId, Id
from services.kit.secret import Secret

MAX_URL: Final = 500
KEPT_DAYS: Final = 7
"""How long a message is tried, shown and sent again."""
BOTH_S: Final = 86_400
"""How long the secret before signs beside the one that followed it."""
AT_ONCE: Final = 4
"""Requests to one company that are under way."""
MOST_WAITING: Final = 1_000
"""Of one company: what is beyond it waits where it was told."""
TIMEOUT_S: Final = 15.0
MAX_ANSWER: Final = 4_096
"""Bytes of an answer that are read; the rest is left where it is."""
MAX_EXCERPT: Final = 300
MOST_ATTEMPTS_SHOWN: Final = 10
MOST_SHOWN: Final = 50
FAILURES_TO_REST: Final = 5
TOLD_AFTER_S: Final = 300
"""How long nothing gets through before the company's people are told."""
_FIRST_S: Final = 1.0
_LONGEST_S: Final = 3_600.0
_REST_S: Final = (10.0, 300.0)
_KEY_MARK: Final = "whsec_"


class WebhookId(Id, prefix="whk"):
    """A company's endpoint: another address is the same endpoint, one that was removed and entered anew is another."""


class WebhookStatus(StrEnum):
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"


class PausedBy(StrEnum):
    COMPANY = "COMPANY"
    OPERATIONS = "OPERATIONS"
    ENDPOINT = "ENDPOINT"  # it has answered 410


class MessageStatus(StrEnum):
    WAITING = "WAITING"
    SENT = "SENT"
    EXPIRED = "EXPIRED"  # it was not taken in its time: an offer's end, or seven days


class UrlIsInvalid(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)


class NoWebhook(Exception):
    """The company has none."""


class MessageIsGone(Exception):
    """It is none of the endpoint's, or older than KEPT_DAYS."""


class WebhookHeld(Exception):
    """Operations paused it, and they alone end that."""

    def __init__(self) -> None:
        super().__init__("operations have paused the endpoint")


@dataclass(frozen=True, slots=True)
class Webhook:
    """`secret` is the number of the newest of its secrets. `failures` in a row; it rests until `resting_until`, then one message probes."""

    id: WebhookId
    partner_id: PartnerId
    url: str
    status: WebhookStatus
    paused_by: PausedBy | None
    secret: int
    both_until: datetime | None
    made_at: datetime
    failures: int
    failing_since: datetime | None
    resting_until: datetime | None
    told_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Message:
    """To be sent: `place` is where it was told."""

    event_id: EventId
    place: int
    subject: str
    until: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one request came to. `error` says what was wrong; None of a success."""

    took_ms: int
    status: int | None
    error: str | None
    excerpt: str | None = None
    retry_after_s: float | None = None

    @property
    def done(self) -> bool:
        return self.error is None

    @property
    def gone(self) -> bool:
        """The endpoint wants nothing more."""
        return self.status == 410


def checked_url(given: str, *, near: bool) -> str:
    """`near` is for tests and a developer's machine: http and an address of this machine then too. Raises UrlIsInvalid.

    What the name leads to is looked at when it is connected to, each time (services.kit.http.outward).
    """
    url = given.strip()
    if not url or len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise UrlIsInvalid(f"an address of at most {MAX_URL} ASCII characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UrlIsInvalid("it is no address") from error
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" and not (near and parts.scheme == "http"):
        raise UrlIsInvalid("an address that begins with https://")
    if not host or parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise UrlIsInvalid("a host's name, without user and password")
    if parts.fragment or "#" in url:
        raise UrlIsInvalid("an address without a fragment")
    if near:
        return url
    if port is not None and port != 443 and port < 1024:
        raise UrlIsInvalid("port 443, or one from 1024 on")
    if _is_address(host) or "." not in host or host.rpartition(".")[2].isdigit():
        raise UrlIsInvalid("the name of a host on the internet, not an address or a name of one's own network")
    return url


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def secret(key: Secret | None, webhook_id: WebhookId, number: int) -> str:
    """256 bits, as Standard Webhooks writes them. Derived, like the handover PIN: whoever reads the database learns none."""
    keyed = key.reveal().encode() if key else b"without a key"
    made = hmac.digest(keyed, f"webhook:{webhook_id}:{number}".encode(), hashlib.sha256)
    return _KEY_MARK + base64.b64encode(made).decode()


def signature(secrets: Sequence[str], message_id: str, at_s: int, body: bytes) -> str:
    """The header `webhook-signature`: one for each secret that is good, the newest first."""
    signed = f"{message_id}.{at_s}.".encode() + body
    made = (hmac.digest(base64.b64decode(each.removeprefix(_KEY_MARK)), signed, hashlib.sha256) for each in secrets)
    return " ".join(f"v1,{base64.b64encode(each).decode()}" for each in made)


def pause_s(attempts: int, retry_after_s: float | None = None) -> float:
    """After so many in vain: 1, 2, 4 s and so on to an hour, each shorter by up to a half, for all who failed at once are not to come back
    at once. What the endpoint asks for is obeyed, to the hour."""
    doubled = min(_FIRST_S * 2.0 ** min(attempts - 1, 20), _LONGEST_S)
    spread = doubled * random.uniform(0.5, 1)  # noqa: S311  no secret
    return max(spread, min(retry_after_s or 0.0, _LONGEST_S))


def rest_s(failures: int) -> float | None:
    """How long an endpoint rests after so many failures in a row; None: it does not."""
    beyond = failures - FAILURES_TO_REST
    if beyond < 0:
        return None
    shortest, longest = _REST_S
    return min(shortest * 2.0 ** min(beyond, 10), longest) * random.uniform(0.75, 1)  # noqa: S311  no secret


def room(failures: int) -> int:
    """How many requests may be under way: one, to see whether it works again, once it has rested."""
    return 1 if failures >= FAILURES_TO_REST else AT_ONCE
