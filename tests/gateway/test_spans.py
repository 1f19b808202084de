"""Spans of a request, its operation and stages and each fetch, in the caller's trace; and none without a collector."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from services.kit.observe import telemetry
from tests.gateway.kit.network import Running, SubgraphServer, gateway

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
QUERY = {"query": "query Fees { products { id fee } }"}


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    made = InMemorySpanExporter()
    real = telemetry.setup
    monkeypatch.setattr(
        telemetry, "setup", lambda role, endpoint: real(role, None, exporter=made if endpoint else None)
    )
    return made


@pytest.fixture
async def traced(exporter: InMemorySpanExporter, subgraphs: dict[str, SubgraphServer]) -> AsyncIterator[Running]:
    urls = {name: server.url for name, server in subgraphs.items()}
    async with gateway(urls, otel_exporter_otlp_endpoint="http://collector.test") as running:
        yield running


def by_name(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def parent(span: ReadableSpan) -> str:
    return f"{span.parent.span_id:016x}" if span.parent else ""


def own(span: ReadableSpan) -> str:
    context: Any = span.context
    return f"{context.span_id:016x}"


async def test_a_request_is_one_trace_from_the_caller_to_each_subgraph(
    traced: Running, exporter: InMemorySpanExporter, subgraphs: dict[str, SubgraphServer]
) -> None:
    answer = await traced.post(QUERY, traceparent=f"00-{TRACE}-{PARENT}-01")
    assert answer[1]["data"]["products"][0] == {"id": "p1", "fee": 5000}
    spans = by_name(exporter)
    assert set(spans) == {
        "POST /graphql",
        "graphql parse",
        "graphql validate",
        "query Fees",
        "graphql plan",
        "fetch CATALOG",
        "fetch DELIVERY",
    }
    assert {f"{span.context.trace_id:032x}" for span in spans.values() if span.context} == {TRACE}
    request, operation = spans["POST /graphql"], spans["query Fees"]
    assert parent(request) == PARENT
    assert {parent(spans[name]) for name in ("graphql parse", "graphql validate", "query Fees")} == {own(request)}
    assert {parent(spans[name]) for name in ("graphql plan", "fetch CATALOG", "fetch DELIVERY")} == {own(operation)}
    for name in ("catalog", "delivery"):
        (seen,) = subgraphs[name].seen
        assert seen["traceparent"] == f"00-{TRACE}-{own(spans[f'fetch {name.upper()}'])}-01"
    assert operation.attributes == {"graphql.operation.type": "query", "graphql.operation.name": "Fees"}


async def test_a_cached_operation_has_no_span_of_a_stage_that_it_did_not_go_through(
    traced: Running, exporter: InMemorySpanExporter
) -> None:
    await traced.post(QUERY)
    exporter.clear()
    await traced.post(QUERY)
    assert set(by_name(exporter)) == {"POST /graphql", "query Fees", "fetch CATALOG", "fetch DELIVERY"}


async def test_an_error_is_on_the_operations_span(
    traced: Running, exporter: InMemorySpanExporter, subgraphs: dict[str, SubgraphServer]
) -> None:
    async def down(_: web.Request) -> web.StreamResponse:
        return web.Response(status=500)

    subgraphs["delivery"].respond = down
    _, answer, _ = await traced.post(QUERY, traceparent=f"00-{TRACE}-{PARENT}-01")
    assert answer["errors"][0]["extensions"]["traceId"] == TRACE
    spans = by_name(exporter)
    assert spans["query Fees"].status.status_code is StatusCode.ERROR
    assert (spans["query Fees"].attributes or {})["wlijo.error_code"] == "SERVICE_UNAVAILABLE"
    assert spans["fetch DELIVERY"].status.status_code is StatusCode.ERROR
    assert spans["fetch CATALOG"].status.is_unset


async def test_without_a_collector_nothing_is_recorded_and_the_trace_goes_on(
    exporter: InMemorySpanExporter, running: Running, subgraphs: dict[str, SubgraphServer]
) -> None:
    await running.post(QUERY, traceparent=f"00-{TRACE}-{PARENT}-01")
    assert exporter.get_finished_spans() == ()
    assert running.serving.spans is None
    assert subgraphs["catalog"].seen[0]["traceparent"].split("-")[1] == TRACE
