"""Where the walk takes place: four sellers, goods by piece and by weight, promotions of all who bear them, a commission and a tax."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta
from typing import Final

from services.contracts.catalog import MerchantId, MerchantKind, VariantId
from services.contracts.places import WIB
from services.kit.database.db import transaction
from services.ordering.commands import commission
from services.ordering.commands.promotions import Maker
from services.ordering.domain.commission import Rule
from services.ordering.domain.ids import CommissionRuleId
from services.ordering.domain.promotion import PromotionKind
from services.ordering.store import withholding
from tests.worlds.books import crewed
from tests.worlds.ordering import Market, a_key, a_merchant, a_product, a_variant, market
from tests.worlds.packing import BY_WEIGHT, EKOR, more_goods
from tests.worlds.paying import Till, till
from tests.worlds.promoting import OWN, REGENCY, a_promotion
from tests.worlds.servers import TestDatabase

GOODS: Final = {
    "bayam": "wlijo", "ayam": "wlijo", "brokoli": "wlijo", "kelapa": "kateki", "nangka": "kateki", "tempe": "senduro", "tahu": "senduro",
    "lele": "klakah", "mujair": "klakah",
}  # fmt: skip
"""What is sold, and by whom."""
OF_SAME: Final = {
    merchant: tuple(good for good, whose in GOODS.items() if whose == merchant) for merchant in set(GOODS.values())
}
VOUCHERS: Final = ("TERAKHIR", "HEMAT5")
_PRICES: Final = {"kelapa": 2_333, "nangka": 17_450, "tempe": 3_050, "tahu": 999}


async def _sellers(world: Market) -> None:
    await world.hear(
        a_merchant(auto_accept=True),
        a_product(),
        a_merchant("kateki", auto_accept=False, accept_within_s=300),
        a_merchant("senduro", auto_accept=False, accept_within_s=600, kind=MerchantKind.FIXED_STALL),
        a_merchant("klakah", auto_accept=False, accept_within_s=3_600, kind=MerchantKind.HOME),
        *(a_product(good, GOODS[good], variants=[a_variant(good, price_rupiah=price)]) for good, price in _PRICES.items()),
        *(
            a_product(good, "klakah", variants=[a_variant(good, unit=EKOR, price_rupiah=price, catch_weight=BY_WEIGHT)])
            for good, price in (("lele", 18_000), ("mujair", 21_550))
        ),
    )  # fmt: skip
    await more_goods(world)


async def _promotions(world: Market) -> None:
    kind = PromotionKind
    await a_promotion(world, **OWN, value=7, ends_at=await _in(world, 60))
    await a_promotion(
        world,
        by=Maker("usr_kateki", programmes=False),
        **{**OWN, "merchant_id": MerchantId.seeded("kateki"), "kind": kind.AMOUNT, "value": 1_111, "uses": 3},
        ends_at=await _in(world, 60),
    )
    await a_promotion(world, **REGENCY, value=9, budget_rupiah=9_000, ends_at=await _in(world, 60))
    await a_promotion(
        world, kind=kind.FREE_DELIVERY, value=0, cap_rupiah=7_777, uses=6, per_buyer=2, ends_at=await _in(world, 60)
    )
    await a_promotion(world, kind=kind.AMOUNT, value=8_000, code="TERAKHIR", uses=2, ends_at=await _in(world, 60))
    await a_promotion(world, value=50, code="HEMAT5", budget_rupiah=30_000, ends_at=await _in(world, 60))


async def _in(world: Market, days: int) -> datetime:
    at: datetime = await world.value("SELECT wlijo_now()")
    return at + timedelta(days=days)


async def _rates(shop: Till, *, taxed: bool) -> None:
    """A commission, and the tax of the day after."""
    world = shop.world
    at: datetime = await world.value("SELECT wlijo_now()")
    for permille, kind, category in ((100, None, None), (37, MerchantKind.WLIJO, None)):
        rule = Rule(CommissionRuleId.new(), permille, at + timedelta(seconds=2), kind, category, "Perbup 12/2026")
        async with transaction(world.db) as conn:
            await commission.set_commission(conn, "usr_officer", rule, idempotency_key=a_key())
    tomorrow = datetime.combine(at.astimezone(WIB).date() + timedelta(days=1), time(), WIB)
    if taxed:
        async with transaction(world.db) as conn:
            assert await withholding.add_rule(conn, tomorrow, 5, "PMK 37/2025", "usr_officer")
    await shop.move((tomorrow - at).total_seconds() + 8 * 3600)


@asynccontextmanager
async def town(made: TestDatabase, *, taxed: bool, promoted: bool) -> AsyncIterator[Till]:
    async with market(made) as world, till(world, deadline_s=0.2) as shop:
        await crewed(world)
        await _rates(shop, taxed=taxed)
        await _sellers(world)
        if promoted:
            await _promotions(world)
        yield shop


def variant(good: str) -> VariantId:
    return VariantId.seeded(good)
