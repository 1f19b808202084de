"""Facts and states that a service tells: CloudEvents 1.0, binary mode on Kafka."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec

from services.kit.ids import EventId, Id

MAX_PAYLOAD_BYTES = 900_000  # a record must fit a broker's default of 1 MiB with its headers


def source_of(service: str) -> str:
    """CloudEvents source of all that a service tells."""
    return f"wlijo/{service}"


class Stream(StrEnum):
    """How an aggregate's events are applied: every one in turn, or only a newer state over an older one."""

    FACTS = "facts"
    STATE = "state"


class PayloadTooLarge(ValueError):
    """The event would not fit a broker's record; refused where it is told, not at the head of the relay's queue."""


class Malformed(ValueError):
    """A record that is not one of our CloudEvents, with the reason."""


def _encode_id(value: Any) -> Any:
    if isinstance(value, Id):
        return str(value)
    raise NotImplementedError(f"cannot encode {type(value).__name__}")


def _decode_id(kind: type, value: Any) -> Any:
    if issubclass(kind, Id):
        if not isinstance(value, str):
            raise TypeError("Expected an id as `str`")
        return kind.parse(value)
    raise NotImplementedError(f"cannot decode {kind.__name__}")


_encoder = msgspec.json.Encoder(enc_hook=_encode_id)


class Destination(msgspec.Struct, frozen=True):
    """Where an event goes: the topic, the aggregate whose events are counted, and the record's key."""

    topic: str
    aggregate: str
    key: str


class Told(Protocol):
    """What the outbox takes: an event, or an event addressed to somebody."""

    @property
    def type(self) -> str: ...
    @property
    def stream(self) -> Stream: ...
    def destination(self) -> Destination: ...
    def payload(self) -> bytes: ...


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all events. A subclass for the aggregate names source and topic and tells its aggregate; one per fact names the type.

    New fields need a default; a breaking change is a new class with a new version in its type.
    """

    type: ClassVar[str]
    source: ClassVar[str]
    topic: ClassVar[str]
    stream: ClassVar[Stream] = Stream.FACTS

    def aggregate(self) -> Id:
        raise NotImplementedError

    def destination(self) -> Destination:
        aggregate = str(self.aggregate())
        return Destination(topic=self.topic, aggregate=aggregate, key=aggregate)

    def payload(self) -> bytes:
        return _encoder.encode(self)


E = TypeVar("E")

_decoders: dict[type[Any], msgspec.json.Decoder[Any]] = {}


def decode(event_class: type[E], payload: bytes) -> E:
    """Raises Malformed with the place of the fault."""
    decoder = _decoders.get(event_class)
    if decoder is None:
        decoder = _decoders[event_class] = msgspec.json.Decoder(event_class, dec_hook=_decode_id)
    try:
        decoded: E = decoder.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error)) from error
    return decoded


_SPECVERSION = ("ce_specversion", b"1.0")
_JSON = ("content-type", b"application/json")


def _moment(time: datetime) -> bytes:
    """In UTC, as a database gives it, to the millisecond."""
    in_utc = time if time.tzinfo is UTC else time.astimezone(UTC)
    return in_utc.isoformat(timespec="milliseconds")[:-6].encode() + b"Z"


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """One event as it travels: identity, place in its aggregate's count, and the payload not yet decoded."""

    id: str
    source: str
    type: str
    topic: str
    aggregate: str
    seq: int
    epoch: int
    key: str
    time: datetime
    stream: Stream
    traceparent: str | None
    data: bytes

    def headers(self) -> list[tuple[str, bytes]]:
        """Kafka headers of the CloudEvents binary mode. `ce_aggregateseq` and `ce_epoch` are decimal integers of our own."""
        pairs = [
            _SPECVERSION,
            ("ce_id", self.id.encode()),
            ("ce_source", self.source.encode()),
            ("ce_type", self.type.encode()),
            ("ce_time", _moment(self.time)),
            ("ce_subject", self.aggregate.encode()),
            ("ce_aggregateseq", b"%d" % self.seq),
            ("ce_epoch", b"%d" % self.epoch),
            ("ce_stream", self.stream.encode()),
            _JSON,
        ]
        if self.traceparent:
            pairs.append(("ce_traceparent", self.traceparent.encode()))
        return pairs

    def structured(self) -> bytes:
        """The same in CloudEvents' structured mode, one JSON document: names without `ce_`, counts as numbers, the payload as `data`."""
        attributes: dict[str, Any] = {name.removeprefix("ce_"): value.decode() for name, value in self.headers()}
        attributes["datacontenttype"] = attributes.pop("content-type")
        return _encoder.encode(
            attributes | {"aggregateseq": self.seq, "epoch": self.epoch, "data": msgspec.Raw(self.data)}
        )

    @classmethod
    def from_record(
        cls,
        topic: str,
        key: bytes | None,
        headers: Iterable[tuple[str, bytes | None]],
        value: bytes | None,
    ) -> Envelope:
        """Raises Malformed."""
        if value is None or len(value) > MAX_PAYLOAD_BYTES:
            raise Malformed("no data" if value is None else f"{len(value)} bytes exceed {MAX_PAYLOAD_BYTES}")
        try:
            got = {name: _present(name, text).decode() for name, text in headers}
            if got.get("ce_specversion") != "1.0":
                raise Malformed("not a CloudEvents 1.0 record in binary mode")
            seq = _counted("ce_aggregateseq", got["ce_aggregateseq"], 2**63 - 2)
            epoch = _counted("ce_epoch", got.get("ce_epoch", "1"), 2**31 - 1)
            time = datetime.fromisoformat(got["ce_time"])
            if time.tzinfo is None:
                raise Malformed("ce_time has no offset")
            time = time.astimezone(UTC)  # what lies past the calendar's ends in UTC can be written nowhere
            return cls(
                id=_filled(got["ce_id"]),
                source=_filled(got["ce_source"]),
                type=_filled(got["ce_type"]),
                topic=topic,
                aggregate=_filled(got["ce_subject"]),
                seq=seq,
                epoch=epoch,
                key=(key or b"").decode(),
                time=time,
                stream=Stream(got.get("ce_stream", "facts")),
                traceparent=got.get("ce_traceparent"),
                data=bytes(value),
            )
        except KeyError as error:
            raise Malformed(f"no header {error.args[0]}") from error
        except (ValueError, UnicodeDecodeError, OverflowError) as error:
            raise Malformed(str(error)) from error


def _present(name: str, value: bytes | None) -> bytes:
    if value is None:  # Kafka allows it
        raise Malformed(f"the header {name} has no value")
    return bytes(value)


def _filled(text: str) -> str:
    if not text or len(text) > 256:
        raise Malformed("an attribute is empty or longer than 256 characters")
    if not text.isprintable():  # PostgreSQL's text has no NUL, and a log no line feeds
        raise Malformed("an attribute has control characters")
    return text


_COUNT = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


def _counted(name: str, text: str, most: int) -> int:
    if not _COUNT.fullmatch(text) or int(text) > most:
        raise Malformed(f"{name} is not a number from 1 to {most}")
    return int(text)


_envelope_encoder = msgspec.msgpack.Encoder()
_envelope_decoder = msgspec.msgpack.Decoder(Envelope)


def pack(envelope: Envelope) -> bytes:
    """For a row that keeps an event until it can be applied."""
    return _envelope_encoder.encode(envelope)


def unpack(stored: bytes) -> Envelope:
    return _envelope_decoder.decode(stored)


def new_event_id() -> EventId:
    return EventId.new()
