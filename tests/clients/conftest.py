"""The clients that apps use, unchanged from npm, against an installation in which nobody but the test moves an order."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.installation import Installation

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = _missing()
    for item in items:
        if reason and item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.skip(reason=reason))


def _missing() -> str:
    if not os.environ.get("WLIJO_TEST_CLIENTS"):
        return "make test-clients runs these"
    if shutil.which("node") is None:
        return "there is no Node here"
    if not (HERE / "node_modules").is_dir():
        return "make test-clients installs the clients first"
    return ""


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    started = Installation.at(Path(tmp_path_factory.mktemp("installation")), {"ROBOTS": ""})
    try:
        started.up()
        yield started
    finally:
        started.down()


@pytest.fixture(scope="session")
def relay_artifacts(platform: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What relay-compiler makes of the schema that the gateway hands out."""
    with urllib.request.urlopen(f"{platform.url}/schema.graphql") as answer:
        return compiled(answer.read(), tmp_path_factory.mktemp("relay"))


def compiled(schema: bytes, folder: Path) -> Path:
    """The folder of what relay-compiler makes of js/relay with this schema."""
    shutil.copytree(HERE / "js" / "relay", folder / "src")
    (folder / "schema.graphql").write_bytes(schema)
    (folder / "relay.config.json").write_text(
        json.dumps(
            {
                "root": ".",
                "sources": {"src": "wlijo"},
                "projects": {
                    "wlijo": {
                        "language": "javascript",
                        "schema": "schema.graphql",
                        "output": "made",
                        "customScalarTypes": {"Rupiah": "number", "DateTime": "string"},
                    }
                },
            }
        )
    )
    subprocess.run(
        ["node", HERE / "node_modules" / "relay-compiler" / "cli.js", "relay.config.json"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder / "made"
