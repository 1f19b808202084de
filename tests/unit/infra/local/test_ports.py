"""Which ports are wanted, and what is said when one is taken."""

from __future__ import annotations

import os
import socket

import pytest

from infra.local import machine, ports
from infra.local.free_ports import free_block, free_port
from infra.local.ports import Ports
from infra.local.problems import CannotStart
from services.contracts.registry import NAMES


def test_the_ports_are_those_that_others_hang_on() -> None:
    others_hang_on = {
        4000: "gateway",
        4001: "catalog-api",
        4002: "ordering-api",
        4003: "delivery-api",
        4010: "issuer",
        4011: "qris",
        4090: "web",
        4101: "catalog-worker",
        4102: "ordering-worker",
        4103: "delivery-worker",
        5442: "postgres",
        9092: "broker",
    }
    wanted = {port: name for port, (name, _) in ports.from_environment({}).all().items()}
    assert others_hang_on.items() <= wanted.items()
    # A service that came later has ports beside these.
    assert len(wanted) == len(others_hang_on) + 2 * (len(NAMES) - 3)


def test_port_base_moves_the_block_and_nothing_else() -> None:
    moved = ports.from_environment({"PORT_BASE": "14000"})

    assert (moved.gateway, moved.api("delivery"), moved.worker("delivery"), moved.issuer) == (
        14000,
        14003,
        14103,
        14010,
    )
    assert (moved.postgres, moved.kafka) == (5442, 9092)


@pytest.mark.parametrize("text", ["80", "70000", "abc", "-1", "4000.5"])
def test_a_wrong_port_is_refused_naming_the_variable(text: str) -> None:
    with pytest.raises(CannotStart, match=f"PORT_BASE={text} is no port number"):
        ports.from_environment({"PORT_BASE": text})


def test_two_processes_cannot_share_a_port() -> None:
    with pytest.raises(CannotStart, match="further apart"):
        ports.from_environment({"POSTGRES_PORT": "4101"})


def test_a_taken_port_names_the_process_and_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        wanted = Ports(base=free_block(120), postgres=port, kafka=free_port())

        with pytest.raises(CannotStart) as refused:
            ports.require_free(wanted)

    said = str(refused.value)
    assert said.startswith(f"port {port} (postgres) is taken by process {os.getpid()} (")
    assert "choose another with POSTGRES_PORT=" in said
    assert said.count("\n") == 0


def test_a_block_of_taken_ports_is_one_line() -> None:
    base = free_block(120)
    wanted = Ports(base=base, postgres=free_port(), kafka=free_port())
    with (
        socket.create_server(("127.0.0.1", base)),
        socket.create_server(("127.0.0.1", base + 2)),
        pytest.raises(CannotStart) as refused,
    ):
        ports.require_free(wanted)

    said = str(refused.value)
    assert f"port {base} (gateway)" in said
    assert f"(and so are {base + 2})" in said
    assert said.endswith("PORT_BASE=14000")


def test_without_a_pid_it_is_another_users_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "holder_of", lambda _: machine.Holder(None))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match="is taken by a process of another user"):
            ports.require_free(Ports(base=free_block(120), postgres=free_port(), kafka=port))


def test_free_ports_are_no_problem() -> None:
    ports.require_free(Ports(base=free_block(120), postgres=free_port(), kafka=free_port()))
