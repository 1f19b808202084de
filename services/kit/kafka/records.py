"""Records as they lie in the log, whatever bytes somebody has written there: each is read, or is said to be unreadable, and passed.

aiokafka reads a header's name as UTF-8 and a batch as one that can be unpacked, and raises for what is neither: its reader then asks for
the same batch for ever. It also unpacks a batch whole, however large. So its readers are given `Batches` for its own `MemoryRecords`.
A batch with a wrong checksum stays what it is there: damage, to be read again; a broker takes none such from a producer.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import cramjam
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import decode_varint

MAX_UNPACKED = 16 * 1024 * 1024
UNREADABLE = "unreadable"
"""The header, of our own making, that says why a record could not be read; its value is what lay there."""

_KEPT = 64 * 1024
_LENGTH = struct.Struct(">qi")
_MAGIC_AT, _ATTRIBUTES_AT, _HEAD = 16, 21, 61
_CODEC = 0x07
_LOG_APPEND_TIME = 0x08
_XERIAL = b"\x82SNAPPY\x00"


class Unpackable(Exception):
    """A batch that cannot be unpacked, with the reason."""


class LogRecord(NamedTuple):
    """What aiokafka's fetcher takes of a record."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    checksum: None = None


class Batches:
    """In the place of aiokafka's `MemoryRecords`: the batches of one answer to a fetch."""

    def __init__(self, fetched: bytes) -> None:
        self._fetched = fetched
        self._at = 0

    def size_in_bytes(self) -> int:
        return len(self._fetched)

    def has_next(self) -> bool:
        return self._end() is not None

    def next_batch(self) -> Any:
        end = self._end()
        if end is None:
            return None
        slice_, self._at = self._fetched[self._at : end], end
        if len(slice_) >= _HEAD and slice_[_MAGIC_AT] == 2:
            return Batch(slice_)
        return MemoryRecords(slice_).next_batch()  # of a format before headers and of another way to pack

    def _end(self) -> int | None:
        """Where the batch at hand ends; None when it is not whole, as the last one of a fetch may be."""
        if len(self._fetched) - self._at < _LENGTH.size:
            return None
        end = self._at + _LENGTH.size + int(_LENGTH.unpack_from(self._fetched, self._at)[1])
        return end if self._at + _LENGTH.size <= end <= len(self._fetched) else None


class Batch:
    """As much of aiokafka's batch as its fetcher asks."""

    def __init__(self, batch: bytes) -> None:
        self._bytes = batch
        head = DefaultRecordBatch(batch)
        self._head = head
        self.base_offset: int = head.base_offset
        self.next_offset: int = head.next_offset
        self.producer_id: int = head.producer_id
        self.is_control_batch: bool = head.is_control_batch
        self.is_transactional: bool = head.is_transactional
        self._count = int(struct.unpack_from(">i", batch, _HEAD - 4)[0])
        self._has_gaps = self._count < self.next_offset - self.base_offset

    def validate_crc(self) -> bool:
        return bool(self._head.validate_crc())

    def __next__(self) -> Any:
        return next(iter(self))  # asked for the one record of a control batch

    def __iter__(self) -> Iterator[Any]:
        try:
            payload = unpacked(self._bytes[_HEAD:], self._bytes[_ATTRIBUTES_AT + 1] & _CODEC)
        except Unpackable as error:
            yield self._unreadable(self.next_offset - 1, str(error), self._bytes[_HEAD:])
            return
        done = 0
        try:
            for record in DefaultRecordBatch(_plain(self._bytes, payload)):
                if not self._belongs(record.offset, done):
                    break
                yield record
                done += 1
            else:
                return
        except Exception:  # noqa: BLE001, S110  whatever it met, the slow way says what it is
            pass
        yield from islice(self._one_by_one(payload), done, None)

    def _belongs(self, offset: int, place: int) -> bool:
        """A broker gives a batch its offsets one by one; only compaction takes some away."""
        return offset < self.next_offset and (offset == self.base_offset + place or self._has_gaps)

    def _one_by_one(self, payload: bytes) -> Iterator[LogRecord]:
        at, offset = 0, self.base_offset - 1
        for place in range(min(self._count, self.next_offset - self.base_offset)):
            offset += 1
            try:
                length, began = decode_varint(payload, at)
                at = began + length
                if length < 0 or at > len(payload):
                    raise ValueError(f"a record of {length} bytes")
            except (ValueError, IndexError) as error:
                yield self._unreadable(self.next_offset - 1, str(error), payload[began:] if place else payload)
                return
            try:
                found = self._record(payload[began:at], offset)
                offset = found.offset
                yield found
            except (ValueError, IndexError, OverflowError) as error:
                yield self._unreadable(offset, str(error), payload[began:at])

    def _record(self, record: bytes, offset: int) -> LogRecord:
        attributes, first, last = struct.unpack_from(">xhxxxxqq", self._bytes, _ATTRIBUTES_AT - 1)
        appended = bool(attributes & _LOG_APPEND_TIME)
        delta, at = decode_varint(record, 1)
        place, at = decode_varint(record, at)
        if self._has_gaps and offset <= self.base_offset + place < self.next_offset:
            offset = self.base_offset + place
        key, at = _nullable(record, at)
        value, at = _nullable(record, at)
        count, at = decode_varint(record, at)
        headers = []
        for _ in range(count):
            name, at = _nullable(record, at)
            text, at = _nullable(record, at)
            headers.append(((name or b"").decode("utf-8", "backslashreplace"), text))
        if at != len(record):
            raise ValueError(f"{len(record) - at} bytes are left over")
        return LogRecord(offset, last if appended else first + delta, int(appended), key, value, tuple(headers))

    def _unreadable(self, offset: int, why: str, found: bytes) -> LogRecord:
        return LogRecord(offset, 0, 0, None, bytes(found[:_KEPT]), ((UNREADABLE, why.encode()),))


def _nullable(record: bytes, at: int) -> tuple[bytes | None, int]:
    length, at = decode_varint(record, at)
    if length < 0:
        return None, at
    if at + length > len(record):
        raise ValueError(f"{length} bytes where {len(record) - at} are left")
    return record[at : at + length], at + length


def _plain(batch: bytes, payload: bytes) -> bytes:
    """The batch as if it had not been packed; its checksum is that of the packed one."""
    plain = bytearray(batch[:_HEAD])
    plain[_ATTRIBUTES_AT + 1] &= ~_CODEC
    return bytes(plain) + payload


def unpacked(payload: bytes, codec: int) -> bytes:
    """Raises Unpackable, also for one larger than MAX_UNPACKED, before that much has been made of it."""
    try:
        match codec:
            case 0:
                return payload
            case 1:
                return b"".join(_gunzipped(payload))
            case 2:
                return _unsnapped(payload)
            case 3:
                return _within(cramjam.lz4.decompress_into, payload)
            case 4:
                return _within(cramjam.zstd.decompress_into, payload)
    except (cramjam.DecompressionError, zlib.error, ValueError, struct.error, OverflowError) as error:
        raise Unpackable(f"cannot be unpacked into {MAX_UNPACKED} bytes: {error}") from error
    raise Unpackable(f"packed in an unknown way: {codec}")


def _within(decompress_into: Any, payload: bytes, room: int = MAX_UNPACKED) -> bytes:
    unpacked_into = bytearray(room)
    return bytes(memoryview(unpacked_into)[: decompress_into(payload, unpacked_into)])


def _gunzipped(payload: bytes) -> Iterable[bytes]:
    room = MAX_UNPACKED
    while payload:
        one = zlib.decompressobj(wbits=31)
        part = one.decompress(payload, room + 1)
        room -= len(part)
        if room < 0:
            raise ValueError("too large")
        if not one.eof:
            raise ValueError("ends too early")
        yield part
        payload = one.unused_data


def _unsnapped(payload: bytes) -> bytes:
    if not payload.startswith(_XERIAL):
        return _unsnapped_block(payload, MAX_UNPACKED)
    parts, at, room = [], 16, MAX_UNPACKED
    while at < len(payload):
        (length,) = struct.unpack_from(">i", payload, at)
        if length < 0:
            raise ValueError(f"a block of {length} bytes")
        parts.append(_unsnapped_block(payload[at + 4 : at + 4 + length], room))
        room -= len(parts[-1])
        at += 4 + length
    return b"".join(parts)


def _unsnapped_block(block: bytes, room: int) -> bytes:
    if cramjam.snappy.decompress_raw_len(block) > room:
        raise ValueError("too large")
    return bytes(cramjam.snappy.decompress_raw(block))


def install() -> None:
    """For all readers of this process."""
    fetcher.MemoryRecords = Batches
