"""Wiring: from settings to the application that a server runs."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import orjson
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from gateway.cache import Cache
from gateway.documents import Documents, Manifest
from gateway.executor.subgraph_client import SubgraphClient
from gateway.identity import Verifier
from gateway.metrics import Metrics
from gateway.partner import PartnerPassage
from gateway.protocols.http import GraphQLEndpoint
from gateway.protocols.websocket import Connection
from gateway.reload import Reloading, addresses, hangup, pipeline, read_supergraph
from gateway.serving import Serving
from gateway.settings import VERSION, Settings
from gateway.spans import Spans
from services.kit.http.rate import RateLimit
from services.kit.observe import telemetry

logger = logging.getLogger(__name__)

_LOCALHOST = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"


def serving(settings: Settings) -> Serving:
    """Raises SupergraphError, ManifestError or OSError when a file cannot be read."""
    watched = Reloading(settings)
    supergraph = read_supergraph(settings)
    manifest = Manifest.read(settings.manifest_file) if settings.manifest_file is not None else None
    documents = Documents(settings.apq, settings.trusted, manifest, Cache(settings.limits.apq_bytes))
    spans = Spans() if settings.otlp_endpoint else None
    metrics = Metrics()
    client = SubgraphClient(
        addresses(settings, supergraph),
        metrics.on_subgraph,
        rules=settings.breaker,
        trace=spans.fetch if spans is not None else None,
    )
    rate = (
        RateLimit(burst=settings.rate_burst, per_second=settings.rate_per_second) if settings.rate_per_second else None
    )
    made = Serving(
        settings,
        pipeline(settings, supergraph, client, documents, spans),
        client,
        Verifier(settings.jwks_url, settings.jwt_issuer, settings.jwt_audience),
        metrics,
        documents,
        watched,
        rate,
        spans,
    )
    metrics.watch(made.cache_counts, lambda: client.breakers, lambda: documents.untrusted)
    return made


def app(shared: Serving) -> Starlette:
    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await shared.client.start()
        stop_spans = telemetry.setup("gateway", shared.settings.otlp_endpoint)
        watching = asyncio.create_task(shared.watched.run(shared))
        try:
            with hangup(shared.watched.asked):
                yield
        finally:
            shared.draining.set()
            watching.cancel()
            await shared.client.close()
            await asyncio.to_thread(stop_spans)

    async def websocket(socket: WebSocket) -> None:
        await Connection(shared, socket).serve()

    async def schema(_: Request) -> Response:
        return PlainTextResponse(shared.pipeline.sdl())

    async def livez(_: Request) -> Response:
        return _json({"version": VERSION, "live": True}, 200)

    async def readyz(_: Request) -> Response:
        checks = {"supergraph": True, "accepting": not shared.draining.is_set()}
        ready = all(checks.values())
        return _json({"version": VERSION, "ready": ready, "checks": checks}, 200 if ready else 503)

    async def metrics(_: Request) -> Response:
        shared.metrics.ready.set(not shared.draining.is_set())
        return Response(generate_latest(shared.metrics.registry), media_type="text/plain; version=0.0.4; charset=utf-8")

    routes = [
        Route("/graphql", GraphQLEndpoint(shared).__call__, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", websocket),
        Route("/schema.graphql", schema),
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        Route(
            "/partner/v1/{rest:path}",
            PartnerPassage(shared).__call__,
            methods=["GET", "POST", "PUT", "DELETE", "PATCH"],
        ),
    ]
    # With spans, each request is one that continues the caller's trace.
    traced = [Middleware(telemetry.Telemetry)] if shared.spans is not None else []
    return Starlette(routes=routes, lifespan=lifespan, middleware=[*traced, *_cors(shared.settings)])


def _cors(settings: Settings) -> list[Middleware]:
    if not settings.cors_origins and settings.mode != "local":
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_origin_regex=_LOCALHOST if settings.mode == "local" else None,
            allow_methods=["GET", "POST"],
            allow_headers=[
                "authorization",
                "content-type",
                "traceparent",
                "apollo-require-preflight",
                "x-apollo-operation-name",
                "wlijo-explain",
            ],
            expose_headers=["retry-after"],
            max_age=600,
        )
    ]


def _json(body: object, status: int) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
