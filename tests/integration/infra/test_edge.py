"""Our edge in a real Caddy before a real gateway: what passes, what does not, who is counted, and certificates that change under way."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gateway.settings import RestRoutes
from infra.compose.edge import Own
from tests.gateway.kit.network import Running, SubgraphServer, gateway, subgraph_server
from tests.gateway.shop import catalog, delivery, ordering
from tests.worlds.caddy import Caddy, caddy, certificate
from tests.worlds.waiting import until

QUERY = {"query": '{ product(id: "p1") { name } }'}
FOLLOW = 'subscription { orderChanged(id: "o1") { code } }'
INNER = (
    "/metrics",
    "/readyz",
    "/livez",
    "//metrics",
    "/%6detrics",
    "/METRICS",
    "/metrics/",
    "/./metrics",
    "/graphql/../readyz",
    "/metrics?a=b",
)


@dataclass
class Place:
    edge: Caddy
    gateway: Running
    subgraphs: dict[str, SubgraphServer]
    authority: Path
    own: Own
    said: asyncio.Event = field(default_factory=asyncio.Event)
    """What a long poll waits for."""
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    def client(self, source: str = "127.0.0.2") -> aiohttp.ClientSession:
        """From an address of its own, so that it is told apart from the proxy."""
        tls = self.edge.trusting(self.authority)
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=(source, 0), ssl=tls))


@asynccontextmanager
async def placed(folder: Path, settings: dict[str, str] | None = None, **options: Any) -> AsyncIterator[Place]:
    (folder / "tls").mkdir()
    own = certificate(folder / "tls")
    async with AsyncExitStack() as stack:
        shop = [await stack.enter_async_context(subgraph_server(each)) for each in (catalog(), ordering(), delivery())]
        subgraphs = {each.subgraph.name: each for each in shop}
        poll = web.Application()
        runner = web.AppRunner(poll, shutdown_timeout=0.1)
        place = Place.__new__(Place)

        async def waits(_: web.Request) -> web.Response:
            place.waiting.set()
            await place.said.wait()
            return web.Response(text="news")

        async def who(request: web.Request) -> web.Response:
            return web.Response(text=request.headers["x-forwarded-for"])

        poll.router.add_get("/partner/v1/feed", waits)
        poll.router.add_get("/partner/v1/who", who)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        urls = {name: each.url for name, each in subgraphs.items()} | {
            "delivery": f"http://127.0.0.1:{runner.addresses[0][1]}"
        }
        routes = RestRoutes.of_text("/partner/v1/{rest:path}=delivery")
        running = await stack.enter_async_context(gateway(urls, rest_routes=routes, **options))
        port = running.url.rpartition(":")[2]
        edge = await stack.enter_async_context(
            caddy(folder / "edge", f"127.0.0.1 {port}", own, settings=settings or {})
        )
        place.__init__(edge, running, subgraphs, folder / "tls" / "ca.pem", own)  # type: ignore[misc]  # the service knows it already
        yield place


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with placed(tmp_path, {"HEAD_SECONDS": "1", "LIMIT_UPLOAD_BYTES": "100000"}) as found:
        yield found


async def test_a_forged_address_is_not_believed_and_each_client_is_counted_by_his_own(tmp_path: Path) -> None:
    async with (
        placed(tmp_path, rate_per_second=1, rate_burst=3) as place,
        place.client("127.0.0.2") as one,
        place.client("127.0.0.3") as other,
    ):

        async def ask(client: aiohttp.ClientSession, number: int) -> str:
            forged = {"x-forwarded-for": f"203.0.113.{number}", "forwarded": f"for=203.0.113.{number}"}
            async with client.get(f"{place.edge.url}/partner/v1/who", headers=forged) as answer:
                return await answer.text() if answer.status == 200 else str(answer.status)

        assert {await ask(one, number) for number in range(6)} == {"127.0.0.2", "429"}
        assert await ask(other, 1) == "127.0.0.3"


async def test_what_is_inside_is_not_there_from_outside_however_it_is_written(place: Place) -> None:
    async with place.client() as client:
        for path in INNER:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1",
                place.edge.ports.https,
                ssl=place.edge.trusting(place.authority),
                server_hostname="localhost",
            )
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            answer = (await reader.read()).decode()
            writer.close()
            assert answer.split()[1] in ("404", "400", "307", "308"), (path, answer)
            assert not re.search(r"wlijo_|checks|\"live\"", answer), path
        async with client.get(f"{place.gateway.url}/metrics") as inside:
            assert "wlijo_gateway" in await inside.text()
        async with client.get(f"{place.edge.url}/schema.graphql") as outside:
            assert outside.status == 200


async def test_browsers_are_sent_to_tls_and_stay_there(place: Place) -> None:
    async with place.client() as client:
        plain = f"http://localhost:{place.edge.ports.http}/toko?a=b"
        async with client.get(plain, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["location"]) == (308, "https://localhost/toko?a=b")
        async with client.post(f"{place.edge.url}/graphql", json=QUERY) as answer:
            assert (await answer.json())["data"] == {"product": {"name": "Klengkeng Kateki"}}
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
            assert "server" not in answer.headers


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl, which speaks HTTP/2")
async def test_http_2_is_spoken(place: Place) -> None:
    asked = await asyncio.create_subprocess_exec(
        "curl", "-s", "--cacert", str(place.authority), "-w", "%{http_version} %{http_code}", "-o", "/dev/null",
        f"{place.edge.url}/schema.graphql", stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert (await asked.communicate())[0] == b"2 200"


async def test_events_come_one_by_one_and_who_leaves_is_left(place: Place) -> None:
    goes_on = held(place.subgraphs["ordering"])
    async with place.client() as client:
        for _ in range(2):
            async with client.post(
                f"{place.edge.url}/graphql", json={"query": FOLLOW}, headers={"accept": "text/event-stream"}
            ) as answer:
                got = b""
                while b"LMJ-1" not in got:  # the stream stays open behind it
                    got += await answer.content.readany()
                assert answer.content_type == "text/event-stream"

    async def left() -> bool:
        return len(goes_on) == 2 and all(each.done() for each in goes_on)

    await until(left)


def held(server: SubgraphServer) -> list[asyncio.Future[None]]:
    """Its subscription goes on for ever behind its first event; a future of each, done when nobody follows any more."""
    ends: list[asyncio.Future[None]] = []

    async def changed(_: Any, __: Any, id: str) -> AsyncIterator[Any]:
        end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        ends.append(end)
        try:
            yield {"orderChanged": {"__typename": "Order", "id": id, "code": "LMJ-1"}}
            await asyncio.Event().wait()
        finally:
            end.set_result(None)

    server.subgraph.resolvers = {**server.subgraph.resolvers, "Subscription.orderChanged": changed}
    return ends


async def test_a_long_poll_outlasts_the_limit_on_heads_which_ends_who_sends_none(place: Place) -> None:
    async with place.client() as client:
        poll = asyncio.create_task(client.get(f"{place.edge.url}/partner/v1/feed?wait=25"))
        await place.waiting.wait()
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", place.edge.ports.https, ssl=place.edge.trusting(place.authority), server_hostname="localhost"
        )
        writer.write(b"GET / HTTP/1.1\r\nHost: localh")
        assert await reader.read() == b""  # until it is cut
        writer.close()
        assert not poll.done()
        place.said.set()
        async with await poll as answer:
            assert await answer.text() == "news"


async def test_what_is_too_long_goes_no_further(place: Place) -> None:
    async with place.client() as client:
        async with client.post(
            f"{place.edge.url}/graphql", data=b"[" * 300_000, headers={"content-type": "application/json"}
        ) as answer:
            # An edge before says 503 where it stops first, and passes 413 on where the gateway did.
            assert answer.status in ((413,) if place.edge.modern else (413, 503))
        async with client.get(f"{place.edge.url}/", headers={"x-long": "a" * 100_000}) as answer:
            assert answer.status == 431
    assert not place.subgraphs["catalog"].seen


async def test_a_renewed_certificate_is_shown_with_no_start_and_what_is_open_goes_on(place: Place) -> None:
    held(place.subgraphs["ordering"])
    before = await place.edge.shown()
    async with place.client() as client:
        socket = await client.ws_connect(f"{place.edge.url}/graphql", protocols=("graphql-transport-ws",))
        await socket.send_json({"type": "connection_init"})
        await socket.receive_json()
        place.edge.configure(certificate(place.authority.parent))

        async def another() -> bool:
            return (await place.edge.shown()) not in (b"", before)

        await until(another)
        if place.edge.modern:
            await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}})
            assert (await socket.receive_json())["payload"] == {"data": {"orderChanged": {"code": "LMJ-1"}}}
        # One that cannot be read changes nothing.
        after = await place.edge.shown()
        place.edge.configure(place.own, lambda text: text.replace("tls ", "tls /no/such"))
        log = place.edge.folder / "log"

        async def complained() -> bool:
            return "no/such" in log.read_text()

        await until(complained)
        assert await place.edge.shown() == after
        async with client.post(f"{place.edge.url}/graphql", json=QUERY) as answer:
            assert answer.status == 200


def shortly(text: str) -> str:
    """What the edge gets by itself ends within seconds."""
    text = text.replace("\tadmin off\n", "\tadmin off\n\trenew_interval 200ms\n").replace(
        "lb_try_duration 5s", "lb_try_duration 200ms"
    )
    return text.replace("\ttls internal\n", "\ttls {\n\t\tissuer internal {\n\t\t\tlifetime 3s\n\t\t}\n\t}\n")


async def test_what_it_got_by_itself_it_renews_by_itself(tmp_path: Path) -> None:
    async with caddy(tmp_path / "edge", "127.0.0.1 9", alter=shortly) as edge:
        before = await edge.shown()

        async def another() -> bool:
            return (await edge.shown()) not in (b"", before)

        await until(another)
        # No gateway is there: an app hears it as the gateway would say it, a person in words.
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=edge.trusting(None))) as client:
            async with client.post(f"{edge.url}/graphql", json=QUERY) as answer:
                assert (answer.status, answer.headers["retry-after"]) == (503, "5")
                assert (await answer.json())["errors"][0]["extensions"] == {"code": "SERVICE_UNAVAILABLE"}
            async with client.get(f"{edge.url}/") as answer:
                assert (answer.status, "coba lagi" in await answer.text()) == (503, True)
