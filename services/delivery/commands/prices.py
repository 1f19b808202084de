"""Tariffs and zones are entered; none that is there ever changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.delivery.store import prices
from services.delivery.store.prices import DatedRule, Zone
from services.kit.database.db import Transaction


class RuleIsAnother(Exception):
    """Of this version, day or key there is one that says something else."""


@dataclass(frozen=True, slots=True)
class Prices:
    rules: Sequence[DatedRule]
    zones: Sequence[Zone]


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
    for zone in wanted.zones:
        if await prices.add_zone(conn, zone, by):
            new.append(zone.key)
        elif not await prices.has_zone(conn, zone):
            raise RuleIsAnother(f"{zone.key}: there is another zone of this key")
    return new
