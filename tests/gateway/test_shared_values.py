"""An object without a key that two subgraphs know parts of: when one is away, its part is missing, and the other's stays."""

from typing import Any

import pytest

from gateway.executor.subgraph_client import SubgraphTrouble
from tests.gateway.kit.gateway import Federation

GOODS: dict[str, Any] = {"data": {"place": {"name": "Senduro", "lat": 1.5}}}
MAKERS: dict[str, Any] = {"data": {"place": {"height": 620}}}
AWAY = SubgraphTrouble("SERVICE_UNAVAILABLE", "it is away")
WHOLE = "{ place { name height lat } }"


def market(*away: str, **answers: Any) -> Federation:
    federation = Federation.of("market")
    federation.client.answers = {"GOODS": GOODS, "MAKERS": MAKERS, **answers}
    federation.client.troubles = dict.fromkeys(away, AWAY)
    return federation


def good(number: int) -> dict[str, Any]:
    return {"__typename": "Good", "sku": f"s{number}", "maker": {"id": "m"}, "place": {"name": f"n{number}"}}


def errors(answer: dict[str, Any]) -> list[tuple[list[str | int], str]]:
    return sorted((error["path"], error["extensions"]["code"]) for error in answer.get("errors", ()))


# Whichever of both is away, it is once the first to answer and once the last.
@pytest.mark.parametrize(
    ("away", "data", "missing"),
    [
        ("GOODS", {"name": None, "height": 620, "lat": None}, ["lat", "name"]),
        ("MAKERS", {"name": "Senduro", "height": None, "lat": 1.5}, ["height"]),
    ],
)
async def test_of_a_root_field_the_part_that_is_missing_has_its_errors_and_the_other_is_there(
    away: str, data: dict[str, Any], missing: list[str]
) -> None:
    answer = await market(away).ask(WHOLE)
    assert answer["data"] == {"place": data}
    assert errors(answer) == [(["place", key], "SERVICE_UNAVAILABLE") for key in missing]


async def test_when_both_are_away_the_object_itself_is_the_one_error() -> None:
    answer = await market("GOODS", "MAKERS").ask(WHOLE)
    assert answer["data"] == {"place": None}
    assert errors(answer) == [(["place"], "SERVICE_UNAVAILABLE")]


async def test_when_both_are_there_nothing_is_missing() -> None:
    assert await market().ask(WHOLE) == {"data": {"place": {"name": "Senduro", "height": 620, "lat": 1.5}}}


async def test_of_an_entity_the_part_of_the_subgraph_that_did_not_answer_has_its_errors() -> None:
    goods = [good(number) for number in range(2)]
    answer = await market("MAKERS", GOODS={"data": {"goods": goods}}).ask("{ goods { place { name height } } }")
    assert answer["data"] == {"goods": [{"place": {"name": f"n{number}", "height": None}} for number in range(2)]}
    assert errors(answer) == [(["goods", number, "place", "height"], "SERVICE_UNAVAILABLE") for number in range(2)]


@pytest.mark.parametrize("answered", [[], [{"place": {"height": 1}}] * 3])
async def test_so_has_that_of_one_whose_list_is_too_short_or_too_long(answered: list[Any]) -> None:
    goods = [good(number) for number in range(2)]
    federation = market(GOODS={"data": {"goods": goods}}, MAKERS={"data": {"_0": answered}})
    answer = await federation.ask("{ goods { place { name height } } }")
    assert [one["place"]["name"] for one in answer["data"]["goods"]] == ["n0", "n1"]
    assert [path for path, _ in errors(answer)] == [["goods", 0, "place", "height"], ["goods", 1, "place", "height"]]


async def test_an_entity_that_its_owner_does_not_know_leaves_what_the_other_says_and_no_error() -> None:
    federation = market(GOODS={"data": {"goods": [good(0)]}}, MAKERS={"data": {"_0": [None]}})
    answer = await federation.ask("{ goods { place { name height } } }")
    assert answer == {"data": {"goods": [{"place": {"name": "n0", "height": None}}]}}


@pytest.mark.parametrize("away", ["A", "B"])
async def test_objects_in_shared_lists_are_told_one_by_one(away: str) -> None:
    federation = Federation.of("shared")
    federation.client.answers = {
        name: {"data": {"page": {"parts": [{key: 1}, {key: 2}]}}} for name, key in (("A", "a"), ("B", "b"))
    }
    federation.client.troubles = {away: AWAY}
    answer = await federation.ask("{ page { parts { a b } } }")
    known, lost = ("b", "a") if away == "A" else ("a", "b")
    assert answer["data"] == {"page": {"parts": [{known: 1, lost: None}, {known: 2, lost: None}]}}
    assert errors(answer) == [(["page", "parts", number, lost], "SERVICE_UNAVAILABLE") for number in range(2)]


@pytest.mark.parametrize("first", ["GOODS", "MAKERS"])
async def test_an_object_that_one_says_failed_has_failed_whatever_the_other_knows_of_it(first: str) -> None:
    failed = {"data": {"place": None}, "errors": [{"message": "no", "path": ["place"]}]}
    answer = await market(**{first: failed}).ask(WHOLE)
    assert answer["data"] == {"place": None}
    assert [path for path, _ in errors(answer)] == [["place"]]


async def test_a_field_that_may_not_be_null_takes_the_shared_object_along_and_is_the_one_error() -> None:
    refused = {"data": None, "errors": [{"message": "no", "path": ["makers"]}]}
    answer = await market(MAKERS=refused).ask("{ place { name height } makers { id } }")
    assert answer["data"] is None
    assert [path for path, _ in errors(answer)] == [["makers"]]
