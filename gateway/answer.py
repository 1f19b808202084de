"""Dresses errors for clients: the client's family is shown, ours is masked and logged with the trace id."""

import logging
from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError

from gateway.executor.failure import Failure
from gateway.executor.writing import Report
from services.kit.codes import ErrorCode, extensions, is_client, masked

logger = logging.getLogger(__name__)

# One answer may have thousands of errors, all of one cause.
_LOGGED = 20


def of(
    data: dict[str, Any] | None, report: Report, loose: Iterable[Failure], trace_id: str, *, mask: bool
) -> dict[str, Any]:
    """`errors` is there only when there are some, and comes first, as the specification advises."""
    errors: list[dict[str, Any]] = []
    ours = 0
    for failure, path in (
        *((problem.failure, problem.path) for problem in report.problems),
        *((one, None) for one in loose),
    ):
        errors.append(_dress(failure, trace_id, mask=mask, path=path))
        if not is_client(failure.code):
            ours += 1
            if ours <= _LOGGED:
                _log(failure, trace_id, path)
    return {"errors": errors, "data": data} if errors else {"data": data}


def located(error: GraphQLError) -> dict[str, Any]:
    """A GraphQL error of our own reading of the request."""
    shown: dict[str, Any] = {"message": error.message}
    if error.locations:
        shown["locations"] = [{"line": one.line, "column": one.column} for one in error.locations]
    return shown


def _log(failure: Failure, trace_id: str, path: list[str | int] | None) -> None:
    logger.warning(
        "subgraph trouble",
        extra={
            "code": failure.code,
            "subgraph": failure.subgraph,
            "detail": failure.message,
            "trace_id": trace_id,
            "path": path,
        },
    )


def _dress(failure: Failure, trace_id: str, *, mask: bool, path: list[str | int] | None = None) -> dict[str, Any]:
    known = failure.code in ErrorCode.__members__
    code = ErrorCode(failure.code) if known else ErrorCode.INTERNAL_SERVER_ERROR
    shown = extensions(code, trace_id)
    for name in ("retryable", "retryAfterMs"):
        if name in failure.extensions and known:
            shown[name] = failure.extensions[name]
    message = failure.message
    if not is_client(code):
        if mask:
            message = masked(code)
        else:
            # Whoever runs a bare supergraph wants to see what its subgraphs say, with their own codes.
            shown = {**shown, **failure.extensions, "traceId": trace_id}
    error: dict[str, Any] = {"message": message}
    if path is not None:
        error["path"] = path
    error["extensions"] = shown
    return error
