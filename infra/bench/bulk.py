"""python -m infra.bench.bulk [--rows 10000] [--variants 10000]: how long a file of goods takes in a market of so many variants, from its
sending to its last row, what of CPU and memory, and what a seller beside it waits for. Single mutations are the alternative."""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from infra.bench.backbone import percentiles, say
from infra.bench.finding import Watched
from infra.bench.market import fill
from services.catalog.importing import run
from services.kit import tasks
from services.kit.database.db import Database
from services.kit.database.live import Live
from services.kit.observe.readiness import Readiness
from services.kit.process.service import Worker
from tests.worlds import servers
from tests.worlds.bulk import Files
from tests.worlds.catalog import KLENGKENG_KG, MIN, stock_up

_HEAD = "kode;produk;kategori;keterangan;varian;satuan;harga;kelipatan;stok awal;status\r\n"
_PRICE = """mutation($id: ID!, $price: Rupiah!) { changePrice(variantId: $id, price: $price) { problems { code } } }"""
_CREATE = """mutation($merchant: ID!, $input: ProductInput!, $variants: [VariantInput!]!, $key: String!) {
  createProduct(merchantId: $merchant, input: $input, variants: $variants, idempotencyKey: $key) { problems { code } product { id } } }"""
_PUBLISH = "mutation($id: ID!) { publishProduct(id: $id) { problems { code } } }"
_HOW_FAR = "query($id: ID!) { import(id: $id) { status refused problem { code message } } }"
_MOST_S = 20
_PAUSE_S = 0.2


def content(rows: int, price: int) -> str:
    """Six variants of a product, all of them for sale."""
    some = random.Random(13)  # noqa: S311 - the same file each time
    lines = [
        f"K-{n};Barang {n // 6};sayur;Dipetik pagi dari kebun;ukuran {n % 6};kg;{price + some.randint(0, 90) * 100};0,25;12,5;dijual\r\n"
        for n in range(rows)
    ]
    return _HEAD + "".join(lines)


@asynccontextmanager
async def worker(db: Database) -> AsyncIterator[None]:
    """The loop alone, as the process runs it."""
    stopping = asyncio.Event()
    this = Worker(None, db, Readiness(), None, stopping, Live(db))  # type: ignore[arg-type]  # the loop reads no settings and no log
    running = tasks.start(run(this), "imports")
    try:
        yield
    finally:
        stopping.set()
        await running


def _peak_kib() -> int:
    line = next(each for each in Path("/proc/self/status").read_text("ascii").splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1])


async def _sent(files: Files, text: str, kind: str = "goods", *, dry_run: bool = False) -> tuple[float, list[float]]:
    """Seconds until its last row is done, and what another seller's changes of a price took meanwhile."""
    began, waits, price = time.perf_counter(), [], 20_000
    id_ = await files.sent(text, kind, dry_run=dry_run)
    while True:
        asked = time.perf_counter()
        price += 1
        await files.graph.data(_PRICE, role="merchant", name="pak-min", id=str(KLENGKENG_KG), price=price)
        waits.append(time.perf_counter() - asked)
        found = (await files.graph.data(_HOW_FAR, role="merchant", name="bu-sri", id=id_))["import"]
        if found["status"] in ("DONE", "REFUSED"):
            break
        await asyncio.sleep(_PAUSE_S)
    assert (found["status"], found["refused"]) == ("DONE", 0), found["problem"]
    return time.perf_counter() - began, waits


async def measured(url: str, rows: int) -> float:
    """Seconds that the first file took, in which all is new."""
    api, own = Database(url), Watched(url, size=1)
    await api.open()
    await own.open()
    await stock_up(api)
    files = Files.over(api)
    try:
        alone = []
        for n in range(200):
            asked = time.perf_counter()
            await files.graph.data(_PRICE, role="merchant", name="pak-min", id=str(KLENGKENG_KG), price=10_000 + n)
            alone.append(time.perf_counter() - asked)
        say(
            "another seller's price, alone",
            f"{percentiles(alone)[0]:.1f} ms",
            f"p99 {percentiles(alone)[1]:.1f} ms",
        )
        before = _peak_kib()
        async with worker(own):
            took = {}
            for name, text, kind, dry in (
                (f"{rows:,} rows tried", content(rows, 1_000), "goods", True),
                (f"{rows:,} rows, all new", content(rows, 1_000), "goods", False),
                (f"{rows:,} rows, all as they were", content(rows, 1_000), "goods", False),
                (f"{rows:,} rows, all prices new", content(rows, 2_000), "goods", False),
            ):
                service, database = time.process_time(), own.cpu_s() if own.backend else 0.0
                took[name], waits = await _sent(files, text, kind, dry_run=dry)
                service, database = time.process_time() - service, own.cpu_s() - database
                half, most = percentiles(waits)
                say(
                    name,
                    f"{took[name]:.1f} s",
                    f"CPU {service + database:.1f} s, database's {database:.1f}; another seller's price p50 {half:.1f}, p99 {most:.1f} ms",
                )
            for kind in ("goods", "stock", "prices"):
                began = time.perf_counter()
                text = (await files.exported(kind)).decode("utf-8-sig")
                say(f"{kind} written out", f"{time.perf_counter() - began:.2f} s", f"{len(text) / 1024:,.0f} KiB")
                if kind != "goods":
                    again, _ = await _sent(files, text, kind)
                    say(f"{kind} read again", f"{again:.1f} s", "nothing changes")
        say(
            "more memory at the peak",
            f"{(_peak_kib() - before) / 1024:.0f} MiB",
            "files, answers and this bench's own texts",
        )
        await _one_by_one(files)
    finally:
        await own.close()
        await api.close()
    return took[f"{rows:,} rows, all new"]


async def _one_by_one(files: Files, products: int = 50) -> None:
    """Products of five variants by createProduct and publishProduct."""
    began = time.perf_counter()
    for n in range(products):
        variants = [{"label": f"{v}", "unit": "kg", "price": 1_000, "onHand": 1_000} for v in range(5)]
        made = await files.graph.data(
            _CREATE,
            role="merchant",
            name="pak-min",
            merchant=str(MIN),
            input={"name": f"Satu {n}", "category": "sayur"},
            variants=variants,
            key=f"bench-{n:012}",
        )
        await files.graph.data(_PUBLISH, role="merchant", name="pak-min", id=made["createProduct"]["product"]["id"])
    took = time.perf_counter() - began
    say(
        "the same by single mutations",
        f"{5 * products / took:,.0f} rows/s",
        "createProduct of five variants, publishProduct; no network",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--variants", type=int, default=10_000, help="of the others")
    asked = parser.parse_args()
    with servers.postgres() as postgres:
        made = postgres.database("catalog")
        asyncio.run(fill(made.owner_url, asked.variants, max(1, asked.variants // 20)))
        took = asyncio.run(measured(made.url, asked.rows))
    say("wanted", f"{_MOST_S} s", "for 10,000 rows: " + ("reached" if took <= _MOST_S else "MISSED"))


if __name__ == "__main__":
    main()
