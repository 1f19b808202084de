"""What needs no database of idempotent mutations: the canonical hash and the key."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum

import pytest

from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.idempotency import canonical_hash, check_key
from services.kit.ids import EventId


class Method(Enum):
    COD = "cod"


@dataclass
class Input:
    total: int
    method: Method
    note: str | None = None


def test_equal_bodies_hash_equal_whatever_their_order_or_form() -> None:
    as_input = canonical_hash(Input(total=5, method=Method.COD))
    assert as_input == canonical_hash({"method": "cod", "note": None, "total": 5})
    at = datetime(2026, 2, 1, 3, 30, tzinfo=UTC)
    assert canonical_hash(at) == canonical_hash(at.astimezone(timezone(timedelta(hours=7))))
    event = EventId.seeded("a")
    assert canonical_hash([event]) == canonical_hash((str(event),))


def test_other_bodies_hash_otherwise() -> None:
    bodies = [{"a": 1}, {"a": "1"}, {"a": True}, {"a": None}, {}, [1], ["a", 1], {"b": 1}, {"a": [1, 2]}, {"a": [2, 1]}]
    assert len({canonical_hash(body) for body in bodies}) == len(bodies)


def test_what_has_no_canonical_form_is_a_programming_error() -> None:
    with pytest.raises(TypeError):
        canonical_hash({"a": object()})


@pytest.mark.parametrize("key", ["", "x" * 15, "x" * 65, "é" * 20, "x" * 16 + "\n"])
def test_a_key_is_16_to_64_printable_characters(key: str) -> None:
    with pytest.raises(BadUserInput, match="16 to 64"):
        check_key(key)


@pytest.mark.parametrize("key", ["x" * 16, "x" * 64])
def test_both_ends_of_the_range_are_fine(key: str) -> None:
    check_key(key)
