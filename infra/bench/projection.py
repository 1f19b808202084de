"""python -m infra.bench.projection [--variants 1000000]: what ordering keeps of catalog, made anew from the states that the log holds.

Two variants a product, and the level of each. The records are as the broker holds them, taken through the inbox as a worker does that has
another name, so many as one fetch brings; they are made up here, which is in no figure.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from infra.bench.backbone import say
from services.contracts.catalog import LevelChanged, MerchantId, ProductId, VariantId
from services.insight.commands.counting import Heard
from services.kit.database.db import Database
from services.kit.messaging.consumer import Record
from services.kit.messaging.processor import EventProcessor
from services.ordering import hears
from tests.worlds import servers
from tests.worlds.ordering import a_product, a_variant
from tests.worlds.told import Log

_FETCH: Final = 500
"""Records of one fetch, as services/kit/kafka/reader.py asks for them."""
_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_ALLOWED_S, _ALLOWED_MIB = 300, 500


def fetches(variants: int) -> Iterator[list[Record]]:
    """Each of one topic: first products, then levels."""
    merchants = [MerchantId.new() for _ in range(min(50_000, variants // 20 or 1))]
    sold: list[VariantId] = []
    for first in range(0, variants, _FETCH * 2):
        some = []
        for at in range(first, min(first + _FETCH * 2, variants), 2):
            two = [a_variant(f"{at}"), a_variant(f"{at + 1}")]
            sold += [each.variant_id for each in two]
            product = a_product(
                product_id=ProductId.new(), merchant_id=merchants[at // 2 % len(merchants)], variants=two
            )
            some.append(Heard(product, _AT))
        yield Log().records(some)
    for first in range(0, variants, _FETCH):
        levels = [LevelChanged(variant_id=each, available=100) for each in sold[first : first + _FETCH]]
        yield Log().records([Heard(each, _AT) for each in levels])


async def bench(url: str, variants: int) -> bool:
    db = Database(url, one_plan=True)
    await db.open()
    processor = EventProcessor("ordering.anew", db, hears.HANDLERS)
    spent = cpu = 0.0
    states = 0
    for records in fetches(variants):
        began, used, left = time.perf_counter(), time.process_time(), records
        while left:
            left = left[await processor.take_some(left) :]
        spent, cpu = spent + time.perf_counter() - began, cpu + time.process_time() - used
        states += len(records)
    async with db.acquire() as conn:
        kept = await conn.fetchval(
            "SELECT count(*) FROM variant v JOIN product p ON p.id = v.product_id JOIN stock_level l ON l.variant_id = v.id"
        )
    await db.close()
    assert kept == variants, kept
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    say(f"{variants:,} variants, {states:,} states", f"{spent:.0f} s by the wall, {cpu:.0f} s CPU of ours")
    say("a million at that rate", f"{spent * 1_000_000 / variants:.0f} s of {_ALLOWED_S} allowed")
    say("most memory", f"{peak:.0f} MiB of {_ALLOWED_MIB} allowed, what made the states up included")
    return spent * 1_000_000 / variants <= _ALLOWED_S and peak <= _ALLOWED_MIB


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.bench.projection")
    parser.add_argument("--variants", type=int, default=1_000_000)
    asked = parser.parse_args()
    with servers.postgres() as server:
        return 0 if asyncio.run(bench(server.database("ordering").url, asked.variants)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
