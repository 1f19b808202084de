"""Where ops find a service's database, and that its inbox is looked for there and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.free_ports import free_port
from infra.ops.__main__ import SAID, VERBS, main
from infra.ops.addresses import addresses, variable
from services.contracts.registry import NAMES
from services.kit.process.settings import SettingsError

NAMED = {variable(service): f"postgresql://{service}@postgres/{service}" for service in NAMES}


def test_every_service_has_a_variable_and_its_password_a_file(tmp_path: Path) -> None:
    (tmp_path / "catalog").write_text("a b\n")
    found = addresses(environment={**NAMED, "CATALOG_DATABASE_PASSWORD_FILE": str(tmp_path / "catalog")})
    assert list(found) == list(NAMES)
    assert found["catalog"].reveal() == "postgresql://catalog:a%20b@postgres/catalog"
    assert found["ordering"].reveal() == NAMED["ORDERING_DATABASE_URL"]


def test_all_that_are_missing_are_named_at_once_and_of_one_service_its_own_alone() -> None:
    with pytest.raises(SettingsError) as complaint:
        addresses(environment={})
    assert str(complaint.value).splitlines() == [f"{variable(service)} is missing" for service in NAMES]
    assert list(addresses(["ordering"], {"ORDERING_DATABASE_URL": "postgresql://o@h/o"})) == ["ordering"]


def _ops(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra.ops", *arguments],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("arguments", [(), ("wy",), ("why",), ("inbox",), ("inbox", "katalog", "list")])
def test_what_does_not_fit_is_answered_with_the_usage(arguments: tuple[str, ...]) -> None:
    done = _ops(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "python -m infra.ops" in done.stderr


@pytest.mark.parametrize("words", [(), *((verb,) for verb in VERBS if verb != "usual")])
def test_every_command_says_what_it_is(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, address in NAMED.items():
        monkeypatch.setenv(name, address)
    monkeypatch.setenv("DATABASE_URL", "")  # which a verb sets for its service
    try:
        code = main([*words, "--help"])
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code == 0
    assert "usage" in capsys.readouterr().out
    assert set(SAID) == set(VERBS)


def test_an_inbox_needs_its_own_database_and_not_the_one_that_a_process_would_read() -> None:
    port, other = free_port(), free_port()
    done = _ops(
        "inbox", "ordering", "list",
        ORDERING_DATABASE_URL=f"postgresql://ordering:secret@127.0.0.1:{port}/ordering",
        DATABASE_URL=f"postgresql://ordering:secret@127.0.0.1:{other}/ordering",
    )  # fmt: skip
    assert done.returncode == 1
    (said,) = done.stderr.splitlines()
    assert said.startswith("the database ordering is away: ")
    assert str(port) in said
    assert str(other) not in said
    assert "secret" not in said


def test_what_runbooks_of_the_release_before_call_is_still_there() -> None:
    old = subprocess.run(
        [sys.executable, "-m", "services.provision", "suspend"], capture_output=True, text=True, check=False
    )
    assert (old.returncode, old.stdout) == (2, "")
    assert "suspend ptn_…" in old.stderr
