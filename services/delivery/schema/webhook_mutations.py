"""A company's webhook, as its people and operators change it."""

from __future__ import annotations

from typing import Annotated

import strawberry

from services.contracts.delivery import PartnerId
from services.contracts.roles import Role
from services.delivery.commands import webhooks
from services.delivery.domain.webhook import BOTH_S, KEPT_DAYS, MAX_URL
from services.delivery.schema.company_mutations import PEOPLE, acting
from services.delivery.schema.context import Info
from services.delivery.schema.webhook import PartnerWebhook
from services.delivery.store import webhooks as stored
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.kit.ids import EventId


@strawberry.type
class WebhookPayload(Payload):
    webhook: PartnerWebhook | None = strawberry.field(
        default=None, description="As it is now; null when there is none, or there are problems."
    )


@strawberry.type
class SetPartnerWebhookPayload(WebhookPayload):
    secret: str | None = strawberry.field(
        default=None, description="`whsec_…`, when there was no webhook before: told this once."
    )


@strawberry.type
class RotatePartnerWebhookSecretPayload(WebhookPayload):
    secret: str | None = strawberry.field(default=None, description="The new one, `whsec_…`: told this once.")


@strawberry.type
class PausePartnerWebhookPayload(WebhookPayload):
    pass


@strawberry.type
class ResumePartnerWebhookPayload(WebhookPayload):
    pass


@strawberry.type
class RemovePartnerWebhookPayload(WebhookPayload):
    pass


@strawberry.type
class PingPartnerPayload(WebhookPayload):
    pass


@strawberry.type
class ResendWebhookMessagePayload(WebhookPayload):
    pass


_Company = Annotated[strawberry.ID, strawberry.argument(description="The company's id.")]


@strawberry.type
class WebhookMutations:
    @refusable(
        description="Its people and operators: have its events posted to an address, or to another one. What was told before is not posted."
    )
    async def set_partner_webhook(
        self,
        info: Info,
        partner_id: _Company,
        url: Annotated[str, strawberry.argument(description=f"https://…, at most {MAX_URL} characters.")],
    ) -> SetPartnerWebhookPayload | None:
        subject, key = acting(info, *PEOPLE, Role.OPS), PartnerId.parse(partner_id)
        async with transaction(info.context.db) as conn:
            secret = await webhooks.enter(conn, info.context.means.webhooks, info.context.caller, key, url, by=subject)
        return SetPartnerWebhookPayload(webhook=await _there(info, key), secret=secret)

    @refusable(
        description=f"Its people and operators: a new secret. The one before signs beside it for {BOTH_S // 3600} hours; one before that "
        "no more."
    )
    async def rotate_partner_webhook_secret(
        self, info: Info, partner_id: _Company
    ) -> RotatePartnerWebhookSecretPayload | None:
        acting(info, *PEOPLE, Role.OPS)
        key = PartnerId.parse(partner_id)
        async with transaction(info.context.db) as conn:
            secret = await webhooks.rotate(conn, info.context.means.webhooks, info.context.caller, key)
        return RotatePartnerWebhookSecretPayload(webhook=await _there(info, key), secret=secret)

    @refusable(
        description="Its people and operators: nothing is posted until it is resumed. What is under way is broken off."
    )
    async def pause_partner_webhook(self, info: Info, partner_id: _Company) -> PausePartnerWebhookPayload | None:
        return PausePartnerWebhookPayload(webhook=await _paused(info, partner_id, paused=True))

    @refusable(
        description="Operators, and its people unless operators paused it: what was told meanwhile is posted, not offers that are over."
    )
    async def resume_partner_webhook(self, info: Info, partner_id: _Company) -> ResumePartnerWebhookPayload | None:
        return ResumePartnerWebhookPayload(webhook=await _paused(info, partner_id, paused=False))

    @refusable(
        description="Its people and operators: the webhook goes, with its log and its secrets. None there is no trouble."
    )
    async def remove_partner_webhook(self, info: Info, partner_id: _Company) -> RemovePartnerWebhookPayload | None:
        acting(info, *PEOPLE, Role.OPS)
        key = PartnerId.parse(partner_id)
        async with transaction(info.context.db) as conn:
            await webhooks.remove(conn, info.context.caller, key)
        return RemovePartnerWebhookPayload()

    @refusable(
        description="Its people and operators: tell the company `partner.pinged.v1` on all its channels, to see whether it arrives."
    )
    async def ping_partner(self, info: Info, partner_id: _Company) -> PingPartnerPayload | None:
        acting(info, *PEOPLE, Role.OPS)
        key = PartnerId.parse(partner_id)
        async with transaction(info.context.db) as conn:
            await webhooks.ping(conn, info.context.caller, key)
        return PingPartnerPayload(webhook=await _there(info, key))

    @refusable(
        description=f"Its people and operators: post a message once more, now and in vain for a day, taken or not. For {KEPT_DAYS} days."
    )
    async def resend_webhook_message(
        self,
        info: Info,
        partner_id: _Company,
        id: Annotated[strawberry.ID, strawberry.argument(description="The message's.")],
    ) -> ResendWebhookMessagePayload | None:
        acting(info, *PEOPLE, Role.OPS)
        key, event_id = PartnerId.parse(partner_id), EventId.parse(id)
        async with transaction(info.context.db) as conn:
            await webhooks.send_again(conn, info.context.caller, key, event_id)
        return ResendWebhookMessagePayload(webhook=await _there(info, key))


async def _paused(info: Info, partner_id: str, *, paused: bool) -> PartnerWebhook | None:
    acting(info, *PEOPLE, Role.OPS)
    key = PartnerId.parse(partner_id)
    async with transaction(info.context.db) as conn:
        await webhooks.pause(conn, info.context.caller, key, paused=paused)
    return await _there(info, key)


async def _there(info: Info, key: PartnerId) -> PartnerWebhook | None:
    async with info.context.db.acquire() as conn:
        found = await stored.of_partners(conn, [key])
    return PartnerWebhook.of(found[0]) if found else None
