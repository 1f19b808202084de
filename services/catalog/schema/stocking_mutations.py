"""What a merchant's people, and of its shelf a hub's, do with stock beside orders."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeAlias

import strawberry

from services.catalog.commands import stocking
from services.catalog.commands.stocking import Amount, Said
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.ids import StockPlaceId
from services.catalog.domain.stocking import MAX_ITEMS, MAX_NOTE, StockMode
from services.catalog.schema.loaders import Info
from services.catalog.schema.types import Variant
from services.contracts.catalog import VariantId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import Transaction, transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import sized
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line


@strawberry.input(description="So much of a variant.")
class StockItemInput:
    variant_id: strawberry.ID = strawberry.field(description="Each once.")
    quantity: int = strawberry.field(description="Base units.")


@strawberry.type
class SetStockModePayload(Payload):
    variant: Variant | None = None


_DONE = strawberry.field(
    default=None,
    description="In the order of the items; those alone that the caller may see.",
    directives=[sized(MAX_ITEMS)],
)


@strawberry.type
class ReceiveStockPayload(Payload):
    variants: list[Variant] | None = _DONE


@strawberry.type
class RecordSalePayload(Payload):
    variants: list[Variant] | None = _DONE


@strawberry.type
class RecordSpoiledPayload(Payload):
    variants: list[Variant] | None = _DONE


@strawberry.type
class CountStockPayload(Payload):
    variants: list[Variant] | None = _DONE


@strawberry.type
class MoveStockPayload(Payload):
    variants: list[Variant] | None = _DONE


_Items = Annotated[
    list[StockItemInput], strawberry.argument(description=f"1 to {MAX_ITEMS}, all or none; of each variant one.")
]
_Counted = Annotated[
    list[StockItemInput],
    strawberry.argument(
        description=f"All that lies there of each: 1 to {MAX_ITEMS}, all or none. Where the merchant trades what is packed on the "
        "counter is part of it."
    ),
]
_There = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Of `Merchant.stockPlaces`; left out, where the merchant trades."),
]
_Shelf = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Of `Merchant.stockPlaces`, or by a hub's people of its `shelves`; left out, where the merchant trades."
    ),
]
_Note = Annotated[str | None, strawberry.argument(description=f"Why; up to {MAX_NOTE} characters.")]

Command: TypeAlias = Callable[[Transaction, Caller, Sequence[Amount], Said], Awaitable[None]]


@strawberry.type
class StockingMutations:
    @refusable(
        description="How a variant's stock is kept from now on. What is there stays, and of a daily load is today's; of what was not "
        "counted nothing is there unless it is said. Saying it again changes nothing."
    )
    async def set_stock_mode(
        self,
        info: Info,
        variant_id: Annotated[strawberry.ID, strawberry.argument(description="The variant.")],
        mode: Annotated[StockMode, strawberry.argument(description="How.")],
        available: Annotated[
            int | None, strawberry.argument(description="Base units for sale, beside what is kept for orders.")
        ] = None,
    ) -> SetStockModePayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = VariantId.parse(variant_id)
        async with transaction(info.context.db) as conn:
            await stocking.set_mode(conn, info.context.caller, key, mode, available, by=subject)
        found = await Variant.find(info, key)
        if found is None:
            raise NotFound
        return SetStockModePayload(variant=found)

    @refusable(description="Goods came. The key makes a repeat the same one.")
    async def receive_stock(
        self, info: Info, items: _Items, idempotency_key: str, place_id: _There = None, note: _Note = None
    ) -> ReceiveStockPayload | None:
        return ReceiveStockPayload(variants=await _do(info, stocking.receive, items, idempotency_key, place_id, note))

    @refusable(
        description="Sold at the counter: never what is kept for orders. A hub's people sell so what lies on its shelf. The key makes a "
        "repeat the same one."
    )
    async def record_sale(
        self, info: Info, items: _Items, idempotency_key: str, place_id: _Shelf = None, note: _Note = None
    ) -> RecordSalePayload | None:
        return RecordSalePayload(variants=await _do(info, stocking.sell, items, idempotency_key, place_id, note))

    @refusable(
        description="Spoilt, or lost: never what is kept for orders; that is counted. The key makes a repeat the same one."
    )
    async def record_spoiled(
        self, info: Info, items: _Items, idempotency_key: str, place_id: _There = None, note: _Note = None
    ) -> RecordSpoiledPayload | None:
        return RecordSpoiledPayload(variants=await _do(info, stocking.spoil, items, idempotency_key, place_id, note))

    @refusable(
        description="What lies in a place was counted; the difference becomes a movement. A hub's people count what lies on its shelf, and "
        "find no more than the book says. The key makes a repeat the same one."
    )
    async def count_stock(
        self, info: Info, items: _Counted, idempotency_key: str, place_id: _Shelf = None, note: _Note = None
    ) -> CountStockPayload | None:
        return CountStockPayload(variants=await _do(info, stocking.count, items, idempotency_key, place_id, note))

    @refusable(
        description="Goods were brought from one place of a merchant to another: all or none. The key makes a repeat the same one."
    )
    async def move_stock(
        self,
        info: Info,
        items: _Items,
        idempotency_key: str,
        from_place_id: _There = None,
        to_place_id: _There = None,
        note: _Note = None,
    ) -> MoveStockPayload | None:
        source, to = _place(from_place_id), _place(to_place_id)
        if source == to:
            raise BadUserInput("fromPlaceId and toPlaceId are two places; left out is where the merchant trades")

        async def move(conn: Transaction, caller: Caller, amounts: Sequence[Amount], said: Said) -> None:
            await stocking.move(conn, caller, amounts, said, to)

        return MoveStockPayload(variants=await _do(info, move, items, idempotency_key, from_place_id, note))


async def _do(
    info: Info, command: Command, items: list[StockItemInput], key: str, place_id: str | None, note: str | None
) -> list[Variant]:
    subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
    amounts = amounts_of(items)
    said = Said(subject, key, _place(place_id), None if note is None else read_line("note", note, longest=MAX_NOTE))
    async with transaction(info.context.db) as conn:
        await command(conn, info.context.caller, amounts, said)
    found = await asyncio.gather(*(Variant.find(info, each.variant_id) for each in amounts))
    return [each for each in found if each is not None]


def amounts_of(items: Sequence[StockItemInput]) -> list[Amount]:
    """Raises BadUserInput."""
    amounts = [Amount(VariantId.parse(each.variant_id), each.quantity) for each in items]
    if not 1 <= len({each.variant_id for each in amounts}) == len(amounts) <= MAX_ITEMS:
        raise BadUserInput(f"items are 1 to {MAX_ITEMS}, of each variant one")
    return amounts


def _place(given: str | None) -> StockPlaceId | None:
    return None if given is None else StockPlaceId.parse(given)
