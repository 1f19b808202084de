"""Our rules in a real Prometheus that is in a hurry: every duration that they name is shorter by one factor, all else is as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from infra.local.state import ROOT

RULES = ROOT / "infra" / "prometheus"
FILES = ("expected.yml", "rules.yml")
_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_DURATION = re.compile(r"(?<=\bfor: )(\d+)(ms|s|m|h)\b|(?<=_interval: )(\d+)(ms|s|m|h)\b|(?<=\[)(\d+)(ms|s|m|h)(?=\])")


def quicker(text: str, factor: int) -> str:
    """How long a condition lasts, the windows of expressions, and how often is looked. What is compared with is no duration of ours."""

    def shorter(found: re.Match[str]) -> str:
        number, unit = (each for each in found.groups() if each is not None)
        milliseconds, rest = divmod(int(number) * _MS[unit], factor)
        if rest or not milliseconds:
            raise ValueError(f"{found[0]} cannot be made {factor} times shorter")
        return f"{milliseconds}ms"

    return _DURATION.sub(shorter, text)


def configure(folder: Path, factor: int) -> tuple[Path, Path]:
    """Its configuration in this folder, and the file in which it looks for what to scrape, in the place of Docker's DNS."""
    targets, config = folder / "targets.json", folder / "prometheus.yml"
    by_file = f"    file_sd_configs: [{{ files: [{targets}], refresh_interval: 200ms }}]\n"
    text, replaced = re.subn(
        r"(?s)    dns_sd_configs:.*?(?=    relabel_configs:)",
        by_file,
        quicker((RULES / "prometheus.yml").read_text(), factor),
    )
    assert replaced == 1
    config.write_text(text)
    for name in FILES:
        (folder / name).write_text(quicker((RULES / name).read_text(), factor))
    return config, targets


def point(targets: Path, processes: Iterable[tuple[str, int]]) -> None:
    """From now on these are scraped, as Docker's DNS has it: a process that was stopped is none of them."""
    draft = targets.with_suffix(".draft")
    draft.write_text(
        json.dumps([
            {"targets": [f"127.0.0.1:{port}"], "labels": {"__meta_dns_name": name}} for name, port in processes
        ])
    )  # fmt: skip
    draft.replace(targets)
