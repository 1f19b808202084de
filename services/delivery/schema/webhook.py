"""A company's webhook as its people and operators see it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from services.contracts.delivery import PartnerId
from services.delivery.domain import webhook
from services.delivery.domain.webhook import (
    KEPT_DAYS,
    MOST_ATTEMPTS_SHOWN,
    MOST_SHOWN,
    MessageStatus,
    PausedBy,
    WebhookStatus,
)
from services.delivery.schema import loaders
from services.delivery.schema.context import Info
from services.delivery.store import reading_webhooks as reading
from services.kit.graphql.enums import described
from services.kit.graphql.pages import sized

described(
    WebhookStatus,
    "Whether a webhook is posted to. New values may come.",
    ACTIVE="What the company is told is posted there.",
    PAUSED="Nothing is posted; what is told waits where it was told, for seven days.",
)
described(
    PausedBy,
    "Who paused a webhook. New values may come.",
    COMPANY="Its own people.",
    OPERATIONS="Operators, who alone end it.",
    ENDPOINT="It answered 410, which says that nobody is there any more.",
)
described(
    MessageStatus,
    "What became of a message. New values may come.",
    WAITING="It is still to be posted, or posted again.",
    SENT="It was taken.",
    EXPIRED="It was not taken in its time: an offer's end, or seven days.",
)


@strawberry.type(description="One request to a webhook, and what it came to.")
class WebhookAttempt:
    at: datetime = strawberry.field(description="When it ended.")
    took_ms: int = strawberry.field(description="How long it took, in milliseconds.")
    status: int | None = strawberry.field(description="HTTP's; null when no answer came.")
    error: str | None = strawberry.field(description="What was wrong, in English; null when the message was taken.")
    excerpt: str | None = strawberry.field(description="The beginning of the answer, at most 300 characters.")

    @classmethod
    def of(cls, row: reading.AttemptView) -> Self:
        return cls(at=row.at, took_ms=row.took_ms, status=row.status, error=row.error, excerpt=row.excerpt)


@strawberry.type(description="An event on its way to a webhook.")
class WebhookMessage:
    id: strawberry.ID = strawberry.field(description="The event's, and the header `webhook-id`.")
    type: str = strawberry.field(description="The event's, like partner.job_offered.v1.")
    subject: str = strawberry.field(description="The company and the job: one after another within it.")
    told_at: datetime = strawberry.field(description="When it was told.")
    status: MessageStatus = strawberry.field(description="What became of it.")
    tried: int = strawberry.field(description="How often it was posted.")
    next_at: datetime | None = strawberry.field(description="When it is posted next; null when it is not.")
    attempts: list[WebhookAttempt] = strawberry.field(
        description=f"The last first, at most {MOST_ATTEMPTS_SHOWN}.", directives=[sized(MOST_ATTEMPTS_SHOWN)]
    )

    @classmethod
    def of(cls, row: reading.MessageView) -> Self:
        return cls(
            id=strawberry.ID(str(row.event_id)),
            type=row.type,
            subject=row.subject,
            told_at=row.told_at,
            status=row.status,
            tried=row.tried,
            next_at=row.next_at,
            attempts=[WebhookAttempt.of(each) for each in row.attempts],
        )


@strawberry.type(description="Where a company's events are posted to, after Standard Webhooks.")
class PartnerWebhook:
    _id: strawberry.Private[webhook.WebhookId]
    url: str = strawberry.field(description="The address.")
    status: WebhookStatus = strawberry.field(description="Whether it is posted to.")
    paused_by: PausedBy | None = strawberry.field(description="Who paused it; null of an active one.")
    two_secrets_until: datetime | None = strawberry.field(
        description="Until when the secret before signs beside the new one; null when it was never changed."
    )
    failing_since: datetime | None = strawberry.field(description="Since when nothing got through; null when it works.")
    rests_until: datetime | None = strawberry.field(
        description="When it is tried again with one message, after failures in a row; null when it does not rest."
    )
    delivered_at: datetime | None = strawberry.field(description="When it took something last.")

    @classmethod
    def of(cls, found: webhook.Webhook) -> Self:
        return cls(
            _id=found.id,
            url=found.url,
            status=found.status,
            paused_by=found.paused_by,
            two_secrets_until=found.both_until,
            failing_since=found.failing_since,
            rests_until=found.resting_until,
            delivered_at=found.delivered_at,
        )

    @strawberry.field(description="How many events wait, at most 1000; what is beyond waits where it was told.")
    async def waiting(self, info: Info) -> int:
        async with info.context.db.acquire() as conn:
            return (await reading.waiting(conn, [self._id])).get(self._id, 0)

    @strawberry.field(description="When the oldest of what waits was told; null when nothing does.")
    async def waiting_since(self, info: Info) -> datetime | None:
        async with info.context.db.acquire() as conn:
            return (await reading.waiting_since(conn, [self._id])).get(self._id)

    @strawberry.field(
        description=f"What was posted and is to be, of {KEPT_DAYS} days, the newest first, at most {MOST_SHOWN}.",
        directives=[sized(MOST_SHOWN)],
    )
    async def messages(
        self,
        info: Info,
        failed_only: Annotated[
            bool, strawberry.argument(description="Those alone that were posted in vain so far.")
        ] = False,
    ) -> list[WebhookMessage]:
        async with info.context.db.acquire() as conn:
            rows = await reading.messages(conn, self._id, MOST_SHOWN, failed_only=failed_only)
        return [WebhookMessage.of(each) for each in rows]


@strawberry.type
class WebhookFields:
    """The field of `Partner` that this is about."""

    if TYPE_CHECKING:
        key: PartnerId

    @strawberry.field(
        description="Where its events are posted to; null when there is none, and for others than its people and operators."
    )
    async def webhook(self, info: Info) -> PartnerWebhook | None:
        found = await info.context.load(loaders.webhooks, self.key)
        return PartnerWebhook.of(found) if found else None
