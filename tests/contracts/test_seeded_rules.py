"""A dated rule is never changed, only followed by another: an installation that has it refuses another text under its version."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

SEED = json.loads((Path(__file__).parents[2] / "infra/local/seed/delivery.json").read_text("utf-8"))


def _digests(seed: dict[str, Any]) -> dict[str, str]:
    return {
        str(rule.get("key") or rule["version"]): hashlib.sha256(json.dumps(rule, sort_keys=True).encode()).hexdigest()[
            :16
        ]
        for rules in seed.values()
        if isinstance(rules, list)
        for rule in rules
        if isinstance(rule, dict) and "version" in rule
    }


KNOWN = {
    "goods-2022-09": "9bc90a3aff009986",
    "goods-2026-01": "78a0d6286fff7cee",
    "VAIN-2026-01": "236642c95295ff5d",
    "PROOF-2026-01": "ebd390f326140222",
}
"""Added to, and never edited."""


def test_what_was_seeded_once_stays_so() -> None:
    assert _digests(SEED) == KNOWN


def test_another_text_would_be_found() -> None:
    changed = json.loads(json.dumps(SEED))
    next(iter(rule for rules in changed.values() if isinstance(rules, list) for rule in rules if "version" in rule))[
        "legal_basis"
    ] = "another"
    assert _digests(changed) != KNOWN
