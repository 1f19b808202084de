"""The port through which a message leaves: what is given to a channel, and what may become of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from services.contracts.amounts import Language


class ChannelName(StrEnum):
    INBOX = "inbox"
    WHATSAPP = "whatsapp"
    SMS = "sms"
    MAIL = "mail"
    PUSH = "push"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser that wants to be told, as its PushSubscription says. `p256dh` and `auth` are base64url."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Message:
    """`code` is what a code's words say, for channels that show it by a template of their own; None of a notice. `asked_at` is the
    database's clock when the message was taken to be sent."""

    id: UUID
    kind: str
    language: Language
    text: str
    asked_at: datetime
    expires_at: datetime
    phone: str | None = None
    code: str | None = None
    subscriptions: tuple[Subscription, ...] = ()

    @property
    def lives_s(self) -> int:
        return max(0, int((self.expires_at - self.asked_at).total_seconds()))


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken it over; `reference` is what it calls it. `ended` are addresses of subscriptions that are no more."""

    reference: str
    ended: tuple[str, ...] = ()


class NotSent(Exception):
    """`reason` is for the log: never a number, never the words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(NotSent):
    """Final: this channel cannot reach whom the message is for."""


class Gone(Refused):
    """Nor any message after it: the subscriptions at these addresses have ended."""

    def __init__(self, reason: str, ended: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.ended = ended


class Later(NotSent):
    """It has surely not been sent; the channel may take it later. `retry_after_s` is the provider's word, if it gave one."""

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Unclear(NotSent):
    """It may have been sent: the provider has not answered, or not so that one can tell."""


class Channel(Protocol):
    @property
    def name(self) -> ChannelName: ...

    async def send(self, message: Message) -> Sent:
        """Within a bounded time. Raises Refused, Later or Unclear, and nothing else that is the provider's doing."""
        ...

    async def close(self) -> None: ...


def order_of(text: str) -> Sequence[ChannelName]:
    """Channels by their names, the first choice first: `whatsapp,sms`. Raises ValueError."""
    names = [ChannelName(part.strip()) for part in text.split(",") if part.strip()]
    if len(set(names)) < len(names):
        raise ValueError("a channel is named twice")
    return names
