"""The event whose handler is running: for what its class does not tell, when it was told and by which id."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from services.kit.messaging.envelope import Envelope

_current: ContextVar[Envelope] = ContextVar("the event that is heard")


def current() -> Envelope:
    """Raises LookupError outside of a handler."""
    return _current.get()


@contextmanager
def of(event: Envelope) -> Iterator[None]:
    token = _current.set(event)
    try:
        yield
    finally:
        _current.reset(token)
