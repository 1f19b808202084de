"""What is written into the topics: honest records, and others that are made of them."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import cramjam
from aiokafka.record.util import calc_crc32c, encode_varint

from services.contracts.registry import SERVICES
from services.kit.messaging.envelope import decode, new_event_id
from tests.contracts.samples import sample

Header = tuple[bytes, bytes | None]
_CRC_AT = 17


@dataclass(frozen=True)
class Record:
    """As bytes; `codec` and `payload` take the place of an honest batch around it."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[Header]
    timestamp: int = 1_760_000_000_000
    codec: int = 0
    payload: bytes | None = field(default=None, repr=False)

    def batch(self) -> bytes:
        # By hand: a library writes names of headers as text.
        headers = b"".join(_nullable(name) + _nullable(value) for name, value in self.headers)
        inside = (
            b"\0"
            + _varint(0)
            + _varint(0)
            + _nullable(self.key)
            + _nullable(self.value)
            + _varint(len(self.headers))
            + headers
        )
        payload = _varint(len(inside)) + inside if self.payload is None else self.payload
        head = struct.pack(
            ">qiibIhiqqqhii", 0, 0, -1, 2, 0, self.codec, 0, self.timestamp, self.timestamp, -1, -1, -1, 1
        )
        batch = bytearray(head + payload)
        struct.pack_into(">i", batch, 8, len(batch) - 12)
        struct.pack_into(">I", batch, _CRC_AT, calc_crc32c(bytes(batch[_CRC_AT + 4 :])))
        return bytes(batch)


def _varint(value: int) -> bytes:
    written = bytearray()
    encode_varint(value, written.append)
    return bytes(written)


def _nullable(value: bytes | None) -> bytes:
    return _varint(-1) if value is None else _varint(len(value)) + value


@dataclass(frozen=True)
class Honest:
    """A first event of an aggregate of its own, and where it stands afterwards."""

    topic: str
    source: str
    aggregate: str
    record: Record


def honest(event_type: str) -> Honest:
    event_class = next(each for service in SERVICES for each in service.events() if each.type == event_type)
    kept = sample(event_type)
    data = json.dumps(kept["data"], ensure_ascii=False)
    own = decode(event_class, data.encode()).aggregate()
    other = str(type(own).new())
    headers = {
        **kept["headers"],
        "ce_id": str(new_event_id()),
        "ce_subject": other,
        "ce_aggregateseq": "1",
        "ce_epoch": "1",
    }
    record = Record(
        other.encode(),
        data.replace(str(own), other).encode(),
        [(n.encode(), str(v).encode()) for n, v in headers.items()],
    )
    return Honest(event_class.topic, event_class.source, other, record)


_BIG = [
    b"9" * 30,
    str(2**63 - 1).encode(),
    str(2**63).encode(),
    b"0",
    b"-1",
    b"1e3",
    b"",
    b"\xd9\xa1",
    b"2147483648",
    b" 1",
]
_TIMES = [
    b"0000-01-01T00:00:00Z", b"9999-12-31T23:59:60Z", b"2026-13-45T99:99:99Z", b"1", b"", b"\xff", b"2026-01-01T00:00:00",
    b"-9999-01-01", b"0001-01-01T00:00:00+23:59", b"9999-12-31T23:59:59-23:59",
]  # fmt: skip
_VALUES = [
    None, b"", b"{", b"[" * 100_000, b'{"a":' * 5_000, b"null", b"NaN", b'{"x": 1e999}', b'"\\ud800"', b"\xff\xfe",
    b"\0" * 1_000, b'{"order_id": "\\u0000"}', b"9" * 5_000, b"x" * 950_000,
]  # fmt: skip
_NAMES = [b"\xff\xfe", b"caf\xe9", b"", b"\0", b"ce_\xc0\x80", b"n" * 5_000, "\u202e".encode()]


class Drawer:
    """Draws by one seed: honest events of the types `firsts`, hostile ones that are made of any of `types`."""

    def __init__(self, seed: int, firsts: Sequence[str], types: Sequence[str], topics: Sequence[str]) -> None:
        self._firsts = firsts
        self._random = random.Random(seed)
        self._types = types
        self._topics = topics
        self._ways: list[Callable[[Record], Record]] = [
            self._noise, self._number, self._time, self._value, self._named, self._no_value, self._twice, self._without,
            self._key, self._stamped, self._torn, self._codec, self._bomb, self._bit, self._many, self._controls,
        ]  # fmt: skip

    def honest(self) -> Honest:
        return honest(self._random.choice(self._firsts))

    def any_of(self, partitions: Sequence[int]) -> int:
        return self._random.choice(partitions)

    def hostile(self) -> tuple[str, Record]:
        """A topic, and what is written there: often one for which the record was never meant."""
        made = honest(self._random.choice(self._types))
        record = made.record
        for _ in range(self._random.choice((0, 1, 1, 1, 2, 3))):
            record = self._random.choice(self._ways)(record)
        home = made.topic if self._random.random() < 0.5 else self._random.choice(self._topics)
        if record is made.record and home == made.topic:
            record = self._number(record)
        return home, record

    def _with(self, record: Record, name: bytes, value: bytes | None) -> Record:
        return replace(record, headers=[(n, value if n == name else v) for n, v in record.headers])

    def _noise(self, _: Record) -> Record:
        draw = self._random
        headers = [
            (draw.randbytes(draw.randrange(1, 40)), draw.randbytes(draw.randrange(40)))
            for _ in range(draw.randrange(6))
        ]
        return Record(draw.randbytes(draw.randrange(40)), draw.randbytes(draw.randrange(200)), headers)

    def _number(self, record: Record) -> Record:
        return self._with(record, self._random.choice([b"ce_aggregateseq", b"ce_epoch"]), self._random.choice(_BIG))

    def _time(self, record: Record) -> Record:
        return self._with(record, b"ce_time", self._random.choice(_TIMES))

    def _value(self, record: Record) -> Record:
        return replace(record, value=self._random.choice(_VALUES))

    def _named(self, record: Record) -> Record:
        return replace(record, headers=[*record.headers, (self._random.choice(_NAMES), b"x")])

    def _no_value(self, record: Record) -> Record:
        name = self._random.choice(record.headers)[0] if record.headers else b""
        return self._with(record, name, None)

    def _twice(self, record: Record) -> Record:
        return replace(record, headers=[*record.headers, *record.headers[: self._random.randrange(12)]])

    def _without(self, record: Record) -> Record:
        gone = self._random.randrange(len(record.headers) + 1)
        return replace(record, headers=[each for at, each in enumerate(record.headers) if at != gone])

    def _key(self, record: Record) -> Record:
        return replace(record, key=self._random.choice([None, b"", b"\xff\xfe", b"k" * 20_000, b"\0"]))

    def _stamped(self, record: Record) -> Record:
        return replace(record, timestamp=self._random.choice([0, 1, 2**40, 253_402_300_800_000]))

    def _torn(self, record: Record) -> Record:
        value = record.value or b""
        return replace(record, value=value[: self._random.randrange(len(value) + 1)])

    def _codec(self, record: Record) -> Record:
        return replace(record, codec=self._random.randrange(1, 5), payload=self._random.randbytes(60))

    def _bomb(self, record: Record) -> Record:
        return replace(record, codec=4, payload=bytes(cramjam.zstd.compress(b"\0" * 50_000_000)))

    def _bit(self, record: Record) -> Record:
        value = bytearray(record.value or b"")
        for _ in range(min(len(value), 3)):
            value[self._random.randrange(len(value))] ^= 1 << self._random.randrange(8)
        return replace(record, value=bytes(value))

    def _many(self, record: Record) -> Record:
        return replace(record, headers=[*record.headers, *[(b"x", b"y")] * 3_000])

    def _controls(self, record: Record) -> Record:
        name = self._random.choice([b"ce_id", b"ce_subject", b"ce_type", b"ce_source", b"ce_stream", b"ce_traceparent"])
        return self._with(
            record, name, self._random.choice([b"", b"\0", b"a\nb", b"x" * 300, b"\xff", "\u202e".encode(), b"facts"])
        )
