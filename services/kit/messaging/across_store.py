"""SQL of facts of many aggregates that are heard in a step: all positions move in the statement that writes what comes of them."""

from __future__ import annotations

from functools import cache
from typing import Final

from services.kit.messaging.inbox_store import STRETCHES

EFFECT_FROM: Final = 9
_HEAD: Final = STRETCHES.partition("\nSELECT place")[0]


@cache
def with_stretches(effect: str) -> str:
    """All of them `moved`, or nothing."""
    return f"""{_HEAD}, moved AS MATERIALIZED (
    SELECT FROM (SELECT count(*) AS many FROM (SELECT 1 FROM begun UNION ALL SELECT 1 FROM went) AS each) AS every
    WHERE many = cardinality($2::text[])
), {effect} SELECT FROM done"""
