"""The error vocabulary of the subgraphs: the caller's errors have a code, ours are masked and logged once."""

import logging
from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from prometheus_client import Counter
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from services.kit import codes, ids
from services.kit.coded import BadUserInput as BadUserInput
from services.kit.coded import CodedError as CodedError
from services.kit.coded import KeyReused as KeyReused
from services.kit.coded import ServiceUnavailable as ServiceUnavailable
from services.kit.coded import TooExpensive as TooExpensive
from services.kit.coded import UnknownOperation as UnknownOperation
from services.kit.codes import ErrorCode as ErrorCode
from services.kit.database import db, live
from services.kit.http import identity as auth
from services.kit.http import rate
from services.kit.observe import telemetry

_log = logging.getLogger(__name__)
ERRORS = Counter(
    "wlijo_graphql_errors_total", "Errors in GraphQL answers, by code.", ["code"], registry=telemetry.REGISTRY
)


def extensions(code: ErrorCode, *, retry_after_ms: int | None = None) -> dict[str, Any]:
    """`{code, traceId, retryable, retryAfterMs?}`"""
    return codes.extensions(code, telemetry.current_trace_id(), retry_after_ms=retry_after_ms)


def describe(error: BaseException) -> tuple[str, dict[str, Any]] | None:
    """Message and extensions for an exception that has a meaning to the caller; None for one that is ours to mend."""
    match error:
        case CodedError():
            shown = extensions(error.code, retry_after_ms=error.retry_after_ms)
            return str(error), shown
        case ids.MalformedId() | ids.WrongKind():
            return str(error), extensions(ErrorCode.BAD_USER_INPUT)
        case live.NothingThere():
            return "There is nothing here that you may see", extensions(ErrorCode.NOT_FOUND)
        case auth.TokenExpired():
            return str(error), extensions(ErrorCode.TOKEN_EXPIRED)
        case auth.Unauthenticated():
            return str(error), extensions(ErrorCode.UNAUTHENTICATED)
        case auth.Forbidden():
            return str(error), extensions(ErrorCode.FORBIDDEN)
        case rate.RateLimited():
            shown = extensions(ErrorCode.RATE_LIMITED, retry_after_ms=error.retry_after_ms)
            return str(error), shown
        case db.Busy():
            # What one caller's own work, or the crowd at one row, keeps waiting is no failure of the service.
            shown = extensions(ErrorCode.RATE_LIMITED, retry_after_ms=error.retry_after_ms)
            return "Too much is under way at once; try again", shown
        case TimeoutError():
            return "The answer took too long", extensions(ErrorCode.TIMEOUT)
        case auth.IssuerUnavailable():
            return "The identity provider is away", extensions(ErrorCode.SERVICE_UNAVAILABLE)
        case db.Unavailable():
            return "The service is away for a moment", extensions(ErrorCode.SERVICE_UNAVAILABLE)
        case MissingQueryError():
            return "The request has no query", extensions(ErrorCode.BAD_USER_INPUT)
        case CannotGetOperationTypeError():
            return error.as_http_error_reason(), extensions(ErrorCode.OPERATION_RESOLUTION_FAILURE)
        case InvalidOperationTypeError():
            message = f"A {error.operation_type.value} cannot be sent in this way"
            return message, extensions(ErrorCode.OPERATION_RESOLUTION_FAILURE)
    if isinstance(error, db.TRANSIENT):
        _log.warning("the database failed an operation", extra={"error": repr(error)})
        return "The service is away for a moment", extensions(ErrorCode.SERVICE_UNAVAILABLE)
    return None


def translate(errors: Iterable[GraphQLError], *, executed: bool) -> list[GraphQLError]:
    """What the caller gets for these. `executed` is False for errors of parsing and validation."""
    return [_translate(error, executed) for error in errors]


def _translate(error: GraphQLError, executed: bool) -> GraphQLError:
    original = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    if original is not None and not isinstance(original, GraphQLError):
        described = describe(original)
    elif error.extensions and error.extensions.get("code") in ErrorCode.__members__:
        code = ErrorCode(error.extensions["code"])
        described = error.message, extensions(code)
    elif isinstance(error, GraphQLSyntaxError):
        # Too many tokens, or nested too deeply.
        too_large = error.message.endswith("Parsing aborted.")
        code = ErrorCode.OPERATION_TOO_EXPENSIVE if too_large else ErrorCode.GRAPHQL_PARSE_FAILED
        described = error.message, extensions(code)
    elif not executed:
        described = error.message, extensions(ErrorCode.GRAPHQL_VALIDATION_FAILED)
    elif error.path is None:
        # A variable's value, refused before the first field.
        described = error.message, extensions(ErrorCode.BAD_USER_INPUT)
    elif isinstance(original, GraphQLError) and original.nodes:
        # An argument's value, refused before its resolver: null where the variable's type allows it and the argument's does not.
        described = original.message, extensions(ErrorCode.BAD_USER_INPUT)
    else:
        described = None
    if described is None:
        _log.error(
            "unexpected error in a resolver",
            exc_info=original or error,
            extra={"path": ".".join(str(part) for part in error.path or ())},
        )
        described = "Something went wrong here; it has been logged", extensions(ErrorCode.INTERNAL_SERVER_ERROR)
    message, shown = described
    ERRORS.labels(shown["code"]).inc()
    return GraphQLError(message, error.nodes, error.source, error.positions, error.path, extensions=shown)
