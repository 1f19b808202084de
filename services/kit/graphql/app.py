"""GraphQL over HTTP and WebSocket for Starlette: identity in, results out. No IDE: the gateway has one."""

import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from services.kit.database import fair
from services.kit.graphql.context import RequestContext
from services.kit.graphql.errors import BadUserInput, ErrorCode, TooExpensive, describe, extensions
from services.kit.graphql.schema import Schema
from services.kit.http import identity as auth
from services.kit.http.address import address_of
from services.kit.http.identity import ANONYMOUS, Identity
from services.kit.http.presence import while_wanted
from services.kit.http.tokens import TokenVerifier

_log = logging.getLogger(__name__)
_MAX_BODY = 1024 * 1024
MAX_ANSWER = 8 * 1024 * 1024
_GRAPHQL_JSON = "application/graphql-response+json"
_READ_ONLY = frozenset({OperationType.QUERY})
_NOT_STREAMED = frozenset({OperationType.QUERY, OperationType.MUTATION})
_STATUS = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.TOKEN_EXPIRED: 401,
    ErrorCode.SERVICE_UNAVAILABLE: 503,
    ErrorCode.INTERNAL_SERVER_ERROR: 500,
}

ContextFactory = Callable[[Identity], RequestContext]


def graphql_routes(
    schema: Schema, *, verifier: TokenVerifier, context: ContextFactory, path: str = "/graphql"
) -> list[BaseRoute]:
    """POST and GET, and `graphql-transport-ws`, at one path. `context` is called once for each operation.

    A request's identity is its `Authorization` header; a socket's is the `authorization` of its connection_init
    payload, else the header of its handshake. No token is an anonymous caller;
    a bad one is refused, never taken for none.
    """
    app = _GraphQLApp(schema, verifier, context)
    return [Route(path, app), WebSocketRoute(path, app)]


class _GraphQLApp:
    def __init__(self, schema: Schema, verifier: TokenVerifier, context: ContextFactory) -> None:
        self._schema = schema
        self._verifier = verifier
        self._context = context
        self._sockets = _Sockets(schema, verifier, context)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
            return
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "POST"):
            return _refusal(request, BadUserInput("GraphQL is asked by GET or POST"), 405)
        try:
            identity = await self._verifier.identify(request.headers.get("authorization"))
            asked = await _read_post(request) if request.method == "POST" else _read_get(request)
            context = self._context(identity)
            context.address = address_of(request)
            with fair.on_behalf_of(identity.subject or context.address):
                async with while_wanted(request.receive):
                    result = await self._schema.execute(
                        asked.get("query"),
                        variable_values=asked.get("variables"),
                        operation_name=asked.get("operationName"),
                        context_value=context,
                        allowed_operation_types=_NOT_STREAMED if request.method == "POST" else _READ_ONLY,
                    )
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except Exception as error:  # noqa: BLE001  the edge: whatever happens becomes an answer of the vocabulary
            return _refusal(request, error)
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer = {"errors": [error.formatted for error in result.errors], **answer}
        return _json(request, answer, _status(request, result.data, bool(result.errors)))


def _status(request: Request, data: object, failed: bool) -> int:
    # Old clients that accept plain JSON read any other status as a failure of the transport.
    return 400 if data is None and failed and _GRAPHQL_JSON in request.headers.get("accept", "") else 200


async def _read_post(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise BadUserInput("the body is sent as application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            raise _TooLarge(f"the body is larger than {_MAX_BODY} bytes")
    try:
        return _checked(orjson.loads(bytes(body)))
    except orjson.JSONDecodeError as error:
        raise BadUserInput("the body is not JSON") from error


def _read_get(request: Request) -> dict[str, Any]:
    asked: dict[str, Any] = {
        name: values[-1] for name, values in parse_qs(request.url.query).items() if name in ("query", "operationName")
    }
    variables = request.query_params.get("variables")
    try:
        return _checked({**asked, "variables": orjson.loads(variables) if variables else None})
    except orjson.JSONDecodeError as error:
        raise BadUserInput("variables is not JSON") from error


def _checked(asked: Any) -> dict[str, Any]:
    if not isinstance(asked, dict):
        raise BadUserInput("a request is one JSON object")
    if not isinstance(asked.get("query"), str) or not asked["query"].strip():
        raise BadUserInput("query is missing")
    if not isinstance(asked.get("variables"), dict | None):
        raise BadUserInput("variables is not an object")
    if not isinstance(asked.get("operationName"), str | None):
        raise BadUserInput("operationName is not text")
    return asked


class _TooLarge(BadUserInput):
    pass


def _refusal(request: Request, error: Exception, status: int | None = None) -> Response:
    described = describe(error)
    if described is None:
        _log.error("unexpected error while answering", exc_info=error)
        described = "Something went wrong here; it has been logged", extensions(ErrorCode.INTERNAL_SERVER_ERROR)
    message, shown = described
    if status is None:
        status = 413 if isinstance(error, _TooLarge) else _STATUS.get(ErrorCode(shown["code"]), 400)
    response = _json(request, {"errors": [{"message": message, "extensions": shown}]}, status)
    if status == 401:
        response.headers["www-authenticate"] = "Bearer"
    return response


def _json(request: Request, body: object, status: int) -> Response:
    plain = _GRAPHQL_JSON not in request.headers.get("accept", "")
    media_type = "application/json" if plain else _GRAPHQL_JSON
    encoded = orjson.dumps(body)
    if len(encoded) > MAX_ANSWER:
        return _refusal(request, TooExpensive(f"The answer is larger than {MAX_ANSWER} bytes"))
    return Response(encoded, status, {"cache-control": "no-store"}, media_type=media_type)


class _SocketContext:
    """What lives as long as a connection: the caller. Each operation gets a context of its own."""

    def __init__(self, authorization: str | None, verifier: TokenVerifier, context: ContextFactory) -> None:
        self.authorization = authorization
        self.identity = ANONYMOUS
        self._verifier = verifier
        self._context = context

    def __call__(self) -> RequestContext:
        return self._context(self.identity)

    def ended(self) -> Coroutine[None, None, None]:
        """Done when what is open must end."""
        return self._verifier.ended(self.identity, self.authorization)

    async def identify(self, payload: object) -> None:
        named = None
        if isinstance(payload, dict):
            named = payload.get("authorization") or payload.get("Authorization")
        if named is not None and not isinstance(named, str):
            raise auth.Unauthenticated("authorization is not text")
        self.authorization = named or self.authorization
        self.identity = await self._verifier.identify(self.authorization)
        fair.speak_for(self.identity.subject)


class _SocketHandler(BaseGraphQLTransportWSHandler[Any, None]):
    async def _send_result_stream(self, operation: Any, result_source: Any) -> None:
        async for result in result_source:
            if isinstance(result, PreExecutionError):  # also after some answers: the stream itself has failed
                await self._handle_pre_execution_error(operation, result)
                return
            await operation.send_next(result)

    async def handle_message(self, message: Any) -> None:
        try:
            await super().handle_message(message)
        except TypeError:
            # Strawberry expects objects where the protocol has them; any JSON may come.
            await self.handle_invalid_message("Failed to parse message")

    async def handle_connection_init(self, message: Any) -> None:
        try:
            await self.context.identify(message.get("payload"))
        except (auth.Unauthenticated, auth.IssuerUnavailable) as error:
            described = describe(error)
            code = described[1]["code"] if described else ErrorCode.UNAUTHENTICATED
            # 4401 is the protocol's; what a client needs to know beyond it is in the reason.
            await self.websocket.close(1013 if code == ErrorCode.SERVICE_UNAVAILABLE else 4401, str(code))
            return
        await super().handle_connection_init(message)


class _Sockets(GraphQL[Any, None]):
    graphql_transport_ws_handler_class = _SocketHandler

    def __init__(self, schema: Schema, verifier: TokenVerifier, context: ContextFactory) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=10),
        )
        self._verifier = verifier
        self._context = context

    def decode_json(self, data: str | bytes) -> object:
        """By the same reader as over HTTP: the standard library's takes half a surrogate pair, which nothing behind it can hold."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data).decode()

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Any:
        return _SocketContext(request.headers.get("authorization"), self._verifier, self._context)
