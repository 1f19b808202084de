"""GraphQL types of the cart."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from services.contracts import amounts, catalog
from services.contracts.amounts import Language
from services.contracts.catalog import MerchantId
from services.contracts.places import GeoPoint
from services.graph import InLanguage, Problem, SaleUnit
from services.kit.graphql.pages import sized
from services.kit.graphql.scalars import MAX_INT, MAX_RUPIAH, Rupiah
from services.kit.graphql.types import Node, Point, PointInput
from services.ordering.domain import guests
from services.ordering.domain.cart import Price, check_goods, check_mass, check_merchants, line_mass, line_total
from services.ordering.domain.ids import CartId, CartLineId, ContactId
from services.ordering.domain.offer import against, check_brought
from services.ordering.domain.refusal import Gathered
from services.ordering.schema import loaders
from services.ordering.schema.context import Info
from services.ordering.schema.types.cart_parts import CartSeller, PriceSeen, told
from services.ordering.schema.types.contacts import Contact
from services.ordering.schema.types.enums import WhenShort
from services.ordering.schema.types.handovers import MOST, Day, HandoverSlot, slots_of
from services.ordering.schema.types.orders import Merchant, Variant
from services.ordering.schema.types.promotions import CartPromotions
from services.ordering.schema.types.weighing import Estimated
from services.ordering.store import reading_contacts, rows


# What a cart holds was in measure when it was put in; prices and weights have changed since, and a cart must stay one that can be read.
# What is shown for more is refused as an order all the same.
def _shown_rupiah(rupiah: int) -> Rupiah:
    return Rupiah(min(rupiah, MAX_RUPIAH))


def _shown_gram(gram: int) -> int:
    return min(gram, MAX_INT)


@strawberry.type(description="So much of one variant, at today's price.")
class CartLine(Estimated):
    id: strawberry.ID = strawberry.field(description="Opaque; stays while the quantity changes.")
    variant: Variant | None = strawberry.field(
        description="What is sold, as it is today; null while the catalog is away."
    )
    merchant: Merchant | None = strawberry.federation.field(
        description="Who sells it; null while the catalog is away.", provides=["name"]
    )
    name: str = strawberry.field(description="The product's name today.")
    unit: SaleUnit = strawberry.field(description="What people count it in, and in which steps it is sold today.")
    quantity: int = strawberry.field(description="In base units: pieces, grams or millilitres.")
    price: Rupiah = strawberry.field(description="For `priceBasis` base units.")
    price_basis: int = strawberry.field(description="`price` is for so many base units.")
    total: Rupiah = strawberry.field(
        description="Quantity times price, rounded half up; of what is `estimated`, by what a piece usually comes to."
    )
    mass_gram: int = strawberry.field(description="Grams, rounded up.")
    note: str | None = strawberry.field(description="What the buyer says of it, for who packs it; null when nothing.")
    when_short: WhenShort = strawberry.field(description="What the buyer wishes when there is less of it.")
    price_seen: PriceSeen | None = strawberry.field(
        description="What it cost when it was put in, where that is another price than today's; null else. Nothing is refused for it."
    )
    cart_id: strawberry.Private[CartId]
    key: strawberry.Private[CartLineId]
    sold: strawberry.Private[catalog.SaleUnit]
    told: strawberry.Private[catalog.CatchWeight | None]
    for_sale: bool = strawberry.field(
        description="False once product or merchant has been withdrawn: an order with this line will be refused."
    )

    @strawberry.field(description="`quantity` as people read it: 1,5 kg.")
    def quantity_text(self, language: InLanguage = Language.ID) -> str:
        return amounts.quantity_text(self.quantity, self.sold, language)

    @strawberry.field(description="`price` as people read it: Rp12.000 / ikat.")
    def price_text(self, language: InLanguage = Language.ID) -> str:
        return amounts.price_text(self.price, self.price_basis, self.sold, language)

    @strawberry.field(
        description="What an order with this line would be refused with now: OUT_OF_STOCK with how much is left, MERCHANT_CLOSED, "
        "LICENCE_LAPSED, PRODUCT_UNAVAILABLE, and OUT_OF_SERVING_AREA where a `point` is said … As far as is known: another buyer may be "
        "quicker."
    )
    async def problems(
        self,
        info: Info,
        point: Annotated[
            PointInput | None,
            strawberry.argument(description="Where it is to be brought; when not said, nothing is said of that."),
        ] = None,
    ) -> list[Problem]:
        offered = (await info.context.load(loaders.offered_lines, self.cart_id)).get(self.key)
        if offered is None:
            return []
        at, line = offered
        return told(info, against(line, at, GeoPoint(lat=point.lat, lng=point.lng) if point else None))

    @classmethod
    def of(cls, row: rows.CartLine, cart_id: CartId) -> Self:
        return cls(
            cart_id=cart_id,
            key=row.id,
            id=strawberry.ID(str(row.id)),
            variant=Variant(id=strawberry.ID(str(row.variant_id))),
            merchant=Merchant.of(row.merchant_id, row.merchant_name),
            name=row.name,
            unit=SaleUnit.of(row.unit),
            sold=row.unit,
            told=row.catch_weight,
            quantity=row.quantity,
            price=Rupiah(row.price_rupiah),
            price_basis=row.price_basis,
            total=_shown_rupiah(line_total(row.price_rupiah, row.quantity, row.price_basis)),
            mass_gram=_shown_gram(line_mass(row.quantity, row.gram_per_base)),
            for_sale=row.for_sale,
            note=row.note,
            when_short=row.when_short,
            price_seen=PriceSeen.unless(row.seen, Price(row.price_rupiah, row.price_basis), row.unit),
        )


@strawberry.federation.type(
    keys=["id"], description="A cart on its way to one contact, with all that its delivery hangs on. Nothing is stored."
)
class Checkout:
    id: strawberry.ID = strawberry.field(description="Of this cart and this contact.")
    cart: "Cart" = strawberry.field(description="What is to be brought.")
    contact: Contact = strawberry.field(description="Where to, and whom to call there.")
    merchant_ids: list[strawberry.ID] = strawberry.field(description="Where the goods are fetched, each merchant once.")
    mass_gram: int = strawberry.field(description="What the goods weigh.")
    dropoff: Point = strawberry.field(description="The door; only the buyer and the rider of the job learn it.")

    @strawberry.field(
        description="What speaks against bringing it to this contact: OUT_OF_SERVING_AREA with the line that it is said of. What is "
        "collected does not mind."
    )
    async def problems(self, info: Info) -> list[Problem]:
        found = Gathered()
        door = GeoPoint(lat=self.dropoff.lat, lng=self.dropoff.lng)
        for _, line in (await info.context.load(loaders.offered_lines, self.cart.key)).values():
            if line.product and line.product.merchant:
                with found.here():
                    check_brought(line, line.product.merchant, door)
        return told(info, found.refused)

    @classmethod
    async def of(cls, info: Info, cart: "Cart", contact_id: ContactId | None) -> Self | None:
        lines = await cart._lines(info)
        if cart.of_guest:
            return None
        async with info.context.db.acquire() as conn:
            row = await reading_contacts.contact_or_default(conn, contact_id, info.context.viewer)
        if row is None or not lines:
            return None
        contact = Contact.of(row)
        return cls(
            id=strawberry.ID(f"{cart.id}.{contact.id}"),
            cart=cart,
            contact=contact,
            merchant_ids=list(dict.fromkeys(line.merchant.id for line in lines if line.merchant)),
            mass_gram=await cart.mass_gram(info),
            dropoff=contact.point,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        cart_id, _, contact_id = id.partition(".")
        cart = await Cart.resolve_reference(info, strawberry.ID(cart_id))
        return await cls.of(info, cart, ContactId.parse(contact_id)) if cart else None


@strawberry.federation.type(
    keys=["id"], description="What a buyer is about to order, or a guest would. Placing the order empties it."
)
class Cart(Node):
    version: int = strawberry.field(description="Rises with every change; a client drops the lower.")
    updated_at: datetime = strawberry.field(description="Of the last change to it, be it by placing an order.")
    expired_at: datetime | None = strawberry.field(
        description="When its lines went because nobody had changed anything for long; null once something is put in again."
    )
    key: strawberry.Private[CartId]
    of_guest: strawberry.Private[bool]

    @strawberry.field(description="When its lines will go unless it is changed before; null while it is empty.")
    async def expires_at(self, info: Info) -> datetime | None:
        return guests.expires_at(self.updated_at, of_guest=self.of_guest) if await self._lines(info) else None

    @strawberry.field(
        description="What an order of all of it would be refused with, whichever line is too much: TOO_MANY_MERCHANTS, TOO_HEAVY, "
        "TOTAL_TOO_HIGH. A cart comes to it by what is taken over or given back, and by what weighs or costs more since."
    )
    async def problems(self, info: Info) -> list[Problem]:
        lines = [line for line in await self._lines(info) if line.for_sale]
        found = Gathered()
        with found.here():
            check_merchants(len({line.merchant.id for line in lines if line.merchant}))
        with found.here():
            check_mass(sum(line.mass_gram for line in lines))
        with found.here():
            check_goods(sum(line.total for line in lines))
        return told(info, found.refused)

    @strawberry.field(
        description="Whose goods it has, each seller once, with what is said to them; in the order of the lines."
    )
    async def sellers(self, info: Info) -> list[CartSeller]:
        notes = await info.context.load(loaders.seller_notes, self.key)
        totals: dict[strawberry.ID, tuple[Merchant, int]] = {}
        for line in await self._lines(info):
            if line.merchant:
                _, before = totals.get(line.merchant.id, (line.merchant, 0))
                totals[line.merchant.id] = line.merchant, before + line.total
        return [
            CartSeller(merchant=merchant, goods_total=_shown_rupiah(total), note=notes.get(MerchantId.parse(id)))
            for id, (merchant, total) in totals.items()
        ]

    @strawberry.field(description="In the order in which they were put in.")
    async def lines(self, info: Info) -> list[CartLine]:
        return await self._lines(info)

    @strawberry.field(description="The sum of the lines at today's prices.")
    async def goods_total(self, info: Info) -> Rupiah:
        return _shown_rupiah(sum(line.total for line in await self._lines(info)))

    @strawberry.field(description="For the delivery's quote.")
    async def mass_gram(self, info: Info) -> int:
        return _shown_gram(sum(line.mass_gram for line in await self._lines(info)))

    @strawberry.field(
        description="When and where all of it can be had later; of several merchants only by a rider, at a time that each has. Earliest "
        "first.",
        directives=[sized(MOST)],
    )
    async def handovers(self, info: Info, day: Day = None) -> list[HandoverSlot]:
        merchants = tuple(
            sorted({MerchantId.parse(line.merchant.id) for line in await self._lines(info) if line.merchant})
        )
        return slots_of(await info.context.load(loaders.handovers_of, merchants), day)

    @strawberry.field(
        description="What promotions take off it now, and whether its voucher does. Null when that cannot be said: the cart is there."
    )
    async def promotions(
        self,
        info: Info,
        contact_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Where it goes; when not said, to the default contact."),
        ] = None,
    ) -> CartPromotions | None:
        wanted = ContactId.parse(contact_id) if contact_id else None
        async with info.context.db.acquire() as conn:
            contact = await reading_contacts.contact_or_default(conn, wanted, info.context.viewer)
        found, code = await info.context.load(
            loaders.cart_promotions, (self.key, contact.kecamatan_code if contact else None)
        )
        return CartPromotions(found=found, code=code)

    @strawberry.field(
        description="This cart on its way to one of the buyer's contacts: what the page before placing shows. Null while the cart is "
        "empty, for a contact that is not in the buyer's list, and of a guest's cart."
    )
    async def checkout(
        self,
        info: Info,
        contact_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Where to; when not said, to the default contact."),
        ] = None,
    ) -> Checkout | None:
        return await Checkout.of(info, self, ContactId.parse(contact_id) if contact_id else None)

    async def _lines(self, info: Info) -> list[CartLine]:
        return [CartLine.of(row, self.key) for row in await info.context.load(loaders.cart_lines, self.key)]

    @classmethod
    def of(cls, row: rows.Cart) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            key=row.id,
            version=row.version,
            updated_at=row.updated_at,
            of_guest=row.of_guest,
            expired_at=row.expired_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        row = await info.context.load(loaders.carts, CartId.parse(id))
        return cls.of(row) if row else None
