"""A whole installation, a Prometheus that looks at it in a hurry, and the hands that break it."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import ssl
import subprocess
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import psutil  # type: ignore[import-untyped]  # ships no types
from aiokafka import AIOKafkaProducer

from infra.kafka import tls
from infra.local import keys, postgres
from infra.local.free_ports import free_port
from infra.local.state import ROOT, read_json
from services.contracts.delivery import PartnerId
from services.contracts.people import PersonId
from services.contracts.registry import NAMES
from services.kit import tasks
from tests.e2e.caller import Buyer, calling
from tests.e2e.installation import Installation
from tests.e2e.test_courier import profile
from tests.worlds.doctored import certificate, copies
from tests.worlds.prometheus import program
from tests.worlds.providers import FakeProvider, a_provider
from tests.worlds.watched import configure, point

FACTOR = 10
_LOOK_S = 0.3
SETTINGS = {
    "NOTICE_CHANNELS": "sms",
    "CODE_CHANNELS": "inbox,sms",
    "CHANNEL_AT_ONCE": "2",
    "CHANNEL_BUDGET_PER_DAY": "250",
    "ASSIGN_WITHIN_SECONDS": "90",
    "STEP_S": "2",
    "OUTSIDE_AFTER_SECONDS": "1",
}
"""Short patience and a small budget, as an installation may have them."""


@dataclass(slots=True)
class World:
    market: Installation
    sms: FakeProvider
    asked: aiohttp.ClientSession
    targets: Path
    stack: AsyncExitStack
    folder: Path
    shown: ssl.SSLContext
    """The certificate that partners are shown."""
    replicas: dict[int, str] = field(default_factory=dict)
    """Processes beside those of the installation, by port."""
    seen: list[dict[str, str]] = field(default_factory=list)
    """Every alert that has fired, in the order of its first time."""

    # ------------------------------------------------------------------ what Prometheus says

    async def alerts(self) -> list[dict[str, Any]]:
        """Also those that have not lasted long enough yet."""
        try:
            async with self.asked.get("alerts") as answer:
                return list((await answer.json())["data"]["alerts"])
        except (aiohttp.ClientError, KeyError, ValueError):  # it does not answer yet
            return []

    async def firing(self) -> list[dict[str, str]]:
        return [each["labels"] for each in await self.alerts() if each["state"] == "firing"]

    async def value(self, query: str) -> float | None:
        try:
            async with self.asked.get("query", params={"query": query}) as answer:
                found = (await answer.json())["data"]["result"]
        except (aiohttp.ClientError, KeyError, ValueError):  # likewise
            return None
        return float(found[0]["value"][1]) if found else None

    async def look(self) -> None:
        """For ever: which processes there are, and what fires."""
        while True:
            point(self.targets, self._there())
            for each in await self.firing():
                if each not in self.seen:
                    self.seen.append(each)
            await asyncio.sleep(_LOOK_S)

    def _there(self) -> list[tuple[str, int]]:
        """As DNS has it: a process that was stopped is not there, one that is frozen is."""
        ports = self.market.ports
        wanted = {"gateway": ports.gateway, "web": ports.web}
        for name in NAMES:
            wanted |= {f"{name}-api": ports.api(name), f"{name}-worker": ports.worker(name)}
        state = read_json(self.market.home.state).get("processes", [])
        return [
            (each["role"], wanted[each["role"]]) for each in state if each["role"] in wanted and _lives(each["pid"])
        ] + [(role, port) for port, role in self.replicas.items()]

    # ------------------------------------------------------------------ what the doctor looks at

    @property
    def backup(self) -> Path:
        return self.folder / "backup"

    @property
    def disk(self) -> Path:
        return self.folder / "disk"

    async def with_a_doctor(self) -> None:
        """As in the profile `observability`: he looks at a folder of copies, at a listener with TLS and at a disk of 4.3 GB."""
        copies(self.backup)
        self.disk.mkdir()
        mount = ("mount", "-t", "tmpfs", "-o", "size=4400m", "tmpfs", str(self.disk))
        await asyncio.to_thread(subprocess.run, mount, check=True)
        self.stack.callback(_unmount, self.disk)
        self.shown.load_cert_chain(certificate(self.folder / "tls", "localhost") / tls.KEYSTORE)
        listener = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=self.shown)
        self.stack.callback(listener.close)
        port = free_port()
        told = {
            "PORT": str(port),
            "DOCTOR_BACKUP_DIR": str(self.backup),
            "DOCTOR_DISKS": str(self.disk),
            "DOCTOR_KAFKA_TLS": f"127.0.0.1:{listener.sockets[0].getsockname()[1]}",
            "DOCTOR_EVERY_SECONDS": "2",
            "ARCHIVE_TIMEOUT": "3600",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "infra.ops.doctor.telling",
            env={**os.environ, **told},
            cwd=ROOT,
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        self.stack.push_async_callback(_end, process)
        self.replicas[port] = "doctor"

    # ------------------------------------------------------------------ processes

    @property
    def supervisor(self) -> int:
        return int(read_json(self.market.home.state)["pid"])

    def send(self, role: str, sent: signal.Signals) -> None:
        """With what it has started, which may be what really works."""
        process = psutil.Process(self.market.pid(role))
        for each in (*process.children(recursive=True), process):
            os.kill(each.pid, sent)

    def robots(self, sent: signal.Signals) -> None:
        for each in read_json(self.market.home.state)["processes"]:
            if each["role"].startswith("robot-") and each["pid"]:
                self.send(each["role"], sent)

    def environment(self, role: str) -> dict[str, str]:
        return dict(psutil.Process(self.market.pid(role)).environ())

    # ------------------------------------------------------------------ data, records, people

    async def owner(self, service: str, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """As who owns the tables: what no process of ours may do."""
        passwords, role = keys.ensure(self.market.home).passwords, f"{service}_owner"
        conn = await asyncpg.connect(postgres.url(role, passwords[role], self.market.ports.postgres, service))
        try:
            return list(await conn.fetch(sql, *arguments))
        finally:
            await conn.close()

    async def administrator(self, *statements: str) -> None:
        passwords = keys.ensure(self.market.home).passwords
        url = postgres.url(postgres.ADMIN, passwords[postgres.ADMIN], self.market.ports.postgres, "postgres")
        conn = await asyncpg.connect(url)
        try:
            for each in statements:
                await conn.execute(each)
        finally:
            await conn.close()

    async def ops(self, do: str) -> str:
        """What ops type, as on a developer's machine: make ops DO="…"."""
        done = await asyncio.to_thread(self.market.verb, "ops", DO=do)
        assert done.returncode == 0, f"{do}: {done.stdout}{done.stderr}"
        return done.stdout

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(**self.market.broker())
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    async def write(self, topic: str, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> None:
        async with self.producer() as producer:
            await producer.send_and_wait(topic, value, key=key, headers=list(headers))

    async def person(self, role: str, subject: str | None = None) -> Buyer:
        """Somebody who stays until the end of the run."""
        return await self.stack.enter_async_context(calling(self.market, role, subject))

    async def again(self, **settings: str) -> None:
        """As `docker compose up --wait` after a change of `.env`."""
        await asyncio.to_thread(self.market.down)
        self.market.environment |= settings
        await asyncio.to_thread(self.market.up)

    async def siti(self) -> Buyer:
        return await self.person("buyer", str(PersonId.seeded("siti")))

    def number(self) -> str:
        return f"+62812{secrets.randbelow(10**8):08}"

    async def order(self, buyer: Buyer | None = None) -> dict[str, Any]:
        buyer = buyer or await self.person("buyer")
        spinach = await buyer.find("bayam", "ikat", 2)
        return await buyer.place((spinach["id"], 2))


def _unmount(folder: Path) -> None:
    subprocess.run(("umount", str(folder)), check=True)


def _lives(pid: int | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """Up, whole, and looked at."""
    config, targets = configure(folder, FACTOR)
    point(targets, [])
    port = free_port()
    async with AsyncExitStack() as stack:
        sms = await stack.enter_async_context(a_provider())
        courier = folder / "courier.json"
        told = {"SMS_URL": sms.url, "SMS_BODY": "{text}", "COURIER": str(courier)}
        market = Installation.at(folder / "home", {**SETTINGS, **told})
        # Its company is not here yet, and nobody is asked.
        profile(folder, market, "http://127.0.0.1:9", str(PartnerId.seeded("nobody")), "cli_not_yet", "not yet told")
        stack.push_async_callback(asyncio.to_thread, market.down)
        await asyncio.to_thread(market.up)
        options = f"--config.file={config} --storage.tsdb.path={folder / 'data'} --web.listen-address=127.0.0.1:{port}"
        prometheus = await asyncio.create_subprocess_exec(
            program("prometheus"), *options.split(), stdout=DEVNULL, stderr=DEVNULL
        )
        stack.push_async_callback(_end, prometheus)
        asked = await stack.enter_async_context(aiohttp.ClientSession(f"http://127.0.0.1:{port}/api/v1/"))
        made = World(market, sms, asked, targets, stack, folder, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        await made.with_a_doctor()
        await stack.enter_async_context(tasks.running(made.look(), "looking"))
        yield made


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    await process.wait()
