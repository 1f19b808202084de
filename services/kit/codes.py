"""The one vocabulary of GraphQL error codes. `python -m services.kit.codes` prints docs/errors.md from it."""

import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

Family = Literal["client", "ours"]


class ErrorCode(StrEnum):
    """`extensions.code`. Those of Apollo where Apollo has one."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105  a code, not a token
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    OPERATION_TOO_EXPENSIVE = "OPERATION_TOO_EXPENSIVE"
    RATE_LIMITED = "RATE_LIMITED"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    TIMEOUT = "TIMEOUT"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a code means. The client's family is safe to show; ours is masked and logged with the trace id."""

    family: Family
    retryable: bool
    meaning: str
    remedy: str


VOCABULARY: dict[ErrorCode, Entry] = {
    ErrorCode.GRAPHQL_PARSE_FAILED: Entry(
        "client",
        False,
        "The document is not GraphQL.",
        "Correct the document; the message names line and column.",
    ),
    ErrorCode.GRAPHQL_VALIDATION_FAILED: Entry(
        "client",
        False,
        "The document does not fit the schema.",
        "Generate the client from /schema.graphql.",
    ),
    ErrorCode.BAD_USER_INPUT: Entry(
        "client",
        False,
        "A variable, argument or part of the request has a value that cannot be used.",
        "Correct the value that the message names.",
    ),
    ErrorCode.OPERATION_RESOLUTION_FAILURE: Entry(
        "client",
        False,
        "The request does not say which of its operations to run, or runs it by a method that it may not use.",
        "Name one operation of the document; send mutations by POST.",
    ),
    ErrorCode.PERSISTED_QUERY_NOT_FOUND: Entry(
        "client",
        True,
        "The hash of a persisted query is not known here.",
        "Send the hash again together with the document.",
    ),
    ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED: Entry(
        "client",
        False,
        "Persisted queries are switched off.",
        "Send the document.",
    ),
    ErrorCode.UNAUTHENTICATED: Entry(
        "client",
        False,
        "The operation needs a valid token and there is none.",
        "Sign in.",
    ),
    ErrorCode.TOKEN_EXPIRED: Entry(
        "client",
        True,
        "The token was valid and has expired.",
        "Get a new token, then repeat the request or connect again.",
    ),
    ErrorCode.FORBIDDEN: Entry(
        "client",
        False,
        "The caller is known and may not do this, or the document is not one of those that may be run here.",
        "Nothing that a repeat can change; a new document must be on the list of trusted ones.",
    ),
    ErrorCode.NOT_FOUND: Entry(
        "client",
        False,
        "An object that a field which cannot be null was asked of is not there, or the caller may not see it: the two are not told apart.",
        "Show it as gone; a repeat changes nothing.",
    ),
    ErrorCode.OPERATION_TOO_EXPENSIVE: Entry(
        "client",
        False,
        "The request is larger than a limit; the message names the limit.",
        "Ask for less at once.",
    ),
    ErrorCode.RATE_LIMITED: Entry(
        "client",
        True,
        "Too many requests of this caller, or too many at once.",
        "Wait for retryAfterMs, then repeat.",
    ),
    ErrorCode.IDEMPOTENCY_KEY_REUSED: Entry(
        "client",
        False,
        "The idempotency key was used before with another body.",
        "Make a new key for a new intent.",
    ),
    ErrorCode.SERVICE_UNAVAILABLE: Entry(
        "ours",
        True,
        "A service that answers this part cannot be reached or makes no sense; the rest of the answer holds.",
        "Show what came, repeat the query later. Repeat a mutation only with its idempotency key.",
    ),
    ErrorCode.TIMEOUT: Entry(
        "ours",
        True,
        "The time for the request ran out before this part was answered.",
        "Repeat the query later. Repeat a mutation only with its idempotency key.",
    ),
    ErrorCode.INTERNAL_SERVER_ERROR: Entry(
        "ours",
        False,
        "A fault on our side; the log has it under the trace id.",
        "Report the trace id.",
    ),
}

_MASKS: dict[ErrorCode, str] = {
    ErrorCode.SERVICE_UNAVAILABLE: "A service is not available.",
    ErrorCode.TIMEOUT: "A service did not answer in time.",
    ErrorCode.INTERNAL_SERVER_ERROR: "Something went wrong on our side.",
}


def is_client(code: str) -> bool:
    return code in ErrorCode.__members__ and VOCABULARY[ErrorCode(code)].family == "client"


def masked(code: ErrorCode) -> str:
    """The message to show for a code of our family."""
    return _MASKS.get(code, _MASKS[ErrorCode.INTERNAL_SERVER_ERROR])


def extensions(code: ErrorCode, trace_id: str | None, *, retry_after_ms: int | None = None) -> dict[str, Any]:
    """`{code, traceId, retryable, retryAfterMs?}`"""
    found: dict[str, Any] = {"code": code.value, "traceId": trace_id, "retryable": VOCABULARY[code].retryable}
    if retry_after_ms is not None:
        found["retryAfterMs"] = retry_after_ms
    return found


def document() -> str:
    """The text of docs/errors.md."""
    lines = [
        "# Errors",
        "",
        "Refusals that a screen must tell apart are data: the `problems` of a mutation's payload (api.md).",
        "What is left comes as GraphQL errors, each with `extensions: {code, traceId, retryable, retryAfterMs?}`.",
        "Apps decide by `code`; `message` is English, for developers, and may change. A new code may appear: treat an",
        "unknown one as INTERNAL_SERVER_ERROR.",
        "",
        "An error of the first family tells what the client did. One of the second is a fault of ours: its message is",
        "the same for all, its details are in our logs under `traceId`. Trouble in one service gives `data` without",
        "that service's part, and one error at its path.",
        "",
        "This page is printed by `python -m services.kit.codes`.",
    ]
    for family, title in (("client", "The client's"), ("ours", "Ours")):
        lines += ["", f"## {title}", "", "| code | retryable | meaning | what to do |", "|---|---|---|---|"]
        for code, entry in VOCABULARY.items():
            if entry.family == family:
                lines.append(f"| `{code}` | {'yes' if entry.retryable else 'no'} | {entry.meaning} | {entry.remedy} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
