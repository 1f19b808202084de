"""A plan: the fetches of one operation, what each needs, and where its answer belongs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from gateway.planner.graph import Graph

StepKind = Literal["query", "mutation", "subscription", "entities"]


@dataclass(slots=True, eq=False)
class Entry:
    """One key of the merged data and the fields that share it."""

    key: str
    shapes: dict[str, str]
    parents: set[str] | frozenset[str]
    location: "Location"


@dataclass(slots=True, eq=False)
class Location:
    """A position in the merged data. Keys are the field's name, or an alias where two fields cannot share one."""

    path: tuple[str, ...] = ()
    entries: dict[tuple[str, str], list[Entry]] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def find(self, parent: str, identity: tuple[str, str]) -> Entry | None:
        return next((entry for entry in self.entries.get(identity, ()) if parent in entry.parents), None)

    def claim(self, graph: Graph, parents: list[str], identity: tuple[str, str]) -> Entry:
        """The entry for this field of these types; a new one where response shapes or arguments would clash."""
        for parent in parents:
            found = self.find(parent, identity)
            if found is not None:
                found.parents |= set(parents)
                return found
        shapes: dict[str, str] = {}
        for parent in parents:
            shapes.update(graph.shapes(parent, identity[0]))
        for entry in self.entries.get(identity, ()):
            if all(entry.shapes.get(graph_id, shape) == shape for graph_id, shape in shapes.items()):
                entry.parents |= set(parents)
                entry.shapes.update(shapes)
                return entry
        key, number = identity[0], 0
        while key in self._taken:
            number += 1
            key = f"{identity[0]}__{number}"
        self._taken.add(key)
        made = Entry(key, shapes, set(parents), Location((*self.path, key)))
        self.entries.setdefault(identity, []).append(made)
        return made

    def settle(self) -> None:
        """The plan is made: forgets what claims alone look at, a tenth of what a cached plan keeps."""
        self._taken = _NOTHING_TAKEN
        for entries in self.entries.values():
            for entry in entries:
                entry.parents = _shared(frozenset(entry.parents))
                entry.shapes = _NO_SHAPES
                entry.location.settle()


_NOTHING_TAKEN: set[str] = set()
_NO_SHAPES: dict[str, str] = {}


@lru_cache(2_000)
def _shared(names: frozenset[str]) -> frozenset[str]:
    """One for all plans."""
    return names


@dataclass(slots=True, eq=False)
class Tree:
    """The selection of one fetch."""

    fields: dict[str, tuple[str, str, "Tree | None"]] = field(default_factory=dict)
    fragments: dict[str, "Tree"] = field(default_factory=dict)
    typename: bool = False

    def fragment(self, type_name: str) -> "Tree":
        return self.fragments.setdefault(type_name, Tree())

    def text(self) -> str:
        parts: list[str] = []
        if self.typename or not (self.fields or self.fragments):
            parts.append("__typename")
        for key, (name, args, child) in self.fields.items():
            alias = "" if key == name else f"{key}: "
            below = f" {child.text()}" if child is not None else ""
            parts.append(f"{alias}{name}{args}{below}")
        for type_name, tree in self.fragments.items():
            parts.append(f"... on {type_name} {tree.text()}")
        return "{ " + " ".join(parts) + " }"


@dataclass(slots=True, eq=False)
class Wanted:
    """One part of a representation: `name` as the subgraph expects it, `key` where the merged data has it."""

    name: str
    key: str
    child: "Shape | None" = None
    # A part of a key: without it there is no entity.
    required: bool = False
    # The keys of the merged data that @requires makes depend on this part: they fail when it failed.
    dependents: set[str] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Shape:
    """What to copy of an object into a representation; per real type where the type is abstract."""

    fields: list[Wanted] = field(default_factory=list)
    by_type: dict[str, list[Wanted]] = field(default_factory=dict)
    typed: bool = False


@dataclass(slots=True, eq=False)
class Representation:
    as_type: str
    shape: Shape
    # Where the merged data has its parts, if none of them is an object: most keys are one such field.
    plain: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Asked:
    """The keys that a fetch asks for at a place of its answer, by the name of the object's type; '' for any other. `always`: those
    that it asks for of every type."""

    path: tuple[str, ...]
    keys: dict[str, frozenset[str]]
    always: frozenset[str]


@dataclass(slots=True, eq=False)
class Step:
    """One fetch from one subgraph. `path` leads to the objects that it completes; lists are walked through."""

    id: int
    subgraph: str
    kind: StepKind
    path: tuple[str, ...]
    needs: set[int]
    tree: Tree
    # Real type of the object -> how to represent it.
    representations: dict[str, Representation] = field(default_factory=dict)
    # Per real type, the keys of the merged data that this step fills.
    fills: dict[str, list[str]] = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    # The root fields of a mutation that must not be null: when one is, no later mutation is run.
    must: tuple[str, ...] = ()
    # Of the places that other steps complete as well.
    asked: list[Asked] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Request:
    """What is sent at once: one root fetch, or the entity fetches of one subgraph that wait for the same.

    `texts` has one text for each step alone and, for entities, one for all of them, in which the aliases and the variables
    `representations0`, `representations1` … (or what `variable` says) are in the order of the steps.
    """

    subgraph: str
    kind: StepKind
    steps: list[Step]
    needs: set[int]
    variables: tuple[str, ...]
    texts: list[str]
    variable: str = ""


def aliases(count: int) -> list[str]:
    """What the entity fetches of one request are called in it."""
    return [f"_{number}" for number in range(count)]


@dataclass(slots=True)
class Plan:
    """Steps in an order in which each comes after those that it needs; requests likewise."""

    steps: list[Step]
    requests: list[Request]
    root: Location

    def render(self) -> str:
        """The plan as text, for people and snapshots."""
        if not self.steps:
            return "nothing to fetch\n"
        leaders = {step.id: request.steps[0].id for request in self.requests for step in request.steps}
        return "\n".join(_render(step, leaders[step.id]) for step in self.steps) + "\n"


def _render(step: Step, leader: int) -> str:
    together = f" with {leader}" if leader != step.id else ""
    after = f" after {', '.join(map(str, sorted(step.needs)))}" if step.needs else ""
    where = f" at {'.'.join(step.path)}" if step.path else ""
    lines = [f"{step.id}: {step.kind} {step.subgraph}{where}{after}{together}"]
    seen: list[Representation] = []
    for real, representation in step.representations.items():
        if representation in seen:
            continue
        seen.append(representation)
        shown = real if real == representation.as_type else f"{real} as {representation.as_type}"
        lines.append(f"   by {shown} {_shape(representation.shape)}")
    lines.append(f"   {step.tree.text()}")
    return "\n".join(lines)


def _shape(shape: Shape) -> str:
    def parts(fields: list[Wanted]) -> Iterator[str]:
        for wanted in fields:
            name = wanted.name if wanted.name == wanted.key else f"{wanted.name} = {wanted.key}"
            yield f"{name} {_shape(wanted.child)}" if wanted.child else name

    inner = list(parts(shape.fields))
    inner += [f"... on {name} {{ {' '.join(parts(fields))} }}" for name, fields in shape.by_type.items() if fields]
    return "{ " + " ".join(inner) + " }"
