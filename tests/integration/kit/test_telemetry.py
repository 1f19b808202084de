"""One trace from the request that tells an event to the handler that hears it, across the broker, as the exporter sends it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from services.kit.database.db import Database
from services.kit.observe import telemetry
from tests.integration.conftest import ThingId, ThingSaid
from tests.integration.kit.test_backbone import TOPICS, Listener, _opened, relaying, running, tell
from tests.worlds import servers
from tests.worlds.waiting import until


class Collector(HTTPServer):
    """An OTLP collector that keeps what it is sent."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.services: set[str] = set()
        super().__init__(("127.0.0.1", 0), _Receive)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Receive(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"])))
        for resource in sent.resource_spans:
            for attribute in resource.resource.attributes:
                if attribute.key == "service.name":
                    self.server.services.add(attribute.value.string_value)
            for scope in resource.scope_spans:
                self.server.spans.extend(scope.spans)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


async def test_a_trace_goes_on_across_the_broker(
    db: Database, database: Callable[[str], servers.TestDatabase], broker: servers.Broker, collector: Collector
) -> None:
    await asyncio.to_thread(broker.create_topics, TOPICS)
    listener = Listener(await _opened(database), broker.cluster)
    thing = ThingId.new()
    flush = telemetry.setup("testing", collector.endpoint)
    try:
        async with relaying(db, broker.cluster), running(listener):
            with telemetry.span("the request"):
                await tell(db, thing, 1)

            async def heard() -> bool:
                return await listener.heard(thing) == [1]

            await until(heard)
    finally:
        await asyncio.to_thread(flush)
    await listener.db.close()
    [request] = [span for span in collector.spans if span.name == "the request"]
    [processor] = [span for span in collector.spans if span.name == f"hear {ThingSaid.type}"]
    assert processor.trace_id == request.trace_id
    assert processor.parent_span_id == request.span_id
    assert collector.services == {"wlijo-testing"}
