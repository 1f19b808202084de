"""A CSV file as the programs of people write it: what it is written in, and its rows, one after another.

Encoding: a BOM says it (UTF-8, UTF-16); without one UTF-8 if all of it is, else cp1252, as Excel saves it. Delimiter: of `;`, `,` and tab
the one by which most columns of the first row are known; `sep=;` above it, which Excel writes, is no row. Decimals: a comma, as in
Indonesia, but a point in a file that commas divide. Quotes as in RFC 4180, and none may stay open.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.contracts.problems import LimitUnit

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_ROWS: Final = 40_000
"""Beside the first: all variants that a merchant may have."""
MAX_COLUMNS: Final = 50
MAX_RECORD: Final = 16 * 1024
"""Characters of a row, line ends inside of quotes included."""
_DELIMITERS: Final = (";", ",", "\t")
_SEP: Final = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_PIECE: Final = 64 * 1024
_OTHERS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b")
"""How files begin that are often sent in place of one: xlsx, xls, PDF, pictures, gzip."""


class SheetInvalid(Exception):
    """It cannot be read. `row` is where it ends to be readable, as spreadsheets count, when that is known."""

    def __init__(self, reason: str, row: int | None = None) -> None:
        super().__init__(reason if row is None else f"row {row}: {reason}")
        self.row = row


class SheetTooLarge(Exception):
    def __init__(self, limit: int, unit: LimitUnit) -> None:
        super().__init__(f"more than {limit}: {unit.description}")
        self.limit = limit
        self.unit = unit


@dataclass(frozen=True, slots=True)
class Written:
    encoding: str
    delimiter: str

    @property
    def decimal(self) -> str:
        return "." if self.delimiter == "," else ","


@dataclass(frozen=True, slots=True)
class Sheet:
    """`header`: its first row. `rows` are read as they are asked for: number as spreadsheets count, cells; empty rows are left out.
    Raises SheetInvalid and SheetTooLarge while they are read."""

    written: Written
    header: list[str]
    rows: Iterator[tuple[int, list[str]]]


def opened(content: bytes, known: Callable[[str], object | None]) -> Sheet:
    """`known` says what a column's name is, None of one that is nothing. Raises SheetInvalid, SheetTooLarge."""
    if len(content) > MAX_BYTES:
        raise SheetTooLarge(MAX_BYTES, LimitUnit.BYTE)
    encoding = encoding_of(content)
    with io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="") as text:
        first = text.readline(MAX_RECORD + 1)
        said = _SEP.fullmatch(first)
    delimiter = said[1] if said else _delimiter(first, known)
    if delimiter not in _DELIMITERS:
        raise SheetInvalid(f"divided by {delimiter!a}, and not by a semicolon, a comma or a tab", 1)
    records = _records(content, encoding, delimiter, skip=bool(said))
    number, header = next(records, (1, []))
    if len(header) > MAX_COLUMNS:
        raise SheetTooLarge(MAX_COLUMNS, LimitUnit.COLUMN)
    if number != 1 or not any(header):
        raise SheetInvalid("the first row has no names of columns", 1)
    return Sheet(Written(encoding, delimiter), header, _bounded(records))


def encoding_of(content: bytes) -> str:
    """Raises SheetInvalid for what is no text."""
    if content.startswith(_OTHERS):
        raise SheetInvalid("this is no CSV file; save the spreadsheet as CSV")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if _fails(content, "utf-16") is not None:
            raise SheetInvalid("its beginning says UTF-16, and it is none")
        return "utf-16"
    if b"\0" in content:
        raise SheetInvalid("it holds NUL: it is no text, or its encoding is none that is known")
    has_bom = content.startswith(codecs.BOM_UTF8)
    wrong = _fails(content, "utf-8-sig")
    if wrong is None:
        return "utf-8-sig"
    # What has letters of UTF-8 before the byte that is none was cut, or pieced together: as cp1252 they would be others.
    if has_bom or not content[:wrong].isascii():
        raise SheetInvalid(
            f"byte {wrong} is no UTF-8, as those before it are: the file was cut, or is of two encodings"
        )
    if _fails(content, "cp1252") is not None:
        raise SheetInvalid("it is neither UTF-8 nor cp1252")
    return "cp1252"


def _fails(content: bytes, encoding: str) -> int | None:
    """The first byte that cannot be read, about: what is read stays whole characters. In pieces, so that the text is never in memory."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for begin in range(0, len(content), _PIECE):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(content[begin : begin + _PIECE])
        except UnicodeDecodeError as error:
            return begin - pending + error.start
    pending = len(decoder.getstate()[0])
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return len(content) - pending
    return None


def _delimiter(first: str, known: Callable[[str], object | None]) -> str:
    """Of two by which as many columns are known the one that makes more of them."""

    def worth(delimiter: str) -> tuple[int, int]:
        try:
            cells: Sequence[str] = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error:
            return 0, 0
        return sum(known(cell) is not None for cell in cells), len(cells)

    return max(_DELIMITERS, key=worth)


class _Lines:
    """Counts what a row is made of, so that one whose quotes never close is refused and not gathered."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.size = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_RECORD + 1)
        if not line:
            raise StopIteration
        self.size += len(line)
        if self.size > MAX_RECORD:
            raise SheetTooLarge(MAX_RECORD, LimitUnit.CHARACTER)
        if "\0" in line:
            raise SheetInvalid("it holds NUL")
        return line


def _records(content: bytes, encoding: str, delimiter: str, *, skip: bool) -> Iterator[tuple[int, list[str]]]:
    with io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="") as text:
        if skip:
            text.readline(MAX_RECORD + 1)
        lines = _Lines(text)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        number = 0
        while True:
            number += 1
            lines.size = 0
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise SheetInvalid(f"quotes do not close, or stand where none may ({error})", number) from error
            if cells is None:
                return
            if any(map(str.strip, cells)):
                yield number, cells


def _bounded(records: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    for count, record in enumerate(records, 1):
        if count > MAX_ROWS:
            raise SheetTooLarge(MAX_ROWS, LimitUnit.ROW)
        yield record
