"""The store of traces: a real Jaeger with our configuration keeps what our processes send, and shows it by the id that `why` links to.

No package of Debian has Jaeger: WLIJO_JAEGER names its binary, else the test is skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from infra.local.free_ports import free_port
from infra.local.state import ROOT
from tests.integration.infra.test_alerts import running
from tests.worlds.waiting import until

TRACES = ROOT / "infra" / "compose" / "traces.yml"
TRACE = "0af7651916cd43dd8448eb211c80319c"
_SENDS = f"""
import sys
from services.kit.observe import telemetry
stop = telemetry.setup("ordering-api", sys.argv[1])
with telemetry.span("placeOrder", "00-{TRACE}-b7ad6b7169203331-01"):
    pass
stop()
"""


def jaeger() -> str:
    found = os.environ.get("WLIJO_JAEGER") or shutil.which("jaeger")
    if not found:
        pytest.skip("no Jaeger is here: WLIJO_JAEGER names its binary")
    return found


async def test_what_is_sent_is_found_by_its_id_also_after_a_start(tmp_path: Path) -> None:
    program, page, receives, grpc = jaeger(), free_port(), free_port(), free_port()
    text = TRACES.read_text()
    for theirs, ours in (("16686", page), ("16685", grpc), ("4318", receives)):
        text = text.replace(f":{theirs}", f":{ours}")
    config = tmp_path / "traces.yml"
    config.write_text(text.replace("${env:TRACES_DIR:-/traces}", str(tmp_path / "traces")))

    async with aiohttp.ClientSession() as asked:

        async def shows() -> list[str]:
            try:
                async with asked.get(f"http://127.0.0.1:{page}/api/traces/{TRACE}") as answer:
                    said = await answer.json(content_type=None)
            except (aiohttp.ClientError, ValueError):  # it does not answer yet
                return []
            return [span["operationName"] for trace in said.get("data") or () for span in trace["spans"]]

        async def answers() -> bool:
            try:
                async with asked.get(f"http://127.0.0.1:{page}/trace/{TRACE}") as answer:
                    return answer.status == 200
            except aiohttp.ClientError:
                return False

        async with running(program, "--config", str(config)) as process:
            await until(answers)
            sends = (sys.executable, "-c", _SENDS, f"http://127.0.0.1:{receives}")
            assert subprocess.run(sends, cwd=ROOT, check=False, timeout=60).returncode == 0  # noqa: ASYNC221 - short
            assert await until(shows) == ["placeOrder"]
            process.terminate()
            await process.wait()
        async with running(program, "--config", str(config)):
            assert await until(shows) == ["placeOrder"]
