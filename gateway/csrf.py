"""Cross-site request forgery: answers only what a browser sends to other sites after a preflight."""

from collections.abc import Mapping

from gateway.errors import RequestError
from services.kit.codes import ErrorCode

# Pages of other sites may send these without asking first.
_SIMPLE = frozenset(("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"))
_HEADERS = ("apollo-require-preflight", "x-apollo-operation-name")


def check(headers: Mapping[str, str]) -> None:
    """For requests whose body is not JSON. Raises RequestError."""
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type and content_type not in _SIMPLE:
        return
    if not any(headers.get(name) for name in _HEADERS):
        raise RequestError.of(
            ErrorCode.BAD_USER_INPUT,
            f"Send one of the headers {', '.join(_HEADERS)}, or a content-type that needs a preflight.",
        )
