"""An HTTP server for one process: bounded connections, a graceful end, another start when its secrets change."""

from __future__ import annotations

import gc
import os
import signal
import socket
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette

from services.kit.http.limits import Bounds, bounded
from services.kit.observe import logs, telemetry
from services.kit.process import rotation, settings

_DRAIN_S = 10


class Server(uvicorn.Server):
    """Told to go, it says so to the application before it waits for what is under way: what only waits ends with an answer."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        app = self.config.app
        if isinstance(app, Starlette) and (drain := getattr(app.state, "drain", None)):
            drain()
        await super().shutdown(sockets)


def serve(role: str, config: settings.ServerSettings, build: Callable[[], Starlette]) -> int:
    """Until it is told to go. 0 when it had begun to serve. `role` names it in logs and traces."""
    logs.setup(role, config.log_level)
    flush = telemetry.setup(role, config.otel_exporter_otlp_endpoint)
    app = build()
    bounds = Bounds(per_address=config.connections_per_address, long_bodies=getattr(app.state, "long_bodies", {}))
    server = Server(
        uvicorn.Config(
            app,
            host=config.host,
            port=config.port,
            loop="uvloop",
            http=bounded(bounds),
            ws="websockets-sansio",
            ws_max_size=1_048_576,
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=_DRAIN_S,
            server_header=False,
        )
    )

    def stop(_signal: int, _frame: object) -> None:
        server.should_exit = True

    # uvicorn raises a signal that it caught once more after its graceful end; unhandled, that would kill us before the last spans left.
    for caught in (signal.SIGINT, signal.SIGTERM):
        signal.signal(caught, stop)
    rotation.watch(os.environ, lambda: stop(signal.SIGTERM, None))
    # What was imported and built stays until the end: no full collection looks through it, which takes 80 ms in the middle of an answer.
    gc.collect()
    gc.freeze()
    server.run()
    flush()
    return 0 if server.started else 1
