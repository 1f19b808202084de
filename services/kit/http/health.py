"""What every process answers of itself: `/livez`, `/readyz`, `/metrics`."""

import time
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

_WRITTEN_EVERY_S = 1.0
_READY = Gauge("wlijo_ready", "1 while the process can do its work.", registry=REGISTRY)


async def _livez(_: Request) -> Response:
    return _json({"version": VERSION, "alive": True}, 200)


async def _readyz(readiness: Readiness, _: Request) -> Response:
    checks = await readiness.checks()
    ready = all(check.ok for check in checks.values())
    _READY.set(ready)
    body: dict[str, object] = {
        "version": VERSION,
        "ready": ready,
        "checks": {name: check.ok for name, check in checks.items()},
        "reasons": {name: check.reason for name, check in checks.items() if not check.ok},
        "for_s": {name: round(time.monotonic() - check.since) for name, check in checks.items() if not check.ok},
    }
    if readiness.notes:
        body["notes"] = dict(readiness.notes)
    return _json(body, 200 if ready else 503)


class _Metrics:
    """The page is written once a second at most: whoever asks a thousand times costs no more than one scrape."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness
        self._page, self._written_at = b"", float("-inf")
        self._ready: bool | None = None

    async def __call__(self, _: Request) -> Response:
        ready, now = all(check.ok for check in (await self._readiness.checks()).values()), time.monotonic()
        if ready is not self._ready or now - self._written_at > _WRITTEN_EVERY_S:
            _READY.set(ready)
            self._page, self._written_at, self._ready = generate_latest(REGISTRY), now, ready
        return Response(self._page, media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _json(body: object, status: int) -> Response:
    return Response(orjson.dumps(body), status, {"cache-control": "no-store"}, media_type="application/json")


def routes(readiness: Readiness) -> list[Route]:
    """For the Starlette application of every process."""
    return [
        Route("/livez", _livez),
        Route("/readyz", partial(_readyz, readiness)),
        Route("/metrics", _Metrics(readiness).__call__),
    ]
