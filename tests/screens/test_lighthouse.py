"""What Lighthouse says of the pages that most people see first. Accessibility is held to; performance is a time, and printed.

Its own Chromium, after the others': skipped where `npm ci` in tests/screens/lighthouse was not run, as `make test-web` does where Node is.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import browser as chromium
from tests.screens.scene import Scene
from tests.screens.test_first_view import PAGES

_PROGRAM = Path(__file__).parent / "lighthouse" / "node_modules" / "lighthouse" / "cli" / "index.js"
_NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(
    _NODE is None or not _PROGRAM.exists(), reason="there is no Node, or Lighthouse was not fetched with npm"
)
WANTED = 95
"""Performance, on a machine that does nothing else."""


@pytest.mark.parametrize("name", PAGES)
async def test_what_lighthouse_says(name: str, scene: Scene, tmp_path: Path) -> None:
    program = chromium.found()
    assert program
    assert _NODE
    report = tmp_path / "report.json"
    who, path = PAGES[name]
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in scene.cookies[who])
    headers = await asyncio.to_thread(_written, tmp_path / "headers.json", {"cookie": cookies})
    flags = "--headless=new --disable-dev-shm-usage" + (" --no-sandbox" if os.geteuid() == 0 else "")
    running = await asyncio.create_subprocess_exec(
        _NODE, str(_PROGRAM), scene.url + path.format_map(scene.values), "--quiet", "--output=json",
        f"--output-path={report}", "--only-categories=performance,accessibility", f"--extra-headers={headers}",
        f"--chrome-flags={flags}", "--max-wait-for-load=120000",
        env={**os.environ, "CHROME_PATH": program}, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await running.communicate()
    assert running.returncode == 0, said.decode()
    found = json.loads(await asyncio.to_thread(report.read_text))
    assert "runtimeError" not in found, found["runtimeError"]
    sys.stdout.write(f"\n{name:<8} Lighthouse: {_said(found)}\n")
    weighed = {each["id"] for each in found["categories"]["accessibility"]["auditRefs"] if each["weight"]}
    failed = [each["title"] for each in found["audits"].values() if each["id"] in weighed and each["score"] == 0]
    # On a machine that does too much else an audit may find nothing in its trace, and then there is no score.
    broken = [
        each.get("errorMessage", each["id"]) for each in found["audits"].values() if each["scoreDisplayMode"] == "error"
    ]
    assert (_score(found, "accessibility"), failed) == (100, []), broken


def _score(found: dict[str, Any], category: str) -> int | None:
    score = found["categories"][category]["score"]
    return None if score is None else round(score * 100)


def _said(found: dict[str, Any]) -> str:
    audits, fast = found["audits"], _score(found, "performance")
    times = {each: audits[each].get("numericValue", 0) for each in ("largest-contentful-paint", "total-blocking-time")}
    shown = ", ".join(
        [
            f"performance {'not measured' if fast is None else fast} (wanted {WANTED})",
            f"accessibility {_score(found, 'accessibility')}",
            f"largest paint {times['largest-contentful-paint'] / 1000:.2f} s",
            f"blocked {times['total-blocking-time']:.0f} ms",
            f"load {os.getloadavg()[0]:.1f}",
        ]
    )
    broken = [each["id"] for each in audits.values() if each["scoreDisplayMode"] == "error"]
    return f"{shown}; could not be looked at: {', '.join(broken)}" if broken else shown


def _written(file: Path, what: dict[str, str]) -> Path:
    file.write_text(json.dumps(what))
    return file
