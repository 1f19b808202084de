"""A home stays in the mode that it was begun in: a seed has no place among real people, and what ops replay is no test there."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.local import cli, keys, processes
from infra.local.ports import Ports
from infra.local.problems import CannotStart
from infra.local.state import Home, begun_as
from services.kit.process.settings import Mode


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("WLIJO_HOME", str(tmp_path))
    made = Home(tmp_path)
    made.make()
    return made


@pytest.mark.parametrize(
    ("stamps", "mode"),
    [
        (None, None),
        ({"databases": "v1"}, None),
        ({"seeds": "abc"}, Mode.LOCAL),
        ({"mode": "local"}, Mode.LOCAL),
        ({"mode": "production"}, Mode.PRODUCTION),
    ],
)
def test_the_mode_is_that_of_the_data(here: Home, stamps: dict[str, str] | None, mode: Mode | None) -> None:
    if stamps is not None:
        here.stamps.write_text(json.dumps(stamps))
    assert begun_as(here) is mode


@pytest.mark.parametrize(("begun", "asked"), [("production", ""), ("local", "production")])
def test_the_other_mode_is_refused(here: Home, monkeypatch: pytest.MonkeyPatch, begun: str, asked: str) -> None:
    here.stamps.write_text(json.dumps({"mode": begun}))
    monkeypatch.setenv("MODE", asked)
    with pytest.raises(CannotStart, match=f"begun in {begun} mode"):
        cli.up()


def test_in_production_nothing_is_seeded_and_ops_are_in_production(here: Home) -> None:
    made = keys.ensure(here)
    broker: Any = SimpleNamespace(
        command=lambda: (), ports=(), topics=lambda _: (), as_service=lambda _: {}, as_administrator=dict
    )
    plan = processes.plan(here, Ports(), made, broker, robots=(), mode=Mode.PRODUCTION)
    assert (plan.seeds, plan.robots, plan.issuer) == ((), (), None)
    assert {each.environment["WLIJO_MODE"] for each in (*plan.apis, *plan.workers)} == {"production"}
    told = processes.for_ops(Ports(), made, broker, Mode.PRODUCTION)
    assert (told["WLIJO_MODE"], told["HANDOVER_PIN_KEY_FILE"]) == ("production", str(made.pins))
    assert processes.for_ops(Ports(), made, broker, Mode.LOCAL)["WLIJO_MODE"] == "local"
