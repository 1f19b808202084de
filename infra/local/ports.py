"""Which port each process listens on, and what to say when one is taken."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.local.problems import CannotStart
from services.contracts.registry import SERVICES

if TYPE_CHECKING:
    from infra.local import machine

HOST = "127.0.0.1"
NUMBER = {service.name: service.number for service in SERVICES}
_COMMAND_SHOWN = 80


@dataclass(frozen=True)
class Ports:
    base: int = 4000
    postgres: int = 5442
    kafka: int = 9092

    @property
    def gateway(self) -> int:
        return self.base

    @property
    def issuer(self) -> int:
        return self.base + 10

    @property
    def qris(self) -> int:
        return self.base + 11

    @property
    def web(self) -> int:
        return self.base + 90

    def api(self, service: str) -> int:
        return self.base + NUMBER[service]

    def worker(self, service: str) -> int:
        return self.base + 100 + NUMBER[service]

    def all(self) -> dict[int, tuple[str, str]]:
        """Port -> (who wants it, the variable that moves it)."""
        wanted = {
            self.gateway: ("gateway", "PORT_BASE"),
            self.issuer: ("issuer", "PORT_BASE"),
            self.qris: ("qris", "PORT_BASE"),
            self.web: ("web", "PORT_BASE"),
        }
        for service in NUMBER:
            wanted[self.api(service)] = (f"{service}-api", "PORT_BASE")
            wanted[self.worker(service)] = (f"{service}-worker", "PORT_BASE")
        wanted[self.postgres] = ("postgres", "POSTGRES_PORT")
        wanted[self.kafka] = ("broker", "KAFKA_PORT")
        return wanted


def from_environment(environment: Mapping[str, str] = os.environ) -> Ports:
    """Raises CannotStart naming the variable."""

    def port(name: str, default: int, highest: int) -> int:
        text = environment.get(name) or str(default)
        if not text.isdecimal() or not 1024 <= int(text) <= highest:
            raise CannotStart(f"{name}={text} is no port number: give one from 1024 to {highest}")
        return int(text)

    ports = Ports(
        port("PORT_BASE", 4000, 65_000), port("POSTGRES_PORT", 5442, 65_535), port("KAFKA_PORT", 9092, 65_535)
    )
    if len(ports.all()) != 4 + 2 * len(NUMBER) + 2:
        raise CannotStart(
            "two processes would share a port: choose PORT_BASE, POSTGRES_PORT and KAFKA_PORT further apart"
        )
    return ports


def is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
    with socket.socket() as caller:  # on macOS a listener on all addresses does not hinder a bind on one
        caller.settimeout(0.2)
        return caller.connect_ex((HOST, port)) != 0


def require_free(ports: Ports) -> None:
    """Raises CannotStart with one line for each group of ports that somebody else holds."""
    taken: dict[str, list[tuple[int, str]]] = {}
    for port, (wanted_by, variable) in ports.all().items():
        if not is_free(port):
            taken.setdefault(variable, []).append((port, wanted_by))
    if taken:
        raise CannotStart("\n".join(_taken(variable, found) for variable, found in taken.items()))


def _taken(variable: str, found: list[tuple[int, str]]) -> str:
    from infra.local import machine  # it needs what the image does not have

    port, wanted_by = found[0]
    other = 14000 if variable == "PORT_BASE" else port % 50_000 + 10_000
    also = f" (and so are {', '.join(str(more) for more, _ in found[1:])})" if found[1:] else ""
    who = _who(machine.holder_of(port))
    return f"port {port} ({wanted_by}) is taken by {who}{also}: end it, or choose another with {variable}={other}"


def _who(holder: machine.Holder | None) -> str:
    if holder is None or holder.pid is None:
        return "a process of another user"
    command = holder.command if len(holder.command) <= _COMMAND_SHOWN else holder.command[: _COMMAND_SHOWN - 1] + "…"
    return f"process {holder.pid} ({command}{f', in {holder.folder}' if holder.folder else ''})"
