"""`ops audit` knows each service that has an audit."""

from __future__ import annotations

from importlib import import_module

import pytest

from infra.ops.__main__ import AUDITED, main
from services.contracts.registry import NAMES


def test_every_service_that_has_one_is_named() -> None:
    assert {name for name in NAMES if "audit" in import_module(f"services.{name}.app").SERVICE.by_hand} == set(AUDITED)


def test_another_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "nobody"]) == 2
    assert "audit catalog|ordering|delivery|people" in capsys.readouterr().err
