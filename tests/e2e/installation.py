"""A whole installation of the tests' own: supervisor, services, gateway and robots on free ports, data in a temporary folder."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import psutil  # type: ignore[import-untyped]  # ships no types
from joserfc import jwt
from joserfc.jwk import ECKey

from infra.local import broker, keys, postgres
from infra.local.free_ports import free_block
from infra.local.ports import Ports
from infra.local.state import ROOT, Home, read_json
from services.contracts.people import PersonId
from services.contracts.registry import NAMES
from services.kit.kafka.cluster import Cluster
from services.kit.process import settings
from tests.worlds import servers


class _Kafka(msgspec.Struct, frozen=True):
    cluster: Cluster


@dataclass(slots=True)
class Installation:
    """Started once for the run. Tests that break something wait until it is whole again."""

    home: Home
    ports: Ports
    environment: dict[str, str] = field(default_factory=dict)
    """What its processes are told beyond, or other than, what they are told here."""
    tree: Path = ROOT
    """The release that runs: its files, and its environment in `.venv`."""

    @classmethod
    def at(cls, folder: Path, environment: Mapping[str, str] | None = None) -> Installation:
        return cls(Home(folder), free_ports(), dict(environment or {}))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports.gateway}"

    @property
    def issuer_url(self) -> str:
        """What its tokens are said to come from."""
        return f"http://127.0.0.1:{self.ports.issuer}"

    def api_url(self, service: str) -> str:
        """A subgraph itself, past the gateway."""
        return f"http://127.0.0.1:{self.ports.api(service)}"

    def broker(self) -> dict[str, Any]:
        """What a Kafka client that may read everything is made with."""
        told = broker.chosen(servers.broker_name(), self.home, self.ports).as_administrator()
        return settings.load(_Kafka, told).cluster.options()

    def issuer_key(self) -> str:
        """The private key of its tokens, a JWK."""
        return keys.ensure(self.home).issuer.read_text()

    @property
    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "WLIJO_HOME": str(self.home.path),
            "PORT_BASE": str(self.ports.base),
            "POSTGRES_PORT": str(self.ports.postgres),
            "KAFKA_PORT": str(self.ports.kafka),
            "BROKER": servers.broker_name(),
            "STEP_S": "0.3",
            # A run of tests that is killed leaves nothing behind.
            "LIVES_WITH": str(os.getpid()),
            # One person of a test stands for many buyers.
            "OPEN_ORDERS_PER_BUYER": "100000",
            "OPEN_ORDERS_PER_PRODUCT": "100000",
            "ORDERS_PER_DAY": "100000",
            **self.environment,
        }

    def verb(self, verb: str, **options: str) -> subprocess.CompletedProcess[str]:
        """Runs a make verb's command on this installation."""
        return subprocess.run(
            [sys.executable if self.tree == ROOT else str(self.tree / ".venv/bin/python"), "-m", "infra.local", verb],
            cwd=self.tree,
            env={**self._environment, **options},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def up(self) -> None:
        done = self.verb("up", DETACH="1")
        assert done.returncode == 0, done.stdout + done.stderr

    def down(self) -> None:
        self.verb("down")

    def pid(self, role: str) -> int:
        for process in read_json(self.home.state)["processes"]:
            if process["role"] == role and process["pid"]:
                return int(process["pid"])
        raise AssertionError(f"no process {role} runs")

    def cpu_s(self) -> dict[str, float]:
        """By role: user and system time of what the supervisor runs, each with what it started."""
        found: dict[str, float] = {}
        for entry in read_json(self.home.state)["processes"]:
            if entry["pid"]:
                process = psutil.Process(entry["pid"])
                found[entry["role"]] = sum(map(_cpu_s, (*process.children(recursive=True), process)))
        return found

    def kill(self, role: str) -> None:
        """SIGKILL; the supervisor starts it again."""
        os.kill(self.pid(role), signal.SIGKILL)

    def freeze(self, role: str) -> int:
        pid = self.pid(role)
        os.kill(pid, signal.SIGSTOP)
        return pid

    async def whole(self) -> None:
        """Waits until everything is ready."""
        deadline = time.monotonic() + 90
        while True:
            done = await asyncio.to_thread(self.verb, "ps", JSON="1")
            if done.returncode == 0:
                return
            assert time.monotonic() < deadline, done.stdout
            await asyncio.sleep(0.2)

    def database_url(self, service: str) -> str:
        passwords = keys.ensure(self.home).passwords
        return postgres.url(service, passwords[service], self.ports.postgres, service)

    def connect_company(self, company: str) -> None:
        """Makes the topics of one that applied, as docs/operations.md has it."""
        kafka = broker.chosen(servers.broker_name(), self.home, self.ports)
        module, *arguments = kafka.topics([company])
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={**os.environ, "MODE": "local", **kafka.as_administrator()},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    async def fetch(self, service: str, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        conn = await asyncpg.connect(self.database_url(service))
        try:
            return list(await conn.fetch(sql, *arguments))
        finally:
            await conn.close()

    async def move_clock(self, shift: timedelta) -> None:
        """The one clock of every service; back with a shift of zero."""
        for service in NAMES:
            await self.fetch(
                service,
                "INSERT INTO clock_shift (shift) VALUES ($1) ON CONFLICT (only_row) DO UPDATE SET shift = excluded.shift",
                shift,
            )

    def token(self, role: str, subject: str, *, expires_in_s: float = 3600, **claims: Any) -> str:
        """Signed with the installation's own issuer key, for any subject: tests need more people than the seed has."""
        key = ECKey.import_key(json.loads(self.issuer_key()))
        now = int(time.time())
        body = {
            "iss": self.issuer_url,
            "aud": "wlijo",
            "sub": subject,
            "roles": [role],
            "iat": now,
            "exp": now + expires_in_s,
            **claims,
        }
        return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "JWT"}, body, key, algorithms=["ES256"])

    def seeded_token(self, role: str, name: str, **claims: Any) -> str:
        return self.token(role, str(PersonId.seeded(name)), **claims)


def _cpu_s(process: psutil.Process) -> float:
    """With what its children have spent that ended; one that has ended itself is in its parent's."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def free_ports() -> Ports:
    base = free_block(120)
    return Ports(base, base + 50, base + 51)
