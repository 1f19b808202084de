"""Asks processes over HTTP how they are. Small on purpose: the supervisor imports no HTTP library."""

from __future__ import annotations

import asyncio
import http.client
import re

from infra.local.ports import HOST

_BATCHES = re.compile(r"^wlijo_relay_partition_batches(?:\{[^}]*\})? ([0-9.e+]+)", re.MULTILINE)


def _get(port: int, path: str, timeout_s: float) -> tuple[int, str]:
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout_s)
    try:
        connection.request("GET", path, headers={"connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read(2_000_000).decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def ready(port: int) -> bool:
    return _get(port, "/readyz", 2.0)[0] == 200


def why_not(port: int) -> str:
    """What a process that is not ready says of itself."""
    status, text = _get(port, "/readyz", 2.0)
    return text.strip()[:200] if status else "it does not answer yet"


async def is_ready(port: int) -> bool:
    return await asyncio.to_thread(ready, port)


async def partition_batches(port: int) -> float:
    """The most batches that the worker's relay put into one partition of the present log; 0 when it does not say."""
    _, text = await asyncio.to_thread(_get, port, "/metrics", 5.0)
    return max((float(value) for value in _BATCHES.findall(text)), default=0.0)
