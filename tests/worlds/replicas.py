"""A PostgreSQL that streams to another: both real servers of the embedded wheel, the second made by its pg_basebackup."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil  # type: ignore[import-untyped]  # ships no types

from infra.local import postgres as embedded
from infra.local.free_ports import free_port
from tests.worlds.servers import Postgres, _wait_until, roomy_memory

_STREAMING = ("wal_level=replica", "max_wal_senders=4", "hot_standby=on", "fsync=off")


class Server:
    """One of the two; what it holds stays when it is killed."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        embedded.forget_dead_server(self.data)
        settings = (part for setting in _STREAMING for part in ("-c", setting))
        with self.data.with_suffix(".log").open("ab") as log:
            self._process = subprocess.Popen(
                (*embedded.command(self.data, self.port), *settings), stdout=log, stderr=log
            )
        _wait_until(lambda: embedded.accepts(self.data), f"PostgreSQL in {self.data.name} did not start")

    def stop(self) -> None:
        """At once: who is connected is cut off."""
        if self._process:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=30)
            self._process = None

    def freeze(self) -> None:
        """Lines stay open, and nobody answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process
        server = psutil.Process(self._process.pid)
        for each in (server, *server.children(recursive=True)):
            each.send_signal(number)

    def at(self, url: str) -> str:
        """The same database and role, of this server."""
        parts = urlsplit(url)
        return urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@{parts.hostname}:{self.port}"))


class Pair:
    """The primary, whose databases are made as the tests' others are, and what streams from it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._password = folder, secrets.token_hex(16)
        asyncio.run(embedded.initialise(folder / "primary", self._password))
        self.primary = Server(folder / "primary")
        self.primary.start()
        self.replica: Server | None = None
        self.admin_url = embedded.url(embedded.ADMIN, self._password, self.primary.port, "postgres")
        self.postgres = Postgres(self.admin_url)

    def replicate(self) -> Server:
        data = self._folder / "replica"
        program = str(embedded.programs() / "pg_basebackup")
        subprocess.run(
            (program, "-d", self.admin_url, "-D", str(data), "-R", "-X", "stream", "-c", "fast"),
            check=True,
            capture_output=True,
        )
        self.replica = Server(data)
        self.replica.start()
        return self.replica

    def stop(self) -> None:
        for server in (self.replica, self.primary):
            if server:
                server.stop()


@contextlib.contextmanager
def pair() -> Iterator[Pair]:
    with tempfile.TemporaryDirectory(prefix="wlijo-replica-", dir=roomy_memory()) as folder:
        running = Pair(Path(folder))
        try:
            yield running
        finally:
            running.stop()
