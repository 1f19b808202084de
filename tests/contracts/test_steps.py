"""A step sees by the version of an order's row that somebody has had the order: whoever takes it writes that row."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LOCKED_ALONE = re.compile(r"FROM orders\b[^;\"]*?FOR (?:NO KEY )?UPDATE(?! OF (?!o\b))")
# Reviews are no part of what an order's step looks at.
_MAY = {"reviews.py"}


def _locks_alone(text: str) -> bool:
    return bool(_LOCKED_ALONE.search(text))


def test_nobody_takes_an_order_and_leaves_its_row_as_it_was() -> None:
    stores = sorted((ROOT / "services/ordering/store").glob("*.py"))
    assert {each.name for each in stores if _locks_alone(each.read_text("utf-8"))} == _MAY


def test_nobody_takes_what_was_heard_of_an_order_and_leaves_its_row_as_it_was() -> None:
    """`heard_together` locks many in their order, and writes them with what it changes."""
    for each in sorted((ROOT / "services/people").rglob("*.py")):
        assert not re.search(r"FROM heard_order\b[^;\"]*?FOR (?:NO KEY )?UPDATE", each.read_text("utf-8")), each


def test_whoever_changes_lines_of_a_reservation_writes_its_row() -> None:
    changes = re.compile(r"(?:DELETE FROM|UPDATE|INSERT INTO) reservation_line\b")
    for each in sorted((ROOT / "services/catalog").rglob("*.py")):
        for statement in re.findall(r'"""(?:[^"]|"(?!""))*"""', each.read_text("utf-8")):
            if changes.search(statement):
                assert "{LINES_CHANGED}" in statement or "INSERT INTO reservation (" in statement, (each, statement)


def test_one_who_did_would_be_found() -> None:
    assert _locks_alone('"SELECT kasbon_id FROM orders WHERE id = $1 FOR UPDATE"')
    assert not _locks_alone('"SELECT h.way FROM orders o JOIN handover_slot h ON true FOR UPDATE OF h"')
    assert not _locks_alone('"UPDATE orders SET version = version WHERE id = $1 RETURNING kasbon_id"')
