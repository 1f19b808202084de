"""Mutations of cash that goes on after the door."""

from typing import Annotated

import strawberry

from services.contracts.cash import CashHandoverId
from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId, RiderId
from services.contracts.roles import Role
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line
from services.ordering.commands import cash
from services.ordering.domain.books import Parties
from services.ordering.domain.refusal import Unknown
from services.ordering.schema.books_loaders import viewer
from services.ordering.schema.context import Info
from services.ordering.schema.types.cash import (
    CashHandover,
    ConfirmCashHandoverPayload,
    DisputeCashHandoverPayload,
    Partner,
    SetCashLimitPayload,
    SettleCashHandoverPayload,
    StateCashHandoverPayload,
    WithdrawCashHandoverPayload,
)
from services.ordering.store import cash as store

LONGEST = 300
Reason = Annotated[
    str, strawberry.argument(description=f"For both sides to read: one line, up to {LONGEST} characters.")
]


@strawberry.input(
    description="Cash that goes on: of a rider to the company, or of the company to a merchant, or with neither to the platform."
)
class StateCashHandoverInput:
    partner_id: strawberry.ID = strawberry.field(description="The company that gives it, or takes it of its rider.")
    rider_id: strawberry.ID | None = strawberry.field(default=None, description="Who gives it to the company.")
    merchant_id: strawberry.ID | None = strawberry.field(default=None, description="Who takes it from the company.")
    amount: Rupiah = strawberry.field(description="No more than the giver has, and a merchant is owed.")


@strawberry.type
class CashMutations:
    @refusable(
        description="By either side: so much cash was given. It is booked once the other side confirms it. A repeat with the same key and "
        "input answers with the same."
    )
    async def state_cash_handover(
        self,
        info: Info,
        input: Annotated[StateCashHandoverInput, strawberry.argument(description="Who, to whom, and how much.")],
        idempotency_key: str,
    ) -> StateCashHandoverPayload | None:
        info.context.identity.require()
        if input.rider_id is not None and input.merchant_id is not None:
            raise BadUserInput("a rider gives it to the company, or the company to a merchant")
        parties = Parties(
            PartnerId.parse(input.partner_id),
            RiderId.parse(input.rider_id) if input.rider_id is not None else None,
            MerchantId.parse(input.merchant_id) if input.merchant_id is not None else None,
        )
        async with transaction(info.context.db) as conn:
            made = await cash.state_handover(
                conn,
                viewer(info.context),
                parties,
                input.amount,
                idempotency_key=idempotency_key,
                test=info.context.tests_only,
            )
        return StateCashHandoverPayload(cash_handover=await _shown(info, made))

    @refusable(description="By the other side than has said it, and another person: it was so, and is booked.")
    async def confirm_cash_handover(self, info: Info, id: strawberry.ID) -> ConfirmCashHandoverPayload | None:
        info.context.identity.require()
        wanted = CashHandoverId.parse(id)
        async with transaction(info.context.db) as conn:
            await cash.confirm_handover(conn, viewer(info.context), wanted)
        return ConfirmCashHandoverPayload(cash_handover=await _shown(info, wanted))

    @refusable(
        description="By the other side than has said it: it was another sum. Staff find out; nothing is booked before."
    )
    async def dispute_cash_handover(
        self,
        info: Info,
        id: strawberry.ID,
        counted: Annotated[Rupiah, strawberry.argument(description="What it was; 0 when there was nothing.")],
        reason: Reason,
    ) -> DisputeCashHandoverPayload | None:
        info.context.identity.require()
        wanted, said = CashHandoverId.parse(id), read_line("reason", reason, longest=LONGEST)
        async with transaction(info.context.db) as conn:
            await cash.dispute_handover(conn, viewer(info.context), wanted, counted_rupiah=counted, reason=said)
        return DisputeCashHandoverPayload(cash_handover=await _shown(info, wanted))

    @refusable(description="By who has said it, or by staff, before it is confirmed: it was not so.")
    async def withdraw_cash_handover(self, info: Info, id: strawberry.ID) -> WithdrawCashHandoverPayload | None:
        info.context.identity.require()
        wanted = CashHandoverId.parse(id)
        async with transaction(info.context.db) as conn:
            await cash.withdraw_handover(conn, viewer(info.context), wanted)
        return WithdrawCashHandoverPayload(cash_handover=await _shown(info, wanted))

    @refusable(
        description="Officers and operators, of neither side: what it was, as they have found out, or because nobody is left to confirm it."
    )
    async def settle_cash_handover(
        self,
        info: Info,
        id: strawberry.ID,
        amount: Annotated[Rupiah, strawberry.argument(description="What was handed over; it is booked.")],
        reason: Reason,
    ) -> SettleCashHandoverPayload | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        wanted, said = CashHandoverId.parse(id), read_line("reason", reason, longest=LONGEST)
        async with transaction(info.context.db) as conn:
            await cash.settle_handover(conn, viewer(info.context), wanted, amount_rupiah=amount, reason=said)
        return SettleCashHandoverPayload(cash_handover=await _shown(info, wanted))

    @refusable(
        description="By the company's people: what one rider may carry. Who carries more is told of; delivery decides whom to offer a job."
    )
    async def set_cash_limit(
        self,
        info: Info,
        partner_id: Annotated[strawberry.ID, strawberry.argument(description="The company.")],
        limit: Annotated[Rupiah, strawberry.argument(description="0 to 1,000,000,000.")],
    ) -> SetCashLimitPayload | None:
        info.context.identity.require()
        company = PartnerId.parse(partner_id)
        async with transaction(info.context.db) as conn:
            await cash.set_limit(conn, viewer(info.context), company, limit)
        return SetCashLimitPayload(partner=Partner(id=strawberry.ID(str(company))))


async def _shown(info: Info, id: CashHandoverId) -> CashHandover:
    who = viewer(info.context)
    async with info.context.db.acquire() as conn:
        found = await store.handovers(conn, [id], who.subject, staff=who.sees_all)
    if id not in found:
        raise Unknown
    return CashHandover.of(found[id], who.subject)
