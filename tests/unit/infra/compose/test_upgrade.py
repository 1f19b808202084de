"""An upgrade checks, copies, rolls, watches, and goes back by itself; on a pretended engine that fails where it is told to."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local.state import ROOT

# What it is asked, a line each; a line of `fails` ends with the code before the words.
_DOCKER = """#!/bin/sh
line="$WLIJO_VERSION: $*"
echo "$line" >>{log}
case "$line" in
  *"compose ps --format"*) cat {running} ;;
  *"config --services"*) printf '%s\\n' {services} ;;
esac
while read -r code words; do
  case "$line" in *"$words"*)
    grep -cxF "$line" {log} >{log}.count
    case $code in
      *-*) [ "$(cat {log}.count)" -lt "${{code%-*}}" ] || [ "$(cat {log}.count)" -gt "${{code#*-}}" ] || exit 20 ;;
      kill) kill -TERM $PPID; sleep 1 ;;
      *) exit "$code" ;;
    esac ;;
  esac
done <{fails}
exit 0
"""
RUNNING = """gateway wlijo:0.1.0
web wlijo:0.1.0
catalog-api wlijo:0.1.0
catalog-worker wlijo:0.1.0
postgres postgres:18
prometheus prom/prometheus:v3
"""
SERVICES = "catalog-migrate people-migrate provision catalog-api people-api catalog-worker people-worker gateway web"
OLD = "catalog-api catalog-worker gateway web"
WATCHED = "run --rm -T ops doctor --quiet --only processes --only broker --only database-catalog --only database-people"
Upgrade = Callable[..., subprocess.CompletedProcess[str]]


class Host:
    def __init__(self, folder: Path) -> None:
        self.log, self.fails, self.running = folder / "log", folder / "fails", folder / "running"
        self.project = folder / "project"
        (self.project / "infra/compose").mkdir(parents=True)
        shutil.copy(ROOT / "infra/compose/upgrade", self.project / "infra/compose")
        self.env = self.project / ".env"
        self.env.write_text("# ours\nWLIJO_VERSION=0.1.0\nAPI_REPLICAS=2\n")
        self.env.chmod(0o600)
        self.running.write_text(RUNNING)
        (folder / "docker").write_text(
            _DOCKER.format(services=SERVICES, log=self.log, running=self.running, fails=self.fails)
        )
        (folder / "docker").chmod(0o755)
        self._tools = folder

    def upgrade(self, *words: str, fails: str = "") -> subprocess.CompletedProcess[str]:
        self.fails.write_text(fails and f"{fails}\n")
        self.log.write_text("")
        told = {**os.environ, "PATH": f"{self._tools}:{os.environ['PATH']}", "WATCH_EVERY": "0", "WLIJO_VERSION": ""}
        return subprocess.run(
            ["sh", str(self.project / "infra/compose/upgrade"), *words],
            env=told,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def typed(self) -> list[str]:
        """What the engine was told to do, without what it was only asked."""
        lines = (line.replace("docker ", "") for line in self.log.read_text().splitlines())
        return [
            line
            for line in lines
            if not any(word in line for word in ("compose ps", "image inspect", "config --services"))
        ]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_it_checks_copies_rolls_one_after_another_watches_and_only_then_says_so_in_env(host: Host) -> None:
    done = host.upgrade("0.2.0")
    assert done.returncode == 0, done.stderr
    new = [
        "run --rm -T catalog-migrate", "run --rm -T people-migrate", "run --rm -T provision",
        "up --wait --no-deps catalog-worker people-worker",
        "up --wait --no-deps catalog-api", "up --wait --no-deps people-api", "up --wait --no-deps gateway",
        "up --wait --no-deps web", "up --wait",
        *[WATCHED] * 3,
    ]  # fmt: skip
    assert host.typed == [
        "0.1.0: compose run --rm -T ops doctor --quiet",
        "0.1.0: compose exec -T -u postgres postgres /compose/backup",
        *(f"0.2.0: compose {line}" for line in new),
    ]
    assert host.env.read_text() == "# ours\nAPI_REPLICAS=2\nWLIJO_VERSION=0.2.0\n"
    assert host.env.stat().st_mode & 0o777 == 0o600
    assert host.upgrade("0.2.0").stdout == "0.2.0 is what runs here\n"


@pytest.mark.parametrize(
    "fails",
    [
        "1 0.1.0: compose exec -T -u postgres postgres /compose/backup",
        "20 0.1.0: compose run --rm -T ops doctor",
        "1 0.1.0: compose run --rm -T ops doctor",
        "1 image inspect wlijo:0.1.0",
        "1 config --services",
        "1 compose ps",
    ],
)
def test_what_is_wrong_before_changes_nothing(fails: str, host: Host) -> None:
    before = host.env.read_text()
    done = host.upgrade("0.2.0", fails=fails)
    assert done.returncode == 1
    assert done.stderr.endswith("nothing was changed\n")
    assert not [line for line in host.typed if " up " in line or "-migrate" in line]
    assert host.env.read_text() == before


def test_what_is_for_today_is_no_hindrance_and_what_is_for_now_is_passed_over_on_request(host: Host) -> None:
    assert host.upgrade("0.2.0", fails="10 ops doctor").returncode == 0
    host.env.write_text("WLIJO_VERSION=0.1.0\n")
    assert host.upgrade("0.2.0", "--anyway", fails="20 0.1.0: compose run --rm -T ops doctor").returncode == 0


def test_an_image_that_is_not_loaded_is_built(host: Host) -> None:
    assert host.upgrade("0.2.0", fails="1 image inspect wlijo:0.2.0").returncode == 0
    assert host.typed[0] == "0.2.0: compose build prepare"
    host.env.write_text("WLIJO_VERSION=0.1.0\n")
    assert host.upgrade("0.2.0", fails="1 image inspect wlijo:0.2.0\n1 build prepare").returncode == 1


@pytest.mark.parametrize(
    "fails",
    [
        "1 run --rm -T people-migrate",
        "1 run --rm -T provision",
        "1 0.2.0: compose up --wait --no-deps catalog-worker",
        "1 0.2.0: compose up --wait --no-deps people-api",
        "1 0.2.0: compose up --wait --no-deps web",
        "20 ops doctor --quiet --only",
        "1 ops doctor --quiet --only",
        "kill 0.2.0: compose up --wait --no-deps people-api",
    ],
)
def test_when_work_does_not_go_on_what_ran_before_runs_again(fails: str, host: Host) -> None:
    before = host.env.read_text()
    done = host.upgrade("0.2.0", "--watch", "2", fails=fails)
    assert done.returncode == 1, done.stderr
    assert host.typed[-1] == f"0.1.0: compose up --wait --no-deps {OLD}"
    assert "0.1.0 runs again, on the schema of 0.2.0" in done.stderr
    assert host.env.read_text() == before
    assert host.upgrade("0.2.0").returncode == 0


def test_a_process_that_needs_a_moment_is_waited_for_and_has_to_be_well_three_times_in_a_row(host: Host) -> None:
    """Ill at the second and the third look."""
    done = host.upgrade("0.2.0", fails="2-3 ops doctor --quiet --only")
    assert done.returncode == 0
    assert sum(WATCHED in line for line in host.typed) == 6


def test_when_there_is_no_way_back_either_that_is_another_code(host: Host) -> None:
    done = host.upgrade("0.2.0", "--watch", "0", fails="20 ops doctor --quiet --only\n1 0.1.0: compose up")
    assert done.returncode == 3
    assert "could not be had again either" in done.stderr


def test_one_that_was_cut_off_goes_on_and_knows_its_way_back(host: Host) -> None:
    host.running.write_text(RUNNING.replace("catalog-worker wlijo:0.1.0", "catalog-worker wlijo:0.2.0"))
    assert host.upgrade("0.2.0", fails="1 0.2.0: compose up --wait --no-deps gateway").returncode == 1
    assert host.typed[-1] == f"0.1.0: compose up --wait --no-deps {OLD}"


def test_where_env_says_no_version_the_gateway_does(host: Host) -> None:
    host.env.unlink()
    assert host.upgrade("0.2.0").returncode == 0
    assert host.typed[0].startswith("0.1.0: ")
    assert (host.env.read_text(), host.env.stat().st_mode & 0o777) == ("WLIJO_VERSION=0.2.0\n", 0o640)


def test_where_nothing_runs_there_is_nothing_to_upgrade(host: Host) -> None:
    host.running.write_text("postgres postgres:18\n")
    done = host.upgrade("0.2.0")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "nothing was changed")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("0.2.0; reboot",),
        ("--watch",),
        ("0.2.0", "--watch", "soon"),
        ("0.2.0", "0.3.0"),
        ("--no",),
        ("-v",),
        ("../x",),
    ],
)
def test_other_words_are_refused(words: tuple[str, ...], host: Host) -> None:
    done = host.upgrade(*words)
    assert done.returncode == 2
    assert "sh infra/compose/upgrade VERSION" in done.stderr
    assert host.typed == []
