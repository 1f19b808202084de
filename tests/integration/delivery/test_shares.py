"""How work was shared out can be looked up: by a company of itself, by officers of all."""

from __future__ import annotations

from datetime import timedelta

from tests.worlds.delivery import KONCAR, SEMERU
from tests.worlds.delivery_graph import Graph, subject

DAYS = "query($id: ID!) { partner(id: $id) { days { offered accepted declined expired delivered fees riderShares } } }"


async def test_each_day_says_what_was_offered_taken_and_earned(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU, "picked_up", "delivered")
    await graph.world.trip(SEMERU, "picked_up")
    tested = await graph.world.job(test=True)
    assert await graph.world.offers(tested)
    async with graph.world.db.acquire() as conn:
        expected = {
            (row["partner_id"], row["state"]): row["n"]
            for row in await conn.fetch(
                "SELECT partner_id, state, count(*) AS n FROM offer WHERE delivery_id <> $1 GROUP BY 1, 2", tested
            )
        }
        row = await conn.fetchrow("SELECT fee_rupiah, rider_share_rupiah FROM delivery WHERE id = $1", job)
    assert row
    fee, share = row["fee_rupiah"], row["rider_share_rupiah"]
    for partner, delivered in ((SEMERU, 1), (KONCAR, 0)):
        (today,) = (await graph.data("officer", DAYS, id=str(partner)))["partner"]["days"] or [None]
        of = {state: n for (who, state), n in expected.items() if who == partner.uuid}
        assert (
            today is None
            if not of
            else today
            == {
                "offered": sum(of.values()),
                "accepted": of.get("ACCEPTED", 0),
                "declined": of.get("DECLINED", 0),
                "expired": of.get("TIMED_OUT", 0),
                "delivered": delivered,
                "fees": fee * delivered,
                "riderShares": share * delivered,
            }
        )


async def test_a_company_sees_its_own_days_and_nobody_elses_and_a_month_is_enough(graph: Graph) -> None:
    await graph.world.trip(SEMERU)
    async with graph.world.db.acquire() as conn:
        await conn.execute(
            "INSERT INTO partner_member (partner_id, subject, role, name, joined_at) VALUES ($1, $2, 'DISPATCHER', 'Yuli', wlijo_now())",
            SEMERU,
            subject("yuli"),
        )
    assert len((await graph.data("yuli", DAYS, id=str(SEMERU)))["partner"]["days"]) == 1
    for who, partner in (("yuli", KONCAR), ("buyer", SEMERU), ("rival", SEMERU)):
        assert (await graph.data(who, DAYS, id=str(partner)))["partner"]["days"] == []
    await graph.world.move_clock(timedelta(days=31))
    assert (await graph.data("yuli", DAYS, id=str(SEMERU)))["partner"]["days"] == []
