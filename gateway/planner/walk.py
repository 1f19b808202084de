"""Chooses where each field of an operation is resolved: the cheapest way through the graph of moves.

The choice for one selection at one position (type, subgraph) does not depend on how the position was reached, so it
is worked out once and remembered: the work grows with selections times subgraphs, never with their combinations.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gateway.planner.graph import Graph, Target
from gateway.planner.selection import Field, Fragment, Selections, SelectionSet
from gateway.planner.ways import (
    FIELD_COST,
    LOCAL,
    MOVE_COST,
    UNREACHABLE_COST,
    Choice,
    Entry,
    Node,
    Option,
    Position,
    Way,
    choose,
    type_condition_rest,
)
from gateway.supergraph.model import named_type

# Nodes and fields worked out for one operation, far above what a real one takes: beyond, it is refused.
MOST_WORK = 100_000

# What a further type at the same place adds to the cost, as a part of what it would cost alone.
_SHARED = 100


class TooMuchWork(Exception):
    """The operation offers more ways than can be weighed."""


_Guard = frozenset[tuple[str, ...]]
_Entries = dict[Way, Entry | None]
_Solved = tuple[str, str | None, SelectionSet | None, frozenset[str], SelectionSet, _Guard]


@dataclass(slots=True)
class Walk:
    graph: Graph
    selections: Selections
    # How much was worked out so far.
    work: int = 0
    _solved: dict[_Solved, Node] = field(default_factory=dict)

    def solve(self, position: Position, selection: SelectionSet, guard: _Guard = frozenset()) -> Node:
        # The sets themselves, which are so kept, and not their ids.
        key = (position.type, position.subgraph, position.provided, position.peers, selection, guard)
        known = self._solved.get(key)
        if known is None:
            self._count()
            known = self._solved[key] = self._solve(position, selection, guard)
        return known

    def _count(self) -> None:
        self.work += 1
        if self.work > MOST_WORK:
            raise TooMuchWork

    def _solve(self, position: Position, selection: SelectionSet, guard: _Guard) -> Node:
        type_ = self.graph.supergraph.types[position.type]
        if type_.is_abstract and not self.graph.is_interface_object(position.type, position.subgraph):
            return self._solve_abstract(position, selection, guard)
        fields = dict(self.selections.collect(selection, position.type))
        if type_.is_abstract:
            # An interface object: its real type, and what depends on it, are known elsewhere.
            items: list[Field | Fragment] = [*self.selections.specific(selection, position.type)]
            for identity, one in list(fields.items()):
                if self._needs_real_type(position, one):
                    items.append(fields.pop(identity))
            if items:
                unknown = type_condition_rest.with_children(self.selections.interned(items))
                fields[unknown.identity] = unknown
        return self._solve_fields(position, fields, guard)

    def _needs_real_type(self, position: Position, one: Field) -> bool:
        if one.name == "__typename":
            return True
        join = self.graph.join(position.type, one.name, position.subgraph or "")
        return not (join and join.resolvable) and not self.graph.targets(position.type, one.name)

    def _solve_abstract(self, position: Position, selection: SelectionSet, guard: _Guard) -> Node:
        node = Node(position)
        concrete = self._members(position)
        common: set[tuple[str, str]] = set()
        for identity, one in self.selections.collect(selection, position.type).items():
            if one.name == "__typename":
                common.add(identity)
            elif self._same_for_all(position, one, concrete):
                choice = self._local(position, one, guard)
                if choice is not None and choice.cost < UNREACHABLE_COST:
                    common.add(identity)
                    node.choices.append(choice)
                    node.cost += choice.cost
        if not concrete and len(common) < len(self.selections.collect(selection, position.type)):
            node.cost += UNREACHABLE_COST  # no value can come from here to ask elsewhere about
        costs: list[int] = []
        for name in concrete:
            fields = {
                identity: one
                for identity, one in self.selections.collect(selection, name).items()
                if identity not in common
            }
            # A field asked for both of all types and of this one: it takes all of its selections here.
            if fields or any(self._wider(selection, position.type, name, identity) for identity in common):
                everything = self.selections.collect(selection, name)
                for identity in common:
                    if self._wider(selection, position.type, name, identity):
                        fields[identity] = everything[identity]
                part = self._solve_fields(replace(position, type=name), fields, guard)
                node.by_type[name] = part
                costs.append(part.cost)
        # Types share the fetches that complete them: the dearest counts, the others between equals.
        dearest = max(costs, default=0)
        node.cost += dearest + (sum(costs) - dearest) // _SHARED
        return node

    def _members(self, position: Position) -> tuple[str, ...]:
        """A union that several subgraphs could give, with members of their own each: only those that all know."""
        supergraph = self.graph.supergraph
        members = supergraph.possible(position.subgraph, position.type)
        if supergraph.types[position.type].kind == "union":
            for peer in position.peers:
                others = supergraph.possible(peer, position.type)
                members = tuple(name for name in members if name in others)
        return members

    def _peers(self, position: Position, target: Target, field_name: str) -> frozenset[str]:
        if not self.graph.partial_unions:
            return frozenset()
        owners = {other.subgraph for other in self.graph.targets(position.type, field_name)} - {target.subgraph}
        if position.subgraph is None:
            return frozenset(owners)
        return frozenset(owner for owner in owners if owner in position.peers or self.graph.keys(position.type, owner))

    def _wider(self, selection: SelectionSet, abstract: str, concrete: str, identity: tuple[str, str]) -> bool:
        mine = self.selections.collect(selection, concrete).get(identity)
        theirs = self.selections.collect(selection, abstract).get(identity)
        return mine is not None and theirs is not None and mine.children is not theirs.children

    def _same_for_all(self, position: Position, one: Field, concrete: tuple[str, ...]) -> bool:
        """Can the field be asked of the abstract type itself, for every type that it may be in this subgraph?"""
        if position.provided is not None or position.subgraph is None:
            return False
        join = self.graph.join(position.type, one.name, position.subgraph)
        if join is None or not join.resolvable or join.requires or join.provides:
            return False
        shapes = [self.graph.shapes(position.type, one.name)]
        for name in concrete:
            own = self.graph.join(name, one.name, position.subgraph)
            if own is None or not own.resolvable or own.requires or own.provides:
                return False
            shapes.append(self.graph.shapes(name, one.name))
        seen: dict[str, str] = {}
        return all(seen.setdefault(graph, shape) == shape for each in shapes for graph, shape in each.items())

    def _solve_fields(self, position: Position, fields: dict[tuple[str, str], Field], guard: _Guard) -> Node:
        node = Node(position)
        pending: list[list[Option]] = []
        entries: _Entries = {}
        for one in fields.values():
            if one.name == "__typename":
                continue
            options = self._options(position, one, guard, entries)
            if not options:
                node.cost += UNREACHABLE_COST
                continue
            # With one way only, no part could go another.
            if len(options) > 1 and min(option.choice.cost for option in options) >= UNREACHABLE_COST:
                parts = self._split(position, one, guard)
                if parts is not None:
                    pending.extend(parts)
                    continue
            pending.append(options)
        choose(node, pending)
        return node

    def _options(self, position: Position, one: Field, guard: _Guard, entries: "_Entries") -> list[Option]:
        """`entries`: ways into other subgraphs that were worked out for this position before."""
        self._count()
        options: list[Option] = []
        local = self._local(position, one, guard)
        if local is not None:
            options.append(Option(LOCAL, None, local))
            if local.cost < MOVE_COST:
                return options
        if one is type_condition_rest or one.name == type_condition_rest.name:
            return options + self._real_types(position, one, guard)
        for target in self.graph.targets(position.type, one.name):
            requires = target.join.requires
            here = target.subgraph == position.subgraph and target.as_type == position.type
            if here and not requires:
                continue
            way = target.subgraph, target.as_type, requires or ""
            if way in entries:
                entry = entries[way]
            else:
                entry = self._entry(position, target.subgraph, target.as_type, requires, one.name, guard)
                if not requires:  # a field may not be on its own way
                    entries[way] = entry
            if entry is not None:
                options.append(Option(way, entry, self._choice(position, one, target, None, guard)))
        return options

    def _real_types(self, position: Position, one: Field, guard: _Guard) -> list[Option]:
        """Ways to learn the real type of an interface object."""
        assert one.children is not None
        options: list[Option] = []
        for subgraph, join in self.graph.supergraph.types[position.type].joins.items():
            if join.interface_object or subgraph == position.subgraph:
                continue
            entry = self._entry(position, subgraph, position.type, None, "", guard)
            if entry is not None:
                inner = self.solve(Position(position.type, subgraph), one.children, guard)
                options.append(Option((subgraph, position.type, "*"), entry, Choice(one, inner, 1 + inner.cost)))
        return options

    def _local(self, position: Position, one: Field, guard: _Guard) -> Choice | None:
        if position.subgraph is None:
            return None
        join = self.graph.join(position.type, one.name, position.subgraph)
        if join is None:
            return None
        provided, cost = None, FIELD_COST
        if position.provided is not None:
            given = self.selections.collect(position.provided, position.type)
            found = next((each for (name, _), each in given.items() if name == one.name), None)
            if found is not None:
                provided, cost = found.children, 0  # between equals, what is provided on the way is taken
            elif not join.resolvable or join.requires:
                return None
        elif not join.resolvable or join.requires:
            return None
        return self._choice(position, one, Target(position.subgraph, position.type, join), provided, guard, cost)

    def _choice(
        self,
        position: Position,
        one: Field,
        target: Target,
        provided: SelectionSet | None,
        guard: _Guard,
        cost: int = FIELD_COST,
    ) -> Choice:
        if one.children is None:
            return Choice(one, cost=cost)
        child_type = named_type(target.join.type)
        if target.join.provides:
            more = self.selections.parse(child_type, target.join.provides)
            provided = self.selections.merge([provided, more]) if provided else more
        below = Position(child_type, target.subgraph, provided, self._peers(position, target, one.name))
        child = self.solve(below, one.children, guard)
        return Choice(one, child, cost + child.cost)

    def _entry(
        self, position: Position, subgraph: str, as_type: str, requires: str | None, field_name: str, guard: _Guard
    ) -> Entry | None:
        supergraph = self.graph.supergraph
        if as_type in supergraph.roots.values():
            nothing_yet = position.subgraph is None or as_type == supergraph.roots.get("query")
            return Entry(subgraph, as_type, MOVE_COST) if nothing_yet else None
        entering = ("enter", position.type, subgraph)
        if entering in guard or position.subgraph is None:
            return None
        needs: list[tuple[SelectionSet, Node]] = []
        cost = MOVE_COST
        if requires is not None:
            requiring = ("require", position.type, subgraph, field_name)
            if requiring in guard:
                return None
            wanted = self.selections.parse(as_type, requires)
            node = self._need(position, wanted, guard | {requiring})
            if node.cost >= UNREACHABLE_COST:
                return None
            needs.append((wanted, node))
            cost += node.cost
        best: tuple[SelectionSet, Node] | None = None
        for key in self.graph.keys(as_type, subgraph):
            wanted = self.selections.parse(as_type, key)
            node = self._need(position, wanted, guard | {entering})
            if node.cost < UNREACHABLE_COST and (best is None or node.cost < best[1].cost):
                best = wanted, node
        if best is None:
            return None
        return Entry(subgraph, as_type, cost + best[1].cost, [best, *needs])

    def _need(self, position: Position, wanted: SelectionSet, guard: _Guard) -> Node:
        return self.solve(position, wanted, guard)

    def _split(self, position: Position, one: Field, guard: _Guard) -> list[list[Option]] | None:
        """No single subgraph answers all below the field: ask several for their part of it, leaf by leaf."""
        units = list(self._units(one)) if one.children is not None else []
        if len(units) < 2:
            return None
        groups: dict[Way, list[Field]] = {}
        entries: _Entries = {}
        for unit in units:
            options = self._options(position, unit, guard, entries)
            if options:
                best = min(options, key=lambda option: option.choice.cost + (option.entry.cost if option.entry else 0))
                groups.setdefault(best.way, []).append(unit)
        if not groups:
            return None
        parts: list[list[Option]] = []
        for way, members in groups.items():
            joined = one.with_children(
                self.selections.interned(
                    [item for unit in members for item in (unit.children.items if unit.children else ())]
                )
            )
            parts.append([option for option in self._options(position, joined, guard, entries) if option.way == way])
        return [part for part in parts if part]

    def _units(self, one: Field) -> Iterator[Field]:
        if one.children is None:
            yield one
            return
        parts = list(self._unit_sets(one.children))
        if not parts:
            yield one  # all below it is skipped: whether it is there is asked all the same
        for part in parts:
            yield one.with_children(part)

    def _unit_sets(self, selection: SelectionSet) -> Iterator[SelectionSet]:
        for item in selection.items:
            if isinstance(item, Fragment):
                for part in self._unit_sets(item.children):
                    yield self.selections.interned([Fragment(item.type, part)])
            else:
                for unit in self._units(item):
                    yield self.selections.interned([unit])
