"""`ops partner` on Apache Kafka: one company's access comes, changes, goes and comes back, and nobody else's is touched."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from infra.ops.provision.declaration import interdict, rights_of_partner
from services.contracts.delivery import PartnerId
from services.contracts.partner import Topics
from services.kit.kafka.cluster import Cluster
from services.kit.kafka.groups import MOST
from tests.kafka.conftest import ONE, TWO, Locked, opens, password
from tests.kafka.test_provision import acls_of
from tests.worlds import servers

NEW = PartnerId.seeded("a company that comes")


class Ops:
    def __init__(self, cluster: Locked, url: str, partners: Path) -> None:
        self.cluster, self.url, self.partners = cluster, url, partners

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        admin = self.cluster.kafka.admin
        assert admin.username
        assert admin.password
        told = {
            "KAFKA_BOOTSTRAP_SERVERS": admin.bootstrap_servers,
            "KAFKA_SECURITY_PROTOCOL": admin.protocol.value,
            "KAFKA_SASL_MECHANISM": admin.mechanism.value,
            "KAFKA_USERNAME": admin.username,
            "KAFKA_PASSWORD": admin.password.reveal(),
            "KAFKA_USERS_DIR": str(self.cluster.users),
            "KAFKA_PARTNERS_DIR": str(self.partners),
            "DELIVERY_DATABASE_URL": self.url,
        }
        return subprocess.run(
            [sys.executable, "-m", "infra.ops", "partner", *words],
            env={**os.environ, **told}, capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip

    def did(self, *words: str) -> list[str]:
        done = self(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()


@pytest.fixture
def ops(alone: Locked, database: Callable[[str], servers.TestDatabase], tmp_path: Path) -> Ops:
    url = database("delivery").url

    async def known() -> None:
        conn = await asyncpg.connect(url)
        for partner, status in ((NEW, "ACTIVE"), (ONE, "ACTIVE"), (TWO, "SANDBOX")):
            await conn.execute("INSERT INTO partner (id, name, status) VALUES ($1, 'Ojek', $2)", partner, status)
        await conn.close()

    asyncio.run(known())
    return Ops(alone, url, tmp_path)


def test_access_comes_changes_goes_and_comes_back(ops: Ops) -> None:
    cluster = ops.cluster
    others = acls_of(cluster, TWO)
    said = ops.did("add", str(NEW))
    assert said[-1] == "nothing was done: --apply does it"
    assert acls_of(cluster, NEW) == set()
    assert ops.did("add", str(NEW), "--apply")[:-1] == said[:-1]
    assert acls_of(cluster, NEW) == rights_of_partner(NEW)
    assert ops.did("add", str(NEW), "--apply") == ["nothing to do"]

    def by(password: str) -> bool:
        return opens(cluster.kafka.partner(str(NEW), password))

    first = (ops.partners / str(NEW)).read_text()
    assert by(first)
    ops.did("rotate", str(NEW), "--apply")
    second = (ops.partners / str(NEW)).read_text()
    assert second != first
    assert by(second)
    assert not by(first)

    why = ("--because", "a complaint", "--by", "rini")
    before = acls_of(cluster, NEW)
    assert ops.did("suspend", str(NEW), *why)[-1] == "nothing was done: --apply does it"
    assert acls_of(cluster, NEW) == before
    ops.did("suspend", str(NEW), *why, "--apply")
    assert acls_of(cluster, NEW) == {interdict(NEW)}
    assert not by(second)
    assert '"standing": "PAUSED"' in ops.did("show", str(NEW))[0]
    assert '"kafka": "suspended"' in ops.did("show", str(NEW))[0]
    assert "`partner resume` first" in ops("add", str(NEW), "--apply").stderr
    ops.did("resume", str(NEW), *why, "--apply")
    assert acls_of(cluster, NEW) == rights_of_partner(NEW)
    assert by(second)
    assert '"standing": "ACTIVE"' in ops.did("show", str(NEW))[0]

    assert acls_of(cluster, TWO) == others, "nobody else's was touched"


async def _told(cluster: Cluster, topic: str, count: int) -> None:
    async with AIOKafkaProducer(**cluster.options()) as producer:
        for number in range(count):
            await producer.send_and_wait(topic, b"%d" % number, partition=0)


async def _read(cluster: Cluster, topic: str, group: str, count: int) -> None:
    place = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(
        topic, **cluster.options(), group_id=group, auto_offset_reset="earliest", enable_auto_commit=False
    )
    async with consumer:
        for _ in range(count):
            record = await consumer.getone()
        await consumer.commit({place: record.offset + 1})


def test_how_far_a_company_has_read_is_shown_with_the_oldest_it_has_not(ops: Ops) -> None:
    def reads(of: PartnerId) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(ops.did("show", str(of))[0])["reads"]
        return found

    kafka, jobs, group = ops.cluster.kafka, Topics.of(TWO).jobs, f"partner.{TWO}.dispatch"
    began = datetime.now(UTC).replace(microsecond=0)
    asyncio.run(_told(kafka.admin, jobs, 5))
    assert reads(TWO) == []
    asyncio.run(_read(kafka.partner(str(TWO), password(TWO)), jobs, group, 3))
    [shown] = reads(TWO)
    assert (shown["group"], shown["behind"]) == (group, 2)
    assert began <= datetime.fromisoformat(shown["oldest"]) <= datetime.now(UTC)
    asyncio.run(_read(kafka.partner(str(TWO), password(TWO)), jobs, group, 2))
    assert reads(TWO) == [{"group": group, "behind": 0, "oldest": None}]
    assert reads(NEW) == [], "nobody else's"


async def _committed(cluster: Cluster, topic: str, groups: Iterable[str]) -> None:
    for group in groups:
        consumer = AIOKafkaConsumer(**cluster.options(), group_id=group, enable_auto_commit=False)
        async with consumer:
            consumer.assign([TopicPartition(topic, 0)])
            await consumer.commit({TopicPartition(topic, 0): 0})


def test_who_makes_many_groups_hides_nobody(ops: Ops) -> None:
    def groups(of: PartnerId) -> list[str]:
        [found] = [each for each in map(json.loads, ops.did("show")) if each["partner"] == str(of)]
        return [each["group"] for each in found["reads"]]

    kafka = ops.cluster.kafka
    two, one = (kafka.partner(str(each), password(each)) for each in (TWO, ONE))
    many = [f"partner.{TWO}.many-{number:02}" for number in range(MOST + 3)]
    asyncio.run(_committed(two, Topics.of(TWO).jobs, many))
    seen = groups(TWO)
    assert (len(seen), set(many) > set(seen) - {f"partner.{TWO}.dispatch"}) == (MOST, True)
    asyncio.run(_committed(one, Topics.of(ONE).jobs, [f"partner.{ONE}.dispatch"]))
    assert groups(ONE) == [f"partner.{ONE}.dispatch"]
