"""python -m infra.bench.gateway.answering: all subgraphs in one process that answers from a cache; prints its port.

GET /count answers how many requests came since the last GET /count.
"""

import asyncio
import sys
from typing import cast

import httptools
import orjson
import uvloop

from infra.bench.gateway.world import world
from tests.gateway.kit.subgraph import Subgraph


class Answers:
    """By subgraph and body; what is asked for the first time is worked out by graphql-core."""

    def __init__(self, subgraphs: dict[str, Subgraph]) -> None:
        self._subgraphs = subgraphs
        self._known: dict[tuple[bytes, bytes], bytes] = {}
        self.count = 0

    def to(self, path: bytes, body: bytes) -> bytes:
        if path == b"/count":
            count, self.count = self.count, 0
            return _response(str(count).encode())
        self.count += 1
        known = self._known.get((path, body))
        if known is None:
            subgraph = self._subgraphs[path.decode().split("/")[1]]
            known = self._known[path, body] = _response(orjson.dumps(subgraph.execute(orjson.loads(body))))
        return known


def _response(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


class Connection(asyncio.Protocol):
    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._parser = httptools.HttpRequestParser(self)
        self._path, self._body = b"", b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by class

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._path, self._body = b"", b""

    def on_url(self, url: bytes) -> None:
        self._path += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self._transport.write(self._answers.to(self._path, self._body))


async def _serve() -> None:
    answers = Answers(world().subgraphs())
    server = await asyncio.get_running_loop().create_server(lambda: Connection(answers), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())
