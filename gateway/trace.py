"""Trace ids: taken from the caller's traceparent, else made; passed on to subgraphs."""

import re
import secrets

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")


def start(traceparent: str | None) -> tuple[str, str]:
    """The trace id, and the traceparent for subgraphs."""
    found = _TRACEPARENT.match(traceparent or "")
    trace_id, flags = (found.group(1), found.group(3)) if found else (secrets.token_hex(16), "01")
    return trace_id, f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"
