"""What bytes become that somebody wrote into a log: records, or one that says why it is none, and never an end of reading."""

from __future__ import annotations

import gzip
import struct
from typing import Any

import cramjam
import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from services.kit.kafka.records import MAX_UNPACKED, UNREADABLE, Batches, install

CODECS: dict[int, Any] = {
    1: gzip.compress,
    2: cramjam.snappy.compress_raw,
    3: cramjam.lz4.compress,
    4: cramjam.zstd.compress,
}
HEADERS = [("ce_id", b"one"), ("caf\u00e9", b"two"), ("none", None)]


def batch(*records: tuple[bytes | None, bytes | None], codec: int = 0) -> bytes:
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 24)
    for offset, (key, value) in enumerate(records):
        assert builder.append(offset, 1_000 + offset, key, value, HEADERS)
    return bytes(builder.build())


def packed(payload: bytes, codec: int, *, count: int = 1) -> bytes:
    """A batch of this payload as a producer that packs by itself writes it."""
    plain = bytearray(batch((b"k", b"v")))[:61]
    plain[22] |= codec
    plain[57:61] = struct.pack(">i", count)
    plain[23:27] = struct.pack(">i", count - 1)
    whole = bytes(plain) + payload
    return whole[:8] + struct.pack(">i", len(whole) - 12) + whole[12:]


def read(fetched: bytes) -> list[Any]:
    batches, found = Batches(fetched), []
    while batches.has_next():
        found += list(batches.next_batch())
    return found


def test_aiokafka_reads_by_it() -> None:
    install()
    assert fetcher.MemoryRecords is Batches


@pytest.mark.parametrize("codec", [0, *CODECS])
def test_honest_batches_are_read_as_aiokafka_reads_them(codec: int) -> None:
    fetched = batch((b"k", b"v" * 1_000), (None, None), codec=codec) * 2
    fetched += fetched[:100]  # and one that is not whole
    theirs, expected = MemoryRecords(fetched), []
    while theirs.has_next():
        each = theirs.next_batch()
        assert each.validate_crc()
        expected += list(each)
    found = read(fetched)
    assert [(r.offset, r.timestamp, r.key, r.value, tuple(r.headers)) for r in found] == [
        (r.offset, r.timestamp, r.key, r.value, tuple(r.headers)) for r in expected
    ]
    assert Batches(fetched).next_batch().validate_crc()


def test_a_header_whose_name_is_no_text_is_shown_and_its_neighbours_are_read() -> None:
    fetched = batch((b"a", b"1"), (b"b", b"2"), (b"c", b"3")).replace("caf\u00e9".encode(), b"caf\xff\xfe", 2)
    with pytest.raises(UnicodeDecodeError):
        list(MemoryRecords(fetched).next_batch())  # what would end the reader
    first, second, third = read(fetched)
    assert [first.key, second.key, third.key] == [b"a", b"b", b"c"]
    assert [first.offset, second.offset, third.offset] == [0, 1, 2]
    assert first.headers == (("ce_id", b"one"), ("caf\\xff\\xfe", b"two"), ("none", None))
    assert tuple(third.headers) == tuple(HEADERS)


@pytest.mark.parametrize("codec", CODECS)
def test_a_batch_that_unpacks_into_too_much_is_one_unreadable_record_and_is_passed(codec: int) -> None:
    whole = packed(bytes(CODECS[codec](b"\0" * (MAX_UNPACKED + 1))), codec, count=7)
    (found,) = read(whole)
    assert (found.offset, found.headers[0][0]) == (6, UNREADABLE)
    assert len(found.value) <= 64 * 1024


@pytest.mark.parametrize("codec", [*CODECS, 5, 7])
@given(st.binary(max_size=200), st.integers(-(2**31), 2**31 - 1))
def test_any_payload_is_read_or_said_to_be_unreadable(codec: int, payload: bytes, count: int) -> None:
    for each, how in ((payload, codec), (payload, 0), (bytes(CODECS.get(codec, bytes)(payload)), codec)):
        whole = bytearray(packed(each, how))
        whole[57:61] = struct.pack(">i", count)
        for found in read(bytes(whole)):
            assert found.offset == 0


@given(st.data())
def test_a_record_with_any_byte_changed_hides_no_other(data: st.DataObject) -> None:
    fetched = bytearray(batch((b"a", b"1"), (b"b", b"2"), (b"c", b"3")))
    at = data.draw(st.integers(62, 61 + (len(fetched) - 61) // 3 - 1))  # in the first, past its length
    fetched[at] = data.draw(st.integers(0, 255))
    found = read(bytes(fetched))
    assert [each.key for each in found[1:]] == [b"b", b"c"]
    assert [each.offset for each in found] == [0, 1, 2]


def test_offsets_that_compaction_has_taken_away_stay_away() -> None:
    fetched = bytearray(batch((b"a", b"1"), (b"b", b"2"), (b"c", b"3")))
    third = 61 + 2 * ((len(fetched) - 61) // 3)
    kept = fetched[:61] + fetched[third:]
    kept[57:61] = struct.pack(">i", 1)
    kept[8:12] = struct.pack(">i", len(kept) - 12)
    assert [each.offset for each in read(bytes(kept))] == [2]
    assert [each.offset for each in read(bytes(kept).replace("caf\u00e9".encode(), b"caf\xff\xfe"))] == [2]
