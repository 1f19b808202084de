"""What each process of a service has loaded when it begins to serve: of what it never asks, nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from services.contracts.registry import NAMES

_SHOWN = (
    "import sys, services.kit.process.serving, {}; print(*sorted({{each.partition('.')[0] for each in sys.modules}}))"
)


def _held_by(*modules: str) -> set[str]:
    shown = _SHOWN.format(", ".join(modules))
    done = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("service", NAMES)
def test_a_worker_holds_no_graph(service: str) -> None:
    held = _held_by(f"services.{service}.app", "services.kit.process.worker", "services.kit.kafka.reader")
    assert "aiokafka" in held
    assert not held & {"strawberry", "graphql", "PIL"}


@pytest.mark.parametrize("service", NAMES)
def test_an_api_holds_no_client_of_the_broker_and_decodes_no_photo(service: str) -> None:
    held = _held_by(f"services.{service}.app", f"services.{service}.routes", "services.kit.process.api")
    assert "strawberry" in held
    assert not held & {"aiokafka", "PIL"}
