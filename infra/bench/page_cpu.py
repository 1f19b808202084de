"""What each page costs web: its own CPU, without the graph's, of every sample of `make test-web`, the dearest first. Web is a process by
itself beside a gateway that answers by the schema alone: so many in each list, and so many in each list of one of these. As it stands that
is a full page of goods, each with three sizes. Linux.

python -m infra.bench.page_cpu [--requests 20] [--many 20] [--nested 3] [--only /petugas]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

import aiohttp
import psutil  # type: ignore[import-untyped]  # ships no types

from infra.local.free_ports import free_block
from infra.local.ports import HOST
from services.kit.process import settings
from services.web.app import web
from services.web.session import Session, Tokens, now_s
from services.web.settings import WebSettings
from tests.worlds.fake_gateway import KEY
from tests.worlds.played_gateway import PlayedGateway, roots_of, samples

_MOST_MS = 12.0
_NOWHERE = ("/masuk-sebagai",)
"""Outside of local mode."""


async def main(requests: int, many: int, nested: int, only: str) -> int:
    """0 when every page is within what was wanted."""
    port = free_block(1)
    gateway = PlayedGateway(many=many, nested=nested)
    async with gateway.running():
        told = {"WLIJO_MODE": "test", "PORT": str(port), "GATEWAY_URL": gateway.url, "WEB_SESSION_KEY": KEY}
        shared = web(settings.load(WebSettings, told))
        signed = Session(tokens=Tokens("access", "refresh", now_s() + 86_400))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.web", "api", env={**os.environ, **told}, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
                await _up(session, port)
                measured = psutil.Process(process.pid)
                found = []
                for who, path in samples():
                    if path in _NOWHERE or not path.startswith(only):
                        continue
                    gateway.roots = roots_of(path)
                    cookie = f"{shared.cookie}={shared.sealing.seal(signed)}" if who else ""
                    await _seen(session, port, path, cookie)  # its template is made, once
                    before = _cpu_s(measured)
                    for _ in range(requests):
                        size = await _seen(session, port, path, cookie)
                    found.append(((_cpu_s(measured) - before) * 1000 / requests, size, path))
        finally:
            process.terminate()
            await process.wait()
    return _said(sorted(found, reverse=True), many, nested)


def _said(found: Sequence[tuple[float, int, str]], many: int, nested: int) -> int:
    print(f"{'CPU ms':>7} {'bytes':>8}  page, of {many} in each list, {nested} in each list of one of these")
    for cpu_ms, size, path in found:
        print(f"{cpu_ms:>7.2f} {size:>8}  {path}")
    over = sum(cpu_ms > _MOST_MS for cpu_ms, *_ in found)
    print(f"wanted: at most {_MOST_MS:.0f} ms of web's CPU: {'reached' if not over else f'NOT REACHED by {over}'}")
    return int(over > 0)


async def _seen(session: aiohttp.ClientSession, port: int, path: str, cookie: str) -> int:
    async with session.get(f"http://{HOST}:{port}{path}", headers={"cookie": cookie}, allow_redirects=False) as answer:
        if answer.status >= 500:
            raise SystemExit(f"{path} answers {answer.status}")
        return len(await answer.read())


def _cpu_s(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


async def _up(session: aiohttp.ClientSession, port: int) -> None:
    for _ in range(600):
        try:
            async with session.get(f"http://{HOST}:{port}/healthz") as answer:
                await answer.read()
                return
        except aiohttp.ClientError:
            await asyncio.sleep(0.1)
    raise SystemExit("web does not start")


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m infra.bench.page_cpu")
    asked.add_argument("--requests", type=int, default=20)
    asked.add_argument("--many", type=int, default=20)
    asked.add_argument("--nested", type=int, default=3)
    asked.add_argument("--only", default="/")
    given = asked.parse_args()
    sys.exit(asyncio.run(main(given.requests, given.many, given.nested, given.only)))
