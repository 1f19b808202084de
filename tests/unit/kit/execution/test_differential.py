"""Few operations of each subgraph: many are for `make truth-subgraphs`. And that what is compared is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.contracts.registry import NAMES
from services.kit.execution import PlannedExecution, classes, completing, plans, writing
from services.kit.execution.leaves import Leaf
from services.sdl import schema_of
from tests.unit.kit.execution.differential import compare

# Where a sibling failed, graphql-core itself lets go of what was not begun yet.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.mark.parametrize("name", NAMES)
async def test_a_plan_answers_as_graphql_core_does(name: str) -> None:
    tally = await compare(schema_of(name), seed=3, count=8)
    assert tally.with_errors > 0
    assert tally.differences == []


def _swallows(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(writing, "failed", lambda ex, field, path, error: None)


def _takes_another_order(patch: pytest.MonkeyPatch) -> None:
    before = writing.compiled
    patch.setattr(plans, "compiled", lambda parts: before(parts[::-1]))


def _takes_any_int(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(writing, "leaf_of", lambda _: Leaf("type($) is int or type($) is str", "$"))


def _forgets_conditions(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(plans, "_directives", lambda _: iter(()))


def _takes_one_type_for_all(patch: pytest.MonkeyPatch) -> None:
    before = classes.types_by_class

    def found(schema: Any, type_: Any) -> Any:
        told = before(schema, type_)
        return dict.fromkeys(told, next(iter(told.values()), None))

    patch.setattr(completing, "types_by_class", found)


@pytest.mark.parametrize(
    "planted", [_swallows, _takes_another_order, _takes_any_int, _forgets_conditions, _takes_one_type_for_all]
)
async def test_a_planted_bug_is_found(planted: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch)
    tally = await compare(schema_of("catalog"), seed=5, count=40, stop=True)
    assert tally.differences


async def test_who_lets_go_of_a_non_null_error_is_found() -> None:
    class Lenient(PlannedExecution):
        async def caught(self, completed: Any, *_: Any) -> Any:
            try:
                return await completed
            except Exception:  # noqa: BLE001
                return None

    assert (await compare(schema_of("catalog"), seed=5, count=60, execution=Lenient, stop=True)).differences
