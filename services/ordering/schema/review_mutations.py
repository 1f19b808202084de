"""Mutations and queries of reviews."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from services.contracts.claims import ReviewId
from services.contracts.ordering import OrderId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.pages import PAGED, Connection, Page
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line
from services.ordering.commands import reviews as commands
from services.ordering.domain.ids import OrderLineId
from services.ordering.domain.refusal import Unknown
from services.ordering.domain.review import MAX_WORDS
from services.ordering.schema.context import Info
from services.ordering.schema.types.reviews import Review, longest_reported
from services.ordering.store import reviews

Stars = Annotated[int, strawberry.argument(description="1 to 5.")]
Said = Annotated[
    str | None, strawberry.argument(description=f"One line, up to {MAX_WORDS} characters; or stars alone.")
]
Why = Annotated[str, strawberry.argument(description="One line, up to 500 characters, for officers.")]
_MAX_WHY = 500


@strawberry.type
class ReviewGoodsPayload(Payload):
    review: Review | None = None


@strawberry.type
class ReviewDeliveryPayload(Payload):
    review: Review | None = None


@strawberry.type
class AnswerReviewPayload(Payload):
    review: Review | None = None


@strawberry.type
class ReportReviewPayload(Payload):
    review: Review | None = None


@strawberry.type
class ModerateReviewPayload(Payload):
    review: Review | None = None


@strawberry.type
class ReviewQueries:
    @strawberry.field(
        description="What readers have reported, the longest waiting first. `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def reviews_reported(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Review] | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        page = Page(first, after, tuple[datetime, UUID])
        async with info.context.db.acquire() as conn:
            found = await reviews.reported(conn, page.after, page.limit)
        return page.connection(found, key=longest_reported, node=Review.of)


@strawberry.type
class ReviewMutations:
    @refusable(
        description="By who has had the goods, within 90 days; one of each line. Said again within 30 days it takes its place."
    )
    async def review_goods(
        self,
        info: Info,
        order_line_id: Annotated[strawberry.ID, strawberry.argument(description="Of the caller's own order.")],
        stars: Stars,
        words: Said = None,
        by_name: Annotated[
            bool, strawberry.argument(description="Whether the first letter of the recipient's name is shown with it.")
        ] = False,
    ) -> ReviewGoodsPayload | None:
        subject = info.context.identity.require(Role.BUYER)
        said, line_id = _said(words), OrderLineId.parse(order_line_id)
        async with transaction(info.context.db) as conn:
            review_id = await commands.review_goods(conn, subject, line_id, stars=stars, words=said, by_name=by_name)
        return ReviewGoodsPayload(review=await _shown(info, review_id))

    @refusable(
        description="Of how an order was brought, within 90 days. Said again within 30 days it takes its place. Others do not read it."
    )
    async def review_delivery(
        self,
        info: Info,
        order_id: Annotated[strawberry.ID, strawberry.argument(description="The caller's own, brought by a rider.")],
        stars: Stars,
        words: Said = None,
    ) -> ReviewDeliveryPayload | None:
        subject = info.context.identity.require(Role.BUYER)
        said, key = _said(words), OrderId.parse(order_id)
        async with transaction(info.context.db) as conn:
            review_id = await commands.review_delivery(conn, subject, key, stars=stars, words=said)
        return ReviewDeliveryPayload(review=await _shown(info, review_id))

    @refusable(description="By the merchant, once, for all to read.")
    async def answer_review(
        self,
        info: Info,
        id: strawberry.ID,
        words: Annotated[str, strawberry.argument(description=f"One line, up to {MAX_WORDS} characters.")],
    ) -> AnswerReviewPayload | None:
        subject, review_id = info.context.identity.require(Role.MERCHANT), ReviewId.parse(id)
        said = read_line("words", words, longest=MAX_WORDS)
        async with transaction(info.context.db) as conn:
            await commands.answer_review(conn, review_id, subject, words=said)
        return AnswerReviewPayload(review=await _shown(info, review_id))

    @refusable(
        description="By whoever reads it and is signed in, up to 20 a day: an officer looks. Saying it again changes nothing."
    )
    async def report_review(self, info: Info, id: strawberry.ID, why: Why) -> ReportReviewPayload | None:
        identity, review_id = info.context.identity, ReviewId.parse(id)
        subject = identity.require(Role.BUYER, Role.MERCHANT)
        said = read_line("why", why, longest=_MAX_WHY)
        async with transaction(info.context.db) as conn:
            await commands.report_review(conn, review_id, subject, why=said, of_merchant=not identity.has(Role.BUYER))
        return ReportReviewPayload(review=await _shown(info, review_id))

    @refusable(description="By an officer, or ops: it is hidden, or shown again, and no report of it waits any more.")
    async def moderate_review(
        self,
        info: Info,
        id: strawberry.ID,
        shown: Annotated[bool, strawberry.argument(description="False hides it.")],
        why: Why,
    ) -> ModerateReviewPayload | None:
        subject, review_id = info.context.identity.require(Role.OFFICER, Role.OPS), ReviewId.parse(id)
        said = read_line("why", why, longest=_MAX_WHY)
        async with transaction(info.context.db) as conn:
            await commands.moderate_review(conn, review_id, subject, shown=shown, why=said)
        return ModerateReviewPayload(review=await _shown(info, review_id))


def _said(words: str | None) -> str | None:
    return read_line("words", words, longest=MAX_WORDS) if words and words.strip() else None


async def _shown(info: Info, review_id: ReviewId) -> Review:
    identity = info.context.identity
    sees_all = identity.has(Role.OFFICER) or identity.has(Role.OPS)
    async with info.context.db.acquire() as conn:
        row = await reviews.find(conn, review_id, identity.subject, sees_all=sees_all)
    if row is None:
        raise Unknown("id")
    return Review.of(row)
