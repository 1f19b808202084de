"""GraphQL types of claims after the delivery."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from services.contracts.catalog import MerchantId
from services.contracts.claims import ClaimId
from services.contracts.ordering import OrderId, SellerOrderId
from services.kit.graphql.errors import ServiceUnavailable
from services.kit.graphql.pages import PAGED, Connection, Page, sized
from services.kit.graphql.scalars import Rupiah
from services.kit.photos.made import Place
from services.ordering.domain.claim_photo import EDGES, MAX_PHOTOS
from services.ordering.domain.ids import BuyerId
from services.ordering.schema import aftercare_loaders as loaders
from services.ordering.schema.context import Info
from services.ordering.schema.loaders import serves_merchant
from services.ordering.schema.types.claim_enums import ActorKind, ClaimInput, ClaimKind, ClaimState, ReasonCode
from services.ordering.schema.types.enums import BorneBy
from services.ordering.store import claim_photos, claims

State = Annotated[ClaimState | None, strawberry.argument(description="Only those in this state.")]


@strawberry.type(description="One step of a claim: what was done, by whom, and with what words.")
class ClaimEntry:
    at: datetime = strawberry.field(description="By the platform's clock.")
    state: ClaimState = strawberry.field(description="The one that it came to.")
    what: ClaimInput | None = strawberry.field(description="Null of its opening.")
    actor: ActorKind = strawberry.field(description="Whose doing it was.")
    by_me: bool = strawberry.field(description="Whether the caller did it.")
    words: str | None = strawberry.field(description="What they said; null when they said nothing or were erased.")
    amount: Rupiah | None = strawberry.field(description="What it was about: asked, offered or granted.")

    @classmethod
    def of(cls, row: claims.Entry) -> Self:
        return cls(
            at=row.at,
            state=row.state,
            what=row.given,
            actor=ActorKind(row.actor_kind),
            by_me=row.by_viewer,
            words=row.words,
            amount=None if row.amount_rupiah is None else Rupiah(row.amount_rupiah),
        )


@strawberry.type(description="One file of a photo of a claim, WebP.")
class ClaimPhotoSize:
    url: str = strawberry.field(description="On this origin: a path, good for ten minutes.")
    width: int = strawberry.field(description="Pixels.")
    height: int = strawberry.field(description="Pixels.")


@strawberry.type(
    description="A photo of what was wrong, or of the merchant's answer, without what the camera wrote of place and time; for the line's "
    "buyer, its merchant's people, officers and ops."
)
class ClaimPhoto:
    id: strawberry.ID = strawberry.field(description="Opaque; begins with cph_.")
    by: ActorKind = strawberry.field(description="Whose side sent it.")
    by_me: bool = strawberry.field(description="Whether the caller did.")
    sent_at: datetime = strawberry.field(description="By the platform's clock.")
    color: str = strawberry.field(description="Its colour on the whole, #rrggbb, to be seen until it is there.")
    sizes: list[ClaimPhotoSize] = strawberry.field(
        description="The smallest first: longer sides of 240, 640 and 1280 pixels, of a small photo fewer.",
        directives=[sized(len(EDGES))],
    )

    @classmethod
    def of(cls, row: claim_photos.Shown, place: Place, now: datetime) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            by=row.by,
            by_me=row.of_viewer,
            sent_at=row.came_at,
            color=row.color,
            sizes=[
                ClaimPhotoSize(url=place.private_address(each, now), width=each.width, height=each.height)
                for each in row.sizes
            ],
        )


def place_of(info: Info) -> Place:
    """Raises ServiceUnavailable where there is no place for photos."""
    if info.context.photos is None:
        raise ServiceUnavailable("there is no place for photos here")
    return info.context.photos


@strawberry.type(
    description="What a buyer asks back of one line, for the line's buyer, its merchant's people, officers and ops."
)
class Claim:
    id: strawberry.ID = strawberry.field(description="Opaque; begins with clm_.")
    order_id: strawberry.ID = strawberry.field(description="Of the order; `handovers` says how it was handed over.")
    order_code: str = strawberry.field(description="What people call the order.")
    line_id: strawberry.ID = strawberry.field(description="Of the order's line that it is about.")
    line_name: str = strawberry.field(description="What was sold.")
    kind: ClaimKind = strawberry.field(description="What was wrong.")
    state: ClaimState = strawberry.field(description="Where it stands.")
    version: int = strawberry.field(description="Rises with every step.")
    quantity: int = strawberry.field(description="Of how much of the line, in base units.")
    asked: Rupiah = strawberry.field(description="What the buyer asks; no more than what that quantity cost.")
    offered: Rupiah | None = strawberry.field(description="The part that the merchant would give; null of none.")
    granted: Rupiah | None = strawberry.field(
        description="What is given in the end, 0 of what was refused; null before."
    )
    borne_by: BorneBy | None = strawberry.field(description="Who bears it; null before, and of what was refused.")
    reason: ReasonCode | None = strawberry.field(description="By the platform's list, where something was granted.")
    settled_by: BorneBy | None = strawberry.field(description="Who gave the money, or says so.")
    goes_back: bool = strawberry.field(
        description="Whether it goes back by a refund of what was paid by code (`Payment.refunds`): then nobody else gives it."
    )
    opened_at: datetime = strawberry.field(description="When the buyer asked.")
    due_at: datetime | None = strawberry.field(description="The deadline of its state; null of what has ended.")
    key: strawberry.Private[ClaimId]

    @strawberry.field(
        description="What buyer and merchant have sent, oldest first; each goes 90 days after it came, of a claim that has not ended "
        "once it has.",
        directives=[sized(2 * MAX_PHOTOS)],
    )
    async def photos(self, info: Info) -> list[ClaimPhoto]:
        rows, now = await info.context.load(loaders.claim_photos_of, self.key)
        return [ClaimPhoto.of(row, place_of(info), now) for row in rows]

    @strawberry.field(description="Every step, oldest first.")
    async def entries(self, info: Info) -> list[ClaimEntry]:
        return [ClaimEntry.of(row) for row in await info.context.load(loaders.claim_entries, self.key)]

    @classmethod
    def of(cls, row: claims.Shown) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            key=row.id,
            order_id=strawberry.ID(str(row.order_id)),
            order_code=row.order_code,
            line_id=strawberry.ID(str(row.line_id)),
            line_name=row.line_name,
            kind=row.kind,
            state=row.state,
            version=row.version,
            quantity=row.quantity,
            asked=Rupiah(row.asked_rupiah),
            offered=_rupiah(row.offered_rupiah),
            granted=_rupiah(row.granted_rupiah),
            borne_by=row.borne_by,
            reason=row.reason,
            settled_by=row.settled_by,
            goes_back=row.goes_back,
            opened_at=row.opened_at,
            due_at=row.due_at,
        )


def _rupiah(amount: int | None) -> Rupiah | None:
    return None if amount is None else Rupiah(amount)


def _newest(row: claims.Shown) -> tuple[datetime, UUID]:
    return row.opened_at, row.id.uuid


def by_deadline(row: claims.Shown) -> tuple[datetime, UUID]:
    assert row.due_at is not None
    return row.due_at, row.id.uuid


@strawberry.type
class OrderClaims:
    """The field of an order that this is about."""

    if TYPE_CHECKING:
        key: OrderId

    @strawberry.field(description="What its buyer asks back of it, oldest first.")
    async def claims(self, info: Info) -> list[Claim]:
        return [Claim.of(row) for row in await info.context.load(loaders.claims_of_orders, self.key)]


@strawberry.type
class SellerOrderClaims:
    """The field of a merchant's part that this is about."""

    if TYPE_CHECKING:
        key: SellerOrderId

    @strawberry.field(description="What the buyer asks back of this part, oldest first.")
    async def claims(self, info: Info) -> list[Claim]:
        return [Claim.of(row) for row in await info.context.load(loaders.claims_of_parts, self.key)]


@strawberry.type
class BuyerClaims:
    """The field of a buyer that this is about."""

    if TYPE_CHECKING:
        key: BuyerId

    @strawberry.field(description="Newest first; `first` is 20 unless said, at most 100.", directives=[PAGED])
    async def claims(
        self, info: Info, state: State = None, first: int | None = None, after: str | None = None
    ) -> Connection[Claim]:
        page = Page(first, after, tuple[datetime, UUID])
        async with info.context.db.acquire() as conn:
            found = await claims.listed(conn, page.after, page.limit, state=state, buyer_id=self.key)
        return page.connection(found, key=_newest, node=Claim.of)


@strawberry.type
class MerchantClaims:
    """The field of a merchant that this is about."""

    if TYPE_CHECKING:
        id: strawberry.ID

    @strawberry.field(
        description="For the merchant's own people, newest first; null for others. `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def claims(
        self, info: Info, state: State = None, first: int | None = None, after: str | None = None
    ) -> Connection[Claim] | None:
        merchant_id = MerchantId.parse(self.id)
        page = Page(first, after, tuple[datetime, UUID])
        if not await info.context.load(serves_merchant, merchant_id):
            return None
        async with info.context.db.acquire() as conn:
            found = await claims.listed(conn, page.after, page.limit, state=state, merchant_id=merchant_id)
        return page.connection(found, key=_newest, node=Claim.of)
