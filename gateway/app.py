"""Wiring: from settings to the application that a server runs."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping

import orjson
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from gateway import cors, explorer
from gateway.addresses import Addresses
from gateway.behind import Behind
from gateway.documents import Documents, Manifest
from gateway.executor.subgraph_client import SubgraphClient
from gateway.files import Files, Holding
from gateway.identity import Verifier
from gateway.metrics import Metrics
from gateway.protocols import keeping
from gateway.protocols.encoding import Encoding
from gateway.protocols.http import GraphQLEndpoint, refusal
from gateway.protocols.websocket import Connection
from gateway.reload import Reloading, hangup, pipeline, read_supergraph
from gateway.rest import Passage
from gateway.serving import COUNTS, Refused, Serving
from gateway.settings import Settings
from gateway.spans import Spans
from gateway.told import unowned
from services.kit.cache import Cache
from services.kit.http.rate import RateLimit
from services.kit.observe import telemetry
from services.kit.observe.version import VERSION
from services.kit.process.settings import SettingsError

logger = logging.getLogger(__name__)


def serving(settings: Settings, environment: Mapping[str, str]) -> Serving:
    """`environment` has the addresses of the subgraphs.

    Raises SupergraphError, ManifestError or OSError when a file cannot be read, SettingsError when an address or a route is wrong.
    """
    addresses = Addresses(environment)
    watched = Reloading(settings, addresses)
    supergraph = read_supergraph(settings)
    if unknown := unowned(settings.rest_routes, addresses.names(supergraph)):
        raise SettingsError(unknown)
    manifest = Manifest.read(settings.manifest_file) if settings.manifest_file is not None else None
    documents = Documents(bool(settings.apq), settings.trusted, manifest, Cache.of_bytes(settings.limits.apq_bytes))
    spans = Spans() if settings.otel_exporter_otlp_endpoint else None
    metrics = Metrics()
    client = SubgraphClient(
        addresses.of(supergraph),
        metrics.on_subgraph,
        rules=settings.breaker.rules,
        answer_bytes=settings.limits.answer_bytes,
        trace=spans.fetch if spans is not None else None,
    )
    rate = (
        RateLimit(burst=settings.rate_burst, per_second=settings.rate_per_second) if settings.rate_per_second else None
    )
    made = Serving(
        settings,
        pipeline(settings, supergraph, client, documents, spans),
        client,
        Verifier(settings.issuers),
        metrics,
        documents,
        watched,
        rate,
        spans,
    )
    metrics.watch(
        made.cache_counts, lambda: client.breakers, lambda: documents.untrusted, made.connections, made.shares
    )
    return made


def app(shared: Serving) -> Starlette:
    behind = Behind(shared.subgraphs, lambda: shared.client.session, shared.verifier.missing)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await shared.client.start()
        stop_spans = telemetry.setup("gateway", shared.settings.otel_exporter_otlp_endpoint)
        watching = asyncio.create_task(shared.watched.run(shared))
        hearing = asyncio.create_task(shared.verifier.hear())
        try:
            with hangup(shared.watched.asked):
                yield
        finally:
            shared.draining.set()
            watching.cancel()
            hearing.cancel()
            await shared.client.close()
            await shared.verifier.close()
            await asyncio.to_thread(stop_spans)

    async def websocket(socket: WebSocket) -> None:
        await Connection(shared, socket).serve()

    async def schema(http: Request) -> Response:
        await _counted(shared, http)
        sdl = shared.pipeline.sdl()
        headers = {"etag": sdl.etag, "cache-control": "public, max-age=60", "vary": "Accept-Encoding"}
        if keeping.has(http.headers.get("if-none-match", ""), sdl.etag):
            return Response(status_code=304, headers=headers)
        return Response(sdl.text, headers=headers, media_type="text/plain")

    async def livez(_: Request) -> Response:
        return _json({"version": VERSION, "live": True}, 200)

    async def readyz(_: Request) -> Response:
        accepting = not shared.draining.is_set()
        state = await behind.look() if accepting else behind.state
        ready = accepting and state != "down"
        told = [
            {"part": part, "reason": behind.missing[part].reason, "for_s": round(seconds)}
            for part, seconds in behind.for_s().items()
        ]
        checks = {"supergraph": True, "accepting": accepting, "subgraphs": state != "down"}
        body = {"version": VERSION, "ready": ready, "state": state if accepting else "down", "checks": checks}
        return _json({**body, "missing": told}, 200 if ready else 503)

    async def metrics(http: Request) -> Response:
        await _counted(shared, http, COUNTS)
        shared.metrics.ready.set(not shared.draining.is_set() and behind.state != "down")
        shared.metrics.miss(behind.for_s())
        return Response(generate_latest(shared.metrics.registry), media_type="text/plain; version=0.0.4; charset=utf-8")

    routes = [
        Route("/graphql", GraphQLEndpoint(shared).__call__, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", websocket),
        Route("/schema.graphql", schema),
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        *explorer.routes(shared),
        *_rest(shared),
    ]
    # With spans, each request is one that continues the caller's trace.
    traced = [Middleware(telemetry.Telemetry)] if shared.spans is not None else []
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[*traced, *cors.middleware(shared.settings), Middleware(Encoding)],
        exception_handlers={Refused: _refused},
    )


async def _counted(shared: Serving, http: Request, calls: int = 1) -> None:
    """What is no operation takes from its caller's rate too. Raises Refused."""
    address = http.client.host if http.client else ""
    await shared.identify(http.headers.get("authorization"), http.headers.get("traceparent"), address, calls)


async def _refused(_: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    return refusal(refused.error, refused.trace_id)


def _rest(shared: Serving) -> list[Route]:
    addresses, supergraph = shared.watched.addresses, shared.pipeline.supergraph
    bases = addresses.bases(supergraph)
    methods = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    holding = Holding.of(shared.settings)
    files = [
        Route(path, Files(shared, bases.get(name), holding=holding).__call__, methods=["GET", "POST", "PUT"])
        for path, name in addresses.files(supergraph).items()
    ]
    return files + [
        Route(path, Passage(shared, bases.get(name)).__call__, methods=methods)
        for path, name in [*shared.settings.rest_routes.owners.items(), *addresses.paths(supergraph).items()]
    ]


def _json(body: object, status: int) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
