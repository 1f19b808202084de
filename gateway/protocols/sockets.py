"""The server's sockets: how long a peer may leave bytes untaken, and what it sees when the server ends the connection."""

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

import uvicorn
from starlette.applications import Starlette
from uvicorn.middleware.proxy_headers import _TrustedHosts
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from gateway.protocols.connections import Connections
from gateway.serving import Serving
from services.kit.http.limits import BoundedHttp, Bounds

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

# What a client may still hold of a connection that was closed: time to take the close frame, no more.
_LINGER_S = 10.0


def config(application: Starlette, shared: Serving) -> uvicorn.Config:
    """How the gateway listens. The test that speaks with a real socket uses the same."""
    settings = shared.settings
    # As uvicorn reads FORWARDED_ALLOW_IPS for the addresses of clients: a proxy speaks for many.
    proxies = _TrustedHosts(settings.forwarded_allow_ips)

    class Sockets(_WebSocket):
        stall_s = settings.stall_s

    class Requests(_Http):
        opened = shared.connections
        open: ClassVar[Counter[str]] = Counter()
        bounds = Bounds(
            head_bytes=settings.limits.head_bytes,
            head_s=settings.head_s,
            body_s=settings.body_s + _LINGER_S,  # whoever reads the body gives up first, and says so
            taken_s=settings.stall_s,
            per_address=settings.connections_per_address,
            exempt=proxies.__contains__,
            long_bodies=dict.fromkeys(shared.file_prefixes, settings.upload_s + _LINGER_S),
        )

    return uvicorn.Config(
        application,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=Requests,
        ws=Sockets,
        ws_max_size=settings.limits.body_bytes,
        ws_ping_interval=settings.ping_s,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        timeout_keep_alive=settings.idle_s,
        timeout_graceful_shutdown=int(settings.drain_s),
    )


class _WebSocket(WebSocketsSansIOProtocol):
    """uvicorn's, with no end that a graphql-ws client takes for fatal and no peer that holds memory for ever."""

    stall_s = 30.0
    _stalled: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(self.stall_s, self._give_up)

    def resume_writing(self) -> None:
        _cancel(self._stalled)
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        _cancel(self._stalled)
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        # uvicorn closes with 1011, at which a phone that wakes up would never come back; this is a lost connection (1006).
        self.pong_timer = None
        self.transport.abort()

    async def send(self, message: "ASGISendEvent") -> None:
        await super().send(message)
        if message["type"] == "websocket.close":
            # Without it a peer that takes nothing keeps the connection until its own end.
            self.loop.call_later(_LINGER_S, self.transport.abort)

    def _give_up(self) -> None:
        """A client that takes nothing: 1013 for when it wakes, and the end of the connection whether it does or not."""
        self.stop_keepalive()
        if not self.close_sent:
            self.conn.send_close(1013, "Client reads too slowly")
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        self.disconnected = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": 1013})
        self.writable.set()
        self.transport.close()
        self.loop.call_later(_LINGER_S, self.transport.abort)


class _Http(BoundedHttp):
    """There are so many connections at all, too, and those that were turned away are counted."""

    opened: ClassVar[Connections]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        self.opened.open += 1
        super().connection_made(transport)
        if self._refused:
            self.opened.refused["address"] += 1
        elif self.opened.open > self.opened.most:
            self.opened.refused["all"] += 1
            self._refuse("503 Service Unavailable", "Too many connections.")

    def left(self) -> None:
        self.opened.open -= 1
        super().left()


def _cancel(timer: Any) -> None:
    if timer is not None:
        timer.cancel()
