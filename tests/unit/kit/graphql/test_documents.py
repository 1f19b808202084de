"""Documents that are known are kept within a number of bytes, whatever they say."""

import gc
import tracemalloc

import pytest
from graphql import build_schema

from services.kit.graphql.limits import Documents, Limits

SCHEMA = build_schema("type Query { a: Query b(c: Int): String }")
WIDE = Limits(aliases=10_000)
WITHIN = 2


def _wide(number: int, fields: int, length: int = 1) -> str:
    return "{ " + " ".join(f"{'n' * length}_{number}_{each}: b(c: 1)" for each in range(fields)) + " }"


@pytest.mark.parametrize(("fields", "length"), [(5, 1), (700, 1), (40, 3_000)])
def test_the_estimated_size_of_what_is_kept_is_within_a_factor_of_what_is_measured(fields: int, length: int) -> None:
    Documents(SCHEMA, WIDE).get(_wide(0, fields, length))  # what the schema itself remembers is there now
    documents = Documents(SCHEMA, WIDE)
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(1, 10):
            documents.get(_wide(number, fields, length))
        gc.collect()
        estimated, before = documents.kept_bytes, tracemalloc.get_traced_memory()[0]
        documents._known.clear()
        gc.collect()
        measured = before - tracemalloc.get_traced_memory()[0]
        assert measured / WITHIN < estimated < measured * WITHIN, (estimated, measured)
    finally:
        tracemalloc.stop()


def test_what_is_kept_stays_within_its_bytes_and_what_was_used_last_stays() -> None:
    documents = Documents(SCHEMA, WIDE, size=500_000)
    often = documents.get("{ b }")
    for number in range(40):
        documents.get(_wide(number, 700))
        assert documents.get("{ b }") is often
        assert documents.kept_bytes <= 500_000


def test_a_refusal_weighs_its_messages() -> None:
    documents = Documents(SCHEMA, WIDE)
    assert documents.get(f"{{ {'x' * 5_000} }}").errors
    assert documents.kept_bytes > 15_000
