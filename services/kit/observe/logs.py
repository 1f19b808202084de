"""Structured logs: one JSON object a line on stderr, with the process's role, the version and the trace.

The gateway, web and every process of a service call `setup`, so that what any of them says has one form: its libraries' warnings, and what
ended it, too. Only what is wrong with its settings is plain text, for it is said before anything is set up, and to whoever installs.
"""

import logging
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from pythonjsonlogger.orjson import OrjsonFormatter

from services.kit.observe import telemetry
from services.kit.observe.version import VERSION

_log = logging.getLogger(__name__)


class _Formatter(OrjsonFormatter):
    def __init__(self, role: str) -> None:
        super().__init__(["message"])
        self._role = role

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        at = datetime.fromtimestamp(record.created, UTC)
        log_data["time"] = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        super().add_fields(log_data, record, message_dict)
        log_data.pop("color_message", None)  # uvicorn's, for a terminal
        log_data["role"] = self._role
        log_data["version"] = VERSION
        trace_id = telemetry.current_trace_id()
        if trace_id is not None:
            # An error may be logged after its span has ended; then the caller names the trace.
            log_data.setdefault("trace_id", trace_id)
            log_data["span_id"] = telemetry.current_span_id()


def _ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _log.critical("ended by %s", kind.__name__, exc_info=(kind, error, trace))


def setup(role: str, level: str = "INFO", *, stream: TextIO | None = None) -> None:
    """Send all logging of this process, libraries included, to one handler. `role` is like `ordering-api`.

    `logger.info("text", extra={"order": str(order_id)})`: what is in `extra` becomes fields. Never personal data.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Formatter(role))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "aiokafka", "strawberry", "strawberry.ws"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    logging.captureWarnings(True)
    sys.excepthook = _ended
    # One line per request is the metrics' work; the clients' chatter about reconnecting would drown ours.
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    logging.getLogger("aiokafka").setLevel(max(logging.WARNING, logging.getLevelName(level)))
