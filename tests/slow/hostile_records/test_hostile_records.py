"""A short run, and the control: a reader that one header stops is found out."""

from __future__ import annotations

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.memory_records import MemoryRecords

from tests.slow.hostile_records import run as running
from tests.slow.hostile_records.drawn import Record
from tests.slow.hostile_records.run import real, run, world
from tests.worlds import servers
from tests.worlds.servers import Postgres


def said(_: str) -> None:
    """To nobody."""


@pytest.mark.timeout(900)
async def test_honest_records_have_their_effect_and_all_others_an_end(postgres: Postgres) -> None:
    with servers.broker() as broker:
        async with world(postgres, broker, real()) as made:
            verdict = await run(made, 120, 1, said)
    assert verdict.faults == []


@pytest.mark.timeout(900)
async def test_a_reader_that_a_header_stops_is_found_out(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "MemoryRecords", MemoryRecords)  # aiokafka's own
    with servers.broker() as broker:
        async with world(postgres, broker, {"ordering": real()["ordering"]}) as made:
            for partition in made.partitions("catalog.products"):
                assert await made.write("catalog.products", partition, Record(b"k", b"{}", [(b"caf\xff", b"")]))
            monkeypatch.setattr(running, "_WITHIN_S", 5.0)
            verdict = await run(made, 4, 1, said)
    assert any("ordering has not applied" in fault for fault in verdict.faults)
