"""Who hears which topic: what the services' own `hears` say."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from services.kit.messaging.handlers import Handlers


@cache
def heard_by(service: str) -> tuple[str, ...]:
    """Its topics, sorted, whatever consumer reads them. Payments are heard by nobody yet, a partner's jobs by the partner."""
    said = vars(import_module(f"services.{service}.hears")).values()
    return tuple(sorted({topic for each in said if isinstance(each, Handlers) for topic in each.topics()}))
