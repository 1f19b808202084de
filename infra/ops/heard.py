"""Who hears which topic: what the services' own `hears` say."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from services.kit.messaging.processor import Handlers


@cache
def heard_by(service: str) -> tuple[str, ...]:
    """Its topics, sorted. Payments are heard by nobody yet, a partner's jobs by the partner."""
    handlers = import_module(f"services.{service}.hears").HANDLERS
    assert isinstance(handlers, Handlers)
    return tuple(handlers.topics())
