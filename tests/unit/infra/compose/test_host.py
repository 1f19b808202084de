"""What is said of a host before the compose file is started on it."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from infra import owners
from infra.compose import machine
from infra.local.state import ROOT

_DOCKER = """#!/bin/sh
case "$1 $2" in
  "version --format") {engine} ;;
  "compose version") {compose} ;;
esac
"""


def check(folder: Path, engine: str, compose: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """infra/compose/check beside a docker that answers so."""
    said = {
        name: f"echo {version}" if version else "exit 1" for name, version in (("engine", engine), ("compose", compose))
    }
    (folder / "docker").write_text(_DOCKER.format(**said))
    (folder / "docker").chmod(0o755)
    return subprocess.run(
        ["sh", str(ROOT / "infra/compose/check")],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "GATEWAY_PORT": "1", "KAFKA_PUBLIC_PORT": "2", **settings},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("engine", "compose"), [("25.0.0", "2.24.0"), ("28.5.2+dfsg4", "2.40.3"), ("100.1", "v5.0.1")])
def test_a_host_with_a_new_engine_and_compose_will_do(tmp_path: Path, engine: str, compose: str) -> None:
    done = check(tmp_path, engine, compose)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"this host will do: engine {engine}, Compose {compose.removeprefix('v')}")


@pytest.mark.parametrize(
    ("engine", "compose", "said"),
    [
        ("24.0.9", "2.40.3", "refused: Docker engine 24.0.9 is older than 25, which the health checks need"),
        ("20.10.24+dfsg1", "2.40.3", "refused: Docker engine 20.10.24+dfsg1 is older than 25, which the health checks need"),
        ("28.5.2", "2.9.1", "refused: Docker Compose 2.9.1 is older than 2.24"),
        ("28.5.2", "", "refused: there is no Docker Compose v2 (docker compose)"),
        ("", "2.40.3", "refused: no Docker engine answers"),
    ],
)  # fmt: skip
def test_an_old_engine_or_compose_is_refused_by_name(tmp_path: Path, engine: str, compose: str, said: str) -> None:
    done = check(tmp_path, engine, compose)
    assert done.returncode == 1
    assert said in done.stderr.splitlines()
    assert done.stdout == ""


def test_a_taken_port_is_refused_by_number(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = check(tmp_path, "28.5.2", "2.40.3", GATEWAY_PORT=str(port))
    assert done.returncode == 1
    assert (
        f"refused: port {port} is taken: choose another (GATEWAY_PORT, KAFKA_PUBLIC_PORT, EDGE_HTTP_PORT, EDGE_HTTPS_PORT)"
        in done.stderr
    )


def test_too_little_memory_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 2097152 kB\nMemAvailable: 1048576 kB\n")
    nowhere = tmp_path / "absent"
    assert machine.warnings(tmp_path / "meminfo", nowhere) == [
        "1024 MiB of memory are free, the minimal stack wants 2048: processes may be killed"
    ]
    (tmp_path / "meminfo").write_text("MemAvailable: 2097152 kB\n")
    assert machine.warnings(tmp_path / "meminfo", nowhere) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other users, as `prepare` does")
def test_a_brokers_data_of_before_may_be_written_by_its_new_user_and_by_who_still_runs(tmp_path: Path) -> None:
    new, before = tmp_path / "kafka-2", tmp_path / "kafka"
    new.mkdir()
    (before / "orders-0").mkdir(parents=True)
    (before / "orders-0/0.log").touch(mode=0o644)
    for path in (before, *before.rglob("*")):
        os.chown(path, 1000, 0)
    (before / "mine").touch(mode=0o600)
    os.chown(before / "mine", owners.KAFKA, owners.KAFKA)
    for _ in range(2):
        machine.own_broker_folders(tmp_path, owners.KAFKA)
        assert (new.stat().st_uid, new.stat().st_mode & 0o777) == (owners.KAFKA, 0o700)
        for path in (before, before / "orders-0", before / "orders-0/0.log"):
            state = path.stat()
            assert (state.st_uid, state.st_gid, state.st_mode & 0o660) == (1000, owners.KAFKA, 0o660)
        assert (before / "mine").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other users, as `prepare` does")
def test_copies_are_the_servers_and_our_group_may_list_them(tmp_path: Path) -> None:
    (tmp_path / "wal/20261130T000000Z-abcd").mkdir(parents=True, mode=0o700)
    machine.own_backup_folder(tmp_path, owners.POSTGRES, owners.OURS)
    for name in (".", "base", "wal", "wal/20261130T000000Z-abcd"):
        state = (tmp_path / name).stat()
        assert (state.st_uid, state.st_gid, state.st_mode & 0o777) == (owners.POSTGRES, owners.OURS, 0o750)
    assert (tmp_path / "checked").is_dir()
    machine.own_backup_folder(tmp_path / "none", owners.POSTGRES, owners.OURS)
