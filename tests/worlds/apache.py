"""Apache Kafka for the tests, with locks on: clusters that are used again, each test finding one without topics."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import partial
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

from infra.kafka import throwaway
from infra.kafka.throwaway import ThrowAway
from infra.ops.provision.declaration import declare
from infra.ops.provision.difference import partners_of
from services.contracts.delivery import PartnerId
from services.contracts.registry import NAMES
from services.kit.kafka import create_topics
from services.kit.kafka.admin import Acl, Admin, Credential, Operation, Resource, administering
from services.kit.kafka.cluster import Cluster
from services.kit.secret import Secret
from tests.worlds import servers
from tests.worlds.servers import roomy_memory
from tests.worlds.waiting import until

_idle: list[ThrowAway] = []
_all: list[ThrowAway] = []


def password(user: str) -> str:
    return f"for-tests-only-{user}"


class Broker(servers.Broker):
    """As the embedded one: `kill` loses the disk. `cluster` is the administrator's, for what a test does in its own process."""

    def __init__(self, cluster: ThrowAway) -> None:
        self.apache = cluster
        self.cluster = cluster.admin
        self._runs = False

    def start(self) -> None:
        if not self._runs:
            self.apache.start()
        self._runs = True

    def taken_over(self) -> Broker:
        self._runs = True
        return self

    def create_topics(self, topics: list[str]) -> None:
        asyncio.run(self._create_topics(topics))

    async def _create_topics(self, topics: list[str]) -> None:
        """And lets in the services and the partners whose topics they are; services may tell of the tests' own things too."""
        partners = sorted(partners_of(topics), key=str)
        users = [*NAMES, *map(str, partners)]
        declared = declare(partners, {user: Secret(password(user)) for user in users})
        things = {Acl(user, Resource.TOPIC, "testing.", Operation.WRITE, prefixed=True) for user in NAMES}
        await create_topics(self.cluster, topics)
        async with administering(self.cluster) as admin:
            await admin.set_passwords(declared.passwords)
            await admin.create_acls(sorted((declared.acls | things) - await admin.acls()))
            await until(partial(_in_force, admin, declared.passwords, declared.acls | things))

    def environment(self, service: str) -> dict[str, str]:
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.apache.servers,
            "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "KAFKA_USERNAME": service,
            "KAFKA_PASSWORD": password(service),
        }

    def partner(self, partner: PartnerId) -> Cluster:
        return self.apache.partner(str(partner), password(str(partner)))

    def kill(self) -> None:
        self.apache.lose()
        self._runs = False

    def leave(self) -> None:
        if self._runs:
            asyncio.run(_without_topics(self.cluster))
            _idle.append(self.apache)


def new() -> Broker:
    cluster = ThrowAway(Path(tempfile.mkdtemp(prefix="wlijo-kafka-", dir=roomy_memory())))
    _all.append(cluster)
    return Broker(cluster)


def idle_or_new() -> Broker:
    return Broker(_idle.pop()).taken_over() if _idle else new()


def end_all() -> None:
    for cluster in _all:
        cluster.kill()
        shutil.rmtree(cluster.folder, ignore_errors=True)


async def _in_force(admin: Admin, passwords: Mapping[Credential, Secret], acls: AbstractSet[Acl]) -> bool:
    """Whether the broker decides by them. It answers that they are written down, and takes them up afterwards."""
    if not acls <= await admin.acls():
        return False
    return all([await admin.knows(each, password) for each, password in passwords.items()])


async def _without_topics(cluster: Cluster) -> None:
    admin = AIOKafkaAdminClient(**cluster.options())
    await admin.start()
    try:
        topics = [topic for topic in await admin.list_topics() if not topic.startswith("__")]
        if topics:
            await admin.delete_topics(topics)
        while any(not topic.startswith("__") for topic in await admin.list_topics()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    finally:
        await admin.close()


throwaway.prepare()
