"""Logs are kept within bounds, and what is loud in them comes to the screen once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.local import health, logs
from infra.local.state import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / ".wlijo")
    made.make()
    return made


def _write(home: Home, process: str, *entries: dict[str, str]) -> None:
    with home.log_of(process).open("a") as stream:
        stream.writelines(json.dumps(entry) + "\n" for entry in entries)


def test_warnings_are_shown_once_and_the_rest_is_not(home: Home) -> None:
    watch = logs.Watch(home)
    _write(home, "ordering-worker", {"level": "INFO", "message": "fine"}, {"level": "WARNING", "message": "no broker"})
    _write(home, "ordering-worker", {"level": "WARNING", "message": "no broker"})

    assert watch.look() == ["ordering-worker: no broker"]
    assert watch.look() == []


def test_half_a_line_is_read_when_it_is_whole(home: Home) -> None:
    watch = logs.Watch(home)
    line = json.dumps({"level": "ERROR", "message": "lost", "exc_info": "Traceback\nOSError: disk"}).encode()
    home.log_of("gateway").write_bytes(line[:20])
    assert watch.look() == []

    home.log_of("gateway").write_bytes(line + b"\n")

    assert watch.look() == ["gateway: lost: OSError: disk"]


def test_what_was_said_by_stopped_processes_can_be_skipped(home: Home) -> None:
    watch = logs.Watch(home)
    _write(home, "gateway", {"level": "ERROR", "message": "no database"})

    watch.skip()

    assert watch.look() == []


def test_a_log_that_is_too_long_is_begun_anew_and_its_end_kept(tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    with log.open("ab") as writer:
        writer.write(b"old\n" * 10 + b"new\n" * 5)
        writer.flush()

        logs.bound(log, max_bytes=20)
        writer.write(b"after\n")

    assert log.read_bytes() == b"after\n"
    assert (tmp_path / "gateway.log.1").read_bytes() == b"new\n" * 5


def test_a_log_within_its_bound_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    log.write_bytes(b"12345")

    logs.bound(log, max_bytes=5)

    assert log.read_bytes() == b"12345"


def test_the_last_words_are_the_last_line_that_says_something(home: Home) -> None:
    home.log_of("topics").write_text("Traceback\nValueError: no\n\n")

    assert logs.last_words(home.log_of("topics")) == "ValueError: no"


async def test_the_most_worn_partition_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "# HELP wlijo_relay_partition_batches x\n"
        'wlijo_relay_partition_batches{service="ordering"} 120.0\n'
        'wlijo_relay_partition_batches{service="b"} 5.1e+03\n'
    )
    monkeypatch.setattr(health, "_get", lambda *_: (200, text))

    assert await health.partition_batches(1) == 5100.0


def test_a_log_that_is_followed_is_not_moved(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    log.write_bytes(b"before\n")
    with logs.followed(log) as stream, log.open("ab") as writer:
        writer.write(b"one\n")
        writer.flush()
        logs.bound(log, max_bytes=2)
        writer.write(b"two\n")
        writer.flush()
        assert stream.read() == b"one\ntwo\n"
    assert not log.with_suffix(".log.1").exists()
    logs.bound(log, max_bytes=2)
    assert log.with_suffix(".log.1").exists()
