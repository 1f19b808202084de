"""What the seed says of those whom robots work for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SEED = Path(__file__).with_name("seed")
ROBOT_MERCHANT = "kios-bu-wati"


def companies() -> list[dict[str, Any]]:
    """The seeded ojek companies: key, name, riders; `channel` HTTP for one whose robot has no Kafka."""
    found = json.loads((SEED / "delivery.json").read_text())["partners"]
    return list(found)


def robot_merchants_owner() -> str:
    """The person as whom the merchant's robot speaks."""
    catalog = json.loads((SEED / "catalog.json").read_text())
    return str(next(m["members"][0]["person"] for m in catalog["merchants"] if m["key"] == ROBOT_MERCHANT))


def phone(name: str) -> str:
    """The number that a seeded person signs in with."""
    persons = json.loads((SEED / "people.json").read_text())["persons"]
    return str(next(each["phone"] for each in persons if each["person"] == name))
