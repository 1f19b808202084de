"""A subgraph that says more than it was asked for: nothing of it stands where another one's word belongs."""

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.pipeline import Request
from tests.gateway.differential.compare import compare, ours
from tests.gateway.differential.worlds import NAMES, World
from tests.gateway.kit.gateway import Federation, InProcess
from tests.gateway.shop import shop


class Talkative(InProcess):
    """Each object of each answer has all keys that any plan could look for, and those that were not asked for are lies."""

    # Made for each answer.
    lies: tuple[Any, ...] = ("a lie", {"__typename": "Lie", "id": "lie"}, [{"id": "lie"}], 7)
    keys: tuple[str, ...] = ()
    told: int = 0

    async def send(
        self, subgraph: str, body: bytes, headers: Mapping[str, str], deadline: float, *, idempotent: bool
    ) -> dict[str, Any]:
        answer = await super().send(subgraph, body, headers, deadline, idempotent=idempotent)
        self._lie(answer.get("data"))
        return answer

    def _lie(self, value: Any) -> None:
        if isinstance(value, list):
            for one in value:
                self._lie(one)
        elif isinstance(value, dict):
            for one in list(value.values()):
                self._lie(one)
            for key in self.keys:
                if key not in value:
                    value[key] = self.lies[self.told % len(self.lies)]
                    self.told += 1


def talkative(federation: Federation) -> Talkative:
    client = Talkative(federation.client.subgraphs)
    fields = {field for type_ in federation.pipeline.supergraph.types.values() for field in type_.fields}
    client.keys = (*sorted(fields), *(f"{field}__1" for field in sorted(fields)), "__typename")
    federation.client = client
    federation.pipeline._client = client
    return client


@pytest.mark.parametrize("name", NAMES)
async def test_random_operations_are_answered_as_if_nothing_more_had_been_said(name: str) -> None:
    world = World.of(name)
    federation = world.federation()
    client = talkative(federation)
    checked = 0
    async for compared in compare(world, 1, 25, {"ours": ours(world, federation)}):
        assert not compared.differences, str(compared.differences["ours"])
        checked += 1
    assert checked == 25
    assert client.told > 100


@pytest.mark.parametrize("sold", [7, None])
async def test_a_name_that_another_subgraph_owns_is_not_taken_from_one_that_was_asked_for_something_else(
    sold: int | None,
) -> None:
    federation = shop()
    federation.client.answers["ORDERING"] = {
        "data": {"_0": [{"sold": sold, "fee": 1, "merchant": {"name": "Not Bu Sri"}}, {"sold": sold, "fee": 1}]}
    }
    answer = await federation.ask("{ products { name merchant { name } sold fee } }")
    assert [(one["merchant"]["name"], one["sold"], one["fee"]) for one in answer["data"]["products"]] == [
        ("Bu Sri", sold, 5000),
        ("Bu Sri", sold, 2000),
    ]


async def test_an_error_at_a_key_that_was_not_asked_for_is_told_and_hides_nothing() -> None:
    federation = shop()
    federation.client.answers["ORDERING"] = {
        "data": {"_0": [{"sold": 1, "fee": None}, {"sold": 2}]},
        "errors": [
            {"message": "no fee", "path": ["_0", 0, "fee"]},
            {"message": "no merchant", "path": ["_0", 1, "merchant"]},
        ],
    }
    answer = await federation.ask("{ products { merchant { name } sold fee } }")
    assert answer["data"]["products"] == [
        {"merchant": {"name": "Bu Sri"}, "sold": 1, "fee": 5000},
        {"merchant": {"name": "Bu Sri"}, "sold": 2, "fee": 2000},
    ]
    assert [error["message"] for error in answer["errors"]] == ["no fee", "no merchant"]


def test_only_places_that_several_steps_complete_are_looked_at() -> None:
    federation = shop()

    def looked_at(query: str) -> list[tuple[str, list[tuple[str, ...]]]]:
        plan, _ = federation.pipeline.explain(Request(query, None, {}))
        return [(step.subgraph, [asked.path for asked in step.asked]) for step in plan.steps]

    assert looked_at("{ products { id name merchant { name } } }") == [("CATALOG", [])]
    assert looked_at("{ products { merchant { name } sold } }") == [
        ("CATALOG", [("products",)]),
        ("ORDERING", [()]),
    ]
