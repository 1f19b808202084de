"""`make new-service` in a copy of the tree: what it writes keeps the rules of the house, and works."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.new_service.entries import NoPlace, entered, next_number
from infra.new_service.names import Names, named
from services.contracts.registry import NAMES, SERVICES

ROOT = Path(__file__).parents[2]
NAME, THING = "gift_gazebos", "gift_gazebo"
"""Two words: what is called after it is written in three ways."""


def _run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False, timeout=100
    )


def _listed(folder: Path, *which: str) -> set[str]:
    command = ["git", "ls-files", *which, "--exclude-standard"]
    return set(subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.splitlines())


def _state(folder: Path) -> dict[str, bytes]:
    return {path: (folder / path).read_bytes() for path in _listed(folder, "-co")}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree as it is, with the new service in it; what was there before is committed."""
    folder = tmp_path_factory.mktemp("tree")
    for path in _listed(ROOT, "-co"):
        if (ROOT / path).is_file():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, folder / path)
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    made = _run(folder, "infra.new_service", NAME)
    assert made.returncode == 0, made.stderr
    assert "make supergraph" in made.stdout.splitlines()[-1]
    return folder


def test_it_writes_the_one_shape(copy: Path) -> None:
    made = _listed(copy, "-o")
    wanted = {
        "__init__.py", "__main__.py", "app.py", "hears.py", "routes.py", "schema.graphql", f"domain/{THING}.py", f"commands/{NAME}.py",
        "store/reading.py", f"store/{NAME}.py", f"migrations/0001_{NAME}.sql",
        *(f"schema/{name}.py" for name in ("__init__", "context", "types", "queries", "mutations", "problems", "loaders")),
    }  # fmt: skip
    assert {f"services/{NAME}/{each}" for each in wanted} <= made
    assert {
        f"services/contracts/{NAME}.py",
        f"services/{NAME}/store/personal.py",
        f"tests/contracts/events/{NAME}.export_part.v1.json",
        f"tests/contracts/events/{NAME}.{THING}_added.v1.json",
        f"tests/unit/{NAME}/domain/test_{THING}.py",
        f"tests/integration/{NAME}/test_mutations.py",
    } <= made
    sdl = (copy / f"services/{NAME}/schema.graphql").read_text("utf-8")
    assert "giftGazebo(id: ID!): GiftGazebo" in sdl
    assert "addGiftGazebo(" in sdl
    # The codes of refusals, which every subgraph has, speak of reviews.
    own = [path for path in made if path != f"services/{NAME}/schema.graphql"]
    assert not [path for path in own if "review" in (path + (copy / path).read_text("utf-8")).lower()]


@pytest.mark.parametrize(
    "command",
    [
        ("services.sdl", "--check"),
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_it_keeps_the_rules(copy: Path, command: tuple[str, ...]) -> None:
    done = _run(copy, *command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_house_has_no_more_to_complain_of(copy: Path) -> None:
    assert _run(copy, "tests.house").stdout == _run(ROOT, "tests.house").stdout


def test_its_migration_locks_nothing(copy: Path) -> None:
    squawk = [str(Path(sys.executable).with_name("squawk")), f"services/{NAME}/migrations/0001_{NAME}.sql"]
    done = subprocess.run(squawk, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_list_of_services_has_it_and_what_it_does_is_tested(copy: Path) -> None:
    """The supergraph alone is not recomposed: that needs Node."""
    written = (f"tests/unit/{NAME}", f"tests/integration/{NAME}")
    contracts = ("tests/contracts/test_registry.py", "tests/contracts/test_events.py", "tests/contracts/test_staff_reads.py",
                 "tests/integration/test_personal.py")  # fmt: skip
    done = _run(copy, "pytest", "-q", *written, *contracts, "-k", "not supergraph")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", [NAME, "catalog", "kit", "Reviews", "re-views", "class", "tables", "merchants", "messages"])  # fmt: skip
def test_a_name_that_will_not_do_is_refused_in_one_line_and_changes_nothing(copy: Path, name: str) -> None:
    before = _state(copy)
    refused = _run(copy, "infra.new_service", name)
    assert (refused.returncode, refused.stdout, len(refused.stderr.splitlines())) == (2, "", 1)
    assert _state(copy) == before


@pytest.mark.parametrize(
    ("service", "thing"),
    [("voucher_books", "voucher_book"), ("bounties", "bounty"), ("loyalty", "loyalty"), ("glasses", "glass"), ("compass", "compass")],
)  # fmt: skip
def test_a_thing_is_one_of_what_the_service_is_called(service: str, thing: str) -> None:
    assert named(ROOT, service, ()).thing == thing


def test_its_ids_begin_like_no_others() -> None:
    taken = {found.prefix for each in SERVICES for found in vars(each.tells).values() if hasattr(found, "prefix")}
    assert named(ROOT, "prdxs", NAMES).prefix not in taken


def test_the_issuers_port_stays_free() -> None:
    assert [next_number((1, 2, 3)), next_number((1, 9)), next_number((11,))] == [4, 11, 12]


def test_a_file_that_has_lost_its_mark_is_named() -> None:
    with pytest.raises(NoPlace, match="Makefile"):
        entered("Makefile", "SUBGRAPHS =\n", Names("a", "a", "aaa"), 4, "aaa_0")
