"""What an HTTP answer must be whatever was asked, and what it must be for what is known of the request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
from graphql import DocumentNode, GraphQLSchema, execute_sync, parse

from gateway.protocols.http import JSON, RESPONSE
from services.kit.codes import ErrorCode

# Codes of ours: only a subgraph that answers nonsense may bring them.
FAULTS = {ErrorCode.INTERNAL_SERVER_ERROR, ErrorCode.SERVICE_UNAVAILABLE, ErrorCode.TIMEOUT}


@dataclass(slots=True)
class Attempt:
    """One request, and what is known of its answer. `statuses` and `codes` are empty where anything fitting may come."""

    kind: str
    body: bytes = b""
    method: str = "POST"
    target: bytes = b""
    headers: dict[str, bytes] = field(default_factory=dict)
    statuses: frozenset[int] = frozenset()
    codes: frozenset[ErrorCode] = frozenset()
    # Document and variables, when the operation is valid: then the data is held against the schema.
    valid: tuple[str, dict[str, Any]] | None = None
    spoiled_subgraphs: bool = False

    @property
    def media(self) -> str:
        return RESPONSE if RESPONSE.encode() in self.headers.get("accept", b"") else JSON


@dataclass(slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


def fault(attempt: Attempt, reply: Reply, schema: GraphQLSchema) -> str:
    """What is wrong with the answer; "" when nothing is."""
    if reply.status >= 500:
        return f"status {reply.status}"
    if attempt.statuses and reply.status not in attempt.statuses:
        return f"status {reply.status}, not one of {sorted(attempt.statuses)}"
    if reply.status == 405 and attempt.method not in ("GET", "POST"):
        return "" if reply.headers.get("allow") else "405 without Allow"
    media = reply.headers.get("content-type", "").partition(";")[0]
    if media not in (JSON, RESPONSE):
        return f"content type {media!r}"
    try:
        answer = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return "no JSON"
    if not isinstance(answer, dict):
        return "no object"
    return (
        _shape(answer)
        or _status(answer, reply.status, media)
        or _codes(answer, attempt)
        or (_data(answer, attempt, schema) if attempt.valid else "")
    )


def _shape(answer: dict[str, Any]) -> str:
    """Section 7.1 of the specification, and our own vocabulary."""
    if not answer.keys() <= {"data", "errors", "extensions"} or not answer.keys() & {"data", "errors"}:
        return f"keys {list(answer)}"
    errors = answer.get("errors", [{}])
    if not isinstance(errors, list) or not errors:
        return "errors is no list, or empty"
    if "errors" not in answer:
        return "" if answer["data"] is not None else "null data and no error"
    for error in errors:
        if not isinstance(error.get("message"), str):
            return "an error without a message"
        if error.get("extensions", {}).get("code") not in ErrorCode.__members__:
            return f"code {error.get('extensions')}"
        if "path" in error and "data" in answer and not _leads_to_null(answer["data"], error["path"]):
            return f"no null at {error['path']}"
    return ""


def _leads_to_null(data: Any, path: list[Any]) -> bool:
    for segment in path:
        if data is None:
            return True
        try:
            data = data[segment]
        except (KeyError, IndexError, TypeError):
            return False
    return data is None


def _status(answer: dict[str, Any], status: int, media: str) -> str:
    """GraphQL over HTTP: an answer with data is 200; one without is not, unless as application/json."""
    if "data" in answer and status != 200:
        return f"data with status {status}"
    if "data" not in answer and media == RESPONSE and status == 200:
        return "a refusal with status 200"
    return ""


def _codes(answer: dict[str, Any], attempt: Attempt) -> str:
    found = {ErrorCode(error["extensions"]["code"]) for error in answer.get("errors", ())}
    if attempt.codes and not found & attempt.codes:
        return f"codes {sorted(found)}, not one of {sorted(attempt.codes)}"
    if not attempt.spoiled_subgraphs and found & FAULTS:
        return f"a fault of ours: {answer['errors'][0]}"
    return ""


def _data(answer: dict[str, Any], attempt: Attempt, schema: GraphQLSchema) -> str:
    """The data is what the operation may have by the schema: executed over itself, it gives itself and no error."""
    assert attempt.valid is not None
    if answer.get("data") is None:
        return ""
    query, variables = attempt.valid
    result = execute_sync(
        schema,
        _parsed(query),
        answer["data"],
        variable_values=variables,
        field_resolver=lambda source, info, **_: source.get(info.path.key),
        type_resolver=lambda value, *_: value["__typename"],
    )
    if result.errors:
        return f"data that the schema does not allow: {result.errors[0]}"
    return "" if result.data == answer["data"] else "data that was not asked for"


@lru_cache(1_000)
def _parsed(query: str) -> DocumentNode:
    return parse(query, no_location=True)


Judge = Callable[[Attempt, Reply], str]
