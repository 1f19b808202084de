"""python -m tests.unit.kit.execution.differential: planned execution beside graphql-core's own, on random operations of all subgraphs.

A quarter of the operations meet a world without faults. Each is executed twice by its plan, as it is and with its conditions turned over.
What must be the same: data with the order of its keys and the classes of its values, errors with their order, messages, paths, places and
what they came from. `--show N` prints N of the differences.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLEnumType,
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    execute,
    get_named_type,
    parse,
    validate,
)
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from services.contracts.registry import NAMES
from services.kit.execution import PlannedExecution, Plans
from services.kit.graphql.context import RequestContext
from services.kit.http.identity import ANONYMOUS
from services.sdl import schema_of
from tests.gateway.kit.operations import Writer
from tests.unit.kit.execution.worlds import World

_TEXTS = {"DateTime": "2026-02-01T03:30:00Z", "Date": "2026-02-01", "LocalTime": "07:30", "Rupiah": 12_000}


class _Writer(Writer):
    def _value(self, type_: Any) -> Any:
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else None
        if not isinstance(inner, GraphQLEnumType) and str(inner) in _TEXTS:
            return _TEXTS[str(inner)]
        return super()._value(type_)

    def _literal(self, value: Any, type_: Any) -> str:
        if str(get_named_type(type_)) in _TEXTS:
            return json.dumps(value)
        try:
            return super()._literal(value, type_)
        except (TypeError, AttributeError, GraphQLError):  # an input object with a date in it, as a default
            return "null"


def operations(schema: GraphQLSchema, seed: int, count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    found = number = 0
    while found < count:
        number += 1
        chance = random.Random(seed * 1_000_000 + number)
        text, values = _Writer(schema, chance, chance.choice((2, 3, 4, 5))).operation()
        if chance.random() < 0.03:
            text = "{ __schema { queryType { name } types { ...on __Type { kind name fields { name } } } } }"
        if not validate(schema, parse(text), max_errors=1):
            found += 1
            yield text, {name: values[name] for name in values if f"${name}" in text}


@dataclass(slots=True)
class Tally:
    operations: int = 0
    with_errors: int = 0
    values: int = 0
    differences: list[tuple[str, str, str]] = field(default_factory=list)


async def _answered(schema: GraphQLSchema, document: Any, values: Any, kind: type[Any]) -> Any:
    result: Any = execute(
        schema,
        document,
        variable_values=values,
        context_value=RequestContext(ANONYMOUS),
        executor_class=kind,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # as Strawberry calls it
        operation_extensions=None,
    )
    return result if isinstance(result, ExecutionResult) else await result


def shown(result: Any) -> str:
    errors = [
        (error.formatted, [type(node).__name__ for node in error.nodes or ()], repr(error.original_error))
        for error in result.errors or []
    ]
    return repr(result.data) + "".join(f"\n{each}" for each in errors)


async def compare(
    schema: Any, seed: int, count: int, execution: type[Any] = PlannedExecution, *, stop: bool = False
) -> Tally:
    """`stop`: at the first difference."""
    tally, graph = Tally(), schema._schema
    for number, (text, values) in enumerate(operations(graph, seed, count)):
        document = parse(text)
        world = World(graph, seed * 1_000_000 + number, (0.0, 0.01, 0.04, 0.1)[number % 4])
        turned = {name: (not each if isinstance(each, bool) else each) for name, each in values.items()}
        with world.in_place():
            for given in (values, turned, values):
                truth = await _answered(graph, document, given, StrawberryGraphQLCoreExecutionContext)
                ours = await _answered(graph, document, given, execution)
                tally.operations += 1
                tally.with_errors += bool(truth.errors)
                tally.values += shown(truth).count(":")
                if shown(ours) != shown(truth):
                    tally.differences.append((f"{text} {given}", shown(truth), shown(ours)))
                    break
        if stop and tally.differences:
            break
    return tally


async def run(count: int, seed: int, show: int) -> int:
    differences = 0
    print(f"{'subgraph':12}{'executions':>12}{'with errors':>14}{'values':>12}{'differences':>14}")
    for name in NAMES:
        schema = schema_of(name)
        tally = await compare(schema, seed, count)
        print(f"{name:12}{tally.operations:>12}{tally.with_errors:>14}{tally.values:>12}{len(tally.differences):>14}")
        for text, truth, ours in tally.differences[:show]:
            print(f"\n{text}\n--- graphql-core\n{truth}\n--- planned\n{ours}\n")
        plans = Plans.of(schema._schema)
        print(
            f"{'':12}{dict(plans.counts)}, {plans.interpreted} selections interpreted, {plans.kept_bytes:,} bytes kept"
        )
        differences += len(tally.differences)
        gc.collect()
    return 1 if differences else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=2_000, help="of each subgraph")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=3)
    asked = parser.parse_args()
    sys.unraisablehook = lambda _: None
    warnings.simplefilter("ignore", RuntimeWarning)  # where a sibling failed graphql-core lets go of what was not begun
    sys.exit(asyncio.run(run(asked.operations, asked.seed, asked.show)))
