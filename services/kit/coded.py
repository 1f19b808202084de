"""Errors that a caller of the graph may see, for whoever raises one: a worker does so too, and holds nothing that serves a graph."""

from services.kit.codes import ErrorCode


class CodedError(Exception):
    """An error that the caller may see: the message is English, for developers; apps translate by code."""

    code: ErrorCode = ErrorCode.BAD_USER_INPUT
    retry_after_ms: int | None = None


class BadUserInput(CodedError):
    """An argument that can never be right: malformed, of another kind, out of its stated range."""

    code = ErrorCode.BAD_USER_INPUT


class UnknownOperation(CodedError):
    """Which operation of the document is meant cannot be told."""

    code = ErrorCode.OPERATION_RESOLUTION_FAILURE


class TooExpensive(CodedError):
    """An operation past a limit of size, depth or number."""

    code = ErrorCode.OPERATION_TOO_EXPENSIVE


class ServiceUnavailable(CodedError):
    """Something that this service needs is away; nothing was changed."""

    code = ErrorCode.SERVICE_UNAVAILABLE


class KeyReused(CodedError):
    """The same caller used this key for the same mutation with another body."""

    code = ErrorCode.IDEMPOTENCY_KEY_REUSED
