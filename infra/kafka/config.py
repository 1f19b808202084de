"""A Kafka node's `server.properties`, with locks on, out of one template."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TEMPLATE = Path(__file__).with_name("server.properties")
ADMIN, NODE = "admin", "node"
# Where the image apache/kafka looks for mounted secrets, and keeps its data.
IMAGE_SECRETS = Path("/etc/kafka/secrets")
IMAGE_DATA = Path("/var/lib/kafka/data")
REAUTH_MS = 600_000


@dataclass(frozen=True, slots=True)
class Node:
    """One node, broker and controller in one. The ports are where it listens; the public ones what a partner is told to connect to."""

    id: int = 1
    inner_host: str = "kafka"
    """By which services, and the other nodes, reach it."""
    public_name: str = "localhost"
    """By which partners reach it: must be in the certificate."""
    public_port: int = 9094
    inner_port: int = 9092
    controller_port: int = 9093
    partners_port: int = 9094
    bind: str = "0.0.0.0"  # noqa: S104 - inside its container; only the partners' listener is published
    data: Path = IMAGE_DATA
    keystore: Path = IMAGE_SECRETS / "partners.pem"

    @property
    def voter(self) -> str:
        return f"{self.id}@{self.inner_host}:{self.controller_port}"


@dataclass(frozen=True, slots=True)
class Passwords:
    """Of the two users that the broker knows from its own file, which is a secret for that reason."""

    admin: str = field(repr=False)
    node: str = field(repr=False)

    def __post_init__(self) -> None:
        for name in (ADMIN, NODE):
            password = getattr(self, name)
            if len(password) < 16 or not all(char.isascii() and char.isalnum() for char in password):
                raise ValueError(f"{name}'s password must be 16 or more letters and digits")


def render(
    node: Node,
    passwords: Passwords,
    *,
    nodes: Sequence[Node] = (),
    reauth_ms: int = REAUTH_MS,
    extra: Mapping[str, str] | None = None,
) -> str:
    """The file's text, which holds both passwords. `nodes` are all of the cluster, this one included; alone it needs none.

    With three nodes each partition has three copies, and a write is acknowledged by two. `extra` properties are written last and win.
    """
    cluster = list(nodes) or [node]
    replication = min(3, len(cluster))
    text = string.Template(TEMPLATE.read_text("utf-8")).substitute(
        node_id=node.id,
        voters=",".join(each.voter for each in cluster),
        bind=node.bind,
        inner_host=node.inner_host,
        inner_port=node.inner_port,
        controller_port=node.controller_port,
        partners_port=node.partners_port,
        public_name=node.public_name,
        public_port=node.public_port,
        node_password=passwords.node,
        admin_password=passwords.admin,
        keystore=node.keystore,
        data=node.data,
        reauth_ms=reauth_ms,
        replication=replication,
        min_isr=max(1, replication - 1),
        connections_per_ip=500,
        rebalance_delay_ms=500,
    )
    return text + "".join(f"{key}={value}\n" for key, value in (extra or {}).items())
