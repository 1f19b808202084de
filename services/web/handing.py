"""How and when an order is handed over, as a form says it: one word for a slot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.web.answers_cart import HandoverSlot
from services.web.words import N_

NOW = "now"
_SEPARATOR = "~"
GROUPS = (
    ("DELIVERY", N_("Diantar nanti")),
    ("PICKUP", N_("Ambil sendiri")),
    ("ROUTE_STOP", N_("Ambil di titik keliling")),
)
"""In the order in which they are shown."""


def word(slot: HandoverSlot) -> str:
    return _SEPARATOR.join((slot.way, slot.slot_from.isoformat(), slot.stop_id or ""))


def chosen(slots: Sequence[HandoverSlot], said: str) -> HandoverSlot | None:
    """The slot of that word, if it can be had."""
    return next((slot for slot in slots if word(slot) == said and slot.unavailable is None), None)


def asked(said: str) -> dict[str, Any] | None:
    """The graph's input; None for now, and for what is no word of a slot."""
    way, _, rest = said.partition(_SEPARATOR)
    at, _, stop = rest.partition(_SEPARATOR)
    if way not in {name for name, _ in GROUPS}:
        return None
    try:
        begins = datetime.fromisoformat(at)
    except ValueError:
        return None
    return {"way": way, "slotFrom": begins.isoformat(), "stopId": stop or None} if begins.tzinfo else None


def collected(said: str) -> bool:
    return said.startswith(("PICKUP", "ROUTE_STOP"))
