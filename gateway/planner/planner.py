"""Plans an operation: selection, walk, fetches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from graphql import FragmentDefinitionNode, OperationDefinitionNode, OperationType, VariableDefinitionNode, print_ast

from gateway.planner.fetches import Fetches
from gateway.planner.graph import Graph
from gateway.planner.plan import Plan
from gateway.planner.selection import Field, Fragment, Selected, Selections, SelectionSet, from_ast, permitted
from gateway.planner.walk import Walk
from gateway.planner.ways import UNREACHABLE_COST, Node, Position
from gateway.supergraph.model import Supergraph


@dataclass(slots=True)
class Planned:
    """The plan, and the selection that the answer is written from. `introspection` is answered from the schema."""

    plan: Plan
    selection: SelectionSet
    introspection: bool
    # Nodes and fields worked out; walk.MOST_WORK is the most there may be.
    work: int


class Unplannable(Exception):
    """A selected field cannot be reached; composition should not have let this pass."""


class Planner:
    """Plans for one supergraph."""

    def __init__(self, supergraph: Supergraph) -> None:
        self.supergraph = supergraph
        self.graph = Graph(supergraph)

    def select(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        conditions: Mapping[str, bool],
        authorize: Callable[[SelectionSet, str], SelectionSet] | None = None,
    ) -> Selected:
        """`conditions`: the values of the Boolean variables that @skip and @include read.

        `authorize` marks the fields of a selection of a type that the caller may not see: they are not fetched.
        """
        shown = fetched = from_ast(operation.selection_set, fragments, conditions)
        if authorize is not None:
            shown = authorize(shown, self.supergraph.roots[operation.operation.value])
            fetched = permitted(shown)
        return Selected(operation, Selections(self.supergraph), shown, fetched)

    def plan(self, selected: Selected) -> Planned:
        """Raises Unplannable, or TooMuchWork."""
        operation, selections = selected.operation, selected.selections
        kind: Literal["query", "mutation", "subscription"] = operation.operation.value
        root_type = self.supergraph.roots[kind]
        shown, fetched = selected.shown, selected.fetched
        if operation.operation is OperationType.MUTATION:
            shown, fetched = _each_for_itself(shown), _each_for_itself(fetched)
        declarations = {node.variable.name.value: _declaration(node) for node in operation.variable_definitions or ()}
        walk = Walk(self.graph, selections)
        fetches = Fetches(self.graph, selections, declarations)
        wanted = dict(selections.collect(fetched, root_type))
        introspection = any(name in ("__schema", "__type") for name, _ in wanted)
        fields = [one for one in wanted.values() if not one.name.startswith("__")]
        position = Position(root_type, None)
        if operation.operation is OperationType.MUTATION:
            self._serial(walk, fetches, position, fields)
        else:
            node = _reachable(walk.solve(position, selections.interned(fields)))
            fetches.add_root(node, kind, set())
        return Planned(fetches.plan(), shown, introspection, walk.work)

    def _serial(self, walk: Walk, fetches: Fetches, position: Position, fields: list[Field]) -> None:
        """One root field after another; neighbours of one subgraph in one request, which runs them in order itself."""
        runs: list[tuple[str, list[Field]]] = []
        for one in fields:
            node = _reachable(walk.solve(position, walk.selections.interned([one])))
            subgraph = node.moves[0].entry.subgraph if len(node.moves) == 1 else ""
            alone = Fetches(fetches.graph, fetches.selections, fetches.declarations)
            simple = len(alone.add_root(node, "mutation", set())) == 1
            if runs and runs[-1][0] == subgraph and subgraph:
                runs[-1][1].append(one)
            else:
                runs.append((subgraph, [one]))
            if not simple:
                runs.append(("", []))  # what follows up on this field comes before the next field
        done: set[int] = set()
        for _, members in runs:
            if members:
                done |= fetches.add_root(walk.solve(position, walk.selections.interned(members)), "mutation", done)


def _each_for_itself(selection: SelectionSet) -> SelectionSet:
    items: list[Field | Fragment] = []
    for item in selection.items:
        if isinstance(item, Fragment):
            items.append(Fragment(item.type, _each_for_itself(item.children)))
        else:
            items.append(replace(item, tag=f" as {item.response_key}"))
    return SelectionSet(tuple(items))


def _reachable(node: Node) -> Node:
    if node.cost >= UNREACHABLE_COST:
        raise Unplannable("A selected field cannot be reached from where it is asked for.")
    return node


def _declaration(node: VariableDefinitionNode) -> str:
    """Without its directives, which are the client's affair."""
    default = f" = {print_ast(node.default_value)}" if node.default_value else ""
    return f"${node.variable.name.value}: {print_ast(node.type)}{default}"
