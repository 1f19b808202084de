"""Writes that go as one statement: each keeps its own parameters."""

from __future__ import annotations

from services.kit.database.writes import Write, as_one, beside


def test_each_keeps_its_parameters() -> None:
    one = Write("a AS (INSERT INTO x VALUES ($1, $2))", [1, 2])
    ten = Write("b AS (UPDATE y SET c = $10 WHERE d = $1)", list(range(10)))
    text, arguments = as_one([one, ten])
    assert text == "WITH a AS (INSERT INTO x VALUES ($1, $2)), b AS (UPDATE y SET c = $12 WHERE d = $3) SELECT"
    assert arguments == [1, 2, *range(10)]


def test_the_same_parts_are_the_same_statement() -> None:
    first, _ = as_one([Write("a AS (INSERT INTO x VALUES ($1))", [1])])
    again, _ = as_one([Write("a AS (INSERT INTO x VALUES ($1))", [2])])
    assert first is again


def test_a_query_keeps_its_parameters_and_its_own_parts_beside_what_is_written() -> None:
    one = Write("a AS (INSERT INTO x VALUES ($1))", [7])
    assert beside("SELECT b FROM y WHERE c = $1", ["z"], [one]) == (
        "WITH a AS (INSERT INTO x VALUES ($1)) SELECT b FROM y WHERE c = $2",
        [7, "z"],
    )
    text, _ = beside("WITH c AS (SELECT $1) SELECT FROM c", ["z"], [one])
    assert text == "WITH a AS (INSERT INTO x VALUES ($1)), c AS (SELECT $2) SELECT FROM c"
