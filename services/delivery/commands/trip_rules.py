"""Officers enter rules of tomorrow: what a trip in vain pays, and what proves a handover. As those of fares, none is ever changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from typing import Final, TypeVar

from services.contracts.places import WIB
from services.delivery.domain.proof import ProofRule
from services.delivery.domain.vain import VainRule
from services.delivery.store import proof_rules, proofs, vain
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency

ENTER_VAIN: Final = "enterTripInVainRule"
ENTER_PROOFS: Final = "enterProofRule"

R = TypeVar("R", VainRule, ProofRule)


class TripRuleIsInvalid(Exception):
    """No rule that may be kept. `field` is where, None for the whole."""

    def __init__(self, why: str, field: str | None = None) -> None:
        super().__init__(why)
        self.field = field


async def enter_vain(conn: Transaction, given: VainRule, *, by: str, idempotency_key: str) -> VainRule:
    """With the version that it got. Raises TripRuleIsInvalid."""
    return await _enter(conn, given, f"VAIN-{given.valid_from}", vain.add, (ENTER_VAIN, by, idempotency_key))


async def enter_proofs(conn: Transaction, given: ProofRule, *, by: str, idempotency_key: str) -> ProofRule:
    """With the version that it got. Raises TripRuleIsInvalid."""
    return await _enter(conn, given, f"PROOF-{given.valid_from}", proof_rules.add, (ENTER_PROOFS, by, idempotency_key))


async def _enter(
    conn: Transaction,
    given: R,
    version: str,
    add: Callable[[Transaction, R, str | None], Awaitable[bool]],
    asked: tuple[str, str, str],
) -> R:
    """Of one day there is one rule, by which it is called."""
    mutation, by, key = asked
    made = replace(given, version=version)
    claim = await idempotency.claim(conn, caller=by, mutation=mutation, key=key, body=[repr(made)])
    if claim.answer is not None:
        return made
    _begins(given.valid_from, (await proofs.now(conn)).astimezone(WIB).date())
    if not await add(conn, made, by):
        raise TripRuleIsInvalid("another rule begins on that day", "validFrom")
    await claim.store(conn, {"version": version})
    return made


def _begins(valid_from: date, today: date) -> None:
    if valid_from <= today:
        raise TripRuleIsInvalid("a rule begins tomorrow or later: nothing of the past changes", "validFrom")
