"""W3C `traceparent`: read from a caller, written for whoever is asked next."""

import re
import secrets
from typing import NamedTuple

_FORM = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16
_SAMPLED = "01"


class Traceparent(NamedTuple):
    """In lower-case hexadecimal, as they are written."""

    trace_id: str
    span_id: str
    flags: str

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


def parse(text: str | None) -> Traceparent | None:
    """None for what is malformed, or names no trace or no span."""
    found = _FORM.fullmatch(text) if text else None
    if found is None or found[1] == _NO_TRACE or found[2] == _NO_SPAN:
        return None
    return Traceparent(found[1], found[2], found[3])


def start(text: str | None) -> Traceparent:
    """A span of our own that nobody records, in the caller's trace or a new one."""
    parent = parse(text)
    trace_id, flags = (parent.trace_id, parent.flags) if parent else (secrets.token_hex(16), _SAMPLED)
    return Traceparent(trace_id, secrets.token_hex(8), flags)
