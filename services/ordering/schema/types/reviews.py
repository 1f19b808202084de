"""GraphQL types of reviews, and of a product as far as it has some."""

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

import strawberry

from services.contracts.catalog import MerchantId, ProductId
from services.contracts.ordering import OrderId
from services.kit.graphql.enums import described
from services.kit.graphql.pages import PAGED, Connection, Page
from services.ordering.domain.review import ReviewKind
from services.ordering.schema import aftercare_loaders as loaders
from services.ordering.schema.context import Info
from services.ordering.store import reviews as stored

described(
    ReviewKind,
    "What a review is about. New values may come.",
    GOODS="A line of an order.",
    DELIVERY="How an order was brought; not shown to others.",
)


@strawberry.type(description="What buyers have said, of what is shown.")
class Rating:
    reviews: int = strawberry.field(description="How many there are; not 0.")
    average: float = strawberry.field(description="Stars, 1 to 5, to one decimal.")

    @classmethod
    def of(cls, row: stored.Rating) -> Self:
        return cls(reviews=row.reviews, average=round(row.stars / row.reviews, 1))


@strawberry.type(
    description="What a buyer says of what they have had: of goods for all to read, of the delivery for Wlijo."
)
class Review:
    id: strawberry.ID = strawberry.field(description="Opaque; begins with rvw_.")
    kind: ReviewKind = strawberry.field(description="What it is about.")
    line_id: strawberry.ID | None = strawberry.field(description="Of the order's line; null of a delivery.")
    stars: int = strawberry.field(description="1 to 5.")
    words: str | None = strawberry.field(description="Null of stars alone, and of who was erased.")
    by_initial: str | None = strawberry.field(
        description="The first letter of the reviewer's name, where they agreed; else they are a buyer."
    )
    shown: bool = strawberry.field(description="False: an officer has hidden it, and it counts for nothing.")
    posted_at: datetime = strawberry.field(description="When it was first said.")
    edited_at: datetime | None = strawberry.field(description="When it was last changed; null when it was not.")
    answer: str | None = strawberry.field(description="The merchant's one answer.")
    answered_at: datetime | None = strawberry.field(description="When the merchant answered.")
    reported_at: datetime | None = strawberry.field(
        description="Since when a report waits for an officer; null of none."
    )

    @classmethod
    def of(cls, row: stored.Shown) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            kind=row.kind,
            line_id=strawberry.ID(str(row.line_id)) if row.line_id else None,
            stars=row.stars,
            words=row.words,
            by_initial=row.initial,
            shown=row.shown,
            posted_at=row.posted_at,
            edited_at=row.edited_at,
            answer=row.answer,
            answered_at=row.answered_at,
            reported_at=row.reported_at,
        )


def newest(row: stored.Shown) -> tuple[datetime, UUID]:
    return row.posted_at, row.id.uuid


def longest_reported(row: stored.Shown) -> tuple[datetime, UUID]:
    assert row.reported_at is not None
    return row.reported_at, row.id.uuid


@strawberry.federation.type(keys=["id"])
class Product:
    id: strawberry.ID

    @strawberry.field(description="What its buyers say of it; null while nobody has said anything.")
    async def rating(self, info: Info) -> Rating | None:
        found = await info.context.load(loaders.ratings_of_products, ProductId.parse(self.id))
        return Rating.of(found) if found else None

    @strawberry.field(
        description="By those alone who have had it, newest first. `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def reviews(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Review] | None:
        product_id = ProductId.parse(self.id)
        page = Page(first, after, tuple[datetime, UUID])
        async with info.context.db.acquire() as conn:
            found = await stored.of_product(conn, product_id, page.after, page.limit)
        return page.connection(found, key=newest, node=Review.of)

    @classmethod
    def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self:
        # Whether the product exists is catalog's to say.
        ProductId.parse(id)
        return cls(id=id)


@strawberry.type
class MerchantRating:
    """The field of a merchant that this is about."""

    if TYPE_CHECKING:
        id: strawberry.ID

    @strawberry.field(description="What buyers say of its goods; null while nobody has said anything.")
    async def rating(self, info: Info) -> Rating | None:
        found = await info.context.load(loaders.ratings_of_merchants, MerchantId.parse(self.id))
        return Rating.of(found) if found else None


@strawberry.type
class OrderReviews:
    """The field of an order that this is about."""

    if TYPE_CHECKING:
        key: OrderId

    @strawberry.field(description="What its buyer has said of its goods and of how it was brought, oldest first.")
    async def reviews(self, info: Info) -> list[Review]:
        return [Review.of(row) for row in await info.context.load(loaders.reviews_of_orders, self.key)]
