"""Tariffs and zones are entered out of a file; none that is there is changed by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.delivery.commands import zones
from services.delivery.domain.proof import ProofRule
from services.delivery.domain.vain import VainRule
from services.delivery.domain.zone import Zone, ZoneAction
from services.delivery.store import prices, proof_rules, vain
from services.delivery.store import zones as stored
from services.delivery.store.prices import DatedRule
from services.kit.database.db import Transaction


class RuleIsAnother(Exception):
    """Of this version, day or key there is one that says something else."""


@dataclass(frozen=True, slots=True)
class Prices:
    rules: Sequence[DatedRule]
    zones: Sequence[tuple[str, Zone]]
    """By their keys."""
    vain: Sequence[VainRule] = ()
    proofs: Sequence[ProofRule] = ()


async def enter(conn: Transaction, wanted: Prices, by: str | None) -> list[str]:
    """The keys of what is new. `by`: nobody for a seed. Raises RuleIsAnother."""
    new: list[str] = []
    for dated in wanted.rules:
        if await prices.add_rule(conn, dated, by):
            new.append(dated.key)
        elif not await prices.has_rule(conn, dated):
            raise RuleIsAnother(
                f"{dated.key}: there is another rule of the version {dated.rule.version} or from {dated.valid_from} on"
            )
    for rule in wanted.vain:
        if await vain.add(conn, rule, by):
            new.append(rule.version)
        elif not await vain.has(conn, rule):
            raise RuleIsAnother(f"{rule.version}: there is another rule of this version, or from {rule.valid_from} on")
    for said in wanted.proofs:
        if await proof_rules.add(conn, said, by):
            new.append(said.version)
        elif not await proof_rules.has(conn, said):
            raise RuleIsAnother(f"{said.version}: there is another rule of this version, or from {said.valid_from} on")
    for key, zone in wanted.zones:
        if await stored.add(conn, zone, by):
            new.append(key)
            await stored.add_history(conn, [zone.id], ZoneAction.ENTER, zone.reason, by or "seed")
            await zones.tell(conn, zone)
        elif not await stored.has(conn, zone):
            raise RuleIsAnother(f"{key}: there is another zone of this key")
    return new
