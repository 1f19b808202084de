"""Which channels there are, and what each must know: settings of people's worker."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Self, TypeVar

import msgspec

from services.kit.checks import Checked, rule
from services.kit.process.settings import Mode, Secret, WorkerSettings
from services.people.domain.sending import Receipts
from services.people.messages import web_push
from services.people.messages.http_sms import Gateway, HttpSms
from services.people.messages.inbox import Inbox
from services.people.messages.port import Channel, ChannelName, order_of
from services.people.messages.provider import Provider
from services.people.messages.smtp import Security, Server, Smtp
from services.people.messages.whatsapp import Account, WhatsApp

T = TypeVar("T")
TELLING: Final = (ChannelName.WHATSAPP, ChannelName.SMS)
"""Channels whose providers can tell what became of a message."""
SHORTEST_KEY: Final = 16
_NEEDS: Final[Mapping[ChannelName, tuple[str, ...]]] = {
    ChannelName.WHATSAPP: (
        "whatsapp_phone_number_id",
        "whatsapp_token",
        "whatsapp_code_template",
        "whatsapp_notice_template",
    ),
    ChannelName.SMS: ("sms_url",),
    ChannelName.MAIL: ("smtp_host", "smtp_from", "smtp_to"),
    ChannelName.PUSH: ("vapid_key", "vapid_contact"),
}
Count = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]


class Order:
    """Channels by their names, the first choice first: `whatsapp,sms`."""

    __slots__ = ("names",)

    def __init__(self, names: tuple[ChannelName, ...] = ()) -> None:
        self.names = names

    @classmethod
    def of_text(cls, text: str) -> Self:
        return cls(tuple(order_of(text)))


class Pattern:
    """A regular expression that is looked for anywhere in an answer."""

    __slots__ = ("found",)

    def __init__(self, found: re.Pattern[str]) -> None:
        self.found = found

    @classmethod
    def of_text(cls, text: str) -> Self:
        try:
            return cls(re.compile(text))
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from error


class MessageSettings(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    """`code_channels` and `notice_channels`: by what, in which order. Each channel that is named needs its own settings; docs/operations.md
    has them."""

    code_channels: Order | None = None
    notice_channels: Order | None = None
    channel_budget_per_day: Count = 5_000
    channel_at_once: Annotated[int, msgspec.Meta(ge=2, le=100)] = 8
    channel_pace_seconds: Annotated[int, msgspec.Meta(ge=0, le=3_600)] = 6
    receipt_channels: Order | None = None
    code_receipt_seconds: Annotated[int, msgspec.Meta(ge=5, le=300)] = 45
    notice_receipt_seconds: Annotated[int, msgspec.Meta(ge=5, le=86_400)] = 600

    whatsapp_url: str = "https://graph.facebook.com/v25.0"
    whatsapp_phone_number_id: str | None = None
    whatsapp_token: Secret | None = None
    whatsapp_code_template: str | None = None
    whatsapp_notice_template: str | None = None

    sms_url: str | None = None
    sms_method: Annotated[str, msgspec.Meta(pattern="^(GET|POST|PUT)$")] = "POST"
    sms_headers: Secret | None = None
    sms_body: str | None = None
    sms_accepted: Pattern | None = None
    sms_refused: Pattern | None = None

    smtp_host: str | None = None
    smtp_port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 465
    smtp_security: Security = Security.TLS
    smtp_username: str | None = None
    smtp_password: Secret | None = None
    smtp_from: str | None = None
    smtp_to: str | None = None

    vapid_key: Secret | None = None
    vapid_contact: str | None = None

    def codes_by(self, mode: Mode) -> tuple[ChannelName, ...]:
        return self.code_channels.names if self.code_channels else _usual(mode)

    def notices_by(self, mode: Mode) -> tuple[ChannelName, ...]:
        return self.notice_channels.names if self.notice_channels else _usual(mode)

    def names(self, mode: Mode) -> tuple[ChannelName, ...]:
        return tuple(dict.fromkeys((*self.codes_by(mode), *self.notices_by(mode))))

    def wrong(self, mode: Mode) -> Iterator[str]:
        """Of a channel that lacks something, and of one that must not be there."""
        if ChannelName.INBOX in self.names(mode) and not mode.clock_can_move:
            yield f"the channel inbox shows everybody's codes to anybody: not in {mode} mode"
        if ChannelName.PUSH in self.codes_by(mode):
            yield "CODE_CHANNELS names push: a code proves a number, and a push goes to none"
        for name in self.receipt_channels.names if self.receipt_channels else ():
            if name not in TELLING:
                yield f"RECEIPT_CHANNELS name {name}: receipts come by {' and '.join(TELLING)} alone"
        for name in self.names(mode):
            yield from self._lacking(name)

    def _lacking(self, name: ChannelName) -> Iterator[str]:
        if missing := [field for field in _NEEDS.get(name, ()) if getattr(self, field) is None]:
            yield from (f"{field.upper()} is missing: {name} is named, and needs it" for field in missing)
            return
        try:
            self.channel(name)
        except ValueError as error:
            yield str(error)

    def receipts(self) -> Receipts:
        channels = frozenset(self.receipt_channels.names if self.receipt_channels else ())
        return Receipts(channels, self.code_receipt_seconds, self.notice_receipt_seconds)

    def channel(self, name: ChannelName) -> Channel:
        """Raises ValueError for what it lacks."""
        match name:
            case ChannelName.INBOX:
                return Inbox()
            case ChannelName.WHATSAPP:
                return WhatsApp(self._account(), Provider())
            case ChannelName.SMS:
                return HttpSms(self._gateway(), Provider())
            case ChannelName.MAIL:
                return Smtp(self._server())
            case ChannelName.PUSH:
                return web_push.WebPush(self._sender(), Provider())

    def _account(self) -> Account:
        return Account(
            _https("WHATSAPP_URL", self.whatsapp_url),
            _needed("WHATSAPP_PHONE_NUMBER_ID", self.whatsapp_phone_number_id),
            _needed("WHATSAPP_TOKEN", self.whatsapp_token),
            _needed("WHATSAPP_CODE_TEMPLATE", self.whatsapp_code_template),
            _needed("WHATSAPP_NOTICE_TEMPLATE", self.whatsapp_notice_template),
        )

    def _gateway(self) -> Gateway:
        return Gateway(
            _https("SMS_URL", _needed("SMS_URL", self.sms_url)),
            self.sms_method,
            _headers(self.sms_headers),
            self.sms_body,
            self.sms_accepted.found if self.sms_accepted else None,
            self.sms_refused.found if self.sms_refused else None,
        )

    def _server(self) -> Server:
        recipient = _needed("SMTP_TO", self.smtp_to)
        if "@" not in recipient:
            raise ValueError("SMTP_TO is no address, like {number}@sms.example")
        return Server(
            _needed("SMTP_HOST", self.smtp_host),
            self.smtp_port,
            self.smtp_security,
            _needed("SMTP_FROM", self.smtp_from),
            recipient,
            self.smtp_username,
            self.smtp_password,
        )

    def _sender(self) -> web_push.Sender:
        contact = _needed("VAPID_CONTACT", self.vapid_contact)
        if not contact.startswith(("mailto:", "https://")):
            raise ValueError("VAPID_CONTACT is no mailto: or https: address")
        try:
            return web_push.Sender(web_push.private_key(_needed("VAPID_KEY", self.vapid_key).reveal()), contact)
        except ValueError as error:
            raise ValueError(f"VAPID_KEY cannot be used: {error}") from error


class ReceiptSettings(Checked, frozen=True, kw_only=True, rename="upper"):
    """What people's api must know to be told by providers what became of messages. `sms_receipt_reference` and `sms_receipt_status` are the
    names of fields in a gateway's report; the status is delivered, undelivered, or says neither."""

    whatsapp_app_secret: Secret | None = None
    whatsapp_verify_token: Secret | None = None
    sms_receipt_key: Secret | None = None
    sms_receipt_reference: str = "id"
    sms_receipt_status: str = "status"
    sms_delivered: Pattern | None = None
    sms_undelivered: Pattern | None = None

    @rule
    def nothing_is_half_said(self) -> Iterator[str]:
        if (self.whatsapp_app_secret is None) != (self.whatsapp_verify_token is None):
            yield ("WHATSAPP_APP_SECRET and WHATSAPP_VERIFY_TOKEN are said both or neither")
        if self.sms_receipt_key and not (self.sms_delivered and self.sms_undelivered):
            yield ("SMS_RECEIPT_KEY needs SMS_DELIVERED and SMS_UNDELIVERED: what a report's status says")
        for name in ("whatsapp_app_secret", "whatsapp_verify_token", "sms_receipt_key"):
            said: Secret | None = getattr(self, name)
            if said and len(said.reveal()) < SHORTEST_KEY:
                yield (f"{name.upper()} is shorter than {SHORTEST_KEY} characters: it would be guessed")


class PeopleWorker(WorkerSettings, frozen=True, kw_only=True):
    messages: MessageSettings

    @rule
    def channels_are_whole(self) -> Iterator[str]:
        yield from self.messages.wrong(self.mode)


def _usual(mode: Mode) -> tuple[ChannelName, ...]:
    """Where nothing is said: the inbox for trying, and in production none, until somebody has brought one."""
    return (ChannelName.INBOX,) if mode.clock_can_move else ()


def _needed(variable: str, value: T | None) -> T:
    if value is None:
        raise ValueError(f"{variable} is missing: a channel that is named needs it")
    return value


def _https(variable: str, url: str) -> str:
    """Codes and tokens travel there: in clear to this machine alone."""
    if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ValueError(f"{variable} is no https address")
    return url


def _headers(given: Secret | None) -> Mapping[str, Secret]:
    if given is None:
        return {}
    try:
        said = msgspec.json.decode(given.reveal(), type=dict[str, str])
    except msgspec.DecodeError as error:
        raise ValueError("SMS_HEADERS is no JSON object of texts") from error
    if any(sign in text for name, value in said.items() for text in (name, value) for sign in "\r\n\0"):
        raise ValueError("SMS_HEADERS has a line break inside of a value")
    return {name: Secret(value) for name, value in said.items()}
