"""The doctor finds each fault that was planted, by its name and no other; on an installation that is well it finds none."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import tests.worlds.faults_of_hosts
import tests.worlds.faults_of_work  # noqa: F401 - they plant
from infra.ops.addresses import variable
from infra.ops.doctor import finding
from infra.ops.doctor.__main__ import LOOKS, main
from infra.ops.doctor.finding import Finding, Severity
from infra.ops.doctor.looking import look
from infra.ops.doctor.place import Place
from tests.worlds import doctored, servers
from tests.worlds.doctored import PLANTS, Doctored, Plant, elsewhere, faults, saying_nothing

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="hands files to other users, as `prepare` does")
OF_THE_MACHINE = {"cores-few", "disk-low", "disk-full", "disk-days-left"}
"""What may truly be wrong with the machine on which the tests run."""


@pytest.fixture(scope="module")
def world(postgres: servers.Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doctored]:
    with doctored.doctored(postgres, tmp_path_factory.mktemp("doctored")) as made:
        yield made


@pytest.fixture(scope="module")
def table() -> Iterator[list[tuple[str, list[Finding]]]]:
    """What was planted and what was found, printed at the end."""
    rows: list[tuple[str, list[Finding]]] = []
    yield rows
    met = sum(set(planted.split("+")) == names(found) for planted, found in rows)
    print(f"\n{met} faults of {len(rows)} were found by their names, and nothing beside")  # noqa: T201
    for planted, found in rows:
        for each in found:
            print(f"  {planted:<28} {each.severity:<5} {each.seen[:110]}\n{'':<36} → {each.do[:110]}")  # noqa: T201


def names(found: Sequence[Finding]) -> set[str]:
    return {each.name for each in found}


@pytest.fixture(scope="module")
def of_the_machine(world: Doctored) -> set[str]:
    """The negative control: nothing is wrong, unless the machine itself is too small."""
    found = faults(world.place())
    assert names(found) <= OF_THE_MACHINE, found
    return names(found)


def test_enough_faults_are_planted() -> None:
    assert len(set().union(*(expected for expected, _ in PLANTS))) >= 30


@pytest.mark.parametrize(("expected", "plant"), PLANTS, ids=["+".join(sorted(expected)) for expected, _ in PLANTS])
def test_a_planted_fault_is_found_by_its_name_and_no_other(
    world: Doctored,
    of_the_machine: set[str],
    table: list[tuple[str, list[Finding]]],
    expected: frozenset[str],
    plant: Plant,
    tmp_path: Path,
) -> None:
    with contextmanager(plant)(world, tmp_path) as place:
        found = [each for each in faults(place) if each.name in expected or each.name not in of_the_machine]
    table.append(("+".join(sorted(expected)), found))
    assert names(found) == expected, found
    assert all(each.do for each in found), "every finding says what to do"


def test_what_hangs_or_fails_is_said_and_stops_nothing_else(world: Doctored) -> None:
    over = threading.Event()

    async def blocks(_: Place) -> Sequence[Finding]:
        over.wait()  # not even its own loop goes on
        return []

    async def fails(_: Place) -> Sequence[Finding]:
        raise RuntimeError("what nobody expected\nDETAIL: the whole row")

    async def sees(_: Place) -> Sequence[Finding]:
        return [finding.well("sees", "all is well")]

    began = time.monotonic()
    found = look(world.place(), {"blocks": blocks, "fails": fails, "sees": sees}, 0.5)
    over.set()
    assert time.monotonic() - began < 30
    said = [(each.name, each.severity, each.about) for several in found.values() for each in several]
    assert said == [
        ("look-hangs", Severity.WARN, "blocks"),
        ("look-failed", Severity.WARN, "fails"),
        ("sees", Severity.WELL, ""),
    ]
    assert found["fails"][0].seen == "the look at fails failed: RuntimeError: what nobody expected"


def test_a_database_that_takes_connections_and_never_answers_is_away(world: Doctored) -> None:
    with saying_nothing() as port:
        place = world.place(**{variable("people"): elsewhere(world.databases["people"].url, port)})
        assert names(faults(place, "database-people")) == {"database-away"}


def test_what_is_not_told_is_not_looked_at_and_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    looks = [part for name in LOOKS if name not in ("memory", "cores", "engine") for part in ("--only", name)]
    assert main(["--json", *looks], {}) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {each["severity"] for each in said} == {"not looked at"}
    assert {each["look"] for each in said} == set(looks) - {"--only"}


@pytest.mark.parametrize(
    ("told", "code"),
    [({}, 0), ({"GATEWAY_PORT": "x"}, 20)],
)
def test_the_exit_code_says_how_bad_it_is(
    world: Doctored, capsys: pytest.CaptureFixture[str], told: dict[str, str], code: int
) -> None:
    assert main(["--only", "ports", "--only", "backups"], {**world.environment, **told}) == code
    said = capsys.readouterr().out
    assert ("port-malformed" in said) is bool(code)
    assert said.splitlines()[-1].startswith("Wlijo ")


def test_for_today_is_another_exit_code_than_for_now(world: Doctored, tmp_path: Path) -> None:
    doctored.copies(tmp_path / "backup", hours_ago=50)
    assert main(["--only", "backups"], {**world.environment, "DOCTOR_BACKUP_DIR": str(tmp_path / "backup")}) == 10


def test_it_changes_nothing(world: Doctored) -> None:
    """Neither rows nor files; what it may write is refused by the database, for it asks to read only."""

    def state() -> list[object]:
        files = sorted((str(each), each.lstat().st_mtime_ns, each.lstat().st_mode) for each in world.folder.rglob("*"))
        return [files, [asyncio.run(doctored.written(each.url)) for each in world.databases.values()]]

    before = state()
    faults(world.place())
    assert state() == before
