"""An installation's broker, whichever it is: how it runs, how one knows that it answers, how its clients reach it."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping, Sequence
from typing import Protocol

from infra.local.ports import HOST, Ports
from infra.local.problems import CannotStart
from infra.local.state import Home

SERVERS = "KAFKA_BOOTSTRAP_SERVERS"
"""Whoever has this setting is a client of the broker."""
_CORRELATION = 7


class Broker(Protocol):
    """Environments are those that the clients' settings are read from."""

    forgets: bool
    """Its log dies with it. Else it is started again like any other process, and goes on with its disk."""
    ports: tuple[int, ...]
    for_partners: str
    """Where a partner connects, in words."""

    def prepare(self) -> None:
        """Makes on the disk what it needs; what is there stays. Raises CannotStart."""

    def command(self) -> tuple[str, ...]: ...

    async def answers(self) -> bool:
        """An open port proves nothing: on a taken one the embedded broker first says "listening"."""

    def as_service(self, service: str) -> Mapping[str, str]: ...

    def as_partner(self, partner: str) -> Mapping[str, str]: ...

    def as_administrator(self) -> Mapping[str, str]: ...

    def topics(self, partners: Sequence[str]) -> tuple[str, ...]:
        """Python's arguments of the administrator's task that makes topics, and users where there are some."""


def chosen(name: str | None, home: Home, ports: Ports) -> Broker:
    """The embedded one unless asked for `apache`. Raises CannotStart for another."""
    if name in (None, "", "embedded"):
        from infra.local.embedded import Embedded

        return Embedded(home, ports)
    if name == "apache":
        from infra.local.apache import Apache  # it needs much that the embedded way does without

        return Apache(home, ports)
    raise CannotStart(f"BROKER={name}: there are embedded and apache")


async def ask(port: int, kind: int, version: int, body: bytes) -> bytes | None:
    """One plain request of the Kafka protocol: what comes after the correlation, None when there is no proper answer."""
    request = struct.pack(">hhih", kind, version, _CORRELATION, 5) + b"wlijo" + body
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(struct.pack(">i", len(request)) + request)
            (length,) = struct.unpack(">i", await reader.readexactly(4))
            answer = await reader.readexactly(length)
            return answer[4:] if struct.unpack_from(">i", answer) == (_CORRELATION,) else None
    except (OSError, TimeoutError, asyncio.IncompleteReadError, struct.error):
        return None
    finally:
        if writer:
            writer.close()
