"""Whatever looks at migrations looks at all of them: those of the services and those of the kit."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from infra.local.state import ROOT
from infra.local.supervisor import migration_files
from services.contracts.registry import NAMES
from services.kit.database.migrate import find


def _applied() -> set[str]:
    """Owner and file, as `migrate` finds them."""
    return {
        migration.name
        for name in NAMES
        for migration in find(name, import_module(f"services.{name}.app").SERVICE.migrations)
    }


def _linted() -> list[str]:
    (patterns,) = re.findall(r"(?m)^MIGRATIONS = (.+)$", (ROOT / "Makefile").read_text("utf-8"))
    return [str(file.relative_to(ROOT)) for pattern in patterns.split() for file in ROOT.glob(pattern)]


def _named(path: str) -> str:
    return f"{path.split('/')[1]}/{path.rpartition('/')[2]}"


@pytest.mark.parametrize("owner", ["kit", *NAMES])
def test_those_of_each_owner_are_linted_and_start_an_upgrade(owner: str) -> None:
    applied = {name for name in _applied() if name.startswith(f"{owner}/")}
    assert applied
    assert applied <= set(map(_named, _linted()))
    assert applied <= {_named(str(file.relative_to(ROOT))) for file in migration_files()}
