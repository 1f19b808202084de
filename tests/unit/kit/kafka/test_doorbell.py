"""The doorbell among processes of one machine: who has hung one hears what others append, and nothing depends on it."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.kit.kafka.cluster import Cluster, Mechanism, Protocol
from services.kit.kafka.doorbell import Doorbell
from services.kit.kafka.watch import LogWatch
from services.kit.secret import Secret


class Ear:
    def __init__(self) -> None:
        self.topics: set[str] = set()
        self._something = asyncio.Event()

    def heard(self, topics: Collection[str]) -> None:
        self.topics |= set(topics)
        self._something.set()

    async def hears(self, topic: str) -> None:
        async with asyncio.timeout(10):
            while topic not in self.topics:
                self._something.clear()
                await self._something.wait()


@asynccontextmanager
async def hung(folder: Path) -> AsyncIterator[tuple[Doorbell, Ear]]:
    ear = Ear()
    bell = Doorbell(folder, ear.heard)
    bell.hang()
    try:
        yield bell, ear
    finally:
        bell.close()


async def test_each_hears_who_rings_and_the_ringer_too(tmp_path: Path) -> None:
    async with hung(tmp_path) as (bell, mine), hung(tmp_path) as (_, theirs), hung(tmp_path) as (_, others):
        bell.ring({"orders", "deliveries"})
        await theirs.hears("orders")
        await others.hears("deliveries")
        assert mine.topics == {"orders", "deliveries"}


async def test_one_of_another_folder_hears_nothing(tmp_path: Path) -> None:
    async with hung(tmp_path / "a") as (bell, _), hung(tmp_path / "a") as (_, here), hung(tmp_path / "b") as (_, there):
        bell.ring({"orders"})
        await here.hears("orders")
        assert not there.topics


async def test_one_that_was_killed_is_rung_in_vain_and_then_forgotten(tmp_path: Path) -> None:
    gone = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await gone.wait()
    left = tmp_path / f"9.{gone.pid}"
    left.touch()
    (tmp_path / "no port").touch()
    async with hung(tmp_path) as (bell, _), hung(tmp_path) as (_, ear):
        bell.ring({"orders"})
        await ear.hears("orders")
        assert not left.exists()
    assert os.listdir(tmp_path) == []


async def test_a_ring_to_a_port_where_nobody_is_costs_no_other(tmp_path: Path) -> None:
    async with hung(tmp_path) as (bell, _), hung(tmp_path) as (_, ear):
        (tmp_path / f"9.{os.getpid()}").touch()
        for _ in range(3):  # the refusal of one comes with a later call of the same socket
            bell.ring({"orders"})
        bell.ring({"deliveries"})
        await ear.hears("deliveries")


async def test_without_a_folder_nobody_is_heard_and_it_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    with caplog.at_level(logging.WARNING):
        async with hung(tmp_path / "file") as (bell, mine):
            bell.ring({"orders"})
            assert mine.topics == {"orders"}
    assert "no doorbell" in caplog.text


async def test_a_process_rings_for_what_it_appends_until_it_closes(tmp_path: Path) -> None:
    here, there = (LogWatch(Cluster("nowhere:1", doorbell=str(tmp_path))) for _ in range(2))
    pace = there.rung(lambda: {"orders"})
    assert pace is not None
    pausing = asyncio.create_task(pace.pause())
    await asyncio.sleep(0)
    here.appended({"orders"})
    async with asyncio.timeout(10):
        await pausing
    await here.close()
    await there.close()
    assert os.listdir(tmp_path) == []


def test_a_broker_that_holds_fetches_needs_none(tmp_path: Path) -> None:
    assert LogWatch(Cluster("nowhere:1")).rung(set) is None
    with pytest.raises(ValueError, match="KAFKA_DOORBELL_DIR"):
        Cluster(
            "nowhere:1", Protocol.SASL_SSL, Mechanism.SCRAM_SHA_256, "ordering", Secret("x"), doorbell=str(tmp_path)
        )


async def test_who_rings_without_end_is_heard_in_turn_with_all_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.kit.kafka.doorbell._AT_ONCE", 3)
    told: list[set[str]] = []
    ear = Doorbell(tmp_path, lambda topics: told.append(set(topics)))
    ringing = Doorbell(tmp_path, lambda _: None)
    ear.hang()
    ringing.hang()
    try:
        for number in range(10):
            ringing.ring({f"topic-{number}"})
        async with asyncio.timeout(10):
            while set().union(*told) != {f"topic-{number}" for number in range(10)}:  # noqa: ASYNC110  # the loop is what is looked at
                await asyncio.sleep(0)
        assert max(map(len, told)) <= 3
    finally:
        ear.close()
        ringing.close()
