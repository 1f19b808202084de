"""A request that is refused as a whole."""

from dataclasses import dataclass, field
from typing import Any

from services.kit.codes import ErrorCode, extensions


@dataclass(slots=True)
class RequestError(Exception):
    """The request as a whole is refused; there is no data. `errors` are GraphQL errors; those without extensions get them of the code."""

    code: ErrorCode
    errors: list[dict[str, Any]] = field(default_factory=list)
    status: int = 400
    retry_after_ms: int | None = None

    @classmethod
    def of(
        cls, code: ErrorCode, message: str, *, status: int = 400, retry_after_ms: int | None = None
    ) -> "RequestError":
        return cls(code, [{"message": message}], status, retry_after_ms)

    @classmethod
    def said(cls, errors: list[dict[str, Any]]) -> "RequestError":
        """By a service, as clients are shown it."""
        return cls(ErrorCode(errors[0]["extensions"]["code"]), errors)

    def again(self) -> "RequestError":
        """The same refusal as a new exception: one that is raised many times keeps every frame that it has passed."""
        return RequestError(self.code, self.errors, self.status, self.retry_after_ms)

    def answer(self, trace_id: str) -> dict[str, Any]:
        shown = extensions(self.code, trace_id, retry_after_ms=self.retry_after_ms)
        return {"errors": [{"extensions": dict(shown), **error} for error in self.errors]}
