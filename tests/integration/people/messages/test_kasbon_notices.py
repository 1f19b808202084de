"""What becomes of a kasbon is told to its two sides, in words that name nobody."""

from __future__ import annotations

from typing import Any

from services.contracts.kasbon import (
    KasbonAsked,
    KasbonDisputed,
    KasbonEntryId,
    KasbonId,
    KasbonLimitChanged,
    KasbonOpened,
    KasbonPaid,
    KasbonSide,
)
from tests.worlds.notices import a_market
from tests.worlds.outgoing import Post, Scripted


async def test_both_are_told_what_concerns_both(post: Post, whatsapp: Scripted) -> None:
    market = await a_market(post)
    await market.hear(market.merchant())
    owner = market.owner
    kasbon = KasbonId.new()

    async def names() -> dict[str, Any]:
        return {
            "kasbon_id": kasbon,
            "merchant_id": market.merchant_id,
            "buyer": str(market.buyer),
            "at": await market.now(),
            "test": False,
        }

    await market.hear(KasbonAsked(**await names()))
    assert await market.notices(market.buyer) == []
    await market.hear(KasbonOpened(**await names(), limit_rupiah=50_000, by=KasbonSide.MERCHANT))
    await market.hear(KasbonLimitChanged(**await names(), before_rupiah=50_000, limit_rupiah=75_000))
    for amount, left in ((20_000, 17_400), (7_400, 10_000)):
        await market.hear(
            KasbonPaid(**await names(), entry_id=KasbonEntryId.new(), amount_rupiah=amount, owed_rupiah=left)
        )
    await market.hear(
        KasbonDisputed(
            **await names(), entry_id=KasbonEntryId.new(), disputed_id=KasbonEntryId.new(), by=KasbonSide.BUYER
        )
    )
    told = [row["kind"] for row in await market.notices(market.buyer)]
    assert sorted(told) == ["KASBON_LIMIT", "KASBON_OPENED", "KASBON_PAID", "KASBON_PAID"]
    sold = [row["kind"] for row in await market.notices(owner)]
    assert sorted(sold) == [
        "KASBON_ASKED",
        "KASBON_DISPUTED",
        "KASBON_LIMIT",
        "KASBON_OPENED",
        "KASBON_PAID",
        "KASBON_PAID",
    ]
    said = {row["text"] for row in await market.notices(market.buyer)}
    assert "Kasbon di Warung Bu Sri: dibayar Rp20.000, sisa Rp17.400. Kalau keliru, katakan di Wlijo." in said
