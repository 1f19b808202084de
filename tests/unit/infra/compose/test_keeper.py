"""What keeps copies is done by the clock: at its time, once, made up for when it was missed, and tried again when it failed."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from infra.local.state import ROOT
from tests.worlds.waiting import until

KEEPER = ROOT / "infra/compose/keeper"
WIB = timezone(timedelta(hours=7))
NOW = datetime(2026, 12, 2, 1, 30, tzinfo=WIB)  # a Wednesday
SHELLS = [["sh"], *([["busybox", "sh"]] if shutil.which("busybox") else [])]
"""The database's image has the one, restic's the other."""


@pytest.fixture(params=SHELLS, ids=lambda shell: shell[0])
def shell(request: pytest.FixtureRequest) -> list[str]:
    found: list[str] = request.param
    return found


def when(shell: list[str], at: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*shell, str(KEEPER), "when", at, str(int(NOW.timestamp()))], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("at", "wanted"),
    [
        ("01:30", "2026-12-02 01:30"),
        ("01:31", "2026-12-01 01:31"),
        ("08:09", "2026-12-01 08:09"),
        ("02:00,14:00", "2026-12-01 14:00"),
        ("*:40", "2026-12-02 00:40"),
        ("*:30", "2026-12-02 01:30"),
        ("sun-03:30", "2026-11-29 03:30"),
        ("wed-01:30", "2026-12-02 01:30"),
        ("wed-01:31", "2026-11-25 01:31"),
        ("sun-03:30, wed-00:00", "2026-12-02 00:00"),
        ("mon-*:59", "2026-11-30 23:59"),
    ],
)
def test_the_newest_time_that_is_not_after_now_is_due(shell: list[str], at: str, wanted: str) -> None:
    done = when(shell, at)
    assert done.returncode == 0, done.stderr
    assert f"{datetime.fromtimestamp(int(done.stdout), WIB):%Y-%m-%d %H:%M}" == wanted


@pytest.mark.parametrize(
    "at", ["24:00", "2:00", "02:60", "02:00:00", "*", "*/5:00", "son-02:00", "daily", "02:00;03:00"]
)
def test_what_is_no_time_is_refused_by_name(shell: list[str], at: str, tmp_path: Path) -> None:
    done = when(shell, at)
    assert done.returncode == 2
    assert f"'{at}' is no time" in done.stderr
    done = subprocess.run(
        [*shell, str(KEEPER), "backup"], env={**os.environ, "BACKUP_AT": at, "BACKUP": str(tmp_path)},
        capture_output=True, text=True, timeout=10, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"BACKUP_AT is malformed: '{at}'" in done.stderr


class Host:
    """The keeper beside jobs that say that they were begun, and what is told."""

    def __init__(self, folder: Path, shell: list[str]) -> None:
        self.folder, self.shell, self.log = folder, shell, folder / "log"
        self.backup = folder / "copies"
        self.checked = self.backup / "checked"
        self.checked.mkdir(parents=True)
        self.base = self.backup / "base/20261201T190000Z"
        self.base.mkdir(parents=True)
        shutil.copy(KEEPER, folder)
        for name, file in (("backup", "backup"), ("restore", "last"), ("offsite", "offsite")):
            self.does(name, f"echo '2026-12-02T00:00:00Z made it' >{self.checked}/{file}")

    def does(self, name: str, what: str) -> None:
        (self.folder / name).write_text(f"#!/bin/sh\necho {name} $* $PGDATA >>{self.log}\n{what}\n")
        (self.folder / name).chmod(0o755)

    def came(self, file: str, what: str, ago_s: float) -> None:
        (self.checked / file).write_text(f"2026-12-02T00:00:00Z {what} it\n")
        os.utime(self.checked / file, (time.time() - ago_s,) * 2)

    def begun(self, *jobs: str, lines: int, **told: str) -> list[str]:
        """What was begun until so many were, and until the keeper was told to end."""
        process = subprocess.Popen(
            [*self.shell, str(self.folder / "keeper"), *jobs],
            env={
                **os.environ, "BACKUP": str(self.backup), "LIVE": "/live", "KEEPER_EVERY": "0.1", "PGDATA": "/none",
                "CHECK_IN": str(self.folder / "check"), "BACKUP_AT": "02:00", "RESTORE_CHECK_AT": "sun-03:30", "OFFSITE_AT": "*:00", **told,
            },
        )  # fmt: skip
        try:
            asyncio.run(until(lambda: self._begun(lines)))
        finally:
            process.terminate()
            assert process.wait(10) == 0
        return self.said()

    async def _begun(self, lines: int) -> bool:
        return len(self.said()) >= lines

    def said(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def host(tmp_path: Path, shell: list[str]) -> Host:
    return Host(tmp_path, shell)


def test_what_was_never_done_is_done_at_once_each_in_its_own_place(host: Host) -> None:
    (host.folder / "check").mkdir()
    (host.folder / "check" / "left").touch()  # of a try that was cut off
    said = host.begun("backup", "restore-check", "offsite", lines=3)
    assert said == ["backup /live", f"restore {host.folder}/check", "offsite copy /none"]
    assert list((host.folder / "check").iterdir()) == []


@pytest.mark.parametrize(
    ("what", "ago_s", "begun"),
    [
        ("made", 2 * 86_400, True),  # the host was off
        ("made", 0, False),
        ("failed", 1_000, True),
        ("failed", 0, False),
        ("failed", 2 * 86_400, True),
    ],
)
def test_what_was_missed_is_made_up_for_and_what_failed_is_tried_again_later(
    host: Host, what: str, ago_s: float, begun: bool
) -> None:
    """The second job, which is always due, shows that the first has been looked at."""
    host.came("backup", what, ago_s)
    said = host.begun("backup", "restore-check", lines=1 + begun)
    assert ("backup /live" in said) is begun


def test_what_fails_keeps_up_no_other(host: Host) -> None:
    host.does("backup", "exit 1")
    assert host.begun("backup", "offsite", lines=2) == ["backup /live", "offsite copy /none"]


def test_without_a_time_nothing_is_done_by_the_clock(host: Host) -> None:
    assert host.begun("backup", "offsite", lines=1, BACKUP_AT="") == ["offsite copy /none"]


def test_nothing_leaves_before_there_is_a_first_copy(host: Host) -> None:
    host.base.rename(host.base.with_name(host.base.name + ".new"))
    assert host.begun("offsite", "backup", lines=1) == ["backup /live"]


def test_where_something_has_left_an_empty_folder_is_told(host: Host) -> None:
    host.base.rmdir()
    host.came("offsite", "copied", 2 * 86_400)
    assert host.begun("offsite", lines=1) == ["offsite copy /none"]
