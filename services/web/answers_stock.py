"""Of `answers`, what is about a seller's stock: loads of the day, places, movements, and a hub's shelf."""

from __future__ import annotations

from datetime import datetime

import msgspec

from services.web.answers import Answered, PageInfo, Stock, Unit


class HubName(Answered, frozen=True, kw_only=True):
    name: str


class Template(Answered, frozen=True, kw_only=True):
    id: str
    name: str


class Place(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    status: str
    hub: HubName | None


class PlaceName(Answered, frozen=True, kw_only=True):
    name: str


class AtPlace(Answered, frozen=True, kw_only=True):
    on_hand: int
    place: PlaceName | None


class Variant(Answered, frozen=True, kw_only=True):
    id: str
    label: str
    available: int
    stock_mode: str
    loaded_today: int | None
    stock: Stock | None
    stock_at_places: list[AtPlace]
    unit: Unit


class Product(Answered, frozen=True, kw_only=True):
    name: str
    variants: list[Variant]


class ProductEdge(Answered, frozen=True, kw_only=True):
    node: Product


class Products(Answered, frozen=True, kw_only=True):
    edges: list[ProductEdge]
    page_info: PageInfo


class Stall(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str
    load_templates: list[Template]
    stock_places: list[Place]
    products: Products

    @property
    def open_places(self) -> list[Place]:
        return [each for each in self.stock_places if each.status == "OPEN"]


class ShopStock(Answered, frozen=True, kw_only=True):
    merchant_by_slug: Stall | None = None


class Movement(Answered, frozen=True, kw_only=True):
    cause: str
    change: int | None
    reserved: int
    on_counter: int
    note: str | None
    at: datetime
    member_id: str | None
    by_hub: bool
    place: PlaceName | None


class MovementEdge(Answered, frozen=True, kw_only=True):
    node: Movement


class Movements(Answered, frozen=True, kw_only=True):
    edges: list[MovementEdge]
    page_info: PageInfo


class Slug(Answered, frozen=True, kw_only=True):
    slug: str


class OfMerchant(Answered, frozen=True, kw_only=True):
    name: str
    merchant: Slug


class Moved(Answered, frozen=True, kw_only=True):
    """Empty of an id that is no variant's."""

    label: str = ""
    stock: Stock | None = None
    unit: Unit = msgspec.field(default_factory=lambda: Unit(min=1))
    product: OfMerchant | None = None
    stock_movements: Movements | None = None


class Person(Answered, frozen=True, kw_only=True):
    id: str
    name: str | None


class Staffed(Answered, frozen=True, kw_only=True):
    name: str
    slug: str
    kind: str
    members: list[Person]


class ShopMovements(Answered, frozen=True, kw_only=True):
    merchant_by_slug: Staffed | None = None
    node: Moved | None = None


class MerchantName(Answered, frozen=True, kw_only=True):
    name: str


class Shelf(Answered, frozen=True, kw_only=True):
    id: str
    status: str
    merchant: MerchantName | None


class ShelfEdge(Answered, frozen=True, kw_only=True):
    node: Shelf


class Shelves(Answered, frozen=True, kw_only=True):
    edges: list[ShelfEdge]
    page_info: PageInfo


class ShelfProduct(Answered, frozen=True, kw_only=True):
    name: str
    merchant: MerchantName


class ShelfVariant(Answered, frozen=True, kw_only=True):
    id: str
    label: str
    unit: Unit
    product: ShelfProduct


class PlaceId(Answered, frozen=True, kw_only=True):
    id: str


class ShelfItem(Answered, frozen=True, kw_only=True):
    available: int
    place: PlaceId | None
    variant: ShelfVariant | None


class ShelfItemEdge(Answered, frozen=True, kw_only=True):
    node: ShelfItem


class ShelfItems(Answered, frozen=True, kw_only=True):
    edges: list[ShelfItemEdge]
    page_info: PageInfo


class Hub(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str
    shelves: Shelves
    shelf: ShelfItems


class ShopShelf(Answered, frozen=True, kw_only=True):
    merchant_by_slug: Hub | None = None


class SellerId(Answered, frozen=True, kw_only=True):
    id: str


class Seller(Answered, frozen=True, kw_only=True):
    merchant_by_slug: SellerId | None = None
