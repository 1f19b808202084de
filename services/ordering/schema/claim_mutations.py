"""Mutations and queries of claims after the delivery."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from services.contracts.claims import ClaimId, ClaimKind
from services.contracts.reasons import ReasonCode
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.pages import PAGED, Connection, Page
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line
from services.ordering.commands import claims as commands
from services.ordering.domain.claimable import MAX_WORDS
from services.ordering.domain.ids import OrderLineId
from services.ordering.domain.refusal import Unknown
from services.ordering.schema.context import Info
from services.ordering.schema.types.claims import Claim, by_deadline
from services.ordering.store import claims

_WORDS = f"One line, up to {MAX_WORDS} characters; the others of the claim read it."
Words = Annotated[str, strawberry.argument(description=_WORDS)]


@strawberry.input(description="What was wrong with a line of an order that was delivered.")
class OpenClaimInput:
    order_line_id: strawberry.ID = strawberry.field(description="Of the caller's own order.")
    kind: ClaimKind = strawberry.field(description="What was wrong.")
    quantity: int = strawberry.field(description="Of how much, in base units; at most what the line had.")
    words: str = strawberry.field(description=_WORDS)
    amount: Rupiah | None = strawberry.field(
        default=None, description="What is asked back; unless it is said, what that quantity cost."
    )


@strawberry.type
class OpenClaimPayload(Payload):
    claim: Claim | None = None


@strawberry.type
class AnswerClaimPayload(Payload):
    claim: Claim | None = None


@strawberry.type
class AgreeToClaimPayload(Payload):
    claim: Claim | None = None


@strawberry.type
class EscalateClaimPayload(Payload):
    claim: Claim | None = None


@strawberry.type
class WithdrawClaimPayload(Payload):
    claim: Claim | None = None


@strawberry.type
class ReportClaimPaidPayload(Payload):
    claim: Claim | None = None


@strawberry.type
class ConfirmClaimPayload(Payload):
    claim: Claim | None = None


@strawberry.type
class DecideClaimPayload(Payload):
    claim: Claim | None = None


@strawberry.type
class SettleClaimPayload(Payload):
    claim: Claim | None = None


@strawberry.type
class ClaimQueries:
    @strawberry.field(description="For its buyer, its merchant's people, officers and ops.")
    async def claim(self, info: Info, id: strawberry.ID) -> Claim | None:
        info.context.identity.require()
        return await _find(info, ClaimId.parse(id))

    @strawberry.field(
        description="What an officer is to decide, and what is granted and not given yet; the earliest deadline first. `first` is 20 "
        "unless said, at most 100.",
        directives=[PAGED],
    )
    async def claims_waiting(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Claim] | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        page = Page(first, after, tuple[datetime, UUID])
        async with info.context.db.acquire() as conn:
            found = await claims.waiting(conn, page.after, page.limit)
        return page.connection(found, key=by_deadline, node=Claim.of)


@strawberry.type
class ClaimMutations:
    @refusable(
        description="By the buyer, of a line of an order that was delivered: within 24 hours of what does not keep, within 72 of the rest. "
        "All claims of a line together come to no more than it cost."
    )
    async def open_claim(
        self,
        info: Info,
        input: Annotated[OpenClaimInput, strawberry.argument(description="What was wrong.")],
        idempotency_key: str,
    ) -> OpenClaimPayload | None:
        subject = info.context.identity.require(Role.BUYER)
        wanted = commands.OpenClaim(
            order_line_id=OrderLineId.parse(input.order_line_id),
            kind=input.kind,
            quantity=input.quantity,
            words=read_line("words", input.words, longest=MAX_WORDS),
            amount_rupiah=input.amount,
        )
        async with transaction(info.context.db) as conn:
            claim_id = await commands.open_claim(conn, subject, wanted, idempotency_key=idempotency_key)
        return OpenClaimPayload(claim=await _shown(info, claim_id))

    @refusable(
        description="By the merchant, until `dueAt`: the whole of what is asked, which decides it, a part, or 0, which refuses. "
        "What was refused may be given after all, until an officer has decided."
    )
    async def answer_claim(
        self,
        info: Info,
        id: strawberry.ID,
        amount: Annotated[Rupiah, strawberry.argument(description="0 up to what is asked.")],
        words: Words,
    ) -> AnswerClaimPayload | None:
        subject, claim_id = info.context.identity.require(Role.MERCHANT), ClaimId.parse(id)
        said = read_line("words", words, longest=MAX_WORDS)
        async with transaction(info.context.db) as conn:
            await commands.answer_claim(conn, claim_id, subject, amount_rupiah=amount, words=said)
        return AnswerClaimPayload(claim=await _shown(info, claim_id))

    @refusable(description="By the buyer: the part that the merchant offers is enough.")
    async def agree_to_claim(self, info: Info, id: strawberry.ID) -> AgreeToClaimPayload | None:
        subject, claim_id = info.context.identity.require(Role.BUYER), ClaimId.parse(id)
        async with transaction(info.context.db) as conn:
            await commands.agree_to_claim(conn, claim_id, subject)
        return AgreeToClaimPayload(claim=await _shown(info, claim_id))

    @refusable(description="By the buyer, whom the merchant's answer does not content: an officer decides.")
    async def escalate_claim(self, info: Info, id: strawberry.ID, words: Words) -> EscalateClaimPayload | None:
        subject, claim_id = info.context.identity.require(Role.BUYER), ClaimId.parse(id)
        said = read_line("words", words, longest=MAX_WORDS)
        async with transaction(info.context.db) as conn:
            await commands.escalate_claim(conn, claim_id, subject, words=said)
        return EscalateClaimPayload(claim=await _shown(info, claim_id))

    @refusable(description="By the buyer, until something is granted.")
    async def withdraw_claim(self, info: Info, id: strawberry.ID) -> WithdrawClaimPayload | None:
        subject, claim_id = info.context.identity.require(Role.BUYER), ClaimId.parse(id)
        async with transaction(info.context.db) as conn:
            await commands.withdraw_claim(conn, claim_id, subject)
        return WithdrawClaimPayload(claim=await _shown(info, claim_id))

    @refusable(description="By the merchant: the buyer has been given what was granted. The buyer confirms it.")
    async def report_claim_paid(
        self,
        info: Info,
        id: strawberry.ID,
        proof: Annotated[str, strawberry.argument(description="How and when: one line, up to 500 characters.")],
    ) -> ReportClaimPaidPayload | None:
        subject, claim_id = info.context.identity.require(Role.MERCHANT), ClaimId.parse(id)
        said = read_line("proof", proof, longest=MAX_WORDS)
        async with transaction(info.context.db) as conn:
            await commands.claim_is_paid(conn, claim_id, subject, proof=said)
        return ReportClaimPaidPayload(claim=await _shown(info, claim_id))

    @refusable(description="By the buyer, of what the merchant says that it has paid.")
    async def confirm_claim(
        self,
        info: Info,
        id: strawberry.ID,
        received: Annotated[bool, strawberry.argument(description="False: nothing came, and it is still owed.")],
    ) -> ConfirmClaimPayload | None:
        subject, claim_id = info.context.identity.require(Role.BUYER), ClaimId.parse(id)
        async with transaction(info.context.db) as conn:
            await commands.confirm_claim(conn, claim_id, subject, received=received)
        return ConfirmClaimPayload(claim=await _shown(info, claim_id))

    @refusable(description="By an officer, or ops: how much is given, and why, which says who bears it. 0 refuses.")
    async def decide_claim(
        self,
        info: Info,
        id: strawberry.ID,
        amount: Annotated[Rupiah, strawberry.argument(description="0 up to what is asked.")],
        reason: Annotated[ReasonCode, strawberry.argument(description="One that is for claims; unused of a 0.")],
        words: Words,
    ) -> DecideClaimPayload | None:
        subject, claim_id = info.context.identity.require(Role.OFFICER, Role.OPS), ClaimId.parse(id)
        said = read_line("words", words, longest=MAX_WORDS)
        async with transaction(info.context.db) as conn:
            await commands.decide_claim(conn, claim_id, subject, amount_rupiah=amount, reason=reason, words=said)
        return DecideClaimPayload(claim=await _shown(info, claim_id))

    @refusable(description="By ops: the buyer has been given what was granted, as the proof shows.")
    async def settle_claim(
        self,
        info: Info,
        id: strawberry.ID,
        proof: Annotated[str, strawberry.argument(description="How and when: one line, up to 500 characters.")],
    ) -> SettleClaimPayload | None:
        subject, claim_id = info.context.identity.require(Role.OPS), ClaimId.parse(id)
        said = read_line("proof", proof, longest=MAX_WORDS)
        async with transaction(info.context.db) as conn:
            await commands.settle_claim(conn, claim_id, subject, proof=said)
        return SettleClaimPayload(claim=await _shown(info, claim_id))


async def _find(info: Info, claim_id: ClaimId) -> Claim | None:
    identity = info.context.identity
    sees_all = identity.has(Role.OFFICER) or identity.has(Role.OPS)
    async with info.context.db.acquire() as conn:
        row = await claims.find(conn, claim_id, identity.subject, sees_all=sees_all)
    return Claim.of(row) if row else None


async def _shown(info: Info, claim_id: ClaimId) -> Claim:
    found = await _find(info, claim_id)
    if found is None:
        raise Unknown("id")
    return found
