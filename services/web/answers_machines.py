"""What is answered about a company's machines: what they sign in by, and where they are posted to; as answers.py."""

from __future__ import annotations

from datetime import datetime

from services.web.answers import Answered, Problem


class WebhookAttempt(Answered, frozen=True, kw_only=True):
    at: datetime
    took_ms: int
    status: int | None
    error: str | None
    excerpt: str | None


class WebhookMessage(Answered, frozen=True, kw_only=True):
    id: str
    type: str
    subject: str
    told_at: datetime
    status: str
    tried: int
    next_at: datetime | None
    attempts: list[WebhookAttempt]


class Webhook(Answered, frozen=True, kw_only=True):
    url: str
    status: str
    paused_by: str | None
    two_secrets_until: datetime | None
    failing_since: datetime | None
    rests_until: datetime | None
    delivered_at: datetime | None
    waiting: int
    messages: list[WebhookMessage]


class MachinesCompany(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    status: str
    is_connected: bool | None
    webhook: Webhook | None


class MachineClient(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    made_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class CompanyMachines(Answered, frozen=True, kw_only=True):
    partner: MachinesCompany | None = None
    partner_clients: list[MachineClient] | None = None


class CreatedClient(Answered, frozen=True, kw_only=True):
    """`secret` is told this once."""

    problems: list[Problem]
    client: MachineClient | None
    secret: str | None


class CreatePartnerClient(Answered, frozen=True, kw_only=True):
    create_partner_client: CreatedClient | None = None


class GivenSecret(Answered, frozen=True, kw_only=True):
    """`secret` is told this once; None when there was a webhook already."""

    problems: list[Problem]
    secret: str | None


class SetWebhook(Answered, frozen=True, kw_only=True):
    set_partner_webhook: GivenSecret | None = None


class RotateWebhook(Answered, frozen=True, kw_only=True):
    rotate_partner_webhook_secret: GivenSecret | None = None
