"""The samples of events: what was told once. They are added, never edited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "events"


def sample(event_type: str) -> dict[str, Any]:
    """Topic, key, headers and data."""
    found: dict[str, Any] = json.loads((FOLDER / f"{event_type}.json").read_text("utf-8"))
    return found


def of(prefix: str) -> list[str]:
    """The types whose first word it is."""
    return sorted(path.stem for path in FOLDER.glob(f"{prefix}.*.json") if "+" not in path.stem)


def later() -> list[str]:
    """Samples beside the first of a type, told since it has got more fields: `<type>+<what came>`."""
    return sorted(path.stem for path in FOLDER.glob("*+*.json"))


def type_of(name: str) -> str:
    """Of which event a sample is."""
    return name.partition("+")[0]
