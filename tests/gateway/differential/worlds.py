"""The supergraphs of the comparison, each with subgraphs that answer from one universe: the nine of the tests, and ours."""

from dataclasses import dataclass
from pathlib import Path

from gateway.pipeline import Pipeline
from gateway.settings import Limits
from gateway.supergraph.load import load
from tests.gateway.kit.gateway import SUPERGRAPHS, Federation, InProcess, subgraph_text, supergraph_text
from tests.gateway.kit.universe import Universe, UniverseSubgraph

OURS = "wlijo"
_ROOT = Path(__file__).parents[3]
NAMES = (OURS, *sorted(folder.name for folder in SUPERGRAPHS.iterdir() if folder.is_dir()))
FRAIL, SPOILED = "frail", "spoiled"
KINDS = ("", FRAIL, SPOILED)
# None of them is met by what the comparison asks.
UNLIMITED = Limits(
    directives=10_000,
    body_bytes=10_000_000,
    tokens=100_000,
    depth=100,
    aliases=10_000,
    root_fields=100,
    selections=100_000,
    root_mutations=100,
    validation_steps=10**6,
    cost=10**9,
    anonymous_cost=10**9,
)


@dataclass(slots=True)
class World:
    name: str
    text: str
    universe: Universe
    subgraphs: dict[str, UniverseSubgraph]

    @classmethod
    def of(cls, name: str, *, kind: str = "") -> "World":
        """`kind`: one of KINDS."""
        text = (_ROOT / "gateway/supergraph.graphql").read_text("utf-8") if name == OURS else supergraph_text(name)
        universe = Universe(load(text), frail=kind == FRAIL, spoiled=kind == SPOILED)
        subgraphs = {
            id_: UniverseSubgraph(subgraph.name, _sdl(name, subgraph.name), universe=universe)
            for id_, subgraph in universe.supergraph.subgraphs.items()
        }
        return cls(name, text, universe, subgraphs)

    def federation(self) -> Federation:
        client = InProcess(self.subgraphs)
        return Federation(Pipeline(self.universe.supergraph, client, UNLIMITED, mask=False), client)


def _sdl(name: str, subgraph: str) -> str:
    if name == OURS:
        return (_ROOT / f"services/{subgraph}/schema.graphql").read_text("utf-8")
    return subgraph_text(name, subgraph)
