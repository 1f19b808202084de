"""A gateway over in-process subgraphs."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway import exact
from gateway.executor.subgraph_client import SubgraphTrouble
from gateway.pipeline import Caller, Pipeline, Request
from gateway.settings import Limits
from gateway.supergraph.load import load
from tests.gateway.kit.subgraph import Subgraph

SUPERGRAPHS = Path(__file__).parents[1] / "supergraphs"


@dataclass(slots=True)
class InProcess:
    """Calls subgraphs without a network. `troubles` makes one fail; `answers` makes one say something else."""

    subgraphs: Mapping[str, Subgraph]
    troubles: dict[str, SubgraphTrouble] = field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def send(
        self, subgraph: str, body: bytes, headers: Mapping[str, str], deadline: float, *, idempotent: bool
    ) -> dict[str, Any]:
        payload = exact.loads(body)
        self.sent.append((subgraph, payload))
        await asyncio.sleep(0)
        if subgraph in self.troubles:
            raise self.troubles[subgraph]
        if subgraph in self.answers:
            return self.answers[subgraph]
        answer = self.subgraphs[subgraph].execute(payload)
        return exact.loads(exact.dumps(answer))  # type: ignore[no-any-return]  # an object


def supergraph_text(name: str) -> str:
    return (SUPERGRAPHS / name / "supergraph.graphql").read_text(encoding="utf-8")


def subgraph_text(name: str, subgraph: str) -> str:
    return (SUPERGRAPHS / name / f"{subgraph}.graphql").read_text(encoding="utf-8")


@dataclass(slots=True)
class Federation:
    """A supergraph of tests/gateway/supergraphs, served by in-process subgraphs."""

    pipeline: Pipeline
    client: InProcess

    @classmethod
    def of(
        cls, name: str, subgraphs: Iterable[Subgraph] = (), *, limits: Limits | None = None, mask: bool = False
    ) -> "Federation":
        client = InProcess({subgraph.name.upper(): subgraph for subgraph in subgraphs})
        return cls(Pipeline(load(supergraph_text(name)), client, limits or Limits(), mask=mask), client)

    async def ask(
        self, query: str, variables: Mapping[str, Any] | None = None, operation: str | None = None
    ) -> dict[str, Any]:
        return await self.pipeline.execute(Request(query, operation, variables or {}), Caller("trace", {}))

    async def plan(self, query: str, variables: Mapping[str, Any] | None = None) -> str:
        return self.pipeline.explain(Request(query, None, variables or {}))[0].render()
