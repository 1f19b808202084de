"""Which image a run of the compose file is upgraded from."""

from __future__ import annotations

import pytest

from infra.local.state import ROOT
from tests.compose import images

SUPERGRAPH = (ROOT / "gateway/supergraph.graphql").read_text()


def told(monkeypatch: pytest.MonkeyPatch, sdl: str) -> None:
    monkeypatch.setattr(images, "_git", lambda *_: sdl)


def test_todays_graph_knows_all_that_is_asked_during_an_upgrade(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, SUPERGRAPH)
    assert images.answers("HEAD")


def test_a_graph_without_one_of_the_fields_is_no_image_to_upgrade_from(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, SUPERGRAPH.replace("placeOrder(", "placeAnOrder("))
    assert not images.answers("HEAD")


def test_nor_is_a_commit_that_has_no_graph_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, "")
    assert not images.answers("HEAD")
