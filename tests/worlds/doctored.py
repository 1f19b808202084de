"""A whole installation as the doctor sees one: databases, a broker, processes that answer, certificates, secrets and copies, all well."""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_connection, create_server, socket
from urllib.parse import urlsplit

import asyncpg
import uuid_utils.compat
import uvicorn
from starlette.applications import Starlette

from infra.compose import secrets
from infra.kafka import tls
from infra.local.free_ports import free_port
from infra.ops.addresses import variable
from infra.ops.doctor.__main__ import LOOKS
from infra.ops.doctor.finding import Finding, Severity
from infra.ops.doctor.looking import look
from infra.ops.doctor.place import Place
from services.contracts.registry import NAMES, topics
from services.kit.http import health
from services.kit.messaging import running_store
from services.kit.observe.readiness import Readiness
from services.kit.observe.version import VERSION
from tests.worlds import servers

NAME = "kafka.lumajang.example"
_DOCKER = '#!/bin/sh\ncase "$1" in version) echo {engine} ;; compose) echo {compose} ;; esac\n'


@dataclass(frozen=True)
class Doctored:
    postgres: servers.Postgres
    folder: Path
    environment: Mapping[str, str]
    readiness: Readiness
    databases: Mapping[str, servers.TestDatabase]
    made: list[servers.TestDatabase]

    def place(self, **told: str) -> Place:
        found = Place.of({**self.environment, **told})
        return replace(found, meminfo=self.folder / "meminfo")

    def fresh(self, service: str) -> servers.TestDatabase:
        """Another database of this service, whose processes have been heard of."""
        database = self.postgres.database(service)
        self.made.append(database)
        asyncio.run(heard(database.url))
        return database

    def spoilt(self, service: str, sql: str, *, owner: bool = False) -> Place:
        """With a database in which this was done."""
        database = self.fresh(service)
        asyncio.run(done(database.owner_url if owner else database.url, sql))
        return self.place(**{variable(service): database.url})


def faults(place: Place, *only: str, limit_s: float = 60) -> list[Finding]:
    """What is wrong, by the whole doctor."""
    looks = {name: each for name, each in LOOKS.items() if not only or name in only}
    findings = [each for several in look(place, looks, limit_s).values() for each in several]
    return [each for each in findings if each.severity in (Severity.PAGE, Severity.WARN)]


async def done(url: str, sql: str) -> None:
    conn = await asyncpg.connect(url)
    try:
        await conn.execute(sql)
    finally:
        await conn.close()


async def written(url: str) -> list[tuple[str, int, int, int]]:
    """How many rows were ever inserted, updated or deleted, by table."""
    conn = await asyncpg.connect(url)
    try:
        await conn.execute("SELECT pg_stat_force_next_flush()")
        rows = await conn.fetch("SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables ORDER BY 1")
        return [(row[0], row[1], row[2], row[3]) for row in rows]
    finally:
        await conn.close()


async def heard(url: str, *, unread: int = 0) -> None:
    """Its api and its worker say how they are, within the hour that is to come: however slow the machine, they are not silent."""
    conn = await asyncpg.connect(url)
    try:
        at = await running_store.now(conn) + timedelta(hours=1)
        for part in ("api", "worker"):
            lag = {("a-consumer", "a.topic"): unread} if part == "worker" else {}
            await running_store.say(conn, uuid_utils.compat.uuid7(), part, VERSION, at, [], lag)
    finally:
        await conn.close()


def docker(folder: Path, engine: str = "28.5.2", compose: str = "2.40.3") -> str:
    """A folder with a docker that answers so."""
    folder.mkdir(exist_ok=True)
    (folder / "docker").write_text(_DOCKER.format(engine=engine, compose=compose))
    (folder / "docker").chmod(0o755)
    return str(folder)


def copies(folder: Path, hours_ago: float = 2) -> None:
    """A copy, its log, and a restore that was tried."""
    now = datetime.now(UTC)
    (folder / "base" / f"{now - timedelta(hours=hours_ago):%Y%m%dT%H%M%SZ}").mkdir(parents=True)
    (folder / "wal").mkdir()
    (folder / "checked").mkdir()
    for number, age_s in enumerate((7_200, 30)):
        segment = folder / "wal" / f"00000001000000000000000{number}.gz"
        segment.write_bytes(b"0" * 40_000)
        os.utime(segment, (time.time() - age_s,) * 2)
    restored(folder, "restored", timedelta(days=2))
    came(folder, "backup", "made", timedelta(hours=hours_ago))
    for of in ("offsite", "offsite-copied"):
        came(folder, of, "copied", timedelta(hours=1), "0badcafe")


def restored(folder: Path, what: str, ago: timedelta) -> None:
    came(folder, "last", what, ago)


def came(folder: Path, of: str, what: str, ago: timedelta, word: str = "20261130T010000Z") -> None:
    """Of a job: its last word."""
    (folder / "checked" / of).write_text(f"{datetime.now(UTC) - ago:%Y-%m-%dT%H:%M:%SZ} {what} {word}\n")


@contextmanager
def speaking_tls(keystore: Path) -> Iterator[int]:
    """A listener with this key and certificate; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keystore)
    listener = create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            with suppress(OSError), caller, context.wrap_socket(caller, server_side=True) as inside:
                inside.settimeout(10)
                inside.recv(1)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        _closed(listener)


@contextmanager
def saying_nothing() -> Iterator[int]:
    """Takes connections, and never answers."""
    with create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def _closed(listener: socket) -> None:
    """Whoever waits in it is woken."""
    with suppress(OSError):
        create_connection(listener.getsockname(), timeout=1).close()
    listener.close()


@contextmanager
def answering(app: Starlette) -> Iterator[int]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=free_port(), log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield server.config.port
    finally:
        server.should_exit = True
        thread.join()


def certificate(folder: Path, name: str, days: int = 800) -> Path:
    """An authority's folder, whose server's certificate names this and lasts so long."""
    lasts, tls._SERVER_DAYS = tls._SERVER_DAYS, days  # the code's own hand makes it
    try:
        tls.ensure(folder, name)
    finally:
        tls._SERVER_DAYS = lasts
    return folder


@contextmanager
def doctored(postgres: servers.Postgres, folder: Path) -> Iterator[Doctored]:
    made = [postgres.database(name) for name in NAMES]
    databases = dict(zip(NAMES, made, strict=True))
    for each in made:
        asyncio.run(heard(each.url))
    (folder / "meminfo").write_text("MemTotal: 8000000 kB\nMemAvailable: 4000000 kB\n")
    secrets.ensure(folder / "secrets", {"KAFKA_PUBLIC_NAME": NAME})
    copies(folder / "backup")
    readiness = Readiness()
    with (
        servers.broker() as broker,
        answering(Starlette(routes=health.routes(readiness))) as port,
        speaking_tls(folder / "secrets/keep/tls/partners.pem") as tls_port,
    ):
        broker.create_topics(topics([]))
        url = f"http://127.0.0.1:{port}"
        environment = {
            "PATH": docker(folder / "bin"),
            "DOCTOR_IN_COMPOSE": "yes",
            "DOCTOR_PROCESSES": f"gateway={url},ordering-api={url}",
            "DOCTOR_PROCESSES_HELD": f"gateway={port},broker={broker.port}",
            "DOCTOR_SECRETS_DIR": str(folder / "secrets"),
            "DOCTOR_BACKUP_DIR": str(folder / "backup"),
            "DOCTOR_DISKS": str(folder / "backup"),
            "DOCTOR_OFFSITE": "s3:https://store.example/copies",
            "DOCTOR_KAFKA_TLS": f"127.0.0.1:{tls_port}",
            "KAFKA_PUBLIC_NAME": NAME,
            "GATEWAY_PORT": "4000",
            "KAFKA_PUBLIC_PORT": "9094",
            "KAFKA_BOOTSTRAP_SERVERS": broker.cluster.bootstrap_servers,
            **{variable(name): each.url for name, each in databases.items()},
        }
        yield Doctored(postgres, folder, environment, readiness, databases, made)
    for each in made:
        postgres.drop(each)


def elsewhere(url: str, port: int) -> str:
    """The same database, at another port."""
    return urlsplit(url)._replace(netloc=f"nobody:x@127.0.0.1:{port}").geturl()


Plant = Callable[[Doctored, Path], Iterator[Place]]
PLANTS: list[tuple[frozenset[str], Plant]] = []


def plants(*names: str) -> Callable[[Plant], Plant]:
    """What follows plants a fault that shows by these names, in the installation or in one of its own, until it is gone on with."""

    def enter(plant: Plant) -> Plant:
        PLANTS.append((frozenset(names), plant))
        return plant

    return enter
