"""What may stand in a cell, and that what was written out is read again as it was."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.catalog.domain import bulk, bulk_out, sheet
from services.catalog.domain.bulk import (
    COLUMNS,
    NAMES,
    CellIsFormula,
    CellIsNoNumber,
    Column,
    ColumnIsMissing,
    ImportKind,
    Layout,
    StatusIsUnknown,
)
from services.contracts.catalog import ProductStatus


@pytest.mark.parametrize(
    ("text", "comma", "point"),
    [
        ("1,5", "1.5", "1.5"),
        ("1.5", "1.5", "1.5"),
        ("1.500", "1500", "1.500"),
        ("1,500", "1.500", "1500"),
        ("0,250", "0.250", "0.250"),
        ("0.250", "0.250", "0.250"),
        ("1.234,50", "1234.50", "1234.50"),
        ("1,234.50", "1234.50", "1234.50"),
        ("1.234.567", "1234567", "1234567"),
        ("1,234,567", "1234567", "1234567"),
        ("12500", "12500", "12500"),
        (" 1 250 ", "1250", "1250"),
        ("'-3", "-3", "-3"),
        ("-3", "-3", "-3"),
    ],
)
def test_numbers_as_both_countries_write_them(text: str, comma: str, point: str) -> None:
    assert bulk.number_of(Column.STOCK, text, ",") == Decimal(comma)
    assert bulk.number_of(Column.STOCK, text, ".") == Decimal(point)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "1e5",
        "0x10",
        "１２",
        "1,2,3",
        "1.2.3,4",
        "--1",
        "=1+1",
        "1;2",
        "9" * 31,
        "9" * 16,
        "Infinity",
        "NaN",
        ".",
        ",5",
    ],
)
@pytest.mark.parametrize("decimal", [",", "."])
def test_what_is_no_number(text: str, decimal: str) -> None:
    with pytest.raises(CellIsNoNumber):
        bulk.number_of(Column.STOCK, text, decimal)


@pytest.mark.parametrize(
    "text", ["12500", "12.500", "12,500", "Rp12.500", "Rp 12.500,-", "rp. 12500", "12.500,00", "12,500.00", "12500,00"]
)
@pytest.mark.parametrize("decimal", [",", "."])
def test_rupiah_have_no_decimals(text: str, decimal: str) -> None:
    assert bulk.rupiah_of(Column.PRICE, text, decimal) == 12_500


@pytest.mark.parametrize("text", ["1.234,50", "12,5", "Rp", "seribu", "$5"])
def test_what_is_no_price(text: str) -> None:
    with pytest.raises(CellIsNoNumber):
        bulk.rupiah_of(Column.PRICE, text, ",")


def test_an_empty_cell_leaves_as_it_is() -> None:
    assert bulk.rupiah_of(Column.PRICE, " ", ",") is None
    assert bulk.number_of(Column.STOCK, "\u00a0", ",") is None
    assert bulk.text_of(Column.PRODUCT, "  ") is None
    assert bulk.status_of(" ") is None


@pytest.mark.parametrize("text", ["=1+1", "+62", "-x", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1", "  =1"])
def test_a_formula_is_refused_and_an_apostrophe_makes_it_text(text: str) -> None:
    with pytest.raises(CellIsFormula):
        bulk.text_of(Column.PRODUCT, text)
    assert bulk.text_of(Column.PRODUCT, "'" + text.strip()) == text.strip()


@given(st.text())
@example("'")
@example("''=")
@example("'a")
def test_what_is_marked_is_unmarked_again_and_never_a_formula(text: str) -> None:
    assert bulk.unmarked(bulk.marked(text)) == text
    assert not bulk.marked(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.integers(0, 10**9), st.sampled_from([1, 7, 100, 450, 1000, 999_983, 1_000_000]), st.sampled_from(",."))
def test_amounts_come_back_to_the_gram(base: int, base_per_unit: int, decimal: str) -> None:
    written = bulk.written_number(bulk.in_units(base, base_per_unit), decimal)
    assert bulk.base_of(Column.STOCK, written, decimal, base_per_unit) == base


def test_half_a_gram_is_no_amount() -> None:
    with pytest.raises(CellIsNoNumber):
        bulk.base_of(Column.STOCK, "0,0005", ",", 1_000)
    with pytest.raises(CellIsNoNumber):
        bulk.base_of(Column.STOCK, "1,5", ",", 1)


@given(st.integers(1, 5 * 366 * 86_400))
def test_seconds_that_are_written_as_hours_stay(seconds: int) -> None:
    written = bulk.written_number(bulk.hours(seconds), ",")
    assert bulk.seconds_of(written, ",", seconds) == seconds


@pytest.mark.parametrize("name", ["Harga_untuk", "harga-untuk", " HARGA  UNTUK ", "price for", "Price_For"])
def test_columns_are_known_however_they_are_written(name: str) -> None:
    assert bulk.column_of(name) is Column.PRICE_FOR


def test_every_column_has_two_names_of_its_own() -> None:
    names = [*NAMES.values(), *(each.value for each in Column)]
    assert set(NAMES) == set(Column)
    assert all(bulk.column_of(name) is not None for name in names)
    # `minimum` of one language is not another column's in the other.
    assert len({*names}) >= len(names) - sum(NAMES[each] == each.value for each in Column)


def test_what_a_file_lacks_is_told_and_what_nobody_knows_is_named() -> None:
    opened = sheet.opened(b"kode;catatan;harga;\r\n", bulk.column_of)
    assert Layout.of(opened, ImportKind.PRICES) == Layout({Column.SKU: 0, Column.PRICE: 2}, 4, ["catatan"])
    with pytest.raises(ColumnIsMissing) as no:
        Layout.of(opened, ImportKind.STOCK)
    assert no.value.field == "stock"
    with pytest.raises(ColumnIsMissing, match="twice"):
        Layout.of(sheet.opened(b"kode;sku;harga\r\n", bulk.column_of), ImportKind.PRICES)


def test_a_row_that_was_cut_has_no_cells() -> None:
    layout = Layout({Column.SKU: 0, Column.PRICE: 2}, 3, [])
    assert layout.picked(["A", "x", "1"]) == ["A", "1"]
    assert layout.picked(["A", "x", "1", "", " "]) == ["A", "1"]
    assert layout.picked(["A", "x"]) is None
    assert layout.picked(["A", "x", "1", "y"]) is None


def test_states_by_both_names() -> None:
    for status in ProductStatus:
        assert bulk.status_of(bulk.status_name(status).upper()) is status
        assert bulk.status_of(status.value) is status
    with pytest.raises(StatusIsUnknown):
        bulk.status_of("mungkin")


@pytest.mark.parametrize(
    ("sku", "own"),
    [
        ("SRI-BAYAM-IKAT", True),
        ("1", True),
        ("a.b/c_d-e 1", True),
        ("", False),
        ("-a", False),
        ("a-", False),
        ("é", False),
        ("a" * 41, False),
        ("var_01h455vb4pex5vsknk084sn02q", False),
    ],
)
def test_what_a_seller_may_call_it(sku: str, own: bool) -> None:
    assert bulk.is_own(sku) is own


_TEXTS = st.text(min_size=1, max_size=60)
_GOODS = st.builds(
    bulk_out.Good,
    sku=_TEXTS,
    product=_TEXTS,
    category=st.just("sayur"),
    description=st.text(max_size=60),
    label=_TEXTS,
    unit=st.just("kg"),
    base_per_unit=st.sampled_from([1, 450, 1000]),
    price_rupiah=st.integers(1, 10**9),
    price_basis=st.integers(1, 10**6),
    step=st.integers(1, 10**6),
    min=st.integers(1, 10**6),
    gram_per_unit=st.integers(1, 10**5),
    origin=st.none(),
    keeps_for_s=st.none() | st.integers(1, 10**8),
    status=st.sampled_from(ProductStatus),
    on_hand=st.integers(0, 10**9),
)


@given(st.lists(_GOODS, max_size=5), st.sampled_from([bulk.OUT, bulk.OUT_PLAIN]), st.sampled_from(ImportKind))
def test_a_file_that_was_written_is_read_cell_by_cell(
    goods: list[bulk_out.Good], written: sheet.Written, kind: ImportKind
) -> None:
    """Characters that lines of text cannot have are no matter of the file: what is kept has none."""
    goods = [each for each in goods if "\0" not in f"{each}" and "\\x00" not in f"{each}"]
    rows = [bulk_out.cells(kind, each, written) for each in goods]
    text = bulk_out.lines([bulk_out.header(kind), *rows], written)
    opened = sheet.opened(text.encode(written.encoding, "surrogatepass"), bulk.column_of)
    assert opened.written.delimiter == written.delimiter
    layout = Layout.of(opened, kind)
    assert list(layout.places) == list(COLUMNS[kind])
    assert [layout.picked(cells) for _, cells in opened.rows] == rows
    for row in rows:
        for cell in row:
            assert not cell.startswith(("=", "+", "@", "\t", "\r"))


def test_the_module_reads_what_the_library_writes() -> None:
    assert next(csv.reader([bulk_out.lines([["a;b", 'c"d', "e,f"]], bulk.OUT)], delimiter=";")) == ["a;b", 'c"d', "e,f"]
