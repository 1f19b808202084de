"""One service that is away costs its part only, and every null that it leaves has an error, in a number that is bounded."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.executor.subgraph_client import SubgraphTrouble
from gateway.executor.writing import MOST_PROBLEMS
from gateway.governance.__main__ import ROOT
from gateway.pipeline import Caller, Pipeline, Request
from gateway.settings import Limits
from gateway.supergraph.load import load
from tests.gateway.kit.gateway import Federation, InProcess
from tests.gateway.shop import BAYAM, catalog, delivery, ordering, shop

AWAY = SubgraphTrouble("SERVICE_UNAVAILABLE", "connection refused")
_ALIASES = 100


def paths(answer: dict[str, Any]) -> list[list[str | int]]:
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"SERVICE_UNAVAILABLE"}
    return [error["path"] for error in answer["errors"]]


def nulls(value: Any, path: tuple[str | int, ...] = ()) -> list[list[str | int]]:
    """The place of every null of an answer."""
    if value is None:
        return [list(path)]
    if isinstance(value, dict):
        return [place for key, below in value.items() for place in nulls(below, (*path, key))]
    if isinstance(value, list):
        return [place for index, below in enumerate(value) for place in nulls(below, (*path, index))]
    return []


async def test_each_root_field_of_a_service_that_is_away_has_an_error_and_the_others_are_there() -> None:
    federation = shop()
    federation.client.troubles["CATALOG"] = AWAY
    answer = await federation.ask(
        '{ one: product(id: "p1") { name } two: product(id: "p2") { name } order(id: "o1") { code } }'
    )
    assert answer["data"] == {"one": None, "two": None, "order": {"code": "LMJ-1"}}
    assert paths(answer) == [["one"], ["two"]]


async def test_with_catalog_away_the_buyer_still_sees_himself() -> None:
    client = InProcess({}, {"CATALOG": AWAY}, {"ORDERING": {"data": {"me": {"id": "byr_1"}}}})
    supergraph = load((ROOT / "gateway" / "supergraph.graphql").read_text(encoding="utf-8"))
    near = "productsNear(point: {lat: -8.1, lng: 113.2}) { edges { cursor } }"
    answer = await Pipeline(supergraph, client, Limits()).execute(
        Request(f"{{ {near} regions {{ code }} me {{ id }} }}"), Caller("trace", {})
    )
    assert answer["data"] == {"productsNear": None, "regions": None, "me": {"id": "byr_1"}}
    assert paths(answer) == [["productsNear"], ["regions"]]


@pytest.mark.parametrize(
    "query",
    [
        "{ products { id fee } }",
        "{ products { a: fee b: fee merchant { id } } }",
        '{ order(id: "o1") { code delivery { status } lines { quantity product { id fee } } } }',
        '{ orders { delivery { id } } order(id: "o2") { d: delivery { status } } }',
        '{ one: delivery(id: "d1") { id } two: delivery(id: "d9") { id } orders { code } }',
    ],
)
async def test_every_null_that_a_service_leaves_is_one_error_at_its_place(query: str) -> None:
    federation = shop()
    federation.client.troubles["DELIVERY"] = AWAY
    answer = await federation.ask(query)
    assert paths(answer) == nulls(answer["data"])


def _shop_of(goods: int) -> Federation:
    subgraph = catalog()
    rows = [{**BAYAM, "id": f"p{number}"} for number in range(goods)]
    return Federation.of(
        "shop",
        [replace(subgraph, rows={**subgraph.rows, "Product": rows, "products": rows}), ordering(), delivery()],
        mask=True,
    )


@pytest.mark.parametrize("more", [0, 1])
async def test_below_a_root_field_with_too_many_missing_parts_there_is_nothing_and_one_error(more: int) -> None:
    """The others keep theirs, and no null is left without an error."""
    federation = _shop_of(MOST_PROBLEMS // _ALIASES + more)
    federation.client.troubles["DELIVERY"] = AWAY
    fees = " ".join(f"f{number}: fee" for number in range(_ALIASES))
    answer = await federation.ask(f"{{ products {{ id {fees} }} orders {{ code }} }}")
    if not more:
        assert len(answer["errors"]) == MOST_PROBLEMS
        assert paths(answer) == nulls(answer["data"])
        return
    # This list may not be null, and so nothing is.
    assert answer["data"] is None
    assert paths(answer) == [["products"]]


async def test_the_other_root_fields_of_such_an_answer_stay() -> None:
    federation = _shop_of(99)
    federation.client.answers["ORDERING"] = {
        "data": {
            "order": {"id": "o1", "lines": [{"product": {"__typename": "Product", "id": f"p{n}"}} for n in range(99)]}
        }
    }
    federation.client.troubles["DELIVERY"] = AWAY
    fees = " ".join(f"f{number}: fee" for number in range(_ALIASES - 1))
    answer = await federation.ask(
        f'{{ order(id: "o1") {{ lines {{ product {{ id {fees} }} }} }} products {{ id }} delivery(id: "d1") {{ id }} }}'
    )
    assert answer["data"]["order"] is None
    assert sorted(paths(answer)) == [["delivery"], ["order"]]
    assert sorted(nulls(answer["data"])) == [["delivery"], ["order"]]
