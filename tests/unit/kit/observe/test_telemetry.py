"""Traces go on across processes, recorded or not; logs name them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from services.kit.observe import logs, telemetry
from services.kit.observe.version import VERSION
from tests.worlds.asgi import request

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    spans = InMemorySpanExporter()
    stop = telemetry.setup("test", None, exporter=spans)
    yield spans
    stop()


def test_without_exporter_the_trace_still_travels() -> None:
    assert telemetry.current_traceparent() is None
    with telemetry.span("outer", PARENT):
        assert telemetry.current_trace_id() == TRACE
        sent = telemetry.current_traceparent()
        assert sent is not None
        assert sent.startswith(f"00-{TRACE}-")
        assert sent != PARENT
        with telemetry.span("inner"):
            assert telemetry.current_traceparent() == sent
    assert telemetry.current_traceparent() is None


@pytest.mark.parametrize("bad", ["", "nonsense", "00-" + "0" * 32 + "-b7ad6b7169203331-01", PARENT.upper()])
def test_a_malformed_traceparent_begins_a_new_trace(bad: str) -> None:
    with telemetry.span("step", bad):
        assert telemetry.current_trace_id() not in (None, TRACE)


def test_recorded_spans_form_one_trace_across_a_message(exporter: InMemorySpanExporter) -> None:
    with telemetry.span("place"):
        sent = telemetry.current_traceparent()
    with telemetry.span("handle", sent, {"topic": "a.b"}):
        pass
    place, handle = exporter.get_finished_spans()
    assert place.context is not None
    assert handle.context is not None
    assert handle.parent is not None
    assert (handle.context.trace_id, handle.parent.span_id) == (place.context.trace_id, place.context.span_id)
    assert handle.attributes == {"topic": "a.b"}


def test_an_exception_marks_the_span_and_goes_on(exporter: InMemorySpanExporter) -> None:
    with pytest.raises(KeyError), telemetry.span("step"):
        raise KeyError("x")
    [step] = exporter.get_finished_spans()
    assert step.status.description == "KeyError"
    assert [event.name for event in step.events] == ["exception"]


async def test_a_request_is_a_span_named_by_its_route(exporter: InMemorySpanExporter) -> None:
    async def order(_: Request) -> PlainTextResponse:
        return PlainTextResponse(telemetry.current_trace_id())

    app = telemetry.Telemetry(Starlette(routes=[Route("/orders/{order_id}", order)]))
    answer = await request(app, "GET", "/orders/ord_1", headers={"traceparent": PARENT})
    assert answer.body.decode() == TRACE
    [span] = exporter.get_finished_spans()
    assert span.name == "GET /orders/{order_id}"
    assert span.attributes == {"http.route": "/orders/{order_id}", "http.response.status_code": 200}


def test_a_log_line_is_json_with_role_version_and_trace() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        logs.setup("ordering-api", "INFO", stream=stream)
        with telemetry.span("step", PARENT):
            logging.getLogger("services.x").warning("it is %s", "late", extra={"order": "ord_1"})
        try:
            raise ValueError("bug")
        except ValueError:
            logging.getLogger("services.x").exception("failed")
        logging.getLogger("services.x").debug("not shown")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    late, failed = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert late.pop("time").endswith("Z")
    assert len(late.pop("span_id")) == 16
    assert late == {
        "level": "WARNING",
        "logger": "services.x",
        "message": "it is late",
        "order": "ord_1",
        "role": "ordering-api",
        "version": VERSION,
        "trace_id": TRACE,
    }
    assert "trace_id" not in failed
    assert "ValueError: bug" in failed["exc_info"]
