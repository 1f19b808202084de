"""Settings are found in code: types with their bounds and units, defaults, and what a module asks the environment for by name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest

from infra.settings.found import Setting, of_source, of_struct
from services.kit.process.settings import ProcessSettings, Secret, Switch


class _Inside(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    wait_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 2
    key: Secret | None = None


class _Process(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    inside: _Inside
    door: Switch = Switch.ON
    size: Literal["small", "large"] = "small"
    count: Annotated[int, msgspec.Meta(ge=1)] | None = None
    orders_per_day: Annotated[int, msgspec.Meta(ge=1, le=9)] = 5
    file: Path | None = None
    gateway_url: str


def test_a_struct_says_names_kinds_defaults_and_what_is_secret() -> None:
    assert list(of_struct(_Process)) == [
        Setting("WAIT_SECONDS", "seconds, above 0 to 60", "2"),
        Setting("KEY", "secret", "", secret=True),
        Setting("DOOR", "`on`, `off`", "on"),
        Setting("SIZE", "`small`, `large`", "small"),
        Setting("COUNT", "whole number, 1 or more", ""),
        Setting("ORDERS_PER_DAY", "whole number a day, 1 to 9", "5"),
        Setting("FILE", "path", ""),
        Setting("GATEWAY_URL", "address", None),
    ]


def test_an_alias_is_the_settings_name() -> None:
    assert "WLIJO_MODE" in {each.name for each in of_struct(ProcessSettings)}


@pytest.mark.parametrize(
    ("line", "default"),
    [
        ('environment.get("NAME")', ""),
        ('os.environ.get("NAME", "five")', "five"),
        ('settings.get("NAME") or "six"', "six"),
        ('env.get("NAME") or str(SEVEN)', "7"),
        ('environment["NAME"]', None),
        ('_number(settings, "NAME", SEVEN)', "7"),
        ('port("NAME", 4000, 65_000)', "4000"),
    ],
)
def test_a_module_says_what_it_asks_for_and_what_it_does_without(line: str, default: str | None) -> None:
    (found,) = of_source(f"SEVEN = 7\nx = {line}\n")
    assert (found.name, found.default, found.loaded) == ("NAME", default, False)


@pytest.mark.parametrize("line", ['headers["NAME"]', 'row.get("NAME")', 'environ["name"]', 'settings["NAME"] = "x"'])
def test_what_is_no_setting_is_none(line: str) -> None:
    assert list(of_source(f"{line}\n")) == []
