"""python -m infra.ops.doctor.telling: looks again and again at what no process tells of itself, and tells Prometheus what is wrong.

Certificates as they are shown, copies and the last restore that was tried, disks. What `doctor` finds beside, processes' metrics say.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Final

import msgspec
from prometheus_client import Gauge
from starlette.applications import Starlette

from infra.ops.doctor import backups, certificates, host
from infra.ops.doctor.finding import Finding, Severity
from infra.ops.doctor.looking import Look, look
from infra.ops.doctor.place import Place
from services.kit import tasks
from services.kit.http import health
from services.kit.observe import telemetry
from services.kit.observe.readiness import Readiness
from services.kit.process import serving
from services.kit.process.settings import ServerSettings, SettingsError, load, refused

LOOKS: Final[Mapping[str, Look]] = {
    "disk": host.disks,
    "partners-certificate": certificates.of_partners,
    "edge-certificate": certificates.of_the_edge,
    "backups": backups.backups,
}
FOUND = Gauge(
    "wlijo_doctor_finding",
    "1 for each thing that the doctor finds wrong; what could not be looked at is none",
    ("look", "name", "about", "severity"),
    registry=telemetry.REGISTRY,
)


class TellingSettings(ServerSettings, frozen=True, kw_only=True):
    """How often it looks; at what, `doctor`'s own settings say."""

    doctor_every_seconds: Annotated[int, msgspec.Meta(ge=1, le=3_600)] = 300


def tell(found: Mapping[str, Sequence[Finding]]) -> None:
    """What was wrong and is not any more has no row."""
    FOUND.clear()
    for name, several in found.items():
        for each in several:
            if each.severity in (Severity.PAGE, Severity.WARN):
                FOUND.labels(name, each.name, each.about, str(each.severity)).set(1)


async def _look(place: Place, every_s: float, readiness: Readiness) -> None:
    """For ever."""
    while True:
        tell(await asyncio.to_thread(look, place, LOOKS))
        readiness.report("looks", True)
        await asyncio.sleep(every_s)


def app(place: Place, every_s: float) -> Starlette:
    readiness = Readiness("looks")

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with tasks.running(_look(place, every_s, readiness), "looking"):
            yield

    return Starlette(routes=health.routes(readiness), lifespan=lifespan)


def main(environment: Mapping[str, str]) -> int:
    """Exit 0 when it ended as asked, 1 on a fault named on stderr, 2 for settings that are missing or wrong."""
    try:
        settings, place = load(TellingSettings, environment), Place.of(environment)
    except SettingsError as error:
        return refused("doctor", error)
    return serving.serve("doctor", settings, lambda: app(place, settings.doctor_every_seconds))


if __name__ == "__main__":
    import os

    sys.exit(main(os.environ))
