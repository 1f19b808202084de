"""An installed app, built with the last released schema, against a server that has grown since: each client, as its cache does it.

What may come later is a code, a unit, a fact, an enum value, an entity. What may not is a type of Problem: the last tests show why.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gateway.governance.__main__ import ROOT, Repository
from tests.clients.client import SCRIPTS
from tests.clients.conftest import compiled

CLIENTS = ("apollo", "urql", "relay")
MODES = ("production", "development")
SOLD_OUT = {
    "code": "SOLD_OUT", "message": "sold out", "retryable": False, "lineId": "cln_1", "limit": 3, "unit": "DOZEN",
}  # fmt: skip


@pytest.fixture(scope="session")
def released() -> Path:
    """The file of the newest release."""
    release, _ = Repository(ROOT).releases()[-1]
    return ROOT / "gateway" / "released" / f"{release.version}.graphql"


@pytest.fixture(scope="session")
def artifacts(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(released.read_bytes(), tmp_path_factory.mktemp("old"))


def saw(client: str, mode: str, problem: str, document: str, released: Path, artifacts: Path) -> Any:
    """What the app's code sees, `__typename` left out; None when the client threw."""
    done = subprocess.run(
        ["node", SCRIPTS / "old.mjs", client, released, problem, document, artifacts],
        env={**os.environ, "NODE_ENV": mode},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return _plain(json.loads(done.stdout)) if done.returncode == 0 else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if not name.startswith("__")}
    return [_plain(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("document", ["direct", "fragment"])
def test_a_refusal_that_came_later_reaches_the_app_with_its_facts(
    client: str, mode: str, document: str, released: Path, artifacts: Path
) -> None:
    seen = saw(client, mode, "Refusal", document, released, artifacts)
    assert seen == {"setCartLine": {"cart": None, "problems": [SOLD_OUT]}}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_status_that_came_later_is_shown_as_it_is(client: str, mode: str, released: Path, artifacts: Path) -> None:
    assert saw(client, mode, "Refusal", "order", released, artifacts) == {
        "order": {"id": "ord_1", "status": "ON_A_BOAT"}
    }


@pytest.mark.parametrize("client", CLIENTS)
def test_an_entity_that_came_later_is_an_id(client: str, released: Path, artifacts: Path) -> None:
    """Graphcache throws while developing: whoever develops has the schema of the day."""
    assert saw(client, "production", "Refusal", "node", released, artifacts) == {"node": {"id": "vch_1"}}


def test_graphcache_throws_at_an_entity_that_came_later_while_developing(released: Path, artifacts: Path) -> None:
    assert saw("urql", "development", "Refusal", "node", released, artifacts) is None


@pytest.mark.parametrize("mode", MODES)
def test_relay_asks_for_the_interface_and_would_bear_it(mode: str, released: Path, artifacts: Path) -> None:
    seen = saw("relay", mode, "SoldOut", "fragment", released, artifacts)
    assert seen == {"setCartLine": {"cart": None, "problems": [SOLD_OUT]}}


@pytest.mark.parametrize(
    ("client", "mode", "document", "seen"),
    [
        ("apollo", "production", "fragment", {"setCartLine": {"cart": None, "problems": [{}]}}),
        ("urql", "production", "fragment", None),
        ("urql", "development", "direct", None),
    ],
)
def test_a_type_of_problem_that_came_later_would_be_lost_or_thrown_at(
    client: str, mode: str, document: str, seen: Any, released: Path, artifacts: Path
) -> None:
    assert saw(client, mode, "SoldOut", document, released, artifacts) == seen
