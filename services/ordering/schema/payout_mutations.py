"""Mutations of what is paid out, and of what is not withheld."""

from typing import Annotated

import strawberry

from services.contracts.cash import PayoutId, PayoutMethod
from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId, RiderId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line
from services.ordering.commands import payouts
from services.ordering.domain.refusal import Unknown
from services.ordering.schema.books_loaders import viewer
from services.ordering.schema.context import Info
from services.ordering.schema.types import Merchant
from services.ordering.schema.types.books import (
    ConfirmPayoutPayload,
    Payout,
    RecordPayoutPayload,
    ReversePayoutPayload,
)
from services.ordering.store import payouts as store
from services.ordering.store.payouts import PayeeId

LONGEST_REFERENCE = 80
LONGEST = 300


@strawberry.input(description="What a person has paid.")
class RecordPayoutInput:
    payee_id: strawberry.ID = strawberry.field(description="A merchant's, a company's or a rider's.")
    method: PayoutMethod = strawberry.field(description="How.")
    amount: Rupiah = strawberry.field(description="No more than is owed.")
    reference: str = strawberry.field(
        description=f"By which it is found again: one line, up to {LONGEST_REFERENCE} characters."
    )
    note: str | None = strawberry.field(
        default=None, description=f"What proves it, in words: one line, up to {LONGEST} characters."
    )


@strawberry.type
class SetTaxStatementPayload(Payload):
    merchant: Merchant | None = None


def payee(given: str) -> PayeeId:
    """Raises BadUserInput, MalformedId or WrongKind."""
    for kind in (MerchantId, PartnerId, RiderId):
        if given.startswith(f"{kind.prefix}_"):
            return kind.parse(given)
    raise BadUserInput("payeeId is of a merchant, a company or a rider")


@strawberry.type
class PayoutMutations:
    @refusable(
        description="Officers and operators: so much was paid of what is owed. Never more than that. A repeat with the same key and input "
        "answers with the same."
    )
    async def record_payout(
        self,
        info: Info,
        input: Annotated[RecordPayoutInput, strawberry.argument(description="Whom, how, and how much.")],
        idempotency_key: str,
    ) -> RecordPayoutPayload | None:
        subject = info.context.identity.require(Role.OFFICER, Role.OPS)
        wanted = payouts.NewPayout(
            payee(input.payee_id),
            input.method,
            input.amount,
            read_line("reference", input.reference, longest=LONGEST_REFERENCE),
            read_line("note", input.note, longest=LONGEST) if input.note else None,
        )
        async with transaction(info.context.db) as conn:
            made = await payouts.record(
                conn, subject, wanted, idempotency_key=idempotency_key, test=info.context.tests_only
            )
        return RecordPayoutPayload(payout=await _shown(info, made))

    @refusable(description="By who was paid: it came. It changes no account.")
    async def confirm_payout(self, info: Info, id: strawberry.ID) -> ConfirmPayoutPayload | None:
        subject = info.context.identity.require()
        wanted = PayoutId.parse(id)
        async with transaction(info.context.db) as conn:
            await payouts.receive(conn, subject, wanted)
        return ConfirmPayoutPayload(payout=await _shown(info, wanted))

    @refusable(
        description="Officers and operators: it did not arrive, or was a mistake, and is owed again. It is taken back once, whole."
    )
    async def reverse_payout(
        self,
        info: Info,
        id: strawberry.ID,
        reason: Annotated[
            str, strawberry.argument(description=f"For the payee to read: one line, up to {LONGEST} characters.")
        ],
    ) -> ReversePayoutPayload | None:
        subject = info.context.identity.require(Role.OFFICER, Role.OPS)
        wanted, said = PayoutId.parse(id), read_line("reason", reason, longest=LONGEST)
        async with transaction(info.context.db) as conn:
            await payouts.take_back(conn, subject, wanted, said)
        return ReversePayoutPayload(payout=await _shown(info, wanted))

    @refusable(
        description="Officers and operators: whether a merchant's statement, that it sells for no more than what is exempt from PPh 22 in "
        "a year, was seen and holds. What was withheld before stays."
    )
    async def set_tax_statement(
        self,
        info: Info,
        merchant_id: Annotated[strawberry.ID, strawberry.argument(description="Whose statement.")],
        year: Annotated[int, strawberry.argument(description="This one, or the next.")],
        holds: Annotated[bool, strawberry.argument(description="False once it does not hold any more.")],
        note: Annotated[str, strawberry.argument(description=f"What was seen: one line, up to {LONGEST} characters.")],
    ) -> SetTaxStatementPayload | None:
        subject = info.context.identity.require(Role.OFFICER, Role.OPS)
        merchant, said = MerchantId.parse(merchant_id), read_line("note", note, longest=LONGEST)
        async with transaction(info.context.db) as conn:
            await payouts.state_tax(conn, subject, merchant, year, exempt=holds, note=said)
        return SetTaxStatementPayload(merchant=Merchant.of(merchant))


async def _shown(info: Info, id: PayoutId) -> Payout:
    who = viewer(info.context)
    async with info.context.db.acquire() as conn:
        found = await store.payouts(conn, [id], who.subject, staff=who.sees_all)
    if id not in found:
        raise Unknown
    return Payout.of(found[id])
