"""Asks gateways random operations, and holds each answer against the truth."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.errors import RequestError
from tests.gateway.differential.truth import Answer, Truth
from tests.gateway.differential.worlds import World
from tests.gateway.kit.gateway import Federation
from tests.gateway.kit.operations import operations

# Query and variables -> the whole answer.
Ask = Callable[[str, dict[str, Any]], Awaitable[Mapping[str, Any]]]


@dataclass(slots=True)
class Difference:
    """`what` differs: data, order of the data, mutations run, which nulls are errors, path of an error."""

    what: str
    query: str
    variables: dict[str, Any]
    salt: int
    truth: Answer
    answer: Answer

    def __str__(self) -> str:
        return (
            f"{self.what} differs, salt {self.salt}\n{self.query}\nvariables {self.variables}\n"
            f"truth  {self.truth.data}\n       {self.truth.errors} {self.truth.changes}\n"
            f"answer {self.answer.data}\n       {self.answer.errors} {self.answer.changes}"
        )


@dataclass(slots=True)
class Compared:
    truth: Answer
    # By gateway; none for one that answered right.
    differences: dict[str, Difference]


async def compare(world: World, seed: int, count: int, gateways: Mapping[str, Ask]) -> AsyncIterator[Compared]:
    """One after another, each operation over other data."""
    truth = Truth(world.universe)
    for salt, (query, variables) in enumerate(operations(world.universe.supergraph.api, seed, count)):
        world.universe.salt = salt
        right = truth.answer(query, variables)
        found: dict[str, Difference] = {}
        for name, ask in gateways.items():
            world.universe.changes.clear()
            answer = Answer.of(await ask(query, variables), list(world.universe.changes))
            if what := truth.difference(query, variables, right, answer):
                found[name] = Difference(what, query, variables, salt, right, answer)
        yield Compared(right, found)


def ours(world: World, federation: Federation | None = None) -> Ask:
    """Our gateway, in process."""
    federation = federation or world.federation()

    async def ask(query: str, variables: dict[str, Any]) -> Mapping[str, Any]:
        try:
            return await federation.ask(query, variables)
        except RequestError as error:
            return error.answer("trace")

    return ask
