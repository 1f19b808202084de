"""A worker's end: what does not stop by itself is stopped."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from infra.local.free_ports import free_port
from services.kit.process import worker as process
from services.kit.process.service import Service, Worker
from services.kit.process.settings import WorkerSettings, load
from tests.worlds import servers


async def test_a_loop_that_does_not_end_in_time_is_ended(
    thing_database: servers.TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_DRAIN_S", 0.1)
    nowhere = Path("no such folder")
    at_work, ended = asyncio.Event(), asyncio.Event()

    async def endless(worker: Worker) -> None:
        async with worker.db.acquire():
            at_work.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

    service = Service(name="testing", migrations=nowhere, routes=lambda _: [], loops={"endless": endless})
    settings = {
        "PORT": "0",
        "DATABASE_URL": thing_database.url,
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}",
    }
    before = asyncio.all_tasks()
    app = process.worker(service, load(WorkerSettings, settings))
    async with app.router.lifespan_context(app):
        await asyncio.wait_for(at_work.wait(), 90)
    assert ended.is_set()
    assert [task.get_name() for task in asyncio.all_tasks() - before] == []
