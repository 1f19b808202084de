"""Events heard, and the command of each: none yet."""

from __future__ import annotations

from services.kit.messaging.processor import Handlers

HANDLERS = Handlers()
