"""A throw-away Apache Kafka on loopback, of one node or three, with locks on: started, killed, frozen, lost."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from infra.kafka import config, disk, maven, tls
from infra.local.free_ports import free_block
from services.kit.kafka import client
from services.kit.kafka.cluster import Cluster, Mechanism, Protocol
from services.kit.secret import Secret

HOST = "127.0.0.1"
_PATIENCE_S = 90
# Small, and quick to notice that a node is gone: nothing here is worth waiting for.
SMALL = {
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "num.recovery.threads.per.data.dir": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    "log.segment.delete.delay.ms": "1000",
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
}


class Broker:
    """One node of it, a process."""

    def __init__(self, kafka: maven.Kafka, node: config.Node, folder: Path, cluster_id: str, *, quick: bool) -> None:
        self.node = node
        self._kafka = kafka
        self._folder = folder
        self._cluster_id = cluster_id
        self._quick = quick
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self._folder / "log"

    @property
    def pid(self) -> int:
        assert self._process is not None, "it does not run"
        return self._process.pid

    @property
    def properties(self) -> Path:
        return self._folder / "server.properties"

    def configure(self, text: str) -> None:
        self.properties.write_text(text)
        self.properties.chmod(0o600)

    def format(self) -> None:
        """An empty disk."""
        disk.format_as_tool(self.node.data, self._kafka, self.node.id, self._cluster_id)

    def start(self, *, archive_to: Path | None = None) -> None:
        command = self._kafka.java(str(self.properties), quick=self._quick, archive_to=archive_to)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def stop(self) -> None:
        """As an operator stops it: leaderships are handed over, files closed."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process:
            process.send_signal(how)
            process.wait(timeout=_PATIENCE_S)

    @property
    def ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None


class ThrowAway:
    """A cluster with one set of passwords and certificates; its addresses stay over restarts."""

    def __init__(
        self,
        folder: Path,
        *,
        nodes: int = 1,
        public_name: str = HOST,
        reauth_ms: int = config.REAUTH_MS,
        quick: bool = True,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        """Raises maven.CannotHave."""
        kafka = maven.bring()
        self.folder = folder
        self.passwords = config.Passwords(admin=secrets.token_hex(16), node=secrets.token_hex(16))
        tls.ensure(folder / "secrets", public_name)
        first = free_block(3 * nodes)
        ports = iter(range(first, first + 3 * nodes))
        layout = [
            config.Node(
                id=number,
                inner_host=HOST,
                public_name=public_name,
                bind=HOST,
                inner_port=next(ports),
                controller_port=next(ports),
                partners_port=next(ports),
                data=folder / str(number) / "data",
                keystore=folder / "secrets" / tls.KEYSTORE,
            )
            for number in range(1, nodes + 1)
        ]
        layout = [replace(node, public_port=node.partners_port) for node in layout]
        cluster_id = disk.uuid()
        self.brokers = [Broker(kafka, node, folder / str(node.id), cluster_id, quick=quick) for node in layout]
        for broker in self.brokers:
            (folder / str(broker.node.id)).mkdir(parents=True)
            text = config.render(
                broker.node, self.passwords, nodes=layout, reauth_ms=reauth_ms, extra={**SMALL, **(extra or {})}
            )
            broker.configure(text)
            broker.format()

    @property
    def servers(self) -> str:
        return ",".join(f"{HOST}:{broker.node.inner_port}" for broker in self.brokers)

    @property
    def partner_servers(self) -> str:
        return ",".join(f"{broker.node.public_name}:{broker.node.public_port}" for broker in self.brokers)

    @property
    def ca(self) -> Path:
        return self.folder / "secrets" / tls.CA

    @property
    def admin(self) -> Cluster:
        return Cluster(
            self.servers, Protocol.SASL_PLAINTEXT, Mechanism.PLAIN, config.ADMIN, Secret(self.passwords.admin)
        )

    def user(self, name: str, password: str) -> Cluster:
        """A service."""
        return Cluster(self.servers, Protocol.SASL_PLAINTEXT, Mechanism.SCRAM_SHA_256, name, Secret(password))

    def partner(self, name: str, password: str) -> Cluster:
        return Cluster(
            self.partner_servers,
            Protocol.SASL_SSL,
            Mechanism.SCRAM_SHA_512,
            name,
            Secret(password),
            self.ca.read_text(),
        )

    def start(self) -> None:
        for broker in self.brokers:
            broker.start()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Until a Metadata request names every node."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                for broker in self.brokers:
                    socket.create_connection((HOST, broker.node.inner_port), timeout=1).close()
                if asyncio.run(client.brokers(self.admin)) == len(self.brokers):
                    return
            except client.UNREACHABLE:
                pass
            gone = next((broker for broker in self.brokers if broker.ended), None)
            if gone or time.monotonic() > deadline:
                log = (gone or self.brokers[0]).log.read_text(errors="replace")
                raise AssertionError(f"Apache Kafka did not start:\n{log[-4000:]}")
            time.sleep(0.1)

    def lose(self) -> None:
        """Killed, and its disks are gone."""
        self.kill()
        for broker in self.brokers:
            broker.format()

    def kill(self) -> None:
        for broker in self.brokers:
            broker.kill()


def prepare() -> maven.Kafka:
    """Apache Kafka with an archive of its classes, which halves the time to start. Raises maven.CannotHave."""
    kafka = maven.bring()
    if not kafka.archive.exists():
        with tempfile.TemporaryDirectory(dir=kafka.folder) as place:
            cluster, made = ThrowAway(Path(place)), Path(place) / "made.jsa"
            cluster.brokers[0].start(archive_to=made)
            cluster.wait_ready()
            cluster.brokers[0].stop()
            if made.exists():
                made.replace(kafka.archive)
    return kafka


@contextmanager
def running(folder: Path, *, nodes: int = 1, **how: object) -> Iterator[ThrowAway]:
    cluster = ThrowAway(folder, nodes=nodes, **how)  # type: ignore[arg-type]  # passed on as they are
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.kill()
