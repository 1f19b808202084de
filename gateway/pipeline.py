"""One request: parse → limit → validate → choose → authorize → weigh → plan → execute → project."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    OperationType,
    get_variable_values,
    parse,
    print_schema,
)

from gateway import answer, beside, limits, validation
from gateway.access import Access, refusal
from gateway.cost import Cost, Costs, value
from gateway.errors import RequestError
from gateway.executor import budget
from gateway.executor.failure import SubscriptionRefused
from gateway.executor.nesting import too_deep
from gateway.executor.project import Projection, introspection_key
from gateway.executor.run import Call, Execution, Sender
from gateway.executor.writing import Report
from gateway.expansion import PLAIN, Expansion
from gateway.introspection import Answers, Introspection
from gateway.operation import Operation, asked_with, choose, slim
from gateway.operation import introspection as introspection_of
from gateway.planner.plan import Plan
from gateway.planner.planner import Planner, Unplannable
from gateway.planner.selection import Selected, SelectionSet
from gateway.planner.walk import TooMuchWork
from gateway.settings import Limits
from gateway.supergraph.annotations import Requirement
from gateway.supergraph.model import Supergraph
from gateway.weighing import operation_bytes, plan_bytes
from services.kit.cache import Cache
from services.kit.codes import ErrorCode
from services.kit.http.identity import ANONYMOUS, Identity

# Says whether a document may be run at all. Raises RequestError.
Admit = Callable[[str, DocumentNode], None]
# A document of more characters takes long enough to read that the loop is not held up for it; most are shorter.
_LONG = 2_000
# Opens the span of a stage.
Stage = Callable[[str], AbstractContextManager[Any]]


@dataclass(frozen=True, slots=True)
class Request:
    """One operation as a client sends it, whatever the protocol. `named`: by its hash or id, without the document."""

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)
    named: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the headers that subgraphs get to see, and the trace id. `address` is where the request came from."""

    trace_id: str
    headers: Mapping[str, str]
    who: Identity = ANONYMOUS
    address: str = ""

    @property
    def key(self) -> str:
        """Whose work it is counted as: the token's subject, else the address."""
        return f"sub {self.who.subject}" if self.who.subject else f"at {self.address}"


@dataclass(frozen=True, slots=True)
class Sdl:
    """In UTF-8, with the tag by which a client tells that it has it already: weak, the same for all its encodings."""

    text: bytes
    etag: str


@dataclass(slots=True)
class Prepared:
    """One plan with all that is needed to run it again without planning."""

    execution: Execution
    projection: Projection
    introspection: DocumentNode | None
    cost: Cost = 0
    expansion: Expansion = PLAIN


_PlanKey = tuple[str, str | None, tuple[bool, ...], frozenset[Requirement], bool]


@dataclass(slots=True)
class Caches:
    """What was worked out once. They outlive a pipeline only as counts: a new schema starts empty."""

    operations: Cache[tuple[str, str | None], Operation | RequestError]
    plans: Cache[_PlanKey, Prepared | RequestError]
    introspection: Answers

    @classmethod
    def of(cls, bounds: Limits, before: "Caches | None" = None) -> "Caches":
        """`before`: those whose counts go on."""
        made = cls(
            Cache.of_bytes(bounds.operation_cache_bytes),
            Cache.of_bytes(bounds.plan_cache_bytes),
            Cache.of_bytes(bounds.introspection_cache_bytes),
        )
        if before is not None:
            made.introspection.counts = before.introspection.counts.emptied()
            made.operations.counts = before.operations.counts.emptied()
            made.plans.counts = before.plans.counts.emptied()
        return made


class Pipeline:
    def __init__(
        self,
        supergraph: Supergraph,
        client: Sender,
        bounds: Limits,
        *,
        introspection: bool = True,
        mask: bool = True,
        all_unknown: bool = False,
        caches: Caches | None = None,
        admit: Admit | None = None,
        stage: Stage = nullcontext,
    ) -> None:
        self.supergraph = supergraph
        self.caches = caches or Caches.of(bounds)
        self._client = client
        self._bounds = bounds
        self._planner = Planner(supergraph)
        self._access = Access(supergraph)
        self._costs = Costs(supergraph, bounds.list_size)
        self._about = Introspection(supergraph.api, bounds.introspections)
        self._introspection = introspection
        self._mask = mask
        # Nobody's token is verified here, so that to be unknown says nothing.
        self._all_unknown = all_unknown
        self._admit = admit
        self._stage = stage
        self._sdl: Sdl | None = None

    def sdl(self) -> "Sdl":
        """The public schema as text."""
        if self._sdl is None:
            text = print_schema(self.supergraph.api).encode()
            self._sdl = Sdl(text, f'W/"{hashlib.sha256(text).hexdigest()}"')
        return self._sdl

    # -- the whole way ----------------------------------------------------------------------------------------------

    async def execute(self, request: Request, caller: Caller) -> dict[str, Any]:
        """The answer to a query or mutation. Raises RequestError when there can be no data."""
        return await self.run(await self.read(request), request, caller)

    async def run(self, operation: Operation, request: Request, caller: Caller) -> dict[str, Any]:
        """The same, for an operation that was found already."""
        prepared, call = await self.prepare(request, operation, caller)
        with budget.of(self._bounds.answer_bytes // prepared.expansion.times):
            data = await prepared.execution.run(call)
        if prepared.introspection is not None:
            await self._introspect(prepared.introspection, request, data, call)
        return self._project(prepared, data, call, caller)

    async def subscribe(
        self,
        request: Request,
        caller: Caller,
        events: Callable[[str, dict[str, Any], Call], AsyncIterator[dict[str, Any]]],
    ) -> AsyncIterator[dict[str, Any]]:
        """The answers to a subscription, which `events` opens at the subgraph. Raises RequestError, also later, when that refuses it."""
        operation = await self.read(request)
        prepared, call = await self.prepare(request, operation, caller)
        if not prepared.execution.plan.requests:
            raise refusal("The caller may not follow this.", caller.who)
        subgraph, payload = prepared.execution.subscription(call)
        try:
            async for event in events(subgraph, payload, call):
                yield await self._completed(prepared, event, self._call(request, operation, caller), caller)
        except SubscriptionRefused as refused:  # told like any other error of an answer: at the field, and masked
            said = await self._completed(prepared, refused.answer, self._call(request, operation, caller), caller)
            raise RequestError.said(said["errors"]) from refused

    async def _completed(self, prepared: Prepared, event: dict[str, Any], call: Call, caller: Caller) -> dict[str, Any]:
        with budget.of(self._bounds.answer_bytes // prepared.expansion.times):
            data = await prepared.execution.complete(event, call)
        return self._project(prepared, data, call, caller)

    # -- stages -----------------------------------------------------------------------------------------------------

    def is_long(self, request: Request) -> bool:
        """Whether reading the document is work that is to be done beside the loop: it is long, and not known yet."""
        key = (request.query, request.operation_name)
        return len(request.query) > _LONG and self.caches.operations.peek(key) is None

    async def read(self, request: Request) -> Operation:
        """As `operation`; a long document that is not known is read beside the loop."""
        key = (request.query, request.operation_name)
        if self.is_long(request):
            self._remember(key, await beside.done(self._read_or_refused, request))
        return self.operation(request)

    def operation(self, request: Request) -> Operation:
        """Parsed, measured, validated, and the one operation chosen; remembered by document and name."""
        key = (request.query, request.operation_name)
        known = self.caches.operations.get(key) or self._remember(key, self._read_or_refused(request))
        if isinstance(known, RequestError):
            raise known.again()
        return known

    def _remember(self, key: tuple[str, str | None], read: Operation | RequestError) -> Operation | RequestError:
        self.caches.operations.put(key, read, operation_bytes(key[0], read))
        return read

    async def prepare(self, request: Request, operation: Operation, caller: Caller) -> tuple[Prepared, Call]:
        call = self._call(request, operation, caller)
        refused = self._access.refused(operation.demands, caller.who) if operation.demands else frozenset()
        conditions = self._conditions(operation, call.variables)
        known = not caller.who.anonymous and bool(refused)
        key = (request.query, request.operation_name, tuple(conditions.values()), refused, known)
        prepared = self.caches.plans.get(key)
        if prepared is None:
            what = operation, conditions, refused, caller.who
            long = len(request.query) > _LONG
            prepared = await beside.done(self._prepared, *what) if long else self._prepared(*what)
            size = 1_000
            if isinstance(prepared, Prepared):
                size = plan_bytes(request.query, prepared.execution.plan, prepared.projection.selection)
            self.caches.plans.put(key, prepared, size)
        if isinstance(prepared, RequestError):
            raise prepared.again()
        self._afford(value(prepared.cost, call.variables), self.most(caller.who), prepared.expansion)
        if prepared.introspection is not None and not self._introspection:
            raise RequestError.of(
                ErrorCode.GRAPHQL_VALIDATION_FAILED, "Introspection is switched off; see /schema.graphql."
            )
        return prepared, call

    def explain(self, request: Request, who: Identity = ANONYMOUS) -> tuple[Plan, int]:
        """The plan that this request would run, and what it would cost, also above the limit."""
        operation = self.operation(request)
        variables = self._variables(request, operation)
        refused = self._access.refused(operation.demands, who)
        selected = self._selected(operation, self._conditions(operation, variables), refused, who)
        cost = self._costs.of(selected)
        return self._plan(operation, selected, cost).execution.plan, value(cost, variables)

    # -- what a cached operation does not do again ------------------------------------------------------------------

    def _read_or_refused(self, request: Request) -> Operation | RequestError:
        try:
            return self._read(request)
        except RequestError as refused:
            return refused.again()

    def _read(self, request: Request) -> Operation:
        with self._stage("parse"):
            document = self._parse(request.query)
            document = validation.without_repetitions(document, request.query)
        limits.check_written(document, self._bounds)
        if self._admit is not None:
            self._admit(request.query, document)
        with self._stage("validate"):
            self._validate(document)
            limits.check_merged(document, self._bounds)
        operation = choose(document, request.operation_name)
        operation.demands = self._access.demands(document)
        slim(operation)
        return operation

    def _parse(self, query: str) -> DocumentNode:
        try:
            return parse(query, max_tokens=self._bounds.tokens, allow_empty_selection_sets=False)
        except GraphQLError as error:
            if "tokens" in error.message and str(self._bounds.tokens) in error.message:
                message = f"The document has more than {self._bounds.tokens} tokens."
                raise RequestError.of(ErrorCode.OPERATION_TOO_EXPENSIVE, message) from error
            raise RequestError(ErrorCode.GRAPHQL_PARSE_FAILED, [answer.located(error)]) from error
        except RecursionError as error:
            raise limits.too_deep() from error

    def _validate(self, document: DocumentNode) -> None:
        try:
            errors = validation.check(self.supergraph.api, document, self._bounds.validation_steps)
        except RecursionError as error:
            raise limits.too_deep() from error
        except validation.TooManySteps as error:
            raise RequestError.of(
                ErrorCode.OPERATION_TOO_EXPENSIVE,
                f"The document takes more than {self._bounds.validation_steps} steps to validate.",
            ) from error
        if errors:
            raise RequestError(ErrorCode.GRAPHQL_VALIDATION_FAILED, [answer.located(error) for error in errors])

    def _prepared(
        self, operation: Operation, conditions: Mapping[str, bool], refused: frozenset[Requirement], who: Identity
    ) -> Prepared | RequestError:
        """Weighed first: what is too expensive is not planned. A refusal for any variables is remembered too."""
        try:
            selected = self._selected(operation, conditions, refused, who)
            cost = self._costs.of(selected)
            if isinstance(cost, int):
                self._afford(cost, self._bounds.cost)
            return self._plan(operation, selected, cost)
        except RequestError as error:
            return error.again()

    def _selected(
        self, operation: Operation, conditions: Mapping[str, bool], refused: frozenset[Requirement], who: Identity
    ) -> Selected:
        def authorize(selection: SelectionSet, type_name: str) -> SelectionSet:
            marked = self._access.authorize(selection, type_name, refused, who)
            if operation.kind is OperationType.MUTATION:
                self._access.refuse_null(marked, type_name, who)
            return marked

        return self._planner.select(operation.node, operation.fragments, conditions, authorize if refused else None)

    def most(self, who: Identity) -> int:
        """What an operation of this caller may cost."""
        most = self._bounds.cost
        return min(most, self._bounds.anonymous_cost) if who.anonymous and not self._all_unknown else most

    def _afford(self, cost: int, most: int, expansion: Expansion | None = None) -> None:
        if expansion is not None and cost * expansion.keys > self._bounds.answer_bytes:
            raise RequestError.of(
                ErrorCode.OPERATION_TOO_EXPENSIVE,
                f"The names alone could make the answer larger than {self._bounds.answer_bytes} bytes.",
            )
        if cost > most:
            raise RequestError.of(
                ErrorCode.OPERATION_TOO_EXPENSIVE, f"The operation costs {cost}; the limit is {most}."
            )

    def _plan(self, operation: Operation, selected: Selected, cost: Cost) -> Prepared:
        with self._stage("plan"):
            try:
                planned = self._planner.plan(selected)
            except Unplannable as error:
                raise RequestError.of(ErrorCode.INTERNAL_SERVER_ERROR, str(error), status=500) from error
            except TooMuchWork as error:
                raise RequestError.of(
                    ErrorCode.OPERATION_TOO_EXPENSIVE, "The operation takes too much planning."
                ) from error
            root_type = self.supergraph.roots[operation.kind.value]
            projection = Projection(self.supergraph, planned.selection, planned.plan.root, root_type)
            only = introspection_of(operation) if planned.introspection else None
            if only is not None:
                self._about.afford(only)
            expansion = Expansion.of(planned.selection)
            return Prepared(Execution(planned.plan, self._client), projection, only, cost, expansion)

    # -- what each request does -------------------------------------------------------------------------------------

    def _conditions(self, operation: Operation, variables: Mapping[str, Any]) -> dict[str, bool]:
        return {name: bool(variables[name]) for name in operation.conditions}

    def _call(self, request: Request, operation: Operation, caller: Caller) -> Call:
        deadline = asyncio.get_running_loop().time() + self._bounds.request_ms / 1000
        headers = asked_with(operation, caller.headers, caller.address)
        return Call(self._variables(request, operation), headers, deadline, self._bounds.fetch_ms / 1000)

    def _variables(self, request: Request, operation: Operation) -> dict[str, Any]:
        """Coerced once, with defaults: what is weighed is what the subgraphs are sent."""
        definitions = operation.node.variable_definitions
        if not definitions:
            return {}
        coerced = get_variable_values(self.supergraph.api, definitions, dict(request.variables), max_errors=10)
        if isinstance(coerced, list):
            raise RequestError(ErrorCode.BAD_USER_INPUT, [answer.located(error) for error in coerced])
        variables = coerced.coerced
        for name, found in variables.items():
            if type(found) in (dict, list) and too_deep(found):
                raise RequestError.of(ErrorCode.BAD_USER_INPUT, f"${name} is nested too deeply.")
        for name in operation.conditions:
            if variables.get(name) is None:
                raise RequestError.of(ErrorCode.BAD_USER_INPUT, f"${name} says whether to skip, so it may not be null.")
        return variables

    def _project(self, prepared: Prepared, data: dict[str, Any], call: Call, caller: Caller) -> dict[str, Any]:
        report = Report()
        written = prepared.projection.write(data, report)
        return answer.of(written, report, call.loose, caller.trace_id, mask=self._mask)

    async def _introspect(self, document: DocumentNode, request: Request, data: dict[str, Any], call: Call) -> None:
        key = request.query, request.operation_name
        answers = await self._about.answer(key, document, call.variables, self.caches.introspection)
        for name, found in answers.items():
            data[introspection_key(name)] = found
