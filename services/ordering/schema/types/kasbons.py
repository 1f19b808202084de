"""GraphQL types of kasbons: a buyer's credit with one seller, and the book of it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from services.contracts.catalog import MerchantId
from services.contracts.kasbon import KasbonId, KasbonSide
from services.graph import Payload
from services.kit.graphql.enums import described
from services.kit.graphql.pages import PAGED, Connection, Page
from services.kit.graphql.scalars import Rupiah
from services.ordering.domain.ids import BuyerId
from services.ordering.domain.kasbon import EntryKind, KasbonState
from services.ordering.schema import books_loaders as loaders
from services.ordering.schema.context import Info
from services.ordering.store import kasbons

if TYPE_CHECKING:
    from services.ordering.schema.types.orders import Merchant

_Merchant = Annotated["Merchant", strawberry.lazy("services.ordering.schema.types.orders")]

described(
    KasbonState,
    "Where a kasbon stands. What is owed is owed in every state. New values may come.",
    NONE="Not in use: nobody has said anything yet.",
    ASKED="The buyer has asked for one; the merchant says yes, with a limit, or no.",
    OFFERED="The merchant has offered one; the buyer says yes or no.",
    OPEN="Both have agreed: goods may be bought on it.",
    DECLINED="One of them does not want it. It may be asked for or offered again.",
    CLOSED="Nothing new is bought on it. It may be asked for or offered again.",
)
described(
    EntryKind,
    "What stands in a kasbon's book. New values may come.",
    BOUGHT="Goods of an order were handed over.",
    PAID="The merchant has noted that so much was paid.",
    FORGIVEN="The merchant asks for so much no more.",
    TAKEN_BACK="A payment was noted that was none, or another: it is owed again.",
    CLAIMED="A claim of an order was granted.",
    ASKED="The buyer asked for it.",
    OFFERED="The merchant offered it.",
    OPENED="The second of the two agreed.",
    DECLINED="One of the two did not want it.",
    LIMIT_SET="The merchant set another limit.",
    CLOSED="One of the two ended it for what is new.",
    DISPUTED="One of the two says that an entry is wrong, `of`. What is owed is as it was.",
)
described(KasbonSide, "One of the two.", BUYER="Who buys and owes.", MERCHANT="Who sells.")

First = Annotated[int | None, strawberry.argument(description="20 unless said, at most 100.")]


@strawberry.type(description="One line of a kasbon's book. Lines are added, never changed or taken away.")
class KasbonEntry:
    id: strawberry.ID = strawberry.field(description="For `takeBackKasbonPayment` and `disputeKasbonEntry`.")
    kind: EntryKind = strawberry.field(description="What happened.")
    at: datetime = strawberry.field(description="By the platform's clock.")
    amount: Rupiah = strawberry.field(description="By so much what is owed changed; 0 where it did not.")
    adds: bool = strawberry.field(description="Whether it is owed more by it, rather than less.")
    owed: Rupiah = strawberry.field(description="What was owed afterwards.")
    limit: Rupiah | None = strawberry.field(description="The limit that was said with it, where one was.")
    order_code: str | None = strawberry.field(description="Of the order that it is about, where it is about one.")
    order_id: strawberry.ID | None = strawberry.field(description="Of the same.")
    of: strawberry.ID | None = strawberry.field(
        description="Of the line that is taken back, or said to be wrong; null of others."
    )
    side: KasbonSide | None = strawberry.field(description="Who made it; null where it follows from an order.")
    by_me: bool = strawberry.field(description="Whether the caller made it.")
    words: str | None = strawberry.field(description="What was said with it; null when nothing, and once erased.")
    taken_back: bool = strawberry.field(description="Whether a line against it was made.")

    @classmethod
    def of_row(cls, row: kasbons.Told) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            kind=row.kind,
            at=row.at,
            amount=Rupiah(abs(row.change_rupiah)),
            adds=row.change_rupiah > 0,
            owed=Rupiah(row.balance_rupiah),
            limit=None if row.limit_rupiah is None else Rupiah(row.limit_rupiah),
            order_code=row.order_code,
            order_id=strawberry.ID(str(row.order_id)) if row.order_id else None,
            of=strawberry.ID(str(row.of_entry)) if row.of_entry else None,
            side=row.side,
            by_me=row.by_viewer,
            words=row.words,
            taken_back=row.taken_back,
        )


@strawberry.type(
    description="A buyer's credit with one seller, by consent of both, without interest. Both, and nobody else, see it and its book."
)
class Kasbon:
    id: strawberry.ID = strawberry.field(description="Opaque; begins with ksb_.")
    state: KasbonState = strawberry.field(description="Where it stands.")
    called: str = strawberry.field(
        description="By what the merchant knows the buyer; empty once the person has been erased and owes nothing."
    )
    limit: Rupiah = strawberry.field(description="Up to so much may be owed and held together for new orders.")
    owed: Rupiah = strawberry.field(description="What is owed now.")
    held: Rupiah = strawberry.field(description="What orders come to that are placed and not handed over.")
    room: Rupiah = strawberry.field(description="For so much goods may be bought on it now.")
    buys: bool = strawberry.field(description="Whether the caller is its buyer.")
    sells: bool = strawberry.field(description="Whether the caller is one of its merchant's people.")
    changed_at: datetime = strawberry.field(description="When something was last done to it.")
    key: strawberry.Private[KasbonId]
    merchant_id: strawberry.Private[MerchantId]

    @strawberry.field(description="Who sells; null while the catalog is away.")
    def merchant(self) -> _Merchant | None:
        from services.ordering.schema.types.orders import Merchant

        return Merchant.of(self.merchant_id)

    @strawberry.field(description="Its book, newest first; `first` is 20 unless said, at most 100.", directives=[PAGED])
    async def entries(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[KasbonEntry]:
        page = Page(first, after, tuple[int])
        async with info.context.db.acquire() as conn:
            found = await kasbons.entries(
                conn, self.key, info.context.identity.subject, page.after[0] if page.after else None, page.limit
            )
        return page.connection(found, key=lambda row: (row.number,), node=KasbonEntry.of_row)

    @classmethod
    def of(cls, row: kasbons.Shown) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            state=row.state,
            called=row.called,
            limit=Rupiah(row.limit_rupiah),
            owed=Rupiah(row.owed_rupiah),
            held=Rupiah(row.held_rupiah),
            room=Rupiah(row.room_rupiah),
            buys=row.buys,
            sells=row.sells,
            changed_at=row.changed_at,
            key=row.id,
            merchant_id=row.merchant_id,
        )


@strawberry.type
class MerchantKasbons:
    """The fields of a merchant that this is about."""

    if TYPE_CHECKING:
        id: strawberry.ID

    @strawberry.field(description="The caller's own, as a buyer; null when there is none.")
    async def my_kasbon(self, info: Info) -> Kasbon | None:
        row = await info.context.load(loaders.my_kasbons, MerchantId.parse(self.id))
        return Kasbon.of(row) if row else None

    @strawberry.field(description="What its buyers owe it altogether; for the merchant's own people, null for others.")
    async def kasbon_owed(self, info: Info) -> Rupiah | None:
        merchant_id = MerchantId.parse(self.id)
        if not await info.context.load(loaders.sells_at, merchant_id):
            return None
        return Rupiah(await info.context.load(loaders.kasbon_owed_to, merchant_id))

    @strawberry.field(
        description="Who owes the most first; for the merchant's own people, null for others. `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def kasbons(
        self,
        info: Info,
        state: Annotated[KasbonState | None, strawberry.argument(description="Only those that stand so.")] = None,
        owing: Annotated[bool, strawberry.argument(description="Only those on which something is owed.")] = False,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Kasbon] | None:
        merchant_id = MerchantId.parse(self.id)
        page = Page(first, after, tuple[int, UUID])
        if not await info.context.load(loaders.sells_at, merchant_id):
            return None
        async with info.context.db.acquire() as conn:
            found = await kasbons.of_merchant(
                conn,
                merchant_id,
                info.context.identity.subject,
                test=info.context.tests_only,
                states=[state] if state else [],
                owing=owing,
                after=page.after,
                limit=page.limit,
            )
        return page.connection(found, key=lambda row: (row.owed_rupiah, row.id.uuid), node=Kasbon.of)


@strawberry.type
class BuyerKasbons:
    """The field of a buyer that this is about."""

    if TYPE_CHECKING:
        key: BuyerId

    @strawberry.field(
        description="Of the caller, with each seller; `first` is 20 unless said, at most 100.", directives=[PAGED]
    )
    async def kasbons(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[Kasbon]:
        page = Page(first, after, tuple[UUID])
        async with info.context.db.acquire() as conn:
            found = await kasbons.of_buyer(
                conn,
                self.key,
                info.context.identity.subject,
                test=info.context.tests_only,
                after=page.after[0] if page.after else None,
                limit=page.limit,
            )
        return page.connection(found, key=lambda row: (row.id.uuid,), node=Kasbon.of)


@strawberry.type
class AskKasbonPayload(Payload):
    kasbon: Kasbon | None = None


@strawberry.type
class OfferKasbonPayload(Payload):
    kasbon: Kasbon | None = None


@strawberry.type
class AcceptKasbonPayload(Payload):
    kasbon: Kasbon | None = None


@strawberry.type
class DeclineKasbonPayload(Payload):
    kasbon: Kasbon | None = None


@strawberry.type
class SetKasbonLimitPayload(Payload):
    kasbon: Kasbon | None = None


@strawberry.type
class CloseKasbonPayload(Payload):
    kasbon: Kasbon | None = None


@strawberry.type
class NoteKasbonPaymentPayload(Payload):
    kasbon: Kasbon | None = None


@strawberry.type
class ForgiveKasbonPayload(Payload):
    kasbon: Kasbon | None = None


@strawberry.type
class TakeBackKasbonPaymentPayload(Payload):
    kasbon: Kasbon | None = None


@strawberry.type
class DisputeKasbonEntryPayload(Payload):
    kasbon: Kasbon | None = None
