"""One contract, two channels: the same events on both, and companies that have HTTP alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette

from infra.local.robots.http_ojek import HttpOjek
from infra.local.robots.platform import Machine, Platform
from services.contracts.delivery import PartnerId
from services.contracts.registry import topics
from services.delivery.commands.positions import Places
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.pins import Pins
from services.delivery.domain.reply import Rules
from services.delivery.partner_api import PartnerApi
from services.delivery.partner_feed import Feed
from services.kit.database.live import Live
from tests.worlds import servers
from tests.worlds.asgi import request
from tests.worlds.delivery import CASH, KONCAR, RIDERS, SANDBOXED, SEMERU
from tests.worlds.delivery_scene import (
    EVERYBODY,
    Company,
    Scene,
    a_worker,
    check_what_they_heard,
    companies_at,
    company_at,
    riding,
)
from tests.worlds.tokens import Issuer
from tests.worlds.waiting import until


class Line(Platform):
    """One company's way to the HTTP address, without a network between."""

    def __init__(self, app: Starlette, token: str) -> None:
        super().__init__("http://test", Machine("", "partner", ""))
        self._app = app
        self._bearer = {"authorization": f"Bearer {token}", "content-type": "application/cloudevents+json"}

    async def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, Any]:
        place, _, query = path.partition("?")
        wait = query.replace("wait=10", "wait=2")
        answer = await request(self._app, method, place, query=wait, headers=self._bearer, body=body or b"")
        return answer.status, answer.json()


class Desk:
    """The HTTP address over the scene's database, as the api process has it."""

    def __init__(self, scene: Scene, live: Live, policy: Policy) -> None:
        self.issuer = Issuer()
        rules = Rules(policy, Pins(None))
        self.app = Starlette(
            routes=PartnerApi(scene.db, self.issuer.verifier(), Feed(scene.db, live), rules, Places(scene.db)).routes()
        )

    def line(self, partner: PartnerId) -> Line:
        return Line(self.app, self.issuer.token(sub="usr_ojek", roles=["partner"], partner_id=str(partner)))

    def robot(self, partner: PartnerId, **manners: int) -> HttpOjek:
        settings = {name.upper(): str(every) for name, every in manners.items()}
        mine = {"PARTNER_ID": str(partner), "RIDERS": str(RIDERS[partner]), "STEP_S": "0.05"}
        return HttpOjek(mine | settings, self.line(partner))

    async def everything(self, partner: PartnerId) -> list[dict[str, Any]]:
        line, cursor = self.line(partner), ""
        found: list[dict[str, Any]] = []
        while True:
            status, said = await line.get(f"/partner/v1/events?after={cursor}&wait=0")
            assert status == 200
            if not said["events"]:
                return found
            found += said["events"]
            cursor = said["cursor"]


@asynccontextmanager
async def a_desk(scene: Scene, policy: Policy) -> AsyncIterator[Desk]:
    live = Live(scene.db)
    listening = asyncio.create_task(live.run())
    try:
        yield Desk(scene, live, policy)
    finally:
        listening.cancel()


@asynccontextmanager
async def working(*robots: HttpOjek) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each.work()) for each in robots]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_both_channels_tell_the_same_events_with_the_same_numbers(scene: Scene) -> None:
    riders = companies_at(scene.broker)
    async with a_desk(scene, Policy()) as desk, riding(*riders), scene.worker():
        for _ in range(3):
            await scene.order()
        await scene.delivered(3)
        await scene.all_told()
        for company in riders:
            events = await desk.everything(company.partner)

            async def all_heard(company: Company = company, count: int = len(events)) -> bool:
                return len(company.heard) >= count

            await until(all_heard)
            events = await desk.everything(company.partner)
            assert {event["id"]: (event["type"], event["data"]) for event in events} == company.heard
            counts: dict[str, list[int]] = {}
            for event in events:
                counts.setdefault(event["subject"], []).append(event["aggregateseq"])
            assert counts == {subject: sorted(seqs) for subject, seqs in company.counts.items()}


async def test_declined_and_expired_offers_move_on_to_a_company_that_rides_over_http_alone(scene: Scene) -> None:
    policy = Policy(offer_s=1, rounds=1)
    async with a_desk(scene, policy) as desk:
        robots = [
            desk.robot(SEMERU, decline_every=1),
            desk.robot(KONCAR, ignore_every=1),
            rider := desk.robot(SANDBOXED),
        ]
        async with working(*robots), scene.worker(OFFER_SECONDS="1", OFFER_ROUNDS="1"):
            # By turns: whoever has taken a job is asked last for the next.
            await scene.order()
            await scene.delivered(1)
            await scene.order()
            await scene.delivered(2)
            await scene.all_told()
    states = "SELECT array_agg(DISTINCT state) FROM offer WHERE partner_id = $1"
    assert await scene.ask(states, SEMERU) == ["DECLINED"]
    assert await scene.ask(states, KONCAR) == ["TIMED_OUT"]
    assert await scene.ask(states, SANDBOXED) == ["ACCEPTED"]
    assert await scene.ask("SELECT sum(cash_to_collect_rupiah) FROM delivery WHERE status = 'DELIVERED'") == 2 * CASH
    assert await scene.ask("SELECT count(*) FROM reply_inbox WHERE code IS NOT NULL") == 0
    assert not [job.trouble for job in rider.jobs.values() if job.trouble]


async def test_a_robot_without_memory_says_the_same_again_and_goes_on(scene: Scene) -> None:
    async with a_desk(scene, Policy()) as desk, scene.worker():
        await scene.ask("UPDATE partner SET status = 'INVITED' WHERE id <> $1", SEMERU)
        await scene.order()

        async def picked_up() -> bool:
            return bool(await scene.ask("SELECT EXISTS (SELECT FROM delivery_history WHERE status = 'AT_PICKUP')"))

        async with working(desk.robot(SEMERU)):
            await until(picked_up)
        async with working(desk.robot(SEMERU)):
            await scene.delivered(1)
    assert await scene.ask("SELECT count(*) FROM offer") == 1
    assert await scene.ask("SELECT count(*) FROM delivery_history WHERE status = 'DELIVERED'") == 1


async def test_a_broker_lost_after_an_acknowledged_reply_takes_nothing_of_it_along(scene: Scene, own: Any) -> None:
    await scene.ask("UPDATE partner SET status = 'INVITED' WHERE id <> $1", KONCAR)
    async with a_desk(scene, Policy()) as desk:
        async with scene.worker():
            await scene.order()

            async def offered() -> bool:
                return bool(await scene.ask("SELECT EXISTS (SELECT FROM offer WHERE state = 'OPEN')"))

            await until(offered)
            await scene.all_told()
        [offer] = await desk.everything(KONCAR)
        job = offer["data"]["job_id"]
        sent = {
            "specversion": "1.0",
            "id": "accepted",
            "type": "partner.accept.v1",
            "data": {"job_id": job, "offer_id": offer["data"]["offer_id"], "rider_id": str(RIDERS[KONCAR])},
        }
        status, said = await desk.line(KONCAR).post("/partner/v1/replies", sent)
        assert (status, said["outcome"]) == (200, "applied")
    async with servers.another_broker() as another:  # the old one's memory is gone: nobody asks it again
        await asyncio.to_thread(another.create_topics, topics(EVERYBODY))
        company = company_at(another, KONCAR)
        async with riding(company), a_worker(own, another, scene.jwks):

            async def heard() -> bool:
                outcomes = [
                    data.get("reply_id") for kind, data in company.heard.values() if kind.endswith("_applied.v1")
                ]
                return "accepted" in outcomes

            await until(heard)
    assert await scene.ask("SELECT count(*) FROM offer WHERE state = 'ACCEPTED'") == 1
    assert await scene.ask("SELECT count(*) FROM delivery_history WHERE status = 'ASSIGNED'") == 1
    check_what_they_heard(company)
