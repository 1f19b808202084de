"""Whatever is sent, the answer is one of the specification; the checker that says so refuses what is not."""

import asyncio
import random
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import build_schema

from gateway import limits, validation
from gateway.documents import Documents
from gateway.executor import project
from gateway.executor.project import _leaf
from gateway.executor.writing import Nulled, Report
from gateway.identity import Verifier
from services.kit.codes import ErrorCode
from services.kit.http.identity import ANONYMOUS, Identity
from tests.gateway.fuzz import answers, inside, shards, sockets
from tests.gateway.fuzz.attempts import Maker
from tests.gateway.fuzz.inside import judged
from tests.gateway.fuzz.run import Fault, Outcome, run
from tests.gateway.fuzz.verdict import Attempt, Reply, fault
from tests.gateway.kit.gateway import InProcess
from tests.gateway.kit.subgraph import Subgraph

SCHEMA = build_schema("type Query { a: Int! b: [Int] }")


@pytest.mark.parametrize("seed", [1, 2])
async def test_thousands_of_requests_make_no_fault(seed: int) -> None:
    outcome = await run(1_500, seed)
    assert [str(one) for one in outcome.faults] == []
    assert sum(outcome.sent.values()) == 1_500
    assert len(outcome.sent) == 28


@pytest.mark.parametrize(
    ("of", "name", "planted"),
    [
        (limits, "check_merged", RecursionError),
        (Documents, "read", UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")),
        (Verifier, "authenticate", ValueError("latin-1")),
    ],
    ids=["in the limits", "in a document", "in a token"],
)
async def test_a_gateway_with_a_planted_fault_is_found_out(
    monkeypatch: pytest.MonkeyPatch, of: Any, name: str, planted: Any
) -> None:
    """Now and then, as faults are."""
    honest, count = getattr(of, name), 0

    def sometimes(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        if count % 10 == 0:
            raise planted
        return honest(*args, **kwargs)

    monkeypatch.setattr(of, name, sometimes)
    outcome = await run(100, 1)
    assert outcome.faults
    assert {one.what for one in outcome.faults} <= {"status 500"}


async def _anybody(*_: Any) -> Identity:
    return ANONYMOUS


@pytest.mark.parametrize(
    ("of", "name", "broken", "kind", "what"),
    [
        (limits, "check_merged", lambda *_: None, "many_mutations", "codes "),
        (validation, "check", lambda *_: [], "fragment_cycle", "status "),
        (Verifier, "authenticate", _anybody, "bearer", "status 200, not one of [401]"),
        (project, "_RIGHT", {}, "valid", "data that the schema does not allow"),
    ],
    ids=["no bound of mutations", "nothing is validated", "any token will do", "any value will do"],
)
async def test_a_rule_that_is_broken_without_a_sound_is_found_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, of: Any, name: str, broken: Any, kind: str, what: str
) -> None:
    monkeypatch.setattr(of, name, broken)
    async with inside.target(1, tmp_path) as aim:
        schema, told = aim.world.universe.supergraph.api, ""
        maker = Maker(schema, random.Random(1))
        makers = {make.__name__: make for make, _ in maker._makers()}
        # A wrong value where the rule is asked comes once in some four hundred.
        for _ in range(5_000):
            attempt = makers[kind]()
            aim.spoiling.on = attempt.spoiled_subgraphs
            told = await judged(aim.application, attempt, partial(fault, schema=schema))
            if told.startswith(what):
                break
    assert told.startswith(what)


def test_processes_divide_the_requests_and_give_one_outcome() -> None:
    whole = shards.outcome(7, 1, 2, 0.0)
    assert (whole.sent.total(), whole.faults) == (7, [])


def test_the_outcome_of_all_has_the_faults_of_each_and_the_memory_of_the_one_that_grew_most() -> None:
    found = [Fault(seed, 3, POST, "status 500") for seed in (1, 2)]
    quiet = Outcome(Counter(valid=3), [], 80, 90, {"valid": 9}, 1)
    whole = shards.merged(
        [quiet, Outcome(Counter(valid=2, any=2), found, 70, 200, {"valid": 3, "any": 4}, 2)],
    )
    assert whole == Outcome(Counter(valid=5, any=2), found, 70, 200, {"valid": 9, "any": 4}, 3)


def test_a_subgraph_that_remembers_what_is_valid_refuses_what_is_not_each_time() -> None:
    subgraph = Subgraph("any", "type Query { a: Int }", resolvers={"Query.a": lambda *_: 1})
    for _ in range(2):
        assert subgraph.execute({"query": "{ a }"}) == {"data": {"a": 1}}
        assert "errors" in subgraph.execute({"query": "{ b }"})


async def test_a_spoiled_answer_leaves_the_values_that_spoil_as_they_were() -> None:
    before = repr(answers._VALUES)
    spoiling = answers.Spoiling(InProcess({}), random.Random(3), on=True)
    answer: dict[str, Any] = {"data": {"a": [{"b": 1}, {"b": [2, 3]}]}}
    for _ in range(300):
        spoiling._spoil(answer)
        answer = answer if len(repr(answer)) < 5_000 else {"data": {"a": [[], {}, 1]}}
    assert repr(answers._VALUES) == before


@pytest.mark.parametrize("depth", [101, 300, 900])
async def test_a_variable_that_nests_too_deeply_in_a_custom_scalar_is_refused(depth: int, tmp_path: Path) -> None:
    query = b"mutation ($p: Rupiah!) { changePrice(variantId: 1, price: $p) { __typename } }"
    deep = b"[" * depth + b"]" * depth
    body = b'{"query":"%s","variables":{"p":%s}}' % (query, deep)
    headers = {"content-type": b"application/json", "accept": b"application/graphql-response+json"}
    async with inside.target(1, tmp_path) as aim:
        reply = await inside.send(aim.application, Attempt("deep", body, headers=headers))
    errors = orjson.loads(reply.body)["errors"]
    assert (reply.status, [one["message"] for one in errors]) == (400, ["$p is nested too deeply."])
    assert errors[0]["extensions"]["code"] == ErrorCode.BAD_USER_INPUT


@pytest.mark.parametrize("depth", [101, 300, 900])
def test_a_value_of_a_subgraph_that_nests_too_deeply_in_a_custom_scalar_is_refused_in_its_place(depth: int) -> None:
    scalar = build_schema("scalar Any type Query { any: Any }").type_map["Any"]
    report = Report()
    with pytest.raises(Nulled):
        _leaf(scalar, "Query.any")(orjson.loads(b"[" * depth + b"]" * depth), ((), "any"), report)
    assert [(one.failure.code, one.path) for one in report.problems] == [("INTERNAL_SERVER_ERROR", ["any"])]


async def test_connections_that_break_the_protocols_end_and_leave_the_gateway_well() -> None:
    tried, broken = await sockets.run(44, 1)
    assert broken == []
    assert len(tried) == 11


def test_the_same_seed_makes_the_same_attempts() -> None:
    first, second = (Maker(SCHEMA, random.Random(5)) for _ in range(2))
    assert [first.attempt() for _ in range(50)] == [second.attempt() for _ in range(50)]


def reply(answer: Any, status: int = 200, media: str = "application/json") -> Reply:
    return Reply(status, {"content-type": media}, answer if isinstance(answer, bytes) else orjson.dumps(answer))


def error(code: str = "BAD_USER_INPUT", **more: Any) -> dict[str, Any]:
    return {"message": "no", "extensions": {"code": code}, **more}


POST = Attempt("any", b"{}")
VALID = Attempt("valid", b"{}", valid=("{ a b __typename }", {}))


@pytest.mark.parametrize(
    ("attempt", "answer", "what"),
    [
        (POST, reply({"errors": [error()]}, 500), "status 500"),
        (POST, reply({"errors": [error()]}, 503), "status 503"),
        (POST, reply(b"<html>"), "no JSON"),
        (POST, reply({"data": {}}, media="text/html"), "content type 'text/html'"),
        (POST, reply([]), "no object"),
        (POST, reply({}), "keys []"),
        (POST, reply({"data": {}, "errors": []}), "errors is no list, or empty"),
        (POST, reply({"data": None}), "null data and no error"),
        (POST, reply({"errors": [{"message": "no"}]}), "code None"),
        (POST, reply({"errors": [error("OOPS")]}), "code {'code': 'OOPS'}"),
        (POST, reply({"errors": [error(path=["a"])], "data": {"a": 1}}), "no null at ['a']"),
        (POST, reply({"data": {}}, 400), "data with status 400"),
        (
            POST,
            reply({"errors": [error()]}, 200, "application/graphql-response+json"),
            "a refusal with status 200",
        ),
        (Attempt("any", statuses=frozenset({400})), reply({"data": {}}), "status 200, not one of [400]"),
        (
            Attempt("any", codes=frozenset({ErrorCode.FORBIDDEN})),
            reply({"errors": [error()]}),
            f"codes {[ErrorCode.BAD_USER_INPUT]}, not one of {[ErrorCode.FORBIDDEN]}",
        ),
        (VALID, reply({"data": {"a": 1, "b": None, "c": 3, "__typename": "Query"}}), "data that was not asked for"),
    ],
)
def test_an_answer_that_no_client_should_get_is_a_fault(attempt: Attempt, answer: Reply, what: str) -> None:
    assert fault(attempt, answer, SCHEMA) == what


@pytest.mark.parametrize("data", [{"a": None, "b": None}, {"a": 2**31, "b": None}, {"a": 1, "b": 1}])
def test_data_that_the_schema_does_not_allow_is_a_fault(data: Any) -> None:
    assert fault(VALID, reply({"data": {**data, "__typename": "Query"}}), SCHEMA).startswith("data that the schema")


def test_a_fault_of_ours_is_one_unless_a_subgraph_was_spoiled() -> None:
    answer = reply({"errors": [error("INTERNAL_SERVER_ERROR", path=["a"])], "data": None})
    assert fault(POST, answer, SCHEMA).startswith("a fault of ours")
    assert fault(Attempt("any", spoiled_subgraphs=True), answer, SCHEMA) == ""


async def test_a_gateway_that_hangs_or_raises_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "_ANSWER_WITHIN_S", 0.05)

    async def hangs(*_: Any) -> None:
        await asyncio.Event().wait()

    async def raises(*_: Any) -> None:
        raise KeyError("x")

    judge = partial(fault, schema=SCHEMA)
    assert await judged(hangs, POST, judge) == "no answer"
    assert await judged(raises, POST, judge) == "raised KeyError('x')"
