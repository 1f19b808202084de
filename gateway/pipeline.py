"""One request: parse → limit → validate → choose → plan → execute → project."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    execute_sync,
    get_variable_values,
    parse,
    validate,
    visit,
)
from graphql import Visitor as AstVisitor

from gateway import answer, limits
from gateway.errors import Code, RequestError
from gateway.executor.project import Projection, introspection_key
from gateway.executor.run import Call, Execution, Sender
from gateway.executor.writing import Report
from gateway.planner.plan import Plan
from gateway.planner.planner import Planner, Unplannable
from gateway.planner.walk import TooMuchWork
from gateway.settings import Limits
from gateway.supergraph.model import Supergraph

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """One operation as a client sends it, whatever the protocol."""

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the headers that subgraphs get to see, and the trace id."""

    trace_id: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class Prepared:
    """One plan with all that is needed to run it again without planning."""

    execution: Execution
    projection: Projection
    introspection: DocumentNode | None


@dataclass(slots=True)
class Operation:
    """One operation of a valid document. `conditions`: the variables that @skip and @include read."""

    node: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    conditions: tuple[str, ...]

    @property
    def kind(self) -> OperationType:
        return self.node.operation


class Pipeline:
    def __init__(
        self,
        supergraph: Supergraph,
        client: Sender,
        bounds: Limits,
        *,
        introspection: bool = True,
        mask: bool = True,
        on_plan: Callable[[bool], None] = lambda hit: None,
    ) -> None:
        self.supergraph = supergraph
        self._client = client
        self._bounds = bounds
        self._planner = Planner(supergraph)
        self._introspection = introspection
        self._mask = mask
        self._on_plan = on_plan
        self._operations: Cache[tuple[str, str | None], Operation | RequestError] = Cache(bounds.plans)
        self._plans: Cache[tuple[str, str | None, tuple[Any, ...]], Prepared] = Cache(bounds.plans)

    # -- the whole way ----------------------------------------------------------------------------------------------

    async def execute(self, request: Request, caller: Caller) -> dict[str, Any]:
        """The answer to a query or mutation. Raises RequestError when there can be no data."""
        operation = self.operation(request)
        prepared, call = self.prepare(request, operation, caller)
        data = await prepared.execution.run(call)
        return self._project(prepared, data, call, caller)

    async def subscribe(
        self,
        request: Request,
        caller: Caller,
        events: Callable[[str, dict[str, Any], Call], AsyncIterator[dict[str, Any]]],
    ) -> AsyncIterator[dict[str, Any]]:
        """The answers to a subscription. `events` opens it at the subgraph and gives the subgraph's answers."""
        operation = self.operation(request)
        prepared, call = self.prepare(request, operation, caller)
        subgraph, payload = prepared.execution.subscription(call)
        async for event in events(subgraph, payload, call):
            call = self._call(request, operation, caller)
            data = await prepared.execution.complete(event, call)
            yield self._project(prepared, data, call, caller)

    # -- stages -----------------------------------------------------------------------------------------------------

    def operation(self, request: Request) -> Operation:
        """Parsed, measured, validated, and the one operation chosen; remembered by document and name."""
        key = (request.query, request.operation_name)
        known = self._operations.get(key)
        if known is None:
            try:
                document = self._parse(request.query)
                limits.check(document, self._bounds)
                self._validate(document)
                # What is kept knows no places in the text: they are most of a document's memory.
                lean = parse(request.query, no_location=True, allow_empty_selection_sets=False)
                known = _choose(lean, request.operation_name)
            except RequestError as refused:
                known = refused
            self._operations.put(key, known)
        if isinstance(known, RequestError):
            raise known
        return known

    def prepare(self, request: Request, operation: Operation, caller: Caller) -> tuple[Prepared, Call]:
        call = self._call(request, operation, caller)
        conditions = {name: bool(call.variables[name]) for name in operation.conditions}
        key = (request.query, request.operation_name, tuple(conditions.values()))
        prepared = self._plans.get(key)
        self._on_plan(prepared is not None)
        if prepared is None:
            prepared = self._plan(operation, conditions)
            self._plans.put(key, prepared)
        if prepared.introspection is not None and not self._introspection:
            raise RequestError.of(Code.GRAPHQL_VALIDATION_FAILED, "Introspection is switched off; see /schema.graphql.")
        return prepared, call

    def explain(self, request: Request) -> Plan:
        """The plan that this request would run."""
        operation = self.operation(request)
        variables = self._variables(request, operation)
        conditions = {name: bool(variables[name]) for name in operation.conditions}
        return self._plan(operation, conditions).execution.plan

    def _parse(self, query: str) -> DocumentNode:
        try:
            return parse(query, max_tokens=self._bounds.tokens, allow_empty_selection_sets=False)
        except GraphQLError as error:
            if "tokens" in error.message and str(self._bounds.tokens) in error.message:
                message = f"The document has more than {self._bounds.tokens} tokens."
                raise RequestError.of(Code.OPERATION_TOO_EXPENSIVE, message) from error
            raise RequestError(Code.GRAPHQL_PARSE_FAILED, [answer.located(error)]) from error
        except RecursionError as error:
            raise RequestError.of(Code.OPERATION_TOO_EXPENSIVE, "The document is nested too deeply.") from error

    def _validate(self, document: DocumentNode) -> None:
        try:
            errors = validate(self.supergraph.api, document, max_errors=20, allow_empty_selection_sets=False)
        except RecursionError as error:
            raise RequestError.of(Code.OPERATION_TOO_EXPENSIVE, "The document is nested too deeply.") from error
        if errors:
            raise RequestError(Code.GRAPHQL_VALIDATION_FAILED, [answer.located(error) for error in errors])

    def _call(self, request: Request, operation: Operation, caller: Caller) -> Call:
        deadline = asyncio.get_running_loop().time() + self._bounds.request_ms / 1000
        return Call(self._variables(request, operation), caller.headers, deadline, self._bounds.fetch_ms / 1000)

    def _variables(self, request: Request, operation: Operation) -> dict[str, Any]:
        """Checks the variables. Subgraphs get them as the client sent them; defaults are in the text of the fetch."""
        definitions = operation.node.variable_definitions
        variables: dict[str, Any] = {}
        if definitions:
            coerced = get_variable_values(self.supergraph.api, definitions, dict(request.variables), max_errors=10)
            if isinstance(coerced, list):
                raise RequestError(Code.BAD_USER_INPUT, [answer.located(error) for error in coerced])
            given = request.variables
            variables = {name: given[name] for node in definitions if (name := node.variable.name.value) in given}
            for name in operation.conditions:
                variables.setdefault(name, coerced.coerced.get(name))
                if variables[name] is None:
                    raise RequestError.of(Code.BAD_USER_INPUT, f"${name} says whether to skip, so it may not be null.")
        return variables

    def _plan(self, operation: Operation, conditions: Mapping[str, bool]) -> Prepared:
        try:
            planned = self._planner.plan(operation.node, operation.fragments, conditions)
        except Unplannable as error:
            raise RequestError.of(Code.INTERNAL_SERVER_ERROR, str(error), status=500) from error
        except TooMuchWork as error:
            raise RequestError.of(Code.OPERATION_TOO_EXPENSIVE, "The operation takes too much planning.") from error
        root_type = self.supergraph.roots[operation.kind.value]
        projection = Projection(self.supergraph, planned.selection, planned.plan.root, root_type)
        introspection = _introspection(operation) if planned.introspection else None
        return Prepared(Execution(planned.plan, self._client), projection, introspection)

    def _project(self, prepared: Prepared, data: dict[str, Any], call: Call, caller: Caller) -> dict[str, Any]:
        if prepared.introspection is not None:
            self._introspect(prepared.introspection, data, call)
        report = Report()
        written = prepared.projection.write(data, report)
        return answer.of(written, report, call.loose, caller.trace_id, mask=self._mask)

    def _introspect(self, document: DocumentNode, data: dict[str, Any], call: Call) -> None:
        result = execute_sync(self.supergraph.api, document, variable_values=dict(call.variables))
        for key, value in (result.data or {}).items():
            data[introspection_key(key)] = value


_K = TypeVar("_K")
_V = TypeVar("_V")


class Cache(Generic[_K, _V]):
    """Bounded; the least recently used goes first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[_K, _V] = OrderedDict()

    def get(self, key: _K) -> _V | None:
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def put(self, key: _K, value: _V) -> None:
        self._entries[key] = value
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)


def _choose(document: DocumentNode, name: str | None) -> Operation:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name:
        operations = [node for node in operations if node.name and node.name.value == name]
    if len(operations) != 1:
        message = f"There is no operation {name!r}." if name else "The document has several operations: say which."
        raise RequestError.of(
            Code.OPERATION_RESOLUTION_FAILURE, message if operations or name else "There is no operation."
        )
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    finder = _ConditionFinder()
    for node in (operations[0], *fragments.values()):
        visit(node, finder)
    declared = {node.variable.name.value for node in operations[0].variable_definitions or ()}
    return Operation(operations[0], fragments, tuple(sorted(finder.names & declared)))


class _ConditionFinder(AstVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value in ("skip", "include"):
            self.names |= {
                each.value.name.value for each in node.arguments or () if isinstance(each.value, VariableNode)
            }


def _introspection(operation: Operation) -> DocumentNode:
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
