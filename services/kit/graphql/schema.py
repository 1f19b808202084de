"""How every subgraph's schema is made: Federation 2, our scalars, documents checked and cached, errors translated."""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.federation.schema import FederationAny
from strawberry.federation.schema import Schema as FederationSchema
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionResult, Info
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.execution import PreExecutionError
from strawberry.utils.aio import aclosing

from services.kit.execution import Plans
from services.kit.graphql.context import RequestContext
from services.kit.graphql.errors import BadUserInput, UnknownOperation, translate
from services.kit.graphql.executions import counted
from services.kit.graphql.limits import Documents, Limits
from services.kit.graphql.paced import PacedExecution, paced
from services.kit.graphql.refusals import Answer, Answers
from services.kit.graphql.scalars import SCALARS
from services.kit.graphql.words import describe
from services.kit.http.identity import TokenExpired


class _CheckedDocuments(SchemaExtension):
    """Takes parsing and validation out of Strawberry's hands into the schema's cache."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def on_parse(self) -> Iterator[None]:
        asked = self.execution_context
        if not isinstance(asked.query, str) or not isinstance(asked.variables, dict | None):
            raise BadUserInput("query is text and variables an object")  # a socket brings whatever JSON was sent
        found = self._documents.get(asked.query)
        if asked._provided_operation_name is None and found.operations > 1:
            # Strawberry would run the first; the specification wants a name.
            raise UnknownOperation("the document has several operations: operationName must name one")
        asked.graphql_document = found.document
        self._errors = found.errors
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = list(self._errors)
        yield


class Schema(FederationSchema):
    """A subgraph. Its results hold only errors of the vocabulary; unexpected ones have been masked and logged."""

    documents: Documents
    answers: Answers

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Nothing: `translate` logs what is ours."""

    async def execute(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        with paced():
            return _translated(await super().execute(*args, **kwargs))

    async def stream(self, query: str | None, *args: Any, **kwargs: Any) -> AsyncGenerator[ExecutionResult, None]:
        """One result for a query or mutation, many for a subscription.

        A `context_value` that is a function makes the context of this operation (a WebSocket carries many operations).
        A subscription whose caller's token expires, or whose key is withdrawn, ends with TOKEN_EXPIRED.
        """
        context = kwargs.get("context_value")
        ended = getattr(context, "ended", None)
        if context is not None and not isinstance(context, RequestContext):
            kwargs["context_value"] = context = context()
        results: Any = await super().stream(query, *args, **kwargs)
        return _watched(results, context, ended)

    def entities_resolver(self, info: Info, representations: list[FederationAny]) -> list[FederationAny]:
        """Each representation is answered by `resolve_reference` of its type, or is an error at its own place.

        `resolve_reference(cls, info, id, …)` takes the key's fields by name and proves by itself that the caller may
        see the object: a representation comes from anywhere. It gives None
        for what does not exist or is not the caller's.
        """
        return [self._entity(info, representation) for representation in representations]

    def _entity(self, info: Info, representation: Any) -> Any:
        try:
            if not isinstance(representation, dict):
                raise BadUserInput("a representation is an object with __typename and the fields of a key")
            name = representation.get("__typename")
            found = self.schema_converter.type_map.get(name) if isinstance(name, str) else None
            definition = found.definition if found else None
            origin = definition.origin if isinstance(definition, StrawberryObjectDefinition) else None
            resolve = getattr(origin, "resolve_reference", None)
            if resolve is None:
                raise BadUserInput(f"{str(name)[:80]} is not an entity of this service")
            arguments: dict[str, Any] = {}
            for parameter, field, required in _key_fields(
                resolve.__func__, self.config.name_converter.apply_naming_config
            ):
                if field in representation:
                    arguments[parameter] = representation[field]
                elif required:
                    raise BadUserInput(f"the representation of {name} has no {field}")
            if not isinstance(arguments.get("id", ""), str):
                raise BadUserInput(f"the id of {name} is not text")
            return resolve(info=info, **arguments)
        except Exception as error:  # noqa: BLE001  an error at this representation's place; translated with all others
            return error


@cache
def _key_fields(resolve: Callable[..., Any], naming: Callable[[str], str]) -> tuple[tuple[str, str, bool], ...]:
    found = inspect.signature(resolve).parameters
    names = [name for name in found if name not in ("cls", "self", "info")]
    return tuple((name, naming(name), found[name].default is inspect.Parameter.empty) for name in names)


def _translated(result: ExecutionResult) -> ExecutionResult:
    if result.errors:
        result.errors = translate(result.errors, executed=not isinstance(result, PreExecutionError))
    return result


def _of_the_stream(result: ExecutionResult) -> ExecutionResult:
    """As it is, but for an error of the stream and not of an answer's field: over a socket that is an `error` message, and the last."""
    if result.data is None and result.errors and all(error.path is None for error in result.errors):
        return PreExecutionError(data=None, errors=result.errors)
    return result


async def _watched(
    results: AsyncGenerator[ExecutionResult, None],
    context: Any,
    ended: Callable[[], Coroutine[None, None, None]] | None,
) -> AsyncGenerator[ExecutionResult, None]:
    began = False
    async with aclosing(results), _ending(ended) as ending:
        while True:
            try:
                result = await _next(results, ending)
            except StopAsyncIteration:
                return
            except _Ended:
                error = GraphQLError("expired", original_error=TokenExpired("the token has expired"))
                yield ExecutionResult(data=None, errors=translate([error], executed=True))
                return
            except Exception as error:  # noqa: BLE001  raised by our own extension, or a bug: an answer all the same
                found = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
                yield PreExecutionError(data=None, errors=translate([found], executed=began))
                return
            began = True
            yield _of_the_stream(_translated(result))
            if isinstance(context, RequestContext):
                context.forget()


class _Ended(Exception):
    """The caller's token has."""


@asynccontextmanager
async def _ending(
    ended: Callable[[], Coroutine[None, None, None]] | None,
) -> AsyncGenerator[asyncio.Future[None], None]:
    future: asyncio.Future[None] = (
        asyncio.ensure_future(ended()) if ended else asyncio.get_running_loop().create_future()
    )
    try:
        yield future
    finally:
        future.cancel()


async def _next(results: AsyncGenerator[ExecutionResult, None], ending: asyncio.Future[None]) -> ExecutionResult:
    """In this task, for what resolvers keep belongs to it. Raises _Ended, and StopAsyncIteration."""
    if ending.done():
        raise _Ended
    inside = True
    try:
        async with asyncio.timeout(None) as scope:

            def end(_: object) -> None:
                if inside:
                    scope.reschedule(0)

            ending.add_done_callback(end)
            try:
                return await anext(results)
            finally:
                inside = False
                ending.remove_done_callback(end)
    except TimeoutError as error:
        if scope.expired():
            raise _Ended from error
        raise


def federation_schema(
    *,
    query: type,
    mutation: type | None = None,
    subscription: type | None = None,
    types: Iterable[type] = (),
    answers: Iterable[Answer[Any]] = (),
    limits: Limits = Limits(),
    words: Mapping[str, str] | None = None,
) -> Schema:
    """The schema of a service. `types` are those that no field names: entities and problems that are only reached by
    reference or interface. `answers` are those of `refusable` fields. `words` describe, by coordinate, what the code does not.
    """
    documents: list[Documents] = []
    schema = Schema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        types=types,
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
        extensions=[lambda: _CheckedDocuments(documents[0])],
        execution_context_class=PacedExecution,
        federation_version="2.9",
    )
    describe(schema._schema, words or {})
    schema.answers = Answers(answers)
    schema.documents = Documents(schema._schema, limits)
    documents.append(schema.documents)
    counted(Plans.of(schema._schema))
    return schema


def print_sdl(schema: Schema) -> str:
    """The subgraph's SDL, as it is committed in `schema.graphql` and composed into the supergraph."""
    return print_schema(schema).strip() + "\n"
