"""Whatever one subgraph answers: what the others know stays, and the client gets coded errors, never a fault of the request."""

from typing import Any

import pytest
from aiohttp import web

from gateway.executor.entities import merge
from services.kit.codes import ErrorCode
from tests.gateway.kit.gateway import Federation
from tests.gateway.kit.network import Running, SubgraphServer
from tests.gateway.shop import shop

QUERY = "{ products { id merchant { name } sold delivery: fee } }"
FINE = {"data": {"_0": [{"sold": 7}, {"sold": 0}]}}


def nested(depth: int, inner: Any = 1, key: str = "") -> Any:
    for _ in range(depth):
        inner = {key: inner} if key else [inner]
    return inner


def error(**parts: Any) -> dict[str, Any]:
    """An answer without values, and one error at the first."""
    told = {"message": "no", "path": ["_0", 0, "sold"], **parts}
    return {"data": {"_0": [{"sold": None}, {"sold": 0}]}, "errors": [told]}


ODD_CODES: list[Any] = [["FORBIDDEN"], {"a": 1}, 7, None, True, 1.5, "", "NONSENSE", "x" * 9_000, [], [[["a"]]]]
ODD_MESSAGES: list[Any] = [None, 3, ["a"], {"a": 1}, "m" * 100_000, "\x00\u202e"]
ODD_PATHS: list[Any] = [
    *(None, 3, "_0", {}, [], [None], [["_0"]], [{}], [True], [0]),
    *(["_0", -1], ["_0", 1.0, "sold"], ["_0", "0", "sold"], ["_0", 0, ["sold"]], ["_0", 10**9]),
    *(["_0", 0, "sold", *range(5_000)], ["_0", 0, "sold", *("a" * 9)]),
]
ODD_EXTENSIONS: list[Any] = [None, 3, "x", [1], [["code", "x"]]]
ODD_LOCATIONS: list[Any] = [3, [3], [{"line": []}], {"line": 1}]
ODD_DATA: list[Any] = [None, 3, "x", [], [[]], True, {"_0": {}}, {"_0": 3}, {"_0": {"0": 1}}]
ERRORS: dict[str, Any] = {
    **{f"code {value!r}"[:40]: error(extensions={"code": value}) for value in ODD_CODES},
    **{f"extensions {value!r}": error(extensions=value) for value in ODD_EXTENSIONS},
    **{f"message {value!r}"[:40]: error(message=value) for value in ODD_MESSAGES},
    **{f"path {value!r}"[:60]: error(path=value) for value in ODD_PATHS},
    **{f"locations {value!r}": error(locations=value) for value in ODD_LOCATIONS},
    "retry": error(extensions={"code": "RATE_LIMITED", "retryable": ["x"], "retryAfterMs": {"a": 1}}),
    "deep extensions": error(extensions={"code": "FORBIDDEN", "why": nested(900)}),
    "deep path": error(path=nested(900)),
    "another trace id": error(extensions={"code": "FORBIDDEN", "traceId": ["mine"]}),
    "errors are text": {**error(), "errors": "no"},
    "errors are an object": {**error(), "errors": {"message": "no"}},
    "errors are odd": {**error(), "errors": [None, 3, "x", [], [[]], {}, True]},
    "thousands of errors": {**FINE, "errors": [{"message": f"no {number}"} for number in range(5_000)]},
    "thousands of errors at one place": {**error(), "errors": error()["errors"] * 5_000},
    "thousands of errors and no data": {"data": None, "errors": [{"path": ["_0"], "message": "a"}] * 5_000},
}
DATA: dict[str, Any] = {
    **{f"data {value!r}": {"data": value} for value in ODD_DATA},
    **{
        f"entities {value!r}": {"data": {"_0": [value, {"sold": 0}]}}
        for value in (
            3,
            "x",
            [],
            [{"sold": 1}],
            True,
            {},
            {"sold": {"a": 1}},
            {"sold": [1]},
            {"sold": True},
            {"sold": "1"},
        )
    },
    "entities too deep": {"data": {"_0": [nested(900), {"sold": 0}]}},
    "a value too deep": {"data": {"_0": [{"sold": nested(900)}, {"sold": 0}]}},
    "another type's name": {
        "data": {"_0": [{"__typename": ["Product"], "sold": 1}, {"__typename": "Order", "sold": 0}]}
    },
    "keys nobody asked for": {"data": {"_0": [{"sold": 1, "merchant": None, "": {}}, {"sold": 0}], "_1": [1], "_2": 3}},
    "too few": {"data": {"_0": [{"sold": 1}]}},
    "too many": {"data": {"_0": [{"sold": 1}] * 3}},
    "no data": {},
    "no object": [],
    "text": "x",
    "null": None,
}


@pytest.mark.parametrize("mask", [True, False], ids=["masked", "as they are"])
@pytest.mark.parametrize("answer", [*ERRORS.values(), *DATA.values()], ids=[*ERRORS, *DATA])
async def test_what_the_others_know_stays_and_each_error_has_a_code(
    running: Running, subgraphs: dict[str, SubgraphServer], answer: Any, *, mask: bool
) -> None:
    running.serving.pipeline._mask = mask

    async def hostile(_: web.Request) -> web.StreamResponse:
        return web.json_response(answer)

    subgraphs["ordering"].respond = hostile
    status, got, _ = await running.post({"query": QUERY})
    assert status == 200, got
    assert [{**one, "sold": None} for one in got["data"]["products"]] == [
        {"id": "p1", "merchant": {"name": "Bu Sri"}, "sold": None, "delivery": 5000},
        {"id": "p2", "merchant": {"name": "Bu Sri"}, "sold": None, "delivery": 2000},
    ]
    assert len(got.get("errors", ())) <= 100
    for told in got.get("errors", ()):
        assert isinstance(told["message"], str)
        assert len(told["message"]) <= 2_000
        assert isinstance(told["extensions"]["traceId"], str)
        assert type(told["extensions"]["retryable"]) is bool
        code = told["extensions"]["code"]
        assert isinstance(code, str)
        assert code in ErrorCode.__members__ or not mask
    blamed = {name for name, breaker in running.serving.client.breakers.items() if breaker._now[1]}
    assert blamed <= {"ORDERING"}
    if isinstance(answer, dict) and isinstance(answer.get("errors"), list):
        assert got["errors"]


@pytest.mark.parametrize("place", ["root", "nested"])
async def test_a_root_answer_of_another_form_is_coded_and_the_other_services_part_is_there(place: str) -> None:
    for value in (3, "x", True, {"id": "o1"}, [[{"id": "o1"}]], nested(900), [3, None, "x"], [nested(5)]):
        federation = shop()
        data = {"orders": value} if place == "root" else {"orders": [{"code": "a", "lines": value}]}
        federation.client.answers["ORDERING"] = {"data": {"order": None, **data}}
        answer = await federation.ask(
            '{ product(id: "p1") { name } order(id: "o9") { id }'
            " orders { code" + (" lines { quantity } }" if place == "nested" else " }") + " }"
        )
        assert answer["errors"], value
        assert {one["extensions"]["code"] for one in answer["errors"]} == {"INTERNAL_SERVER_ERROR"}


@pytest.mark.parametrize("key", ["", "a"])
def test_two_answers_that_are_both_nested_deeper_than_python_may_call_are_merged(key: str) -> None:
    one: dict[str, Any] = {"shared": nested(1_000, {"mine": 1}, key)}
    merge(one, {"shared": nested(1_000, {"theirs": 2}, key)})
    inner: Any = one["shared"]
    for _ in range(1_000):
        inner = inner[key] if key else inner[0]
    assert inner == {"mine": 1, "theirs": 2}


async def test_two_subgraphs_that_both_answer_deep_lists_for_one_field_are_a_coded_error_at_it() -> None:
    federation = Federation.of("shared")
    federation.client.answers = {name: {"data": {"page": {"parts": nested(1_000)}}} for name in ("A", "B")}
    answer = await federation.ask("{ page { parts { a b } } }")
    assert answer["data"] == {"page": {"parts": None}}
    assert answer["errors"][0]["path"][:2] == ["page", "parts"]
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
