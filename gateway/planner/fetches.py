"""Turns choices into fetches: one selection per request, and what each request needs to know first."""

from dataclasses import dataclass, field
from functools import partial

from graphql import NonNullTypeNode

from gateway.planner.asked import note_asked
from gateway.planner.graph import Graph
from gateway.planner.plan import (
    Location,
    Plan,
    Representation,
    Request,
    Shape,
    Step,
    StepKind,
    Tree,
    Wanted,
    aliases,
)
from gateway.planner.selection import Selections, SelectionSet
from gateway.planner.ways import Choice, Entry, Move, Node


@dataclass(frozen=True, slots=True)
class _Represented:
    """How objects of one type enter a step: `selections` are the key and what @requires asks for, for the sake of `keys`."""

    step: Step
    real: str
    as_type: str
    location: Location
    selections: list[SelectionSet]
    keys: set[str]


@dataclass(slots=True)
class Fetches:
    """Collects the steps of one plan."""

    graph: Graph
    selections: Selections
    declarations: dict[str, str]
    root: Location = field(default_factory=Location)
    steps: list[Step] = field(default_factory=list)
    _variables: dict[int, set[str]] = field(default_factory=dict)
    # Representations are compiled at the end, when every key of the merged data is known.
    _wanted: list[_Represented] = field(default_factory=list)

    def add_root(self, node: Node, kind: StepKind, after: set[int]) -> set[int]:
        """Adds the fetches of a root selection; answers their ids."""
        first = len(self.steps)
        for move in node.moves:
            step = self._step(move.entry.subgraph, kind, self.root, after)
            self._emit_choices(move.choices, [node.position.type], step, step.tree, self.root)
            if kind == "mutation":
                declared = self.graph.supergraph.types[node.position.type].fields
                step.must = tuple(
                    key
                    for key, (name, *_) in step.tree.fields.items()
                    if isinstance(declared[name].type, NonNullTypeNode)
                )
        return {step.id for step in self.steps[first:]}

    @property
    def representations_variable(self) -> str:
        name = "representations"
        while any(declared.startswith(name) for declared in self.declarations):
            name += "_"
        return name

    def plan(self) -> Plan:
        for one in self._wanted:
            represented = one.step.representations.setdefault(one.real, Representation(one.as_type, Shape()))
            key, *requires = one.selections
            self._shape_fields(represented.shape.fields, key, one.real, one.location, None)
            for selection in requires:
                self._shape_fields(represented.shape.fields, selection, one.real, one.location, one.keys)
            for name in self.graph.supergraph.possible(None, one.real):
                # An interface object whose real type another fetch may have told by now.
                one.step.representations.setdefault(name, represented)
        for step in self.steps:
            self._finish(step)
        steps = self._in_order()
        note_asked(steps, partial(self.graph.supergraph.possible, None))
        self.root.settle()
        return Plan(steps, self._requests(steps), self.root)

    def _step(self, subgraph: str, kind: StepKind, location: Location, needs: set[int]) -> Step:
        step = Step(len(self.steps), subgraph, kind, location.path, set(needs), Tree())
        self.steps.append(step)
        self._variables[step.id] = set()
        return step

    # -- choices ----------------------------------------------------------------------------------------------------

    def _emit(self, node: Node, declared: str, step: Step, tree: Tree, location: Location) -> set[int]:
        """Writes the choices of a node; answers the ids of all steps that take part."""
        position = node.position
        types = self.graph.supergraph.types
        if types[position.type].is_abstract or types[declared].is_abstract:
            tree.typename = True
        parents = [position.type]
        if types[position.type].is_abstract:
            parents += self.graph.supergraph.possible(None, position.type)
        used = self._emit_choices(node.choices, parents, step, tree, location)
        for name, part in node.by_type.items():
            used |= self._emit(part, name, step, tree.fragment(name), location)
            if not (tree.fragments[name].fields or tree.fragments[name].fragments):
                del tree.fragments[name]
        for move in node.moves:
            used |= self._emit_move(node, move, step, tree, location)
        return used | {step.id}

    def _emit_choices(
        self, choices: list[Choice], parents: list[str], step: Step, tree: Tree, location: Location
    ) -> set[int]:
        used = {step.id}
        for choice in choices:
            one = choice.field
            entry = location.claim(self.graph, parents, one.identity)
            _, _, below = tree.fields.setdefault(entry.key, (one.name, one.args, Tree() if choice.child else None))
            self._variables[step.id] |= one.variables
            if choice.child is not None:
                assert below is not None
                declared = self.graph.supergraph.types[parents[0]].fields[one.name].named
                used |= self._emit(choice.child, declared, step, below, entry.location)
        return used

    def _emit_move(self, node: Node, move: Move, step: Step, tree: Tree, location: Location) -> set[int]:
        entry, real = move.entry, node.position.type
        if not entry.needs:
            target = self._step(entry.subgraph, "query", location, {step.id})
            return self._emit_choices(move.choices, [real], target, target.tree, location) | {target.id}
        needs = {step.id}
        for _, needed in entry.needs:
            needs |= self._emit(needed, real, step, tree, location)
        tree.typename = True
        target = self._entity_step(entry, real, location, needs)
        below = target.tree.fragment(entry.as_type)
        used = {target.id}
        if move.inner is not None:
            used |= self._emit(move.inner, entry.as_type, target, below, location)
        parents = [entry.as_type, real] if entry.as_type != real else [real]
        if self.graph.supergraph.types[real].is_abstract:
            parents += self.graph.supergraph.possible(None, real)
        used |= self._emit_choices(move.choices, parents, target, below, location)
        selections = [selection for selection, _ in entry.needs]
        keys = {
            known.key
            for choice in (move.choices if len(selections) > 1 else ())
            if (known := location.find(parents[0], choice.field.identity)) is not None
        }
        self._wanted.append(_Represented(target, real, entry.as_type, location, selections, keys))
        return used

    # -- steps ------------------------------------------------------------------------------------------------------

    def _entity_step(self, entry: Entry, real: str, location: Location, needs: set[int]) -> Step:
        """A step at this place to this subgraph: one that is there already, unless it would wait for itself."""
        closure = self._closure(needs)
        for step in self.steps:
            if step.kind != "entities" or step.path != location.path or step.subgraph != entry.subgraph:
                continue
            if step.id in closure or self._clashes(step, entry, real, location):
                continue
            step.needs |= needs
            return step
        return self._step(entry.subgraph, "entities", location, needs)

    def _closure(self, ids: set[int]) -> set[int]:
        found: set[int] = set()
        waiting = list(ids)
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting.extend(self.steps[one].needs)
        return found

    def _clashes(self, step: Step, entry: Entry, real: str, location: Location) -> bool:
        """One representation cannot hold the same field with two sets of arguments, nor be of two types."""
        mine = self._named(entry, real, location)
        for other in self._wanted:
            if other.step is not step or other.real != real:
                continue
            if other.as_type != entry.as_type:
                return True
            theirs = {
                one.name: one.args
                for selection in other.selections
                for one in self.selections.collect(selection, real).values()
            }
            if any(theirs.get(name, args) != args for name, args in mine.items()):
                return True
        return False

    def _named(self, entry: Entry, real: str, location: Location) -> dict[str, str]:
        return {
            one.name: one.args
            for selection, _ in entry.needs
            for one in self.selections.collect(selection, real).values()
        }

    # -- representations --------------------------------------------------------------------------------------------

    def _shape_fields(
        self,
        into: list[Wanted],
        selection: SelectionSet,
        type_name: str,
        location: Location,
        dependents: set[str] | None,
    ) -> None:
        """`dependents`: the fields for whose sake @requires asks for it; None: it is a key."""
        for one in self.selections.collect(selection, type_name).values():
            if one.name == "__typename":
                continue
            entry = location.find(type_name, one.identity)
            if entry is None:
                continue
            known = next((wanted for wanted in into if wanted.name == one.name), None)
            if known is None:
                known = Wanted(one.name, entry.key, Shape() if one.children else None)
                into.append(known)
            known.required |= dependents is None
            known.dependents |= dependents or set()
            if one.children is not None and known.child is not None:
                child_type = self._child_type(type_name, one.name)
                self._shape(known.child, one.children, child_type, entry.location, dependents)

    def _child_type(self, type_name: str, field_name: str) -> str:
        return self.graph.supergraph.types[type_name].fields[field_name].named

    def _shape(
        self,
        shape: Shape,
        selection: SelectionSet,
        type_name: str,
        location: Location,
        dependents: set[str] | None,
    ) -> None:
        if not self.graph.supergraph.types[type_name].is_abstract:
            self._shape_fields(shape.fields, selection, type_name, location, dependents)
            return
        shape.typed = True
        for name in (type_name, *self.graph.supergraph.possible(None, type_name)):
            self._shape_fields(shape.by_type.setdefault(name, []), selection, name, location, dependents)

    # -- finishing --------------------------------------------------------------------------------------------------

    def _finish(self, step: Step) -> None:
        step.needs -= {step.id}
        step.variables = tuple(name for name in self.declarations if name in self._variables[step.id])
        if step.kind == "entities":
            for real, representation in step.representations.items():
                if all(wanted.child is None for wanted in representation.shape.fields):
                    representation.plain = tuple(wanted.key for wanted in representation.shape.fields)
                tree = step.tree.fragments[representation.as_type]
                step.fills[real] = list(_keys(tree, real))
        else:
            step.fills[""] = list(step.tree.fields)

    def _requests(self, steps: list[Step]) -> list[Request]:
        """Entity fetches of one subgraph that are equally far from the start travel together."""
        levels: dict[int, int] = {}
        together: dict[tuple[int, str], list[Step]] = {}
        for step in steps:
            levels[step.id] = 1 + max((levels[one] for one in step.needs), default=0)
            alone = step.kind != "entities"
            together.setdefault((levels[step.id], f"step {step.id}" if alone else step.subgraph), []).append(step)
        return [self._request(together[key]) for key in sorted(together, key=lambda key: key[0])]

    def _request(self, steps: list[Step]) -> Request:
        declared = {name: self.declarations[name] for step in steps for name in step.variables}
        first = steps[0]
        if first.kind != "entities":
            texts = [_operation(first.kind, list(declared.values()), first.tree.text())]
            return Request(first.subgraph, first.kind, steps, set(first.needs), tuple(declared), texts)
        name = self.representations_variable
        parts = [
            f"{alias}: _entities(representations: ${name}{number}) {step.tree.text()}"
            for number, (alias, step) in enumerate(zip(aliases(len(steps)), steps, strict=True))
        ]
        numbered = [f"${name}{number}: [_Any!]!" for number in range(len(steps))]
        texts = [
            # One of them alone: the others may find no object to complete.
            _operation(
                "query", [numbered[number], *(declared[each] for each in step.variables)], f"{{ {parts[number]} }}"
            )
            for number, step in enumerate(steps)
        ]
        texts.append(_operation("query", [*numbered, *declared.values()], "{ " + " ".join(parts) + " }"))
        needs = {one for step in steps for one in step.needs}
        return Request(first.subgraph, "entities", steps, needs, tuple(declared), texts, name)

    def _in_order(self) -> list[Step]:
        done: dict[int, Step] = {}
        waiting = list(self.steps)
        while waiting:
            ready = [step for step in waiting if step.needs <= done.keys()]
            assert ready, "fetches that wait for each other"
            for step in ready:
                done[step.id] = step
            waiting = [step for step in waiting if step.id not in done]
        numbers = {old: new for new, old in enumerate(done)}
        for step in done.values():
            step.needs = {numbers[one] for one in step.needs}
        for old, step in done.items():
            step.id = numbers[old]
        return list(done.values())


def _operation(kind: str, declared: list[str], body: str) -> str:
    return f"{kind}({', '.join(declared)}) {body}" if declared else f"{kind} {body}"


def _keys(tree: Tree, real: str) -> list[str]:
    keys = list(tree.fields)
    for name, inner in tree.fragments.items():
        if name == real:
            keys += _keys(inner, real)
    return keys
