"""A CSV file, however it was written, and what is none."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from services.catalog.domain import bulk, sheet
from services.catalog.domain.sheet import MAX_BYTES, MAX_COLUMNS, MAX_RECORD, MAX_ROWS, SheetInvalid, SheetTooLarge
from services.contracts.problems import LimitUnit

HEAD = "kode;produk;harga\r\n"
ROW = "A-1;Kripik tempé;12.500\r\n"


def read(content: bytes) -> tuple[str, str, list[tuple[int, list[str]]]]:
    opened = sheet.opened(content, bulk.column_of)
    return opened.written.encoding, opened.written.delimiter, list(opened.rows)


@pytest.mark.parametrize(
    ("content", "encoding", "delimiter"),
    [
        ((HEAD + ROW).encode(), "utf-8-sig", ";"),
        ((HEAD + ROW).encode("utf-8-sig"), "utf-8-sig", ";"),
        ((HEAD + ROW).encode("cp1252"), "cp1252", ";"),
        ((HEAD + ROW).encode("utf-16"), "utf-16", ";"),
        ((HEAD + ROW).replace(";", "\t").encode("utf-16"), "utf-16", "\t"),
        ((HEAD + ROW).replace(";", ",").encode(), "utf-8-sig", ","),
        (("sep=;\r\n" + HEAD + ROW).encode("utf-8-sig"), "utf-8-sig", ";"),
        ((HEAD + ROW).replace("\r\n", "\n").encode(), "utf-8-sig", ";"),
        ((HEAD + ROW).replace("\r\n", "\r").encode(), "utf-8-sig", ";"),
        ((HEAD + ROW).strip().encode(), "utf-8-sig", ";"),
        ((HEAD + '"A-1";"Kripik tempé";"12.500"\r\n').encode(), "utf-8-sig", ";"),
    ],
)
def test_how_it_is_written_is_seen(content: bytes, encoding: str, delimiter: str) -> None:
    assert read(content) == (encoding, delimiter, [(2, ["A-1", "Kripik tempé", "12.500"])])


def test_rows_are_counted_as_spreadsheets_count_and_empty_ones_left_out() -> None:
    _, _, rows = read(b'kode;produk\r\n;\r\n\r\n  ; \r\nA;"dua\nbaris"\r\nB;"di ""sini"""\r\n')
    assert rows == [(5, ["A", "dua\nbaris"]), (6, ["B", 'di "sini"'])]


def test_a_comma_in_a_name_divides_nothing() -> None:
    assert sheet.opened(b"kode;produk;keterangan, panjang, sekali\r\n", bulk.column_of).written.delimiter == ";"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no names"),
        (b"\r\n\r\n", "no names"),
        (HEAD.encode() + b'A;"tidak pernah ditutup;1\r\nB;b;2\r\n', "quotes"),
        (HEAD.encode() + b'A;"tutup" lagi;1\r\n', "quotes"),
        (HEAD.encode() + b"A;a\0b;1\r\n", "NUL"),
        ((HEAD + ROW).encode("utf-16-le"), "NUL"),
        ("kode;produk\r\nA;\0\r\n".encode("utf-16"), "NUL"),
        ((HEAD + ROW + ROW).encode()[:-10], "cut"),  # in the middle of é
        ((HEAD + ROW).encode() + b"\xe9;x;1\r\n", "two encodings"),
        ("\ufeff".encode() + HEAD.encode() + b"\xe9;x;1\r\n", "two encodings"),
        (HEAD.encode() + b"\x81\x8d;x;1\r\n", "neither"),
        (b"PK\x03\x04" + bytes(200), "CSV"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "CSV"),
        (b"\xff\xfe" + b"\x00\xd8" * 20, "UTF-16"),
        (b"sep=|\r\nkode|produk\r\n", "semicolon"),
    ],
)
def test_what_is_no_such_file_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(SheetInvalid, match=why):
        read(content)


def test_where_quotes_stay_open_is_told() -> None:
    with pytest.raises(SheetInvalid) as no:
        read(HEAD.encode() + b'A;a;1\r\nB;"b;2\r\n')
    assert no.value.row == 3


def _hostile() -> Iterator[tuple[str, bytes, LimitUnit]]:
    yield "one line of all the bytes there may be", b"a" * MAX_BYTES, LimitUnit.CHARACTER
    yield "a row of a line that never ends", HEAD.encode() + b"x" * (MAX_BYTES - 100), LimitUnit.CHARACTER
    yield "a million columns", b";" * 1_000_000, LimitUnit.CHARACTER
    yield "more columns than may be", b";".join([b"kode"] * (MAX_COLUMNS + 1)), LimitUnit.COLUMN
    yield "quotes that never close", HEAD.encode() + b'"' + b"ab\r\n" * 1_000_000, LimitUnit.CHARACTER
    yield "a cell larger than a row may be", HEAD.encode() + b'"' + b"a" * (MAX_RECORD + 1) + b'"', LimitUnit.CHARACTER
    yield "rows without end", HEAD.encode() + b"a\r\n" * (MAX_ROWS + 1), LimitUnit.ROW
    yield "more bytes than may be", b"a\r\n" * (MAX_BYTES // 3 + 1), LimitUnit.BYTE


@pytest.mark.parametrize(
    ("name", "content", "unit"), [*_hostile()], ids=lambda each: each if isinstance(each, str) else ""
)
def test_what_is_too_large_is_refused_and_never_in_memory(name: str, content: bytes, unit: LimitUnit) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(SheetTooLarge) as no:
            for _ in sheet.opened(content, bulk.column_of).rows:
                pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert no.value.unit is unit, name
    # What is read at a time, and a row: never the text of the file, which is beside the bytes themselves.
    assert peak < 1024 * 1024, f"{name}: {peak} bytes"


def test_a_whole_file_is_read_a_row_at_a_time() -> None:
    content = HEAD.encode() + b"kode-1;Bayam hijau segar dari kebun;12.500\r\n" * MAX_ROWS
    tracemalloc.start()
    try:
        assert sum(1 for _ in sheet.opened(content, bulk.column_of).rows) == MAX_ROWS
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1024 * 1024
