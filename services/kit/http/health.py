"""What every process answers of itself: `/livez`, `/readyz`, `/metrics`."""

from functools import partial

import orjson
from prometheus_client import Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.kit.observe.readiness import Readiness
from services.kit.observe.telemetry import REGISTRY
from services.kit.observe.version import VERSION

_READY = Gauge("wlijo_ready", "1 while the process can do its work.", registry=REGISTRY)


async def _livez(_: Request) -> Response:
    return _json({"version": VERSION, "alive": True}, 200)


async def _readyz(readiness: Readiness, _: Request) -> Response:
    checks = await readiness.checks()
    ready = all(check.ok for check in checks.values())
    _READY.set(ready)
    body = {
        "version": VERSION,
        "ready": ready,
        "checks": {name: check.ok for name, check in checks.items()},
        "reasons": {name: check.reason for name, check in checks.items() if not check.ok},
    }
    return _json(body, 200 if ready else 503)


async def _metrics(readiness: Readiness, _: Request) -> Response:
    # As it is now, whoever asked for it before.
    _READY.set(all(check.ok for check in (await readiness.checks()).values()))
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _json(body: object, status: int) -> Response:
    return Response(orjson.dumps(body), status, {"cache-control": "no-store"}, media_type="application/json")


def routes(readiness: Readiness) -> list[Route]:
    """For the Starlette application of every process."""
    return [
        Route("/livez", _livez),
        Route("/readyz", partial(_readyz, readiness)),
        Route("/metrics", partial(_metrics, readiness)),
    ]
