"""Causes of alerts about what no process tells of itself, and the doctor finds: copies, certificates, disks."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from infra.kafka import tls
from tests.slow.alerts.cause import called, causes
from tests.slow.alerts.world import World
from tests.worlds.doctored import certificate, restored

_NAME = "%Y%m%dT%H%M%SZ"
_FILL_BYTES = 400 * 2**20


@causes(
    called("CertificateFails", look="partners-certificate", severity="page"),
    wave=1,
    how="the certificate that partners are shown ends in five days",
    ends="another is made and shown, as each up does",
)
async def _(world: World) -> AsyncIterator[None]:
    folder = world.folder / "tls"
    (folder / tls.KEYSTORE).unlink()
    world.shown.load_cert_chain(certificate(folder, "localhost", 5) / tls.KEYSTORE)
    yield
    tls.ensure(folder, "localhost")
    world.shown.load_cert_chain(folder / tls.KEYSTORE)


@causes(
    called("CopiesFail", name="backup-old", severity="warn"),
    called("CopiesFail", name="restore-fails", severity="page"),
    wave=1,
    how="the newest copy is 30 hours old, and the last restore that was tried failed",
    ends="a copy and a restore, in the shape in which backup and restore-check leave them",
)
async def _(world: World) -> AsyncIterator[None]:
    base = world.backup / "base"
    (newest,) = base.iterdir()
    newest.rename(base / f"{datetime.now(UTC) - timedelta(hours=30):{_NAME}}")
    restored(world.backup, "failed", timedelta(hours=1))
    yield
    (base / f"{datetime.now(UTC):{_NAME}}").mkdir()
    restored(world.backup, "restored", timedelta())


@causes(
    called("DiskFills", name="disk-low", severity="warn"),
    wave=2,
    how="files fill a disk until less than 4 GiB are free",
    ends="they are removed",
)
async def _(world: World) -> AsyncIterator[None]:
    filling = world.disk / "filling"
    with filling.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, _FILL_BYTES)
    yield
    filling.unlink()
