"""Our rules in a real Prometheus, on a process that is really stopped: as Docker's DNS has it, a stopped process is no target."""

from __future__ import annotations

import asyncio
import re
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Mapping
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
from tests.worlds.http_server import served
from tests.worlds.prometheus import alertmanager, program
from tests.worlds.waiting import until
from tests.worlds.watched import RULES, configure, point

EXPECTED = re.findall(r"process: ([a-z-]+)", (RULES / "expected.yml").read_text())
LOST = "ordering-worker"
FACTOR = 60


@asynccontextmanager
async def running(
    *command: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL, env=environment)
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
    prometheus, (config, targets) = program("prometheus"), configure(tmp_path, FACTOR)
    others, its_own, port = free_port(), free_port(), free_port()
    everything = dict.fromkeys(EXPECTED, others) | {LOST: its_own}
    point(targets, everything.items())

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
        point(targets, ((name, at) for name, at in everything.items() if name != LOST))
        await until(calls)
        async with running(*serves(its_own)):
            point(targets, everything.items())
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
