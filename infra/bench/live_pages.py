"""What open live pages cost web: memory with so many of them, beside a gateway that says something now and then. Linux.

python -m infra.bench.live_pages [PAGES]
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from pathlib import Path

import aiohttp
from aiohttp import web

from infra.local.free_ports import free_block
from infra.local.ports import HOST

_PAGES = 2_000
_MOST_MIB = 150
_AT_ONCE = 200
"""Pages that are being opened: what is measured is what open ones hold, not how fast they come."""
_ANSWER = (
    b'event: next\ndata: {"data":{"roundChanged":{"round":{"startedAt":"2026-02-03T22:00:00Z","lastSeenAt":"2026-02-03T22:05:00Z",'
    b'"etaAt":null,"nextStop":null,"position":{"lat":-8.127,"lng":113.226}}}}}\n\n'
)


async def _followed(request: web.Request) -> web.StreamResponse:
    """One state, and then it stays."""
    answer = web.StreamResponse(headers={"content-type": "text/event-stream"})
    await answer.prepare(request)
    await answer.write(_ANSWER)
    await asyncio.sleep(3_600)
    return answer


async def main(pages: int) -> int:
    """0 when it is within what was wanted."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(files, min(3 * pages + 500, most)), most))
    base = free_block(2)
    gateway = web.Application()
    gateway.router.add_post("/graphql", _followed)
    runner = web.AppRunner(gateway, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, HOST, base, backlog=pages).start()
    told = {
        "WLIJO_MODE": "test",
        "PORT": str(base + 1),
        "GATEWAY_URL": f"http://{HOST}:{base}",
        "WEB_SESSION_KEY": "a key of the bench, and of nobody else",
        "LIVE_PAGES": str(pages),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.web", "api", env={**os.environ, **told}, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        url = f"http://{HOST}:{base + 1}"
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await _up(session, url)
            before = _mib(process.pid)
            shown: list[aiohttp.ClientResponse] = []
            for begun in range(0, pages, _AT_ONCE):
                opened = [_page(session, url) for _ in range(min(_AT_ONCE, pages - begun))]
                shown += [each for each in await asyncio.gather(*opened) if each]
            after = _mib(process.pid)
            # A page is taken up again after 45 s: on a machine that is slower than this some have ended, and nothing was measured.
            seen = sum(not each.content.is_eof() for each in shown)
        print(
            f"{seen} of {pages} live pages open: {before:.0f} MiB without, {after:.0f} MiB with, "
            f"{(after - before) * 1024 / pages:.0f} KiB each"
        )
        fine = seen == pages and after <= _MOST_MIB
        print(f"wanted: all, within {_MOST_MIB} MiB: {'reached' if fine else 'NOT REACHED'}")
        return int(not fine)
    finally:
        process.terminate()
        await process.wait()
        await runner.cleanup()


async def _page(session: aiohttp.ClientSession, url: str) -> aiohttp.ClientResponse | None:
    """Open, and told of the state."""
    answer = await session.get(
        f"{url}/toko/bu-sri/keliling/langsung?id=mer_1", timeout=aiohttp.ClientTimeout(total=None)
    )
    while line := await answer.content.readline():
        if line.startswith(b"event: part"):
            return answer
    return None


async def _up(session: aiohttp.ClientSession, url: str) -> None:
    for _ in range(600):
        try:
            async with session.get(f"{url}/healthz") as answer:
                await answer.read()
                return
        except aiohttp.ClientError:
            await asyncio.sleep(0.1)
    raise SystemExit("web does not start")


def _mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else _PAGES)))
