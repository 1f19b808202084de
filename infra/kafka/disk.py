"""A node's empty disk, formatted as Kafka's own tool does it, without a Java machine of its own."""

from __future__ import annotations

import base64
import secrets
import subprocess
from pathlib import Path

from infra.kafka import maven

_META = "meta.properties"


def is_formatted(data: Path) -> bool:
    return (data / _META).exists()


def format_as_tool(data: Path, kafka: maven.Kafka, node: int, cluster: str) -> None:
    """What was there is gone. `cluster` is the cluster's id, of `uuid`."""
    subprocess.run(["rm", "-rf", str(data)], check=True)
    (data / maven.CHECKPOINT).parent.mkdir(parents=True)
    (data / maven.CHECKPOINT).write_bytes(kafka.checkpoint.read_bytes())
    (data / _META).write_text(f"version=1\ncluster.id={cluster}\nnode.id={node}\ndirectory.id={uuid()}\n")


def uuid() -> str:
    """As Kafka writes one; an id must not begin with a dash."""
    while (text := base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")).startswith("-"):
        pass
    return text
