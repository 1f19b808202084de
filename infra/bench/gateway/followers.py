"""What a thousand open subscriptions hold in memory, each on a connection of its own, after one event of each."""

import tempfile
from pathlib import Path

import aiohttp
from aiohttp import web

from infra.bench.gateway.peers import OURS, running

SUBSCRIPTIONS = 450  # fewer than one address may have open
_PROTOCOL = "graphql-transport-ws"
_SUPERGRAPH = """
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) {
  query: Query subscription: Subscription
}
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
scalar link__Import
scalar join__FieldSet
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { STOCK @join__graph(name: "stock", url: "ADDRESS") }
type Query @join__type(graph: STOCK) { available(id: ID!): Int }
type Subscription @join__type(graph: STOCK) { changed(id: ID!): Int }
"""  # noqa: E501  # one definition, one line


async def memory_mib() -> tuple[float, float]:
    """Of the gateway, before and with all of them open."""
    runner = web.AppRunner(_subgraph())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=SUBSCRIPTIONS)
    await site.start()
    port = runner.addresses[0][1]
    try:
        with tempfile.TemporaryDirectory() as folder:
            supergraph = Path(folder) / "supergraph.graphql"
            supergraph.write_text(_SUPERGRAPH.replace("ADDRESS", f"http://127.0.0.1:{port}/graphql"), "utf-8")
            async with (
                running(OURS, supergraph) as process,
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client,
            ):
                before = process.memory_mib()
                held = [await _follow(client, process.port, number) for number in range(SUBSCRIPTIONS)]
                after = process.memory_mib()
                assert not any(socket.closed for socket in held)
                return before, after
    finally:
        await runner.cleanup()


async def _follow(client: aiohttp.ClientSession, port: int, number: int) -> aiohttp.ClientWebSocketResponse:
    """Open, with its first event heard; one that nobody holds is closed."""
    socket = await client.ws_connect(f"http://127.0.0.1:{port}/graphql", protocols=(_PROTOCOL,))
    await socket.send_json({"type": "connection_init"})
    query = "subscription ($id: ID!) { changed(id: $id) }"
    await socket.receive_json(timeout=10)
    payload = {"query": query, "variables": {"id": f"var_{number}"}}
    await socket.send_json({"id": "1", "type": "subscribe", "payload": payload})
    event = await socket.receive_json(timeout=10)
    assert event["payload"] == {"data": {"changed": 1}}, event
    return socket


def _subgraph() -> web.Application:
    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=(_PROTOCOL,))
        await socket.prepare(request)
        async for message in socket:
            told = message.json()
            if told["type"] == "connection_init":
                await socket.send_json({"type": "connection_ack"})
            elif told["type"] == "subscribe":
                await socket.send_json({"id": told["id"], "type": "next", "payload": {"data": {"changed": 1}}})
        return socket

    made = web.Application()
    made.router.add_get("/graphql", serve)
    return made
