"""Wiring: from settings to the application that a server runs."""

import contextlib
import logging
from collections.abc import AsyncIterator

import orjson
from graphql import print_schema
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from gateway.executor.subgraph_client import SubgraphClient
from gateway.identity import Verifier
from gateway.metrics import Metrics
from gateway.partner import PartnerPassage
from gateway.pipeline import Pipeline
from gateway.protocols.http import GraphQLEndpoint
from gateway.protocols.websocket import Connection
from gateway.serving import Serving
from gateway.settings import VERSION, Settings
from gateway.supergraph.load import load

logger = logging.getLogger(__name__)

_LOCALHOST = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"


def serving(settings: Settings) -> Serving:
    """Raises SupergraphError or OSError when the supergraph cannot be read."""
    supergraph = load(settings.supergraph_file.read_text(encoding="utf-8"))
    urls = {
        id_: f"{base}/graphql" if (base := settings.subgraph_urls.get(subgraph.name.lower())) else subgraph.url
        for id_, subgraph in supergraph.subgraphs.items()
    }
    metrics = Metrics()
    client = SubgraphClient(urls, metrics.on_subgraph)
    pipeline = Pipeline(
        supergraph,
        client,
        settings.limits,
        introspection=settings.introspection,
        mask=settings.mask_errors,
    )
    verifier = Verifier(settings.jwks_url, settings.jwt_issuer, settings.jwt_audience)
    return Serving(settings, pipeline, client, verifier, metrics)


def app(shared: Serving) -> Starlette:
    sdl = print_schema(shared.pipeline.supergraph.api)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await shared.client.start()
        try:
            yield
        finally:
            shared.draining.set()
            await shared.client.close()

    async def websocket(socket: WebSocket) -> None:
        await Connection(shared, socket).serve()

    async def schema(_: Request) -> Response:
        return PlainTextResponse(sdl)

    async def livez(_: Request) -> Response:
        return _json({"version": VERSION, "live": True}, 200)

    async def readyz(_: Request) -> Response:
        checks = {"supergraph": True, "accepting": not shared.draining.is_set()}
        ready = all(checks.values())
        return _json({"version": VERSION, "ready": ready, "checks": checks}, 200 if ready else 503)

    async def metrics(_: Request) -> Response:
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
    return Starlette(routes=routes, lifespan=lifespan, middleware=_cors(shared.settings))


def _cors(settings: Settings) -> list[Middleware]:
    if not settings.cors_origins and settings.mode != "local":
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_origin_regex=_LOCALHOST if settings.mode == "local" else None,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "traceparent", "apollo-require-preflight"],
            expose_headers=["retry-after"],
            max_age=600,
        )
    ]


def _json(body: object, status: int) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
