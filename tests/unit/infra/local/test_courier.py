"""A courier from outside is told of to delivery alone, and by name: what the caller's own environment says of one does not leak in."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.local import keys, processes
from infra.local.ports import Ports
from infra.local.problems import CannotStart
from infra.local.state import Home
from services.kit.process.settings import Mode


def _told(here: Path, courier: str, mode: Mode) -> dict[str, str]:
    home = Home(here)
    home.make()
    broker: Any = SimpleNamespace(
        command=lambda: (),
        ports=(),
        topics=lambda _: (),
        as_service=lambda _: {},
        as_partner=lambda _: {},
        as_administrator=dict,
    )
    made = keys.ensure(home)
    plan = processes.plan(home, Ports(), made, broker, robots=(), courier=courier, mode=mode)
    everything = (*plan.apis, *plan.workers, *plan.robots)
    named = {each.name: each.environment.get("COURIER_PROFILE_FILE") for each in everything}
    return {name: path for name, path in named.items() if path is not None}


@pytest.mark.parametrize("mode", [Mode.LOCAL, Mode.PRODUCTION])
def test_delivery_is_told_where_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: Mode) -> None:
    monkeypatch.setenv("COURIER_PROFILE_FILE", "/of/another/way")
    assert _told(tmp_path, "/a/profile.json", mode) == dict.fromkeys(
        ("delivery-api", "delivery-worker"), "/a/profile.json"
    )
    assert _told(tmp_path, "", mode) == {}


def test_a_profile_is_a_file_that_is_there(tmp_path: Path) -> None:
    profile = tmp_path / "profile.json"
    with pytest.raises(CannotStart, match="there is no such file"):
        processes.chosen_courier(str(profile))
    profile.write_text("{}")
    assert processes.chosen_courier(str(profile)) == str(profile)
    assert processes.chosen_courier(None) == processes.chosen_courier("") == ""
