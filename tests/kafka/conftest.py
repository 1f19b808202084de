"""Apache Kafka with locks on, provisioned by the command that ops use. These tests run with `make test-kafka` alone."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError, SaslAuthenticationFailed, UnsupportedSaslMechanismError

from infra.kafka import tls
from infra.kafka.throwaway import ThrowAway, prepare
from services.contracts.delivery import PartnerId
from services.contracts.registry import NAMES
from services.kit.kafka.client import try_connection
from services.kit.kafka.cluster import Cluster
from tests.worlds import servers

ONE, TWO = PartnerId.seeded("one"), PartnerId.seeded("two")
PATIENT = {"listener.name.inner.plain.connections.max.reauth.ms": "600000"}
"""The administrator's own connection lasts, however long a busy machine takes to provision."""
LONGER_NAME = f"{ONE}0"
"""A name that begins with a partner's, and is not his."""


def pytest_ignore_collect() -> bool | None:
    return None if servers.is_apache() else True


def password(user: object) -> str:
    return f"password-of-{user}"


def opens(cluster: Cluster) -> bool:
    """A connection, or he is refused: a machine that stalls has given neither answer yet."""
    give_up_at = time.monotonic() + 90
    while True:
        try:
            asyncio.run(try_connection(cluster))
        except (SaslAuthenticationFailed, UnsupportedSaslMechanismError):
            return False
        except (OSError, KafkaError):  # TimeoutError among them
            if time.monotonic() > give_up_at:
                raise
        else:
            return True


@dataclass
class Locked:
    """A running cluster and a folder of passwords."""

    kafka: ThrowAway
    users: Path

    def provision(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        admin = self.kafka.admin
        assert admin.username
        assert admin.password
        settings = {
            "KAFKA_BOOTSTRAP_SERVERS": admin.bootstrap_servers,
            "KAFKA_SECURITY_PROTOCOL": admin.protocol.value,
            "KAFKA_SASL_MECHANISM": admin.mechanism.value,
            "KAFKA_USERNAME": admin.username,
            "KAFKA_PASSWORD": admin.password.reveal(),
            "KAFKA_USERS_DIR": str(self.users),
            "TOPIC_REPLICATION": str(len(self.kafka.brokers)),
            "PARTNERS_CERTIFICATE": tls.shown(self.kafka.folder / "secrets"),
            "TOPIC_MIN_ISR": str(max(1, len(self.kafka.brokers) - 1)),
        }
        return subprocess.run(
            [sys.executable, "-m", "infra.ops.provision", *arguments],
            env={**os.environ, **settings, **environment},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def applied(self, *arguments: str) -> list[str]:
        """What it said that it did."""
        done = self.provision("apply", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def service(self, name: str) -> Cluster:
        return self.kafka.user(name, password(name))

    def partner(self, partner: PartnerId) -> Cluster:
        return self.kafka.partner(str(partner), password(partner))


def locked(folder: Path, *, nodes: int = 1, reauth_ms: int = 600_000) -> Iterator[Locked]:
    prepare()
    (folder / "users").mkdir()
    for user in (*NAMES, ONE, TWO):
        (folder / "users" / str(user)).write_text(password(user) + "\n")
    kafka = ThrowAway(folder / "kafka", nodes=nodes, reauth_ms=reauth_ms, extra=PATIENT)
    made = Locked(kafka, folder / "users")
    try:
        made.kafka.start()
        made.applied("--partner", str(ONE), "--partner", str(TWO))
        yield made
    finally:
        made.kafka.kill()


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    """One node. A connection has to prove itself anew after 3 s, so that what revocation does can be seen."""
    yield from locked(tmp_path_factory.mktemp("one-node"), reauth_ms=3_000)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    """One node that this file alone restarts, kills and freezes."""
    yield from locked(tmp_path_factory.mktemp("alone"))


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    """Three nodes, three copies of everything, two of which must have a record."""
    yield from locked(tmp_path_factory.mktemp("three-nodes"), nodes=3)
