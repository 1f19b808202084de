"""The gateway's whole application, called without a socket."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gateway import app
from gateway.pipeline import Pipeline
from gateway.settings import Limits
from tests.gateway.differential.worlds import World
from tests.gateway.fuzz.answers import Spoiling
from tests.gateway.fuzz.verdict import Attempt, Judge, Reply
from tests.gateway.kit.gateway import InProcess
from tests.gateway.kit.network import open_settings

_ANSWER_WITHIN_S = 90
# An ASGI application.
Application = Any


@dataclass(slots=True)
class Target:
    application: Application
    spoiling: Spoiling
    world: World


@contextlib.asynccontextmanager
async def target(seed: int, folder: Path) -> AsyncIterator[Target]:
    """Our own supergraph over a universe; the limits are those of production."""
    world = World.of("wlijo")
    world.universe.failing = False
    file = folder / "supergraph.graphql"
    file.write_text(world.text, "utf-8")
    spoiling = Spoiling(InProcess(world.subgraphs), random.Random(seed))
    shared = app.serving(open_settings(file), {})
    shared = replace(shared, pipeline=Pipeline(world.universe.supergraph, spoiling, Limits()))
    application = app.app(shared)
    async with application.router.lifespan_context(application):
        yield Target(application, spoiling, world)


async def send(application: Application, attempt: Attempt) -> Reply:
    """Raises TimeoutError when no answer comes."""
    status = 0
    headers: dict[str, str] = {}
    parts: list[bytes] = []
    half = len(attempt.body) // 2
    pieces = [attempt.body[:half], attempt.body[half:]]

    async def take() -> dict[str, Any]:
        if not pieces:
            await asyncio.Event().wait()  # the client stays and says nothing more
        part = pieces.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(pieces)}

    async def give(message: dict[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            headers.update(
                {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]}
            )
        else:
            parts.append(message.get("body", b""))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": attempt.method,
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": attempt.target,
        "root_path": "",
        "headers": [(name.encode(), value) for name, value in attempt.headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 4000),
        "state": {},
    }
    async with asyncio.timeout(_ANSWER_WITHIN_S):
        await application(scope, take, give)
    return Reply(status, headers, b"".join(parts))


async def judged(application: Application, attempt: Attempt, judge: Judge) -> str:
    """What is wrong; "" when nothing is."""
    try:
        reply = await send(application, attempt)
    except TimeoutError:
        return "no answer"
    except Exception as error:  # noqa: BLE001  # whatever a fault is
        return f"raised {error!r}"
    return judge(attempt, reply)
