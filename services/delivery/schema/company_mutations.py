"""How a company applies, is decided on, is paused and leaves."""

from __future__ import annotations

from typing import Annotated

import strawberry

from services.contracts.delivery import PartnerId
from services.contracts.roles import Role
from services.delivery.commands import partners
from services.delivery.domain.caller import NotFound
from services.delivery.domain.company import (
    MAX_CONTACT_CHARACTERS,
    MAX_LICENCE_CHARACTERS,
    MAX_NAME_CHARACTERS,
    MAX_REASON_CHARACTERS,
    Application,
    PartnerAction,
)
from services.delivery.schema.context import Info
from services.delivery.schema.types import Partner
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line

PEOPLE = (Role.BUYER, Role.MERCHANT, Role.RIDER)
"""Whoever signs in; what of a company they are is asked by their subject."""


@strawberry.input(description="A company that would bring goods with riders of its own.")
class PartnerApplicationInput:
    name: str = strawberry.field(description=f"As buyers will know it; up to {MAX_NAME_CHARACTERS} characters.")
    kecamatan_code: str = strawberry.field(description="Where it is at home: one of Lumajang's kecamatan, 35.08.xx.")
    contact_name: str = strawberry.field(
        description=f"Whom officers ask for; up to {MAX_CONTACT_CHARACTERS} characters. Not shown to buyers."
    )
    phone: str = strawberry.field(description="0812… or +62812…; kept as E.164, and not shown to buyers.")
    licence_number: str | None = strawberry.field(
        default=None,
        description=f"Of its business licence (NIB), where it has one; up to {MAX_LICENCE_CHARACTERS} characters.",
    )

    def given(self) -> Application:
        return Application(self.name, self.kecamatan_code, self.contact_name, self.phone, self.licence_number)


@strawberry.type
class ApplyAsPartnerPayload(Payload):
    partner: Partner | None = None


@strawberry.type
class ApplyAgainAsPartnerPayload(Payload):
    partner: Partner | None = None


@strawberry.type
class VerifyPartnerPayload(Payload):
    partner: Partner | None = None


@strawberry.type
class SendBackPartnerPayload(Payload):
    partner: Partner | None = None


@strawberry.type
class ActivatePartnerPayload(Payload):
    partner: Partner | None = None


@strawberry.type
class PausePartnerPayload(Payload):
    partner: Partner | None = None


@strawberry.type
class ResumePartnerPayload(Payload):
    partner: Partner | None = None


@strawberry.type
class LeaveAsPartnerPayload(Payload):
    partner: Partner | None = None


_Reason = Annotated[
    str,
    strawberry.argument(description=f"For the company to read: one line of 1 to {MAX_REASON_CHARACTERS} characters."),
]
_Whole = Annotated[
    PartnerApplicationInput, strawberry.argument(description="The whole application; texts are trimmed.")
]


@strawberry.type
class CompanyMutations:
    @refusable(
        description="Ask to bring goods here with riders of one's own. Who asks is the owner; an officer looks at it. The key makes a "
        "repeat the same one."
    )
    async def apply_as_partner(self, info: Info, input: _Whole, idempotency_key: str) -> ApplyAsPartnerPayload | None:
        subject = acting(info, *PEOPLE)
        async with transaction(info.context.db) as conn:
            made = await partners.apply(conn, input.given(), by=subject, idempotency_key=idempotency_key)
        return ApplyAsPartnerPayload(partner=await there(info, made))

    @refusable(description="An owner only: correct an application that was sent back, and ask again.")
    async def apply_again_as_partner(
        self, info: Info, id: strawberry.ID, input: _Whole
    ) -> ApplyAgainAsPartnerPayload | None:
        subject = acting(info, *PEOPLE)
        key = PartnerId.parse(id)
        async with transaction(info.context.db) as conn:
            await partners.apply_again(conn, info.context.caller, key, input.given(), by=subject)
        return ApplyAgainAsPartnerPayload(partner=await there(info, key))

    @refusable(
        description="Officers and operators only: who applied is in order, and gets test jobs. Not on their own matter."
    )
    async def verify_partner(self, info: Info, id: strawberry.ID) -> VerifyPartnerPayload | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        return VerifyPartnerPayload(partner=await _moved(info, id, PartnerAction.VERIFY))

    @refusable(description="Officers and operators only: who applied has something to correct, and may apply again.")
    async def send_back_partner(self, info: Info, id: strawberry.ID, reason: _Reason) -> SendBackPartnerPayload | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        return SendBackPartnerPayload(partner=await _moved(info, id, PartnerAction.SEND_BACK, reason))

    @refusable(
        description="Officers and operators only: a company that was verified gets all jobs. Not on their own matter."
    )
    async def activate_partner(self, info: Info, id: strawberry.ID) -> ActivatePartnerPayload | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        return ActivatePartnerPayload(partner=await _moved(info, id, PartnerAction.ACTIVATE))

    @refusable(
        description="Its owners and operators: it gets no jobs until it is resumed. Open offers end at once, what it carries it finishes."
    )
    async def pause_partner(self, info: Info, id: strawberry.ID, reason: _Reason) -> PausePartnerPayload | None:
        info.context.identity.require(*PEOPLE, Role.OPS)
        return PausePartnerPayload(partner=await _moved(info, id, PartnerAction.PAUSE, reason))

    @refusable(
        description="Operators, and its owners after a pause of their own: it gets jobs again, as it did before the pause."
    )
    async def resume_partner(self, info: Info, id: strawberry.ID, reason: _Reason) -> ResumePartnerPayload | None:
        info.context.identity.require(*PEOPLE, Role.OPS)
        return ResumePartnerPayload(partner=await _moved(info, id, PartnerAction.RESUME, reason))

    @refusable(description="Its owners and operators: the company leaves, for good. What it carries it finishes.")
    async def leave_as_partner(self, info: Info, id: strawberry.ID, reason: _Reason) -> LeaveAsPartnerPayload | None:
        info.context.identity.require(*PEOPLE, Role.OPS)
        return LeaveAsPartnerPayload(partner=await _moved(info, id, PartnerAction.LEAVE, reason))


async def _moved(info: Info, id: str, action: PartnerAction, reason: str | None = None) -> Partner:
    key, subject = PartnerId.parse(id), acting(info)
    stated = None if reason is None else read_line("reason", reason, longest=MAX_REASON_CHARACTERS)
    async with transaction(info.context.db) as conn:
        await partners.move(conn, info.context.caller, key, action, stated, by=subject)
    return await there(info, key)


def acting(info: Info, *roles: Role) -> str:
    """The subject, counted: what somebody changes of a company is told, and kept. Raises RateLimited, and what `require` raises."""
    subject = info.context.identity.require(*roles)
    info.context.means.replies_limit.take(subject)
    return subject


async def there(info: Info, key: PartnerId) -> Partner:
    """Raises NotFound: it went while it was being changed."""
    found = await Partner.find(info, key)
    if found is None:
        raise NotFound
    return found
