"""What is written to run in a worker until it stops is run by one: a loop that nobody starts is seen by no test that starts it itself."""

from __future__ import annotations

import ast
import importlib
from functools import partial
from pathlib import Path

import pytest

from services.contracts.registry import NAMES
from services.kit.process.service import Service

_SERVICES = Path(__file__).parents[2] / "services"


def _written(source: str, module: str) -> set[str]:
    """Public coroutines of a module whose one argument is the worker."""
    found = set()
    for each in ast.parse(source).body:
        if isinstance(each, ast.AsyncFunctionDef) and not each.name.startswith("_") and len(each.args.args) == 1:
            of = each.args.args[0].annotation
            if of is not None and ast.unparse(of) == "Worker":
                found.add(f"{module}.{each.name}")
    return found


def _started(service: Service) -> set[str]:
    loops = (each.func if isinstance(each, partial) else each for each in service.loops.values())
    return {f"{each.__module__}.{each.__qualname__}" for each in loops}


@pytest.mark.parametrize("name", NAMES)
def test_every_loop_of_a_service_is_started_by_its_worker(name: str) -> None:
    written: set[str] = set()
    for path in sorted((_SERVICES / name).rglob("*.py")):
        module = ".".join(("services", *path.relative_to(_SERVICES).with_suffix("").parts))
        written |= _written(path.read_text("utf-8"), module)
    assert written - _started(importlib.import_module(f"services.{name}.app").SERVICE) == set()


def test_a_loop_that_nobody_starts_is_found() -> None:
    assert _written("async def run(worker: Worker) -> None: ...\nasync def _turn(worker: Worker): ...", "m") == {
        "m.run"
    }
    assert _written("async def run(worker: Worker, once: bool): ...\ndef made(worker: Worker): ...", "m") == set()
