"""Nothing is left out: each rule has its cause and its row in docs/alerts.md, and a hurry changes nothing of a rule but its durations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from infra.local.state import ROOT
from tests.slow.alerts import CAUSES
from tests.slow.alerts.cause import called
from tests.slow.alerts.world import FACTOR
from tests.worlds.watched import FILES, RULES, quicker

_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_WINDOW = re.compile(r"\[(\d+)(ms|s|m|h)\]")


def read(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def rules(text: str) -> Iterator[dict[str, Any]]:
    for group in read(text)["groups"]:
        yield from group["rules"]


def milliseconds(text: str) -> int:
    found = re.fullmatch(r"(\d+)(ms|s|m|h)", text)
    assert found, text
    return int(found[1]) * _MS[found[2]]


def windows(expression: str) -> list[int]:
    return [int(number) * _MS[unit] for number, unit in _WINDOW.findall(expression)]


def test_every_alert_has_a_cause_and_every_cause_an_alert() -> None:
    alerts = [rule["alert"] for rule in rules((RULES / "rules.yml").read_text())]
    assert {each.alert for cause in CAUSES for each in cause.calls} == set(alerts)
    assert len(set(alerts)) == len(alerts)


def test_every_row_of_the_page_is_an_alert_and_every_alert_has_a_row() -> None:
    page = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "alerts.md").read_text(), re.MULTILINE)
    assert page == [rule["alert"] for rule in rules((RULES / "rules.yml").read_text())]


def test_no_two_causes_of_a_wave_call_by_the_same_name() -> None:
    for wave in {each.wave for each in CAUSES}:
        calls = [each for cause in CAUSES if cause.wave == wave for each in cause.calls]
        assert len(set(calls)) == len(calls), wave


@pytest.mark.parametrize("name", FILES)
def test_a_hurry_makes_durations_shorter_and_changes_nothing_else(name: str) -> None:
    text = (RULES / name).read_text()
    for ours, hurried in zip(rules(text), rules(quicker(text, FACTOR)), strict=True):
        assert {key: each for key, each in ours.items() if key not in ("for", "expr")} == {
            key: each for key, each in hurried.items() if key not in ("for", "expr")
        }
        assert milliseconds(ours.get("for", "0s")) == FACTOR * milliseconds(hurried.get("for", "0s"))
        assert windows(ours["expr"]) == [FACTOR * each for each in windows(hurried["expr"])]
        assert _WINDOW.sub("[]", ours["expr"]) == _WINDOW.sub("[]", hurried["expr"])


def test_what_is_scraped_is_scraped_the_same_way_and_oftener() -> None:
    text = (RULES / "prometheus.yml").read_text()
    ours, hurried = read(text), read(quicker(text, FACTOR))
    for key in ("scrape_interval", "evaluation_interval"):
        assert milliseconds(ours["global"].pop(key)) == FACTOR * milliseconds(hurried["global"].pop(key))
    for document in (ours, hurried):
        for found in document["scrape_configs"][0]["dns_sd_configs"]:
            del found["refresh_interval"]
    assert ours == hurried


def test_a_duration_that_cannot_be_made_so_short_is_refused() -> None:
    with pytest.raises(ValueError, match="1ms cannot be made 10 times shorter"):
        quicker("for: 1ms", FACTOR)


def test_what_an_alert_is_about_must_be_what_the_cause_was_done_to() -> None:
    gone = {"alertname": "ProcessGone", "process": "web", "severity": "page"}
    assert called("ProcessGone", process="web").is_in(gone)
    assert called("ProcessGone").is_in(gone)
    assert not called("ProcessGone", process="gateway").is_in(gone)
    assert not called("ProcessDown", process="web").is_in(gone)
