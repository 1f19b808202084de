"""The alerts: they say what they should of made-up series (promtool), ask for metrics that exist, and are each explained."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "infra" / "prometheus"
RULES = (FOLDER / "rules.yml").read_text()


def promtool() -> str:
    """WLIJO_PROMTOOL, the one on the path, or the one of Debian's package, unpacked into the cache without installing a service."""
    if found := os.environ.get("WLIJO_PROMTOOL") or shutil.which("promtool"):
        return found
    cache = Path(os.environ.get("WLIJO_CACHE") or Path.home() / ".cache" / "wlijo") / "promtool"
    binary = cache / "usr" / "bin" / "promtool"
    if not binary.exists():
        if not shutil.which("apt-get") or not shutil.which("dpkg"):
            pytest.skip("no promtool here, and no apt-get that would bring Debian's package prometheus")
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "prometheus"], cwd=cache, capture_output=True, check=False)
        packages = sorted(cache.glob("prometheus_*.deb"))
        if not packages:
            pytest.skip("no promtool here, and apt-get did not bring Debian's package prometheus")
        subprocess.run(["dpkg", "-x", str(packages[-1]), str(cache)], check=True)
    return str(binary)


def test_each_alert_fires_in_its_trouble_and_none_in_a_healthy_hour() -> None:
    done = subprocess.run(
        [promtool(), "test", "rules", "rules.test.yml"], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_configuration_and_its_rules_are_accepted() -> None:
    done = subprocess.run(
        [promtool(), "check", "config", "prometheus.yml"], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_metric_that_an_alert_asks_for_is_told_by_some_process() -> None:
    code = "\n".join(path.read_text() for part in ("services", "gateway") for path in (ROOT / part).rglob("*.py"))
    for name in set(re.findall(r"wlijo_\w+", RULES)):
        told = re.sub(r"_(total|count|bucket|sum)$", "", name)
        assert f'"{name}"' in code or f'"{told}"' in code, name


def test_every_alert_is_explained() -> None:
    explained = (ROOT / "docs" / "alerts.md").read_text()
    for name in re.findall(r"alert: (\w+)", RULES):
        assert f"| `{name}` |" in explained, name
