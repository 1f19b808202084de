"""The slow line: packets arrive in order, no faster than the line takes them; what goes over it is the same at the other end."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.bench.line import Line, Way

_SENT = st.lists(st.tuples(st.floats(0, 10), st.integers(0, 100_000)), min_size=1)


@given(_SENT, st.floats(1, 1e6), st.floats(0, 2))
def test_packets_keep_their_order_and_never_arrive_faster_than_the_line_takes_them(
    sent: list[tuple[float, int]], rate: float, delay: float
) -> None:
    way = Way(rate, delay)
    sent = sorted(sent, key=lambda packet: packet[0])
    arrivals = [way.arrival(at, size) for at, size in sent]
    assert arrivals == sorted(arrivals)
    for (at, size), arrival in zip(sent, arrivals, strict=True):
        assert arrival >= at + size / rate + delay - 1e-9
    assert way.sent == sum(size for _, size in sent)
    assert arrivals[-1] >= sent[0][0] + way.sent / rate + delay - 1e-6 * way.sent


def test_a_packet_on_an_idle_line_waits_for_nobody() -> None:
    way = Way(1_000, 0.2)
    assert way.arrival(5.0, 100) == pytest.approx(5.3)
    assert way.arrival(9.0, 100) == pytest.approx(9.3)


async def test_what_goes_over_the_line_comes_out_and_is_counted() -> None:
    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readexactly(4))[::-1] * 5_000)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answers, "127.0.0.1", 0)
    line = Line(server.sockets[0].getsockname()[1], Way(1e12, 0), Way(1e12, 0), handshakes=1)
    async with server, line.open():
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        writer.write(b"abcd")
        async with asyncio.timeout(90):
            assert await reader.read(-1) == b"dcba" * 5_000
        writer.close()
    assert (line.up.sent, line.down.sent, line.connections) == (4, 20_000, 1)
