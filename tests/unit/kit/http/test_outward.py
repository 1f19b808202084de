"""What somebody else has named leads to the internet, whatever it is called and whatever a name turns into."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from services.kit.http.outward import AddressRefused, connector, is_public
from tests.worlds.http_server import served

_INSIDE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1",
    "198.18.0.1", "192.88.99.1", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255",
]  # fmt: skip
_INSIDE_6 = ["::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fd00:ec2::254", "fc00::1", "ff02::1", "2001:db8::1"]


@pytest.mark.parametrize("address", [*_INSIDE, *_INSIDE_6, "", "nobody", "1.2.3", "08.8.8.8"])
def test_what_is_not_the_internets_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "103.10.66.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_the_internet_is_reached(address: str) -> None:
    assert is_public(address)


@given(st.integers(0, 2**32 - 1))
def test_an_address_that_stands_for_another_is_judged_as_that_is(number: int) -> None:
    inner = IPv4Address(number)
    public = is_public(str(inner))
    for written in (f"::ffff:{inner}", f"64:ff9b::{inner}"):
        assert is_public(written) == public
    halves = f"{number >> 16:x}:{number & 0xFFFF:x}"
    assert is_public(f"2002:{halves}::1") <= public
    assert not is_public(f"::{inner}")


async def _asked(url: str, **given: Any) -> int:
    async with (
        aiohttp.ClientSession(connector=connector(**given)) as session,
        session.get(url, allow_redirects=False) as response,
    ):
        return response.status


@pytest.fixture
async def port() -> Any:
    async with served(Starlette(routes=[Route("/", lambda _: Response("inside"))])) as port:
        yield port


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
async def test_this_machine_is_not_reached_by_any_of_its_names(port: int, host: str) -> None:
    with pytest.raises(aiohttp.ClientConnectorError) as refused:
        await _asked(f"http://{host}:{port}/")
    assert isinstance(refused.value.os_error, AddressRefused)
    # A negative control: it is there, and the refusal is ours.
    if host != "[::ffff:127.0.0.1]":
        assert await _asked(f"http://{host}:{port}/", allow_loopback=True) == 200


async def test_a_name_that_leads_elsewhere_the_second_time_is_looked_at_where_it_is_connected_to(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: to whoever looks first the name is public; what is connected to is this machine."""
    answers = iter([("93.184.216.34", 0), ("127.0.0.1", port), ("127.0.0.1", port)])
    asked: list[str] = []

    async def resolved(_: Any, host: str, *args: Any, **more: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", next(answers))]

    monkeypatch.setattr(asyncio.AbstractEventLoop, "getaddrinfo", resolved, raising=False)
    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", resolved)
    first = await asyncio.get_running_loop().getaddrinfo("rebound.test", port)
    assert is_public(str(first[0][4][0]))
    with pytest.raises(aiohttp.ClientConnectorError) as refused:
        await _asked(f"http://rebound.test:{port}/")
    assert isinstance(refused.value.os_error, AddressRefused)
    assert asked == ["rebound.test"] * 2
    assert await _asked(f"http://rebound.test:{port}/", allow_loopback=True) == 200
