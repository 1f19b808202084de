"""OpenTelemetry spans of the gateway: a request, its operation, parse, validate and plan, each fetch.

Only when there is somewhere to send them: without OTEL_EXPORTER_OTLP_ENDPOINT none of this is called.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from services.kit.observe import telemetry, trace
from services.kit.observe.trace import Traceparent


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

    def start(self, traceparent: str | None) -> Traceparent:
        """As `trace.start`: the request's span, which the middleware opened."""
        return trace.parse(telemetry.current_traceparent()) or trace.start(traceparent)


def failed(span: Span, code: str) -> None:
    span.set_attribute("wlijo.error_code", code)
    span.set_status(Status(StatusCode.ERROR, code))
