"""Ports for tests: nobody else's, however many processes choose."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local import free_ports
from infra.local.free_ports import free_block, free_port


def test_no_connection_can_be_given_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as of_the_kernel:
        first = int(free_ports._RANGE.read_text().split()[0]) if free_ports._RANGE.exists() else 32_768
        assert free_port() < first <= of_the_kernel.getsockname()[1]


def test_one_that_is_taken_is_not_given() -> None:
    taken = free_block(2)
    mine = free_ports._mine()
    with socket.create_server(("127.0.0.1", taken)):
        mine.next = taken - mine.ports.start
        assert free_block(2) == taken + 2
        mine.next = taken - mine.ports.start
        assert free_port() == taken + 1


def test_it_begins_anew_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = free_ports._mine()
    mine.next = len(mine.ports) - 1
    assert free_block(2) in mine.ports
    monkeypatch.setattr(free_ports, "is_free", lambda _: False)
    with pytest.raises(OSError, match="no 2 free ports"):
        free_block(2)


def test_another_process_holds_others_as_long_as_it_lives(tmp_path: Path) -> None:
    program = "from infra.local.free_ports import free_port; print(free_port(), flush=True); input()"
    others = [
        subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
        )
        for _ in range(2)
    ]
    given = []
    for other in others:
        assert other.stdout is not None
        given.append(int(other.stdout.readline()))
    slices = {port // 1_000 for port in (*given, free_port())}
    for other in others:
        other.communicate("\n")
    assert len(slices) == 3
