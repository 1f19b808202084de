"""What the doctor finds, as Prometheus is told it: there while it is so, gone when it is not, and as severe as the finding."""

from __future__ import annotations

import os
import re
import sys
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from infra.local.free_ports import free_port
from infra.ops.doctor.telling import main
from tests.integration.infra.test_alerts import running
from tests.worlds.doctored import copies, restored
from tests.worlds.waiting import until

_FINDING = re.compile(
    r'^wlijo_doctor_finding\{about="[^"]*",look="backups",name="([^"]+)",severity="(\w+)"\} 1', re.MULTILINE
)


async def test_what_is_wrong_with_copies_is_told_as_long_as_it_is(tmp_path: Path) -> None:
    port, backup = free_port(), tmp_path / "backup"
    told = {"PORT": str(port), "DOCTOR_BACKUP_DIR": str(backup), "DOCTOR_EVERY_SECONDS": "1", "WLIJO_MODE": "local"}
    async with (
        running(sys.executable, "-m", "infra.ops.doctor.telling", environment={**os.environ, **told}),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as asked,
    ):

        async def tells(*wanted: tuple[str, str]) -> bool:
            try:
                async with asked.get("/readyz") as ready, asked.get("/metrics") as answer:
                    return ready.status == 200 and sorted(_FINDING.findall(await answer.text())) == sorted(wanted)
            except aiohttp.ClientError:  # it does not answer yet
                return False

        await until(
            lambda: tells(("archive-empty", "page"), ("backup-missing", "page"), ("restore-unverified", "warn"))
        )
        copies(backup)
        await until(tells)
        restored(backup, "failed", timedelta())
        await until(lambda: tells(("restore-fails", "page")))


def test_settings_that_are_wrong_are_said_and_nothing_starts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main({"PORT": "http", "DOCTOR_EVERY_SECONDS": "0"}) == 2
    said = capsys.readouterr().err
    assert said.startswith("doctor cannot start:\n")
    assert "PORT" in said
    assert "DOCTOR_EVERY_SECONDS" in said
