"""From an order to its traces: a line for each, with where it is looked at."""

from __future__ import annotations

import os
from collections.abc import Mapping

from infra.ops.why.life import Life
from infra.ops.why.table import Line, table, titled


def address(environment: Mapping[str, str] = os.environ) -> str:
    """Where traces are looked at, '' where none are sent anywhere."""
    sent = environment.get("OTEL_EXPORTER_OTLP_ENDPOINT", "").strip()
    return environment.get("TRACES_URL", "").strip().rstrip("/") if sent else ""


def lines(life: Life, at: str) -> list[Line]:
    """In the order in which they began, each with the first event that was told in it."""
    if not at:
        return []
    told: dict[str, list[str]] = {}
    for event in sorted(life.events, key=lambda each: each.created_at):
        if event.trace:
            told.setdefault(event.trace, []).append(event.type)
    rows = [(first, f"+{len(more)}" if more else "", f"{at}/trace/{trace}") for trace, (first, *more) in told.items()]
    return titled("traces", table(("began with", "events", "look at"), rows))
