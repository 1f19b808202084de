"""What an operation costs before it runs, by @cost and @listSize.

The sum over all objects and weighted leaves that the answer may hold: lists count as often as they may be long. Worked
out once for a plan; where a variable says how long a list is, what is left is a function of the variables.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    IntValueNode,
    ListTypeNode,
    NonNullTypeNode,
    ObjectValueNode,
    TypeNode,
    ValueNode,
    VariableNode,
    parse,
)

from gateway.planner.selection import Field, Selected, Selections, SelectionSet
from gateway.supergraph.annotations import ListSize
from gateway.supergraph.model import Supergraph

# As execution has them: coerced, with the defaults of those that were not sent.
Variables = Mapping[str, Any]
Cost = int | Callable[[Variables], int]

MUTATION = 10
_PAGE_ARGUMENTS = ("first", "last", "limit")
_PAGE_FIELDS = ("edges", "nodes")


def value(cost: Cost, variables: Variables) -> int:
    return cost if isinstance(cost, int) else cost(variables)


@dataclass(slots=True)
class Costs:
    """The weights of one supergraph. `list_size`: how long a list is taken to be that says nothing of itself."""

    supergraph: Supergraph
    list_size: int

    def of(self, selected: Selected) -> Cost:
        kind = selected.operation.operation.value
        work = _Work(self, selected.selections)
        cost = work.selection(selected.fetched, self.supergraph.roots[kind], {})
        return _add(cost, MUTATION) if kind == "mutation" else cost


@dataclass(slots=True)
class _Work:
    costs: Costs
    selections: Selections
    _known: dict[tuple[SelectionSet, str], Cost] = field(default_factory=dict)

    def selection(self, selection: SelectionSet, type_name: str, sizes: Mapping[str, Cost]) -> Cost:
        """`sizes`: how long the lists of this type are, as the field above them says."""
        key = (selection, type_name)
        if not sizes and key in self._known:
            return self._known[key]
        supergraph = self.costs.supergraph
        cost: Cost = 0
        if supergraph.types[type_name].is_abstract:
            # An object is of one type: the dearest counts.
            for name in supergraph.possible(None, type_name):
                cost = _larger(cost, self._fields(selection, name, sizes))
        else:
            cost = self._fields(selection, type_name, sizes)
        if not sizes:
            self._known[key] = cost
        return cost

    def _fields(self, selection: SelectionSet, type_name: str, sizes: Mapping[str, Cost]) -> Cost:
        cost: Cost = 0
        for one in self.selections.collect(selection, type_name).values():
            if not one.name.startswith("__"):
                cost = _add(cost, self._field(type_name, one, sizes))
        return cost

    def _field(self, parent: str, one: Field, sizes: Mapping[str, Cost]) -> Cost:
        supergraph = self.costs.supergraph
        notes = supergraph.annotations
        declared = supergraph.types[parent].fields[one.name]
        named = supergraph.types.get(declared.named)
        composite = named is not None and named.is_composite
        weight = self._noted(notes.field_weights, parent, one.name)
        if weight is None:
            weight = notes.type_weights.get(declared.named, 1 if composite else 0)
        arguments = _given(one.args)
        listed = _levels(declared.type)
        says = self._noted(notes.list_sizes, parent, one.name) or self._page(parent, one.name, listed)
        length = self._length(says, parent, one.name, arguments) if says else self.costs.list_size
        below: Mapping[str, Cost] = dict.fromkeys(says.sized, length) if says else {}
        cost: Cost = weight
        if one.children is not None:
            cost = _add(cost, self.selection(one.children, declared.named, below))
        if listed:
            times = sizes.get(one.name, self.costs.list_size if says and says.sized else length)
            for _ in range(listed):
                cost = _times(cost, times)
        return _add(cost, self._arguments(parent, one.name, arguments))

    def _noted(self, table: Mapping[tuple[str, str], Any], parent: str, name: str) -> Any:
        """What is said of a field, or of the same field of an interface."""
        if (parent, name) in table:
            return table[parent, name]
        for interfaces in self.costs.supergraph.types[parent].implements.values():
            for interface in interfaces:
                if (interface, name) in table:
                    return table[interface, name]
        return None

    def _page(self, parent: str, name: str, listed: int) -> ListSize | None:
        """A connection or a list with an argument for its length, that says nothing else of its size."""
        api = self.costs.supergraph.api.type_map.get(parent)
        declared = getattr(api, "fields", {}).get(name)
        slicing = tuple(each for each in _PAGE_ARGUMENTS if declared and each in declared.args)
        if not slicing:
            return None
        if listed:
            return ListSize(None, slicing)
        named = self.costs.supergraph.types.get(self.costs.supergraph.types[parent].fields[name].named)
        sized = tuple(each for each in _PAGE_FIELDS if named and each in named.fields)
        return ListSize(None, slicing, sized) if sized else None

    # -- lengths ----------------------------------------------------------------------------------------------------

    def _length(self, says: ListSize, parent: str, name: str, arguments: Mapping[str, ValueNode]) -> Cost:
        assumed = says.assumed if says.assumed is not None else self.costs.list_size
        lengths = [
            length
            for argument in says.slicing
            if (length := self._slice(argument, parent, name, arguments, assumed)) is not None
        ]
        if not lengths:
            return assumed
        longest = lengths[0]
        for length in lengths[1:]:
            longest = _larger(longest, length)
        return longest

    def _slice(
        self, argument: str, parent: str, name: str, arguments: Mapping[str, ValueNode], assumed: int
    ) -> Cost | None:
        given = arguments.get(argument)
        if given is not None and not isinstance(given, VariableNode):
            return _whole(given)
        api = self.costs.supergraph.api.type_map.get(parent)
        declared = getattr(api, "fields", {}).get(name)
        node = declared.args[argument].ast_node if declared and argument in declared.args else None
        absent = _whole(node.default_value) if node is not None else None
        if given is None:
            return absent
        return _from_variable(given.name.value, null=assumed, absent=assumed if absent is None else absent)

    def _arguments(self, parent: str, name: str, arguments: Mapping[str, ValueNode]) -> int:
        """Inputs weigh 1 each unless weighed otherwise; a variable's contents are not looked into."""
        notes = self.costs.supergraph.annotations
        api = self.costs.supergraph.api.type_map.get(parent)
        declared = getattr(api, "fields", {}).get(name)
        total = 0
        for argument, given in arguments.items():
            weight = notes.argument_weights.get((parent, name, argument))
            type_name = str(declared.args[argument].type).strip("[]!") if declared and argument in declared.args else ""
            total += weight if weight is not None else self._default_weight(type_name)
            total += self._input(type_name, given)
        return total

    def _default_weight(self, type_name: str) -> int:
        type_ = self.costs.supergraph.types.get(type_name)
        is_input = type_ is not None and type_.kind == "input"
        return self.costs.supergraph.annotations.type_weights.get(type_name, 1 if is_input else 0)

    def _input(self, type_name: str, given: ValueNode) -> int:
        weights = self.costs.supergraph.annotations.field_weights
        if not isinstance(given, ObjectValueNode):
            return 0
        return sum(weights.get((type_name, each.name.value), 0) for each in given.fields)


# -- costs that may wait for variables ------------------------------------------------------------------------------


def _add(one: Cost, other: Cost) -> Cost:
    if isinstance(one, int) and isinstance(other, int):
        return one + other
    return lambda variables: value(one, variables) + value(other, variables)


def _times(one: Cost, other: Cost) -> Cost:
    if isinstance(one, int) and isinstance(other, int):
        return one * other
    return lambda variables: value(one, variables) * value(other, variables)


def _larger(one: Cost, other: Cost) -> Cost:
    if isinstance(one, int) and isinstance(other, int):
        return max(one, other)
    return lambda variables: max(value(one, variables), value(other, variables))


def _from_variable(name: str, *, null: int, absent: int) -> Cost:
    def length(variables: Variables) -> int:
        found = variables.get(name, absent)
        return null if found is None else max(found, 0)

    return length


def _whole(node: ValueNode | None) -> int | None:
    return max(int(node.value), 0) if isinstance(node, IntValueNode) else None


def _levels(node: TypeNode) -> int:
    if isinstance(node, NonNullTypeNode):
        return _levels(node.type)
    return 1 + _levels(node.type) if isinstance(node, ListTypeNode) else 0


def _given(args: str) -> dict[str, ValueNode]:
    if not args:
        return {}
    node: Any = parse(f"{{f{args}}}", no_location=True).definitions[0]
    called: FieldNode = node.selection_set.selections[0]
    return {argument.name.value: argument.value for argument in called.arguments or ()}
