"""Orders that were paid in cash, and the people who have to do with it: for tests of accounts."""

from __future__ import annotations

from services.contracts.catalog import MerchantId
from services.contracts.delivery import (
    DeliveryId,
    PartnerChanged,
    PartnerMember,
    PartnerRole,
    PartnerStatus,
    RiderChanged,
    RiderId,
)
from services.contracts.ordering import OrderId
from services.kit.database.db import transaction
from services.ordering.store import books
from services.ordering.store.reading import Viewer
from tests.worlds.ordering import PARTNER, RIDER, Market, assigned, fetched, handed_over, hold, placed

TONO, AYU, LINA, SRI, PETUGAS = "per_tono", "per_ayu", "per_lina", "usr_wlijo", "usr_petugas"
"""Who rides, who speaks for the company (two), who sells, and an officer."""
STAFF = Viewer(PETUGAS, sees_all=True)
WLIJO = MerchantId.seeded("wlijo")
CARRYING = f"rider:{RIDER}:carrying"
COMPANY_CASH = f"partner:{PARTNER}:cash"
PAYABLE = f"merchant:{WLIJO}:payable"


def crew(*subjects: str) -> PartnerChanged:
    members = [PartnerMember(subject=each, role=PartnerRole.DISPATCHER) for each in subjects]
    return PartnerChanged(partner_id=PARTNER, name="Ojek", status=PartnerStatus.ACTIVE, members=members)


async def crewed(world: Market) -> None:
    await world.hear(crew(AYU, LINA), rides(TONO))


def rides(subject: str | None, rider: RiderId = RIDER) -> RiderChanged:
    return RiderChanged(rider_id=rider, partner_id=PARTNER, subject=subject, on_shift=True, ended=False)


async def paid_in_cash(world: Market, cash: int = 15_000) -> OrderId:
    """Of Rp5,000 for goods and Rp10,000 for the trip; no trial."""
    order_id, trip = await placed(world, test=False), DeliveryId.new()
    await hold(world, order_id)
    await world.hear(assigned(order_id, trip), fetched(order_id, trip))
    await world.hear(await handed_over(world, order_id, trip, cash=cash))
    return order_id


async def balance(world: Market, *accounts: str) -> int:
    async with world.db.acquire() as conn:
        return await books.balance(conn, *accounts)


async def in_order(world: Market) -> None:
    """Asserts what holds of the books at any time: all accounts together are nothing, each is the sum of its transfers, and nobody has
    less than no cash."""
    async with world.db.acquire() as conn:
        assert await books.drift(conn) == []
    assert await world.value("SELECT coalesce(sum(balance_rupiah), 0) FROM account_balance") == 0
    short = await world.rows(
        """SELECT account, sum(balance_rupiah) FROM account_balance WHERE account LIKE '%:carrying' OR account LIKE '%:cash'
           GROUP BY account HAVING sum(balance_rupiah) < 0"""
    )
    assert short == []


async def said(world: Market, statement: str, *arguments: object) -> None:
    async with transaction(world.db) as conn:
        await conn.execute(statement, *arguments)
