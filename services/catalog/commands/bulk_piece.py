"""A piece of a file: some of its rows, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.catalog.domain.bulk import Column, RowIsDouble, RowIsMalformed, RowOutcome
from services.catalog.store import bulk_goods as stored
from services.catalog.store.bulk import RowView
from services.catalog.store.bulk_goods import Variant
from services.contracts.catalog import MerchantId, VariantId
from services.kit.database.db import Transaction
from services.kit.ids import MalformedId, WrongKind


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one merchant's file. `planned`: what a dry run would have made of the rows before, variants by their product's name."""

    merchant_id: MerchantId
    columns: Sequence[str]
    decimal: str
    rows: Sequence[RowView]
    planned: Mapping[str, int]

    def cells(self, row: RowView) -> dict[Column, str]:
        """Raises RowIsMalformed, RowIsDouble."""
        if row.cells is None:
            raise RowIsMalformed("it has other columns than the file's first row")
        if row.twin is not None:
            raise RowIsDouble(Column.SKU.value, f"row {row.twin} has this code already")
        return {Column(name): cell for name, cell in zip(self.columns, row.cells, strict=True)}


@dataclass(frozen=True, slots=True)
class Result:
    """`refusals` of a row that was done: its goods stay a draft, for these reasons."""

    outcome: RowOutcome
    refusals: Sequence[Exception] = ()


async def found(conn: Transaction, piece: Piece) -> dict[str, Variant]:
    """The variants that the rows name, by their code."""
    skus = sorted({row.sku for row in piece.rows})
    return await stored.found(conn, piece.merchant_id, skus, [id_ for sku in skus if (id_ := platforms(sku))])


def platforms(sku: str) -> VariantId | None:
    try:
        return VariantId.parse(sku)
    except (MalformedId, WrongKind):
        return None
