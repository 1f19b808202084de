"""Our rules in a real Prometheus, on a process that is really stopped: as Docker's DNS has it, a stopped process is no target."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.compose.alerting import configuration
from infra.local.free_ports import free_port
from infra.local.state import ROOT
from tests.worlds.http_server import served
from tests.worlds.prometheus import alertmanager, program
from tests.worlds.waiting import until

RULES = ROOT / "infra" / "prometheus"
EXPECTED = re.findall(r"process: ([a-z-]+)", (RULES / "expected.yml").read_text())
LOST = "ordering-worker"


def quicker(text: str) -> str:
    """What our file says in minutes and quarters of them, in seconds and tenths."""
    text = re.sub(r"(for|_interval): *(\d+)m", r"\1: \2s", text)
    return re.sub(r"(scrape|evaluation)_interval: 15s", r"\1_interval: 200ms", text)


@asynccontextmanager
async def running(*command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def serves(port: int) -> tuple[str, ...]:
    """A process with metrics."""
    return (
        sys.executable,
        "-c",
        f"import prometheus_client as p, threading; p.start_http_server({port}); threading.Event().wait()",
    )


async def test_a_process_that_was_stopped_calls_somebody_by_its_name(tmp_path: Path) -> None:
    prometheus, targets, config = program("prometheus"), tmp_path / "targets.json", tmp_path / "prometheus.yml"
    others, its_own, port = free_port(), free_port(), free_port()

    def there(processes: dict[str, int]) -> None:
        draft = tmp_path / "targets.draft"
        draft.write_text(json.dumps([
            {"targets": [f"127.0.0.1:{at}"], "labels": {"__meta_dns_name": name}} for name, at in processes.items()
        ]))  # fmt: skip
        draft.replace(targets)

    by_file = f"    file_sd_configs: [{{ files: [{targets}], refresh_interval: 200ms }}]\n"
    ours, replaced = re.subn(
        r"(?s)    dns_sd_configs:.*?(?=    relabel_configs:)", by_file, quicker((RULES / "prometheus.yml").read_text())
    )
    assert replaced == 1
    config.write_text(ours)
    for name in ("expected.yml", "rules.yml"):
        (tmp_path / name).write_text(quicker((RULES / name).read_text()))
    everything = dict.fromkeys(EXPECTED, others) | {LOST: its_own}
    there(everything)

    command = f"--config.file={config} --storage.tsdb.path={tmp_path / 'data'} --web.listen-address=127.0.0.1:{port}"
    async with (
        running(*serves(others)),
        running(*serves(its_own)) as lost,
        running(prometheus, *command.split()),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}/api/v1/") as asked,
    ):

        async def data(path: str, **params: str) -> Any:
            async with asked.get(path, params=params) as answer:
                return (await answer.json())["data"]

        async def firing() -> list[str]:
            found = (await data("alerts"))["alerts"]
            return [each["labels"]["process"] for each in found
                    if each["labels"]["alertname"] == "ProcessGone" and each["state"] == "firing"]  # fmt: skip

        async def all_up() -> bool:
            try:
                found = await data("query", query='count(up{job="wlijo"} == 1)')
            except (aiohttp.ClientError, KeyError):  # it does not answer yet
                return False
            return [each["value"][1] for each in found["result"]] == [str(len(EXPECTED))]

        async def calls() -> bool:
            return await firing() == [LOST]

        async def is_quiet() -> bool:
            return await firing() == []

        await until(all_up)
        await until(is_quiet)
        lost.kill()
        await lost.wait()
        there({name: at for name, at in everything.items() if name != LOST})
        await until(calls)
        async with running(*serves(its_own)):
            there(everything)
            await until(is_quiet)


async def test_an_alert_reaches_whom_ops_have_named(tmp_path: Path) -> None:
    heard: list[dict[str, Any]] = []

    async def hook(request: Request) -> Response:
        heard.append(await request.json())
        return Response()

    command, port, config = alertmanager(), free_port(), tmp_path / "alertmanager.yml"
    async with served(Starlette(routes=[Route("/hook", hook, methods=["POST"])])) as at:
        mail = {"ALERT_MAIL_TO": "ops@x.example", "ALERT_MAIL_FROM": "wlijo@x.example", "ALERT_SMTP": "127.0.0.1:1"}
        settings = {"ALERT_WEBHOOK_URL": f"http://127.0.0.1:{at}/hook", "ALERT_TELEGRAM_CHAT_ID": "-1", **mail}
        said = configuration(settings, {"telegram_token": "1:a"})
        config.write_text(said.replace('"group_wait": "10s"', '"group_wait": "0s"'))
        checked = await asyncio.create_subprocess_exec(program("amtool"), "check-config", str(config), stdout=DEVNULL)
        assert await checked.wait() == 0
        # The others would ask outside.
        config.write_text(
            configuration({"ALERT_WEBHOOK_URL": settings["ALERT_WEBHOOK_URL"]}, {}).replace('"10s"', '"0s"')
        )
        options = f"--config.file={config} --storage.path={tmp_path} --web.listen-address=127.0.0.1:{port} --cluster.listen-address="
        async with (
            running(*command, *options.split()),
            aiohttp.ClientSession(f"http://127.0.0.1:{port}/api/v2/") as asked,
        ):
            gone = {"alertname": "ProcessGone", "severity": "page", "process": LOST}

            async def told() -> bool:
                try:
                    async with asked.post(
                        "alerts", json=[{"labels": gone, "annotations": {"summary": "no one"}}]
                    ) as answer:
                        return answer.status == 200
                except aiohttp.ClientError:  # it does not answer yet
                    return False

            async def reached() -> bool:
                return bool(heard)

            await until(told)
            await until(reached)
    assert [each["labels"] for each in heard[0]["alerts"]] == [gone]
