"""A server of one application on a port of its own, with the bounds that are tried."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette

from services.kit.http.limits import BoundedHttp
from tests.worlds.waiting import until


@asynccontextmanager
async def served(
    app: Starlette, http: type[BoundedHttp] | Literal["auto"] = "auto", **options: Any
) -> AsyncIterator[int]:
    """Its port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=http, log_config=None, lifespan="off", **options))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving
