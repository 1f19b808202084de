"""Requests to addresses that somebody else has named: they reach the internet and nothing of ours (server-side request forgery)."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

import aiohttp

_NAT64: Final = ip_network("64:ff9b::/96")
_RELAYS: Final = ip_network("192.88.99.0/24")
"""Of 6to4, given up (RFC 7526)."""
_Address = IPv4Address | IPv6Address
AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]


class AddressRefused(OSError):
    """It is none of the internet's, whatever name led to it."""


def is_public(address: str) -> bool:
    """Whether it is a host's on the internet: not private, loopback, link-local (where clouds keep their metadata), shared, reserved or
    multicast, nor an IPv6 address that stands for one that is."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(each.is_global and not _is_special(each) for each in _meant(found))


def _is_special(each: _Address) -> bool:
    """What Python calls global and is no host's all the same."""
    if isinstance(each, IPv6Address):
        return each.is_multicast or each.is_site_local or int(each) >> 32 == 0  # IPv4-compatible, given up
    return each.is_multicast or each in _RELAYS


def _meant(found: _Address) -> list[_Address]:
    """The address, and those that packets to it may end at."""
    if isinstance(found, IPv4Address):
        return [found]
    inner: list[_Address] = [each for each in (found.ipv4_mapped, found.sixtofour) if each]
    if found.teredo:
        inner.extend(found.teredo)
    if found in _NAT64:
        inner.append(IPv4Address(found.packed[-4:]))
    if found.ipv4_mapped:
        return inner  # it is nothing else
    return [found, *inner]


def is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return all(
        each.is_loopback
        for each in (_meant(found) if isinstance(found, IPv6Address) and found.ipv4_mapped else [found])
    )


def _socket(allow_loopback: bool, info: AddressInfo) -> socket.socket:
    """For the very address that is connected to: no name is resolved after it. Raises AddressRefused."""
    family, kind, protocol, _, where = info
    address = str(where[0])
    if not (is_public(address) or (allow_loopback and is_loopback(address))):
        raise AddressRefused("the address is not one of the internet")
    made = socket.socket(family, kind, protocol)
    made.setblocking(False)
    return made


def connector(*, allow_loopback: bool = False, limit: int = 0) -> aiohttp.TCPConnector:
    """Connects to what `is_public`. A name is resolved for each connection, and what it led to is what is looked at and connected to;
    TLS is asked for the name. `allow_loopback` is for tests and a developer's machine."""
    factory: Callable[[AddressInfo], socket.socket] = partial(_socket, allow_loopback)
    # No connection is kept: the next has an address of its own to be looked at.
    return aiohttp.TCPConnector(socket_factory=factory, use_dns_cache=False, limit=limit, force_close=True)
