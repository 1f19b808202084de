"""The boards as pages of Prometheus and as Grafana's JSON. The pages are console templates: figures are there without a script, which draws
the lines."""

from __future__ import annotations

import html
import json
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from infra.dashboards.boards import BOARDS, Board, Panel, Unit

FOLDER = Path(__file__).parents[1] / "prometheus"
_PAGE = string.Template(Path(__file__).with_name("page.html").read_text("utf-8"))
_HUMAN: Mapping[Unit, str] = {
    "": "humanize",
    "/s": 'printf "%.3g"',
    "s": "humanizeDuration",
    "B": "humanize1024",
    "%": 'printf "%.3g"',
}
_GRAFANA: Mapping[Unit, str] = {"": "short", "/s": "reqps", "s": "s", "B": "bytes", "%": "percent"}
_BESIDE: Mapping[Unit, str] = {"": "", "/s": "/s", "s": "", "B": "B", "%": "%"}


def files() -> dict[Path, str]:
    """All of them."""
    found: dict[Path, str] = {}
    for board in BOARDS:
        found[FOLDER / "consoles" / f"{board.key}.html"] = console(board)
        found[FOLDER / "grafana" / f"{board.key}.json"] = grafana(board)
    return found


def console(board: Board) -> str:
    links = " ".join(f'<a href="{each.key}.html">{html.escape(each.title)}</a>' for each in BOARDS)
    panels = "\n".join(map(_section, board.panels))
    return _PAGE.substitute(
        title=html.escape(board.title), links=f'{links} <a href="../alerts">Alerts</a>', panels=panels
    )


def _section(panel: Panel) -> str:
    named = " ".join(f"{{{{ .Labels.{label} }}}}" for label in panel.by) or "all"
    value = f"{{{{ .Value | {_HUMAN[panel.unit]} }}}}{_BESIDE[panel.unit]}"
    graph = html.escape(f"../graph?g0.expr={quote(panel.query)}&g0.tab=0")
    return (
        f'<section data-query="{html.escape(panel.query)}"><h2><a href="{graph}">{html.escape(panel.title)}</a></h2>\n'
        '<svg preserveAspectRatio="none"></svg><table>\n'
        f"{{{{ range query {json.dumps(panel.query)} }}}}<tr><td>{named}</td><td>{value}</td></tr>\n"
        '{{ else }}<tr class="none"><td>nothing now</td><td></td></tr>{{ end }}</table></section>'
    )


def grafana(board: Board) -> str:
    return json.dumps({
        "uid": f"wlijo-{board.key}",
        "title": f"Wlijo: {board.title}",
        "tags": ["wlijo"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [{"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}]},
        "panels": [_panel(number, panel) for number, panel in enumerate(board.panels)],
    }, indent=1) + "\n"  # fmt: skip


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    source = {"type": "prometheus", "uid": "${source}"}
    legend = " ".join(f"{{{{{label}}}}}" for label in panel.by)
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": source,
        "gridPos": {"x": 12 * (number % 2), "y": 8 * (number // 2), "w": 12, "h": 8},
        "fieldConfig": {"defaults": {"unit": _GRAFANA[panel.unit], "min": 0}, "overrides": []},
        "targets": [{"refId": "A", "datasource": source, "expr": panel.query, "legendFormat": legend or panel.title}],
    }
