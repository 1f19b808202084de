"""Delivery as a company's machine reaches it, on a port: its graph, the contract, a token for credentials; and a clock that runs."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.partner_check import __main__ as checking
from services.contracts.delivery import PartnerId
from services.kit.database.db import TRANSIENT
from services.kit.tasks import running
from tests.worlds.delivery import RIDERS, SANDBOXED
from tests.worlds.delivery_graph import Graph
from tests.worlds.http_server import served

EXAMPLES = Path(__file__).parents[2] / "docs/partners"
_CLIENT, _SECRET = "cli_of_tests", "a secret of tests"


@dataclass
class Checked:
    code: int
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass
class Site:
    graph: Graph
    url: str
    partner: PartnerId = SANDBOXED
    said: list[str] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        return {
            "WLIJO_URL": self.url,
            "CLIENT_ID": _CLIENT,
            "CLIENT_SECRET": _SECRET,
            "PARTNER_ID": str(self.partner),
            "RIDER_ID": str(RIDERS[self.partner]),
            "STEP_S": "0.2",
            "WAIT_S": "0",
        }

    async def check(self, *argv: str, **env: str) -> Checked:
        """What the check says of whatever runs beside it."""
        lines: list[str] = []
        given = {**self.env, **env}
        return Checked(await asyncio.to_thread(checking.main, argv, given, lines.append, 0.05), lines)

    def system(self, *command: str, **env: str) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
        """A company's own, beside us."""
        return system(*command, **{**self.env, **env})


@asynccontextmanager
async def system(*command: str, **env: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **env}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def broken(folder: Path, name: str, changes: Mapping[str, str]) -> tuple[str, str]:
    """How one runs the example with these mistakes in it."""
    text = (EXAMPLES / name).read_text("utf-8")
    for right, wrong in changes.items():
        assert right in text, right
        text = text.replace(right, wrong)
    written = folder / f"broken_{name}"
    written.write_text(text, "utf-8")
    return sys.executable, str(written)


def _token_of(graph: Graph, partner: PartnerId) -> Callable[[Request], object]:
    expected = "Basic " + base64.b64encode(f"{_CLIENT}:{_SECRET}".encode()).decode()

    async def token(request: Request) -> Response:
        form = (await request.body()).decode()
        if request.headers.get("authorization") != expected or form != "grant_type=client_credentials":
            return JSONResponse({"error": "invalid_client"}, 401)
        made = graph.issuer.token(sub=_CLIENT, roles=["partner"], partner_id=str(partner))
        return JSONResponse({"access_token": made, "token_type": "Bearer", "expires_in": 300})

    return token


async def _goes_on(graph: Graph) -> None:
    """Timers fire, ten times as fast as by the clock on the wall."""
    while True:
        await graph.world.move_clock(timedelta(seconds=0.3))
        with suppress(*TRANSIENT):  # as a worker: it is fired again
            await graph.world.fire()
        await asyncio.sleep(0.03)


@asynccontextmanager
async def a_site(graph: Graph, partner: PartnerId = SANDBOXED) -> AsyncIterator[Site]:
    routes = [Route("/oauth2/token", _token_of(graph, partner), methods=["POST"]), *graph.app.routes]
    async with served(Starlette(routes=routes)) as port, running(_goes_on(graph), "the clock"):
        yield Site(graph, f"http://127.0.0.1:{port}", partner)
