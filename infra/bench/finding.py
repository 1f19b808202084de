"""python -m infra.bench.finding: CPU time of a search, of service and database together, among goods made for it.

The goods are those of a regency: sellers lie around the districts' middles, names are drawn so that a few are common and many are rare.
What a request costs among a million variants of 50,000 merchants is told beside what it costs among 10,000 of 500: minutes, and 3 GB of
memory or disk. `--variants 10000` alone takes seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

import asyncpg

from infra.bench.backbone import percentiles, say
from infra.bench.market import KINDS, NOUNS, fill
from services.catalog.app import SERVICE
from services.contracts.catalog import ProductId
from services.contracts.places import KECAMATAN
from services.kit.database.db import Connection, Database, Row
from tests.worlds import servers
from tests.worlds.catalog import Graph

_SEARCH = """query($text: String, $point: PointInput, $narrowed: ProductNarrowing, $order: ProductOrder) {
  searchProducts(text: $text, point: $point, narrowed: $narrowed, order: $order, first: 20) { guessed FACETS pageInfo { endCursor }
    edges { distanceM node { id name merchant { name openNow } variants { priceText wasPrice available } } } } }"""
_COUNTED = (
    "facets { total openNow inStock categories { count category { name } } kinds { kind count } prices { count } }"
)
_SUGGESTED = "query($text: String!) { searchSuggestions(text: $text) { text category { code } } }"
_NEAR = """query($point: PointInput!, $text: String) { productsNear(point: $point, search: $text, first: 20) {
  edges { distanceM node { id name merchant { name openNow } variants { priceText wasPrice available } } } } }"""
_PRODUCT = """query($id: ID!) { product(id: $id) { name slug description category { name } merchant { name slug openNow kecamatanName }
  variants { label priceText wasPrice available gramPerUnit } } }"""
_MERCHANT = """query($slug: String!) { merchantBySlug(slug: $slug) { name kind openNow hours { weekday opensAt closesAt } closures { id }
  categories { count category { code name } } products(first: 20) { pageInfo { endCursor }
    edges { node { id name variants { priceText wasPrice available } } } } } }"""
_OF_KIND = """query($kind: MerchantKind!, $kecamatan: String) { merchants(kind: $kind, kecamatanCode: $kecamatan, first: 20) {
  pageInfo { endCursor } edges { node { name openNow } } } }"""


class Watched(Database):
    """One connection, whose server process is known."""

    backend = 0

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy[Row]]:
        async with super().acquire() as conn:
            self.backend = conn.get_server_pid()
            yield conn

    def cpu_s(self) -> float:
        """To the nanosecond: a statement takes a tenth of a clock's tick."""
        return int(Path(f"/proc/{self.backend}/schedstat").read_text("ascii").split()[0]) / 1e9


def _points(some: random.Random) -> Iterator[dict[str, float]]:
    while True:
        centre = some.choice(list(KECAMATAN.values())).centre
        yield {"lat": centre.lat + some.uniform(-0.01, 0.01), "lng": centre.lng + some.uniform(-0.01, 0.01)}


def _kinds(some: random.Random, known: _Known) -> dict[str, tuple[str, Callable[[], dict[str, Any]]]]:
    points = _points(some)
    bare, counted = _SEARCH.replace("FACETS", ""), _SEARCH.replace("FACETS", _COUNTED)
    common, typed = (
        itertools.cycle(NOUNS[:10]),
        itertools.cycle(("byaam", "kangkong", "swai", "tempee", "kripik", "pisnag")),
    )
    begun = itertools.cycle(("ba", "seg", "kang", "ke", "ta"))
    codes = list(KECAMATAN)
    return {
        "a common word, near": (bare, lambda: {"text": next(common), "point": next(points)}),
        "segar, near": (bare, lambda: {"text": "segar", "point": next(points)}),
        "two words, near": (bare, lambda: {"text": f"{next(common)} segar", "point": next(points)}),
        "a beginning, near": (bare, lambda: {"text": next(begun), "point": next(points)}),
        "the same with facets": (counted, lambda: {"text": next(common), "point": next(points)}),
        "two words, near, with facets": (
            counted,
            lambda: {"text": f"{next(common)} {some.choice(KINDS)}", "point": next(points)},
        ),
        "a rare word": (bare, lambda: {"text": some.choice(known.rare)}),
        "a word misspelt": (counted, lambda: {"text": next(typed), "point": next(points)}),
        "words that nothing has together": (bare, lambda: {"text": f"{next(common)} sapu", "point": next(points)}),
        "no word, near, in stock and open": (
            counted,
            lambda: {"point": next(points), "narrowed": {"openNow": True, "inStock": True}, "order": "DISTANCE"},
        ),
        "a category by price": (
            counted,
            lambda: {"narrowed": {"category": f"jenis-{some.randint(1, 19)}"}, "order": "PRICE"},
        ),
        "suggestions": (_SUGGESTED, lambda: {"text": next(common)[: some.randint(1, 4)]}),
        "a product page": (_PRODUCT, lambda: {"id": some.choice(known.products)}),
        "a merchant page": (_MERCHANT, lambda: {"slug": some.choice(known.merchants)}),
        "merchants of a kind": (_OF_KIND, lambda: {"kind": "HUB"}),
        "and of a district": (_OF_KIND, lambda: {"kind": "HUB", "kecamatan": some.choice(codes)}),
        "productsNear, no word": (_NEAR, lambda: {"point": next(points)}),
        "productsNear, a common word": (_NEAR, lambda: {"text": next(common), "point": next(points)}),
        "productsNear, two words": (_NEAR, lambda: {"text": f"{next(common)} segar", "point": next(points)}),
        "productsNear, a beginning": (_NEAR, lambda: {"text": next(begun), "point": next(points)}),
        "productsNear, a rare word": (_NEAR, lambda: {"text": some.choice(known.rare), "point": next(points)}),
    }


class _Known(NamedTuple):
    """What is asked for by name."""

    rare: list[str]
    products: list[str]
    merchants: list[str]

    @classmethod
    async def of(cls, conn: Connection) -> Self:
        async def some(column: str, table: str, where: str) -> list[Any]:
            rows = await conn.fetch(
                f"SELECT {column} AS it FROM {table} WHERE {where} ORDER BY md5({column}::text) LIMIT 50"
            )
            return [row["it"] for row in rows]

        return cls(
            await some("word", "search_word", "length(word) = 7 AND word ~ '^[a-z]+$'"),
            [str(ProductId(each)) for each in await some("id", "product", "true")],
            await some("slug", "merchant", "true"),
        )


class Figure(NamedTuple):
    """Milliseconds: CPU of one request, the database's part of it, and how long half and 99 of a hundred took."""

    cpu: float
    database: float
    half: float
    most: float


def _shown(answer: dict[str, Any]) -> int:
    """Goods, merchants or texts of the answer's one root field."""
    (root,) = answer.values()
    root = root.get("products", root) if isinstance(root, dict) else root
    return len(root.get("edges", [root])) if isinstance(root, dict) else len(root)


async def measured(url: str, rounds: int) -> dict[str, Figure]:
    """By what was asked."""
    some, db = random.Random(13), Watched(url, size=1, one_plan=SERVICE.one_plan)  # noqa: S311 - the same requests each time
    await db.open()
    gc.collect()
    gc.freeze()
    graph, means = Graph.over(db), {}
    try:
        async with db.acquire() as conn:
            kinds = _kinds(some, await _Known.of(conn))
        for name, (document, variables) in kinds.items():
            for _ in range(10):
                await graph.data(document, **variables())
            service, database, took, shown = time.process_time(), db.cpu_s(), [], 0
            for _ in range(rounds):
                asked = variables()
                began = time.perf_counter()
                answer = await graph.data(document, **asked)
                took.append(time.perf_counter() - began)
                shown += _shown(answer)
            service, database = time.process_time() - service, db.cpu_s() - database
            means[name] = Figure((service + database) / rounds * 1_000, database / rounds * 1_000, *percentiles(took))
            parts = f"{shown / rounds:.0f} shown; service {service / rounds * 1_000:.1f}, database {database / rounds * 1_000:.1f}"
            say(
                name, f"{means[name].cpu:.1f} ms", f"{parts}; p50 {means[name].half:.1f}, p99 {means[name].most:.1f} ms"
            )
    finally:
        await db.close()
    return means


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=200, help="of each kind of request")
    parser.add_argument(
        "--made",
        nargs="+",
        metavar="URL",
        help="markets that are there already, in place of new ones, as many as --variants",
    )
    asked = parser.parse_args()
    figures: list[dict[str, Figure]] = []
    if asked.made:
        for variants, url in zip(asked.variants, asked.made, strict=True):
            print(f"{variants:,} variants")
            figures.append(asyncio.run(measured(url, asked.rounds)))
    else:
        with servers.postgres() as postgres:
            for variants in asked.variants:
                made = postgres.database("catalog")
                began = time.perf_counter()
                asyncio.run(fill(made.owner_url, variants, max(1, variants // 20)))
                say(f"{variants:,} variants", f"{time.perf_counter() - began:.1f} s", "to make them")
                figures.append(asyncio.run(measured(made.url, asked.rounds)))
    first, last = figures[0], figures[-1]
    if first is not last:
        print(
            f"  what it costs among {asked.variants[-1]:,} beside {asked.variants[0]:,}: up to 2, and p99 up to 3 p50"
        )
        for name, figure in last.items():
            say(
                name,
                f"{first[name].cpu:.1f} → {figure.cpu:.1f} ms, x {figure.cpu / first[name].cpu:.1f}",
                f"database {first[name].database:.1f} → {figure.database:.1f} ms, x {figure.database / first[name].database:.1f}; "
                f"p99 {figure.most / figure.half:.1f} p50",
            )


if __name__ == "__main__":
    main()
