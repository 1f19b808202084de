"""Traces and metrics: spans that cross HTTP and Kafka by `traceparent`, the Prometheus registry, the ASGI middleware.

Without an exporter no span is recorded, yet every request has a trace id that travels on and joins logs and errors.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit.observe.trace import Traceparent, parse, start
from services.kit.observe.version import VERSION

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

REGISTRY = CollectorRegistry(auto_describe=False)
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_REQUESTS = Histogram(
    "wlijo_http_request_seconds",
    "Time from a request's first byte to its answer's last, by route.",
    ["method", "route", "status"],
    registry=REGISTRY,
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_SOCKETS = Counter("wlijo_websocket_connections_total", "WebSocket connections opened.", registry=REGISTRY)

_tracer: trace.Tracer | None = None

Attributes = Mapping[str, str | int | float | bool]


def setup(role: str, endpoint: str | None, *, exporter: "SpanExporter | None" = None) -> Callable[[], None]:
    """Start exporting spans, if there is somewhere to send them; returns what flushes and stops it.

    `endpoint` is the value of OTEL_EXPORTER_OTLP_ENDPOINT (OTLP over HTTP); `exporter` takes its place in tests.
    """
    global _tracer
    if not endpoint and exporter is None:
        return lambda: None
    # Heavy, and not wanted by a process that exports nothing.
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

    processor: SpanProcessor
    if exporter is not None:
        processor = SimpleSpanProcessor(exporter)
    else:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        processor = BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{str(endpoint).rstrip('/')}/v1/traces"))
    provider = TracerProvider(resource=Resource.create({"service.name": f"wlijo-{role}", "service.version": VERSION}))
    provider.add_span_processor(processor)
    _tracer = provider.get_tracer("wlijo", VERSION)

    def stop() -> None:
        global _tracer
        _tracer = None
        provider.shutdown()

    return stop


@contextmanager
def span(
    name: str,
    traceparent: str | None = None,
    attributes: Attributes | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
) -> Iterator[Span]:
    """One step of a trace: a child of `traceparent` if that is well formed, else of the current span, else a new trace.

    An exception that leaves the block is recorded on the span and goes on.
    """
    parent = parse(traceparent)
    if _tracer is None:
        current = trace.get_current_span()
        if parent is None and current.get_span_context().is_valid:
            yield current
            return
        # Nothing is recorded: carry the trace's id under a span id of our own.
        opened: Span = NonRecordingSpan(_context(start(traceparent), is_remote=False))
    else:
        context = trace.set_span_in_context(NonRecordingSpan(_context(parent, is_remote=True))) if parent else None
        opened = _tracer.start_span(name, context=context, kind=kind, attributes=attributes)
    token = otel_context.attach(trace.set_span_in_context(opened))
    try:
        yield opened
    except Exception as error:
        opened.record_exception(error)
        opened.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        otel_context.detach(token)
        opened.end()


def current_traceparent() -> str | None:
    """The current span as W3C `traceparent`, to be sent along; None outside any span."""
    current = trace.get_current_span().get_span_context()
    if not current.is_valid:
        return None
    return str(Traceparent(f"{current.trace_id:032x}", f"{current.span_id:016x}", f"{int(current.trace_flags):02x}"))


def current_trace_id() -> str | None:
    """32 hex digits; None outside any span."""
    current = trace.get_current_span().get_span_context()
    return f"{current.trace_id:032x}" if current.is_valid else None


def current_span_id() -> str | None:
    """16 hex digits; None outside any span."""
    current = trace.get_current_span().get_span_context()
    return f"{current.span_id:016x}" if current.is_valid else None


def _context(named: Traceparent, *, is_remote: bool) -> SpanContext:
    flags = TraceFlags(int(named.flags, 16))
    return SpanContext(int(named.trace_id, 16), int(named.span_id, 16), is_remote=is_remote, trace_flags=flags)


class Telemetry:
    """ASGI middleware: each request is a span that continues the caller's trace, and is timed under its route.

    The label is the route's pattern, never the path, so that ids in paths make no new series.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        traceparent = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"traceparent"), None)
        if scope["type"] == "websocket":
            _SOCKETS.inc()
            with span(f"WS {scope['path']}", traceparent, kind=SpanKind.SERVER):
                await self.app(scope, receive, send)
            return
        status = 500
        began = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with span(scope["method"], traceparent, kind=SpanKind.SERVER) as opened:
            try:
                await self.app(scope, receive, watched)
            finally:
                route = _route(scope)
                _REQUESTS.labels(_method(scope), route, str(status)).observe(time.perf_counter() - began)
                if opened.is_recording():
                    opened.update_name(f"{scope['method']} {route}")
                    opened.set_attributes({"http.route": route, "http.response.status_code": status})


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE") else "OTHER"


def _route(scope: Scope) -> str:
    """Starlette leaves in the scope what it matched, but not the pattern: put the parameters' names back in."""
    if "endpoint" not in scope:
        return "unmatched"
    names = {str(value): name for name, value in scope.get("path_params", {}).items()}
    return "/".join("{" + names[part] + "}" if part in names else part for part in scope["path"].split("/"))
