"""The dashboards: written as their source has it, of metrics that some process tells, in queries that Prometheus reads."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from infra.dashboards.boards import BOARDS, Panel
from infra.dashboards.write import FOLDER, files
from tests.worlds.prometheus import program

ROOT = Path(__file__).parents[2]
PANELS = [panel for board in BOARDS for panel in board.panels]
OF_PROMETHEUS = {"up", "ALERTS"}
OF_THE_CLIENT = {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"}
"""What prometheus_client tells of every process (ProcessCollector)."""
_WORDS = {"sum", "by", "max", "min", "rate", "unless", "on", "histogram_quantile", "le"}


def told() -> str:
    """The code that tells metrics, and the rules' records."""
    code = "\n".join(path.read_text() for part in ("services", "gateway") for path in (ROOT / part).rglob("*.py"))
    return code + "".join(f'"{name}"' for name in re.findall(r"record: (\w+)", (FOLDER / "expected.yml").read_text()))


def unknown(panels: list[Panel], code: str) -> set[str]:
    """Names in queries that nobody tells: neither a metric nor, of one that has them, a label."""
    found: set[str] = set()
    for panel in panels:
        text = re.sub(r'"[^"]*"|\[\w+\]', "", panel.query)
        for name in set(re.findall(r"(?<![\w.])[a-zA-Z_]\w*", text)) - _WORDS - OF_PROMETHEUS - OF_THE_CLIENT:
            base = re.sub(r"_(total|count|bucket|sum)$", "", name)
            if (
                f'"{name}"' not in code
                and f'"{base}"' not in code
                and name not in ("alertstate", "alertname", "severity", "instance", "process")
            ):
                found.add(name)
    return found


def test_they_are_written_as_their_source_has_them() -> None:
    there = {path for kind in ("consoles", "grafana") for path in (FOLDER / kind).iterdir()}
    assert there == set(files())
    assert [path.name for path, text in files().items() if path.read_text("utf-8") != text] == [], "make dashboards"


def test_every_metric_and_label_of_a_query_is_told_by_some_process() -> None:
    code = told()
    assert unknown(PANELS, code) == set()
    wrong = Panel("wrong", "sum by (colour_of_it) (rate(wlijo_nothing_total[5m]))")
    assert unknown([wrong], code) == {"colour_of_it", "wlijo_nothing_total"}


def test_what_lines_are_called_by_is_in_their_query() -> None:
    for panel in PANELS:
        for label in panel.by:
            assert re.search(rf"\b{label}\b", panel.query), panel.title


def test_prometheus_reads_every_query(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": panel.query} for number, panel in enumerate(PANELS)]
    (tmp_path / "rules.json").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    done = subprocess.run(
        [program("promtool"), "check", "rules", str(tmp_path / "rules.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.key)
def test_grafana_gets_what_the_pages_show(board: object) -> None:
    said = json.loads((FOLDER / "grafana" / f"{board.key}.json").read_text())  # type: ignore[attr-defined]
    assert [each["targets"][0]["expr"] for each in said["panels"]] == [each.query for each in board.panels]  # type: ignore[attr-defined]
    assert len({each["id"] for each in said["panels"]}) == len(said["panels"])
