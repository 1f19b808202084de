"""A company's webhook: its people enter it, change its secret, pause it, look at it, and send again what was missed."""

from __future__ import annotations

from dataclasses import dataclass

from services.contracts.delivery import PartnerId
from services.contracts.partner import Addressed, Pinged, Topics
from services.delivery.commands import crews
from services.delivery.domain import crew, webhook
from services.delivery.domain.caller import Caller
from services.delivery.domain.company import UNTOLD, PartnerInState
from services.delivery.domain.webhook import MessageIsGone, NoWebhook, PausedBy, Webhook, WebhookHeld, WebhookId
from services.delivery.store import partners, webhooks
from services.delivery.store.partners import Partner
from services.kit.database.db import Transaction
from services.kit.ids import EventId
from services.kit.messaging import outbox
from services.kit.secret import Secret


@dataclass(frozen=True, slots=True)
class Secrets:
    """Of what secrets are made; `near` lets an endpoint be on this machine."""

    key: Secret | None
    near: bool = False


async def enter(
    conn: Transaction, secrets: Secrets, caller: Caller, partner_id: PartnerId, url: str, *, by: str
) -> str | None:
    """Its secret, when there was none: shown this once. Another address is the same endpoint with the same secret. What was told before
    is not sent. Raises NotFound, PartnerInState, UrlIsInvalid."""
    checked = webhook.checked_url(url, near=secrets.near)
    found = await _held(conn, caller, partner_id)
    crews.check_lives(found)
    if found.status in UNTOLD:
        raise PartnerInState(found.status)
    there = await webhooks.lock(conn, partner_id)
    if there is not None:
        if there.url != checked:
            await webhooks.set_url(conn, there.id, checked)
            conn.wake(str(partner_id))
        return None
    read_to = await webhooks.newest(conn, Topics.of(partner_id).jobs)
    made = await webhooks.insert(conn, WebhookId.new(), partner_id, checked, read_to, by=by)
    conn.wake(webhooks.NEW)
    if await partners.may_reply(conn, partner_id):
        await _ping(conn, partner_id)
    return webhook.secret(secrets.key, made.id, made.secret)


async def rotate(conn: Transaction, secrets: Secrets, caller: Caller, partner_id: PartnerId) -> str:
    """The new secret, shown this once; the one before signs beside it for a day. Raises NotFound, NoWebhook."""
    there = await _there(conn, caller, partner_id)
    number = await webhooks.rotate(conn, there.id, webhook.BOTH_S)
    conn.wake(str(partner_id))
    return webhook.secret(secrets.key, there.id, number)


async def pause(conn: Transaction, caller: Caller, partner_id: PartnerId, *, paused: bool) -> None:
    """What is under way is broken off. Going on, it gets what was told meanwhile, but for what is over. Raises NotFound, NoWebhook, and
    WebhookHeld of a company whose endpoint operations have paused."""
    there = await _there(conn, caller, partner_id)
    if there.paused_by is PausedBy.OPERATIONS and not caller.ops:
        raise WebhookHeld
    by = PausedBy.OPERATIONS if caller.ops else PausedBy.COMPANY
    if paused == (there.paused_by is not None) and (not paused or there.paused_by is by):
        return
    await webhooks.pause(conn, there.id, by if paused else None)
    conn.wake(str(partner_id))
    conn.wake(webhooks.NEW)


async def remove(conn: Transaction, caller: Caller, partner_id: PartnerId) -> None:
    """With its log; one that is not there is no trouble. Raises NotFound, WebhookHeld."""
    await _held(conn, caller, partner_id)
    there = await webhooks.lock(conn, partner_id)
    if there is None:
        return
    if there.paused_by is PausedBy.OPERATIONS and not caller.ops:
        raise WebhookHeld
    await webhooks.remove(conn, there.id)
    conn.wake(str(partner_id))


async def ping(conn: Transaction, caller: Caller, partner_id: PartnerId) -> None:
    """Something to be told, on every channel. Raises NotFound, PartnerInState of who is told nothing yet, or no more."""
    found = await _held(conn, caller, partner_id)
    if not await partners.may_reply(conn, partner_id):
        raise PartnerInState(found.status)
    await _ping(conn, partner_id)


async def send_again(conn: Transaction, caller: Caller, partner_id: PartnerId, event_id: EventId) -> None:
    """Raises NotFound, NoWebhook, MessageIsGone."""
    there = await _there(conn, caller, partner_id)
    if not await webhooks.send_again(conn, there.id, event_id):
        raise MessageIsGone
    conn.wake(str(partner_id))


async def _ping(conn: Transaction, partner_id: PartnerId) -> None:
    await outbox.append(conn, Addressed(partner_id, Pinged(test=True, sent_at=await webhooks.now(conn)), None))


async def _held(conn: Transaction, caller: Caller, partner_id: PartnerId) -> Partner:
    """Raises NotFound."""
    found, there = await crews.held(conn, partner_id)
    crew.check_is_of(there, caller)
    return found


async def _there(conn: Transaction, caller: Caller, partner_id: PartnerId) -> Webhook:
    """Raises NotFound, NoWebhook."""
    await _held(conn, caller, partner_id)
    there = await webhooks.lock(conn, partner_id)
    if there is None:
        raise NoWebhook
    return there
