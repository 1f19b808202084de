"""The alerts: they say what they should of made-up series (promtool), ask for metrics that exist, and are each explained."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from services.kit.codes import ErrorCode
from tests.worlds.prometheus import program

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "infra" / "prometheus"
RULES = (FOLDER / "rules.yml").read_text()


@pytest.mark.parametrize("file", ["rules.test.yml", "processes.test.yml", "doctor.test.yml"])
def test_each_alert_fires_in_its_trouble_and_none_in_a_healthy_hour(file: str) -> None:
    done = subprocess.run(
        [program("promtool"), "test", "rules", file], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_process_that_is_looked_for_is_expected() -> None:
    scraped = (FOLDER / "prometheus.yml").read_text().split("scrape_configs:")[1]
    looked_for = set(re.findall(r"(?:^ {10}- |names: \[)([a-z-]+)", scraped, re.MULTILINE))
    assert "gateway" in looked_for and "catalog-api" in looked_for  # noqa: PT018
    assert looked_for == set(re.findall(r"process: ([a-z-]+)", (FOLDER / "expected.yml").read_text()))


def test_the_configuration_and_its_rules_are_accepted() -> None:
    done = subprocess.run(
        [program("promtool"), "check", "config", "prometheus.yml"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_metric_that_an_alert_asks_for_is_told_by_some_process() -> None:
    code = "\n".join(
        path.read_text() for part in ("services", "gateway", "infra") for path in (ROOT / part).rglob("*.py")
    )
    code += "".join(f'"{name}"' for name in re.findall(r"record: (\w+)", (FOLDER / "expected.yml").read_text()))
    for name in set(re.findall(r"wlijo_\w+", RULES)):
        told = re.sub(r"_(total|count|bucket|sum)$", "", name)
        assert f'"{name}"' in code or f'"{told}"' in code, name


def test_every_alert_is_explained() -> None:
    explained = (ROOT / "docs" / "alerts.md").read_text()
    for name in re.findall(r"alert: (\w+)", RULES):
        assert f"| `{name}` |" in explained, name


def test_every_code_that_an_alert_asks_for_is_one() -> None:
    asked = {code for found in re.findall(r'code=~"([A-Z_|]+)"', RULES) for code in found.split("|")}
    assert asked
    assert asked <= set(ErrorCode)
