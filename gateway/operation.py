"""One operation of a document: chosen, slimmed for the cache, and what the later stages read of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    visit,
)
from graphql import Visitor as AstVisitor

from gateway.errors import RequestError
from gateway.supergraph.annotations import Requirement
from services.kit.codes import ErrorCode
from services.kit.http.address import HEADER as FORWARDED


@dataclass(slots=True)
class Operation:
    """One operation of a valid document, kept in the cache.

    `conditions`: the variables that @skip and @include read. `demands`: what the schema requires of
    callers for fields that it selects. `tokens`: the document's length.
    """

    node: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    conditions: tuple[str, ...]
    tokens: int = 0
    demands: tuple[Requirement, ...] = ()
    # Told how many seconds each run took; set when it is first run.
    observe: Callable[[float], None] | None = None

    @property
    def kind(self) -> OperationType:
        return self.node.operation

    @property
    def name(self) -> str:
        return self.node.name.value if self.node.name else ""


def choose(document: DocumentNode, name: str | None) -> Operation:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name:
        operations = [node for node in operations if node.name and node.name.value == name]
    if len(operations) != 1:
        message = f"There is no operation {name!r}." if name else "The document has several operations: say which."
        raise RequestError.of(
            ErrorCode.OPERATION_RESOLUTION_FAILURE, message if operations or name else "There is no operation."
        )
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    finder = _ConditionFinder()
    for node in (operations[0], *fragments.values()):
        visit(node, finder)
    declared = {node.variable.name.value for node in operations[0].variable_definitions or ()}
    return Operation(operations[0], fragments, tuple(sorted(finder.names & declared)), tokens(document))


class _ConditionFinder(AstVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value in ("skip", "include"):
            self.names |= {
                each.value.name.value for each in node.arguments or () if isinstance(each.value, VariableNode)
            }


def tokens(document: DocumentNode) -> int:
    count = 0
    token = document.loc.start_token if document.loc else None
    while token is not None:
        count += 1
        token = token.next
    return count


def slim(operation: Operation) -> None:
    """Forgets where each node stands in the text: the tokens would be two thirds of the cached operation."""
    for node in (operation.node, *operation.fragments.values()):
        _forget(node)


def _forget(node: Node) -> None:
    object.__setattr__(node, "loc", None)  # a frozen dataclass; nobody else has this tree
    for key in node.keys:
        child = getattr(node, key, None)
        if isinstance(child, Node):
            _forget(child)
        elif isinstance(child, (tuple, list)):
            for one in child:
                if isinstance(one, Node):
                    _forget(one)


def introspection(operation: Operation) -> DocumentNode:
    """The operation with the introspection fields of its root alone."""
    node = operation.node
    found: list[FieldNode] = []
    _root_introspection(node.selection_set, operation.fragments, found)
    only = OperationDefinitionNode(
        operation=node.operation,
        name=node.name,
        variable_definitions=node.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(found)),
    )
    return DocumentNode(definitions=(only, *operation.fragments.values()))


def _root_introspection(
    selection: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], into: list[FieldNode]
) -> None:
    for node in selection.selections:
        if isinstance(node, FieldNode):
            if node.name.value in ("__schema", "__type"):
                into.append(node)
        elif isinstance(node, FragmentSpreadNode):
            _root_introspection(fragments[node.name.value].selection_set, fragments, into)
        elif isinstance(node, InlineFragmentNode):
            _root_introspection(node.selection_set, fragments, into)


def asked_with(operation: Operation, headers: Mapping[str, str], address: str) -> Mapping[str, str]:
    """What subgraphs are told of who asks. Who changes something is told by where he is too, for he may have to be counted by it; queries
    are asked without, so that equal ones are one request."""
    if operation.kind is OperationType.MUTATION and address:
        return {**headers, FORWARDED: address}
    return headers
