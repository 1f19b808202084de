"""OpenTelemetry spans of the gateway: a request, its operation, parse, validate and plan, each fetch.

Only when there is somewhere to send them: without OTEL_EXPORTER_OTLP_ENDPOINT none of this is called.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from gateway import trace
from services.kit.observe import telemetry


@dataclass(frozen=True, slots=True)
class Spans:
    """All are children of the current span, which the middleware opened for the request."""

    @contextmanager
    def stage(self, name: str) -> Iterator[Span]:
        with telemetry.span(f"graphql {name}") as opened:
            yield opened

    @contextmanager
    def operation(self, kind: str, name: str) -> Iterator[Span]:
        attributes = {"graphql.operation.type": kind, "graphql.operation.name": name}
        with telemetry.span(f"{kind} {name}".rstrip(), attributes=attributes) as opened:
            yield opened

    @contextmanager
    def fetch(self, subgraph: str) -> Iterator[str]:
        """Gives the traceparent to send along."""
        attributes = {"graphql.subgraph": subgraph}
        with telemetry.span(f"fetch {subgraph}", attributes=attributes, kind=SpanKind.CLIENT):
            yield telemetry.current_traceparent() or ""

    def start(self, traceparent: str | None) -> tuple[str, str]:
        """The trace id and the traceparent for subgraphs, as `trace.start`: those of the request's span."""
        current = telemetry.current_traceparent()
        return (current.split("-")[1], current) if current else trace.start(traceparent)


def failed(span: Span, code: str) -> None:
    span.set_attribute("wlijo.error_code", code)
    span.set_status(Status(StatusCode.ERROR, code))
