"""What pages cost: bytes of each first view, web's CPU for each, and requests to the graph. Against an installation that runs.

python -m infra.bench.pages [REQUESTS]     # PORT_BASE as of `make up`
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from statistics import median

import aiohttp

from infra.local import ports
from infra.local.ports import HOST, Ports

_PAGES = {
    "home": "/",
    "search": "/?q=bayam",
    "product": "/toko/mall-umkm/klengkeng-kateki",
    "merchant": "/toko/wlijo-bu-sri",
    "guest's cart": "/keranjang",
    "sign in": "/masuk",
}
_MOST_BYTES, _MOST_CPU_MS = 70_000, 12.0
_CPU = re.compile(r"^process_cpu_seconds_total ([0-9.e+-]+)", re.MULTILINE)
_ASKED = re.compile(r'src="(/static/[^"]+)"|href="(/static/[^"]+)"')


async def main(requests: int) -> int:
    """0 when every figure is within what was wanted."""
    at = ports.from_environment()
    failed = False
    print(f"{'page':<14} {'bytes':>8} {'ms, median':>11} {'CPU ms':>8}   (of {requests} requests)")
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        for name, path in _PAGES.items():
            size = await _first_view(session, at, path)
            before = await _cpu_s(session, at)
            took = [await _took_ms(session, at, path) for _ in range(requests)]
            cpu_ms = (await _cpu_s(session, at) - before) * 1000 / requests
            failed |= size > _MOST_BYTES or cpu_ms > _MOST_CPU_MS
            print(f"{name:<14} {size:>8} {median(took):>11.1f} {cpu_ms:>8.2f}")
    print(
        f"wanted: at most {_MOST_BYTES} bytes and {_MOST_CPU_MS:.0f} ms of CPU: {'NOT REACHED' if failed else 'reached'}"
    )
    return int(failed)


async def _first_view(session: aiohttp.ClientSession, at: Ports, path: str) -> int:
    """Bytes of the page and of all that it names, as they are sent."""
    async with session.get(f"http://{HOST}:{at.gateway}{path}", headers={"accept-encoding": "gzip"}) as answer:
        size = len(await answer.read())
    async with session.get(f"http://{HOST}:{at.gateway}{path}", headers={"accept-encoding": "identity"}) as answer:
        named = {first or second for first, second in _ASKED.findall(await answer.text())}
    for each in named:
        async with session.get(f"http://{HOST}:{at.gateway}{each}", headers={"accept-encoding": "gzip"}) as answer:
            size += len(await answer.read())
    return size


async def _took_ms(session: aiohttp.ClientSession, at: Ports, path: str) -> float:
    began = time.perf_counter()
    async with session.get(f"http://{HOST}:{at.gateway}{path}", headers={"accept-encoding": "gzip"}) as answer:
        await answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answers {answer.status}")
    return (time.perf_counter() - began) * 1000


async def _cpu_s(session: aiohttp.ClientSession, at: Ports) -> float:
    await asyncio.sleep(1.1)  # the counts are written once a second
    async with session.get(f"http://{HOST}:{at.web}/metrics", headers={"accept-encoding": "identity"}) as answer:
        found = _CPU.search(await answer.text())
    if found is None:
        raise SystemExit("web does not tell its CPU")
    return float(found[1])


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)))
