"""Whether this process is alive and able to do its work: `/livez`, `/readyz`, `/metrics`."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

import orjson
from prometheus_client import Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.kit.observe.telemetry import REGISTRY
from services.kit.observe.version import VERSION

_READY = Gauge("wlijo_ready", "1 while the process can do its work.", registry=REGISTRY)
_PROBE_TIMEOUT_S = 2.0
_PROBE_KEPT_S = 1.0

Probe = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Check:
    ok: bool
    reason: str


class Readiness:
    """Named checks, all of which must hold. A check that has not reported yet does not hold.

    Long-running parts report as they go: `readiness.report("consumer", False, "no partitions assigned")`.
    What can only be known by asking is a probe, which returns None when well, else the reason:
    `readiness.probe("database", ask_the_database)`.
    """

    def __init__(self, *names: str) -> None:
        self._checks: dict[str, Check] = {name: Check(False, "starting") for name in names}
        self._probes: dict[str, Probe] = {}
        self._probed_at = float("-inf")
        self._probing = asyncio.Lock()

    def report(self, name: str, ok: bool, reason: str = "") -> None:
        self._checks[name] = Check(ok, "" if ok else reason)

    def probe(self, name: str, ask: Probe) -> None:
        self._checks[name] = Check(False, "starting")
        self._probes[name] = ask

    async def checks(self) -> Mapping[str, Check]:
        """The present state; probes are asked at most once a second, each for at most two."""
        async with self._probing:
            if self._probes and time.monotonic() - self._probed_at > _PROBE_KEPT_S:
                names = list(self._probes)
                for name, reason in zip(
                    names, await asyncio.gather(*(_ask(self._probes[n]) for n in names)), strict=True
                ):
                    self._checks[name] = Check(reason is None, reason or "")
                self._probed_at = time.monotonic()
        return dict(self._checks)


async def _ask(probe: Probe) -> str | None:
    try:
        async with asyncio.timeout(_PROBE_TIMEOUT_S):
            return await probe()
    except TimeoutError:
        return "no answer in time"
    except Exception as error:  # noqa: BLE001  a probe that fails is a check that fails, whatever the cause
        return f"{type(error).__name__}: {error}"


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
