"""A company's machine reads its cash over HTTP: who carries what, and a day's orders against what was asked."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette

from services.contracts.delivery import PartnerId
from services.ordering.partner_cash import PartnerCash
from tests.worlds.asgi import Answer, request
from tests.worlds.books import crewed, paid_in_cash
from tests.worlds.ordering import PARTNER, RIDER, RIVAL, Market
from tests.worlds.tokens import Issuer


class Desk:
    def __init__(self, world: Market, *, burst: int = 200) -> None:
        self.issuer = Issuer()
        verifier = self.issuer.verifier()
        self.app = Starlette(routes=PartnerCash(world.db, verifier, tests_only=False, burst=burst).routes())

    async def ask(self, query: str = "", partner: PartnerId | None = PARTNER, *roles: str) -> Answer:
        given = {"partner_id": str(partner)} if partner else {}
        token = self.issuer.token(sub="usr_ojek", roles=list(roles or ("partner",)), **given)
        headers = {"authorization": f"Bearer {token}"}
        return await request(self.app, "GET", "/partner/v1/cash", query=query, headers=headers)

    async def read(self, query: str = "", partner: PartnerId = PARTNER) -> dict[str, Any]:
        answer = await self.ask(query, partner)
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json()
        return found


async def test_a_company_sees_what_each_rider_holds_and_what_was_due(world: Market) -> None:
    await crewed(world)
    await paid_in_cash(world)
    await paid_in_cash(world, 14_600)
    found = await Desk(world).read("limit=1")
    assert (found["held_rupiah"], found["with_riders_rupiah"]) == (29_600, 29_600)
    assert found["riders"] == [{"rider_id": str(RIDER), "carries_rupiah": 29_600, "over_limit": False}]
    day = found["day"]
    assert (day["order_count"], day["due_rupiah"], day["collected_rupiah"]) == (2, 30_000, 29_600)
    assert (day["short_rupiah"], day["closing_rupiah"], day["matches"]) == (400, 29_600, True)
    rest = await Desk(world).read(f"limit=1&after={found['next']}")
    [first], [second] = found["orders"], rest["orders"]
    assert (first["rider_id"], first["collected_rupiah"], second["short_rupiah"]) == (str(RIDER), 15_000, 400)
    assert rest["next"] is None
    assert (await Desk(world).read("day=2021-01-01"))["orders"] == []


async def test_a_rival_sees_nothing_of_it(world: Market) -> None:
    await crewed(world)
    await paid_in_cash(world)
    found = await Desk(world).read(partner=RIVAL)
    assert (found["held_rupiah"], found["riders"], found["orders"]) == (0, [], [])


async def test_what_cannot_be_read_is_refused_by_a_code(world: Market) -> None:
    desk = Desk(world, burst=1)
    assert (await desk.ask("", None)).json()["code"] == "FORBIDDEN"
    assert (await desk.ask("", PARTNER, "buyer")).json()["code"] == "FORBIDDEN"
    wrong = await desk.ask("day=yesterday")
    assert (wrong.status, wrong.json()["field"]) == (400, "day")
    hasty = await desk.ask()
    assert (hasty.status, hasty.json()["code"]) == (429, "RATE_LIMITED")
    assert "retry-after" in hasty.headers
