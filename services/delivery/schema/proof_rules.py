"""By what a handover may be proven beside the PIN: the dated rules, as everybody reads and officers enter them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from services.contracts.roles import Role
from services.delivery.commands import trip_rules
from services.delivery.commands.trip_rules import TripRuleIsInvalid
from services.delivery.domain import proof
from services.delivery.domain.proof import MAX_SIGNATURE_CASH_RUPIAH, PhotoWhen
from services.delivery.schema.context import Info
from services.delivery.schema.vain import BASIS_CHARACTERS
from services.delivery.store import proof_rules
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.enums import described
from services.kit.graphql.pages import MAX_FIRST, sized
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line

described(
    PhotoWhen,
    "When a photo proves a handover, where no cash is to be collected. New values may come.",
    NEVER="Never.",
    WISHED="Where the buyer wishes it left at the door.",
    UNREACHABLE="There, and once an attempt has failed because the buyer was not to be reached.",
)


@strawberry.type(
    description="What proves a handover beside the buyer's PIN, which always does, from a day until the next rule's. What there is never "
    "changes. With cash to collect no photo does, and a buyer who wishes PIN_ONLY is asked for the PIN alone."
)
class ProofRule:
    version: str = strawberry.field(description="Its name.")
    valid_from: date = strawberry.field(
        description="The first day, WIB: that on which a trip's rider was sought counts."
    )
    legal_basis: str = strawberry.field(description="What it rests on.")
    photo: PhotoWhen = strawberry.field(description="When a photo does.")
    signature: bool = strawberry.field(description="Whether a signature does.")
    signature_cash: Rupiah = strawberry.field(description="With more cash to collect none does.")

    @classmethod
    def of(cls, rule: proof.ProofRule) -> ProofRule:
        return cls(
            version=rule.version,
            valid_from=rule.valid_from,
            legal_basis=rule.legal_basis,
            photo=rule.photo,
            signature=rule.signature,
            signature_cash=Rupiah(rule.signature_cash_rupiah),
        )


@strawberry.input(description="What proves a handover beside the PIN, from a day to come.")
class EnterProofRuleInput:
    valid_from: date = strawberry.field(description="The first day, WIB: tomorrow or later.")
    legal_basis: str = strawberry.field(
        description=f"What it rests on: one line of 1 to {BASIS_CHARACTERS} characters."
    )
    photo: PhotoWhen = strawberry.field(description="When a photo does.")
    signature: bool = strawberry.field(description="Whether a signature does.")
    signature_cash: Rupiah = strawberry.field(
        default=Rupiah(0), description=f"With more cash to collect none does: 0 to {MAX_SIGNATURE_CASH_RUPIAH}."
    )

    def rule(self) -> proof.ProofRule:
        """Raises TripRuleIsInvalid."""
        if not 0 <= self.signature_cash <= MAX_SIGNATURE_CASH_RUPIAH:
            raise TripRuleIsInvalid(f"signatureCash is 0 to {MAX_SIGNATURE_CASH_RUPIAH}", "signatureCash")
        basis = read_line("input.legalBasis", self.legal_basis, longest=BASIS_CHARACTERS)
        return proof.ProofRule("", self.valid_from, basis, self.photo, self.signature, self.signature_cash)


@strawberry.type
class EnterProofRulePayload(Payload):
    rule: ProofRule | None = None


@strawberry.type
class ProofRuleQueries:
    @strawberry.field(
        description="What proves a handover beside the PIN: the rules, the last to begin first, at most 100; for whoever has signed in.",
        directives=[sized(MAX_FIRST)],
    )
    async def proof_rules(self, info: Info) -> list[ProofRule] | None:
        info.context.identity.require()
        async with info.context.db.acquire() as conn:
            return [ProofRule.of(each) for each in await proof_rules.all_rules(conn, MAX_FIRST)]


@strawberry.type
class ProofRuleMutations:
    @refusable(
        description="Officers and operators: enter what proves a handover from a day to come; what there is never changes. The key makes a "
        "repeat the same one."
    )
    async def enter_proof_rule(
        self,
        info: Info,
        input: Annotated[EnterProofRuleInput, strawberry.argument(description="The whole rule.")],
        idempotency_key: str,
    ) -> EnterProofRulePayload | None:
        subject, given = info.context.identity.require(Role.OFFICER, Role.OPS), input.rule()
        async with transaction(info.context.db) as conn:
            made = await trip_rules.enter_proofs(conn, given, by=subject, idempotency_key=idempotency_key)
        return EnterProofRulePayload(rule=ProofRule.of(made))
