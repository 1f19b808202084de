"""Runs sessions, and judges what became of each attempt, of the honest company, and of the money."""

from __future__ import annotations

import json
from collections import Counter as Counts
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from services.contracts.delivery import DeliveryId, PartnerId
from services.contracts.partner import Delivered, Topics
from services.delivery.commands.budget import Patience
from services.delivery.commands.positions import POSITIONS_FAILED, Places
from services.delivery.domain.offer import Offer
from services.delivery.domain.reply import is_usable
from services.delivery.partner_topics import REPLIES, Positions, Replies
from services.kit.messaging.consumer import Record
from services.ordering.domain.cash import in_cash
from services.ordering.domain.ledger import Sale, Shares, cash_on_delivery
from tests.slow.partner_sessions.attempts import Attempt, Draw, Known
from tests.worlds.delivery import AGUS, DEWI, HOME, KONCAR, MALL, RIDERS, RINI, SEMERU, World
from tests.worlds.delivery_counter import Counter, an_event

_WITHOUT_LIMIT = 10**6
_STATUSES = frozenset({200, 202, 400, 404, 405, 413, 415})
_PASSING = frozenset({"WRONG_ORDER", "ID_REUSED"})


@dataclass(slots=True)
class Outcome:
    attempts: Counts[str] = field(default_factory=Counts)
    answers: Counts[str] = field(default_factory=Counts)
    delivered: Counts[str] = field(default_factory=Counts)
    faults: list[str] = field(default_factory=list)


class Sessions:
    """One database for all of them; each session is a hostile company's, drawn from its own seed."""

    def __init__(self, world: World) -> None:
        self.world = world
        # All are one of two companies, in a hurry: what they may have judged in a second is tried elsewhere, and here all is to be judged.
        patience = Patience(at_once=_WITHOUT_LIMIT, of_a_job=_WITHOUT_LIMIT)
        self.places = Places(world.db, every_s=0, burst=_WITHOUT_LIMIT)
        self.counter = Counter(world, burst=_WITHOUT_LIMIT, patience=patience, places=self.places)
        self.replies = Replies(world.db, world.rules, burst=_WITHOUT_LIMIT, patience=patience)
        self.positions = Positions(self.places, burst=_WITHOUT_LIMIT)
        self.outcome = Outcome()

    async def run(self, seed: int) -> None:
        await _Session(self, Random(seed), f"s{seed}").run()
        async with self.world.db.acquire() as conn:
            await conn.execute("DELETE FROM outbox")


class _Session:
    def __init__(self, shared: Sessions, random: Random, name: str) -> None:
        self.shared, self.world, self.counter = shared, shared.world, shared.counter
        self.random, self.name = random, name
        self.hostile, self.honest = random.sample([SEMERU, KONCAR], 2)
        self.total = random.randrange(20_000, 90_000)
        self.asked = in_cash(self.total)
        self.said_paid: dict[str, int] = {}  # by job, in the reply that was applied

    def fault(self, what: str) -> None:
        self.shared.outcome.faults.append(f"{self.name}: {what}")

    async def run(self) -> None:
        honest_job = await self._trip(self.honest)
        own = await self._trip(self.hostile)
        ended = await self._trip(self.hostile)
        for report in ("picked_up", "delivered"):
            await self._report(self.hostile, ended, report, f"{self.name}.ended.{report}")
        self.said_paid[str(ended)] = self.asked
        if self.random.random() < 0.7:
            await self._report(self.hostile, own, "picked_up", f"{self.name}.own.picked_up")
        offered = await self.world.job()
        offers = [each.id for job in (own, offered, honest_job) for each in await self.world.offers(job)]
        jobs = [own, own, own, offered, ended, honest_job, honest_job, honest_job, DeliveryId.new()]
        known = Known(
            jobs, offers, [RIDERS[self.hostile], AGUS, DEWI, RINI],
            await self.world.pin(own), self.asked, self.honest,
        )  # fmt: skip
        draw = Draw(self.random, known, self.name)
        paused = self.random.random() < 0.2
        steps = iter(("pickup", "picked_up", "position", "dropoff", "delivered"))
        for number in range(length := self.random.randrange(10, 40)):
            if paused and number == length // 2:
                await self._set_status("PAUSED")
            await self._try(draw.next())
            if self.random.random() < 0.2:
                await self._honest_step(honest_job, next(steps, None))
        for step in steps:
            await self._honest_step(honest_job, step)
        await self._set_status("ACTIVE")
        await self._judge(honest_job)
        await self._clear_up(own, offered)

    # -- what is done --------------------------------------------------------------------------------------------------

    async def _trip(self, partner: PartnerId) -> DeliveryId:
        order_id = await self.world.place(merchants=(MALL,))
        await self.world.confirm(order_id, self.asked)
        job = await self.world.delivery_of(order_id)
        while (offer := await self._offer(job)).partner_id != partner:
            await self.world.decline(job, offer.id, offer.partner_id)
        assert (await self.world.accept(job, offer.id, partner)).code is None
        return job

    async def _offer(self, job: DeliveryId) -> Offer:
        """The one that is open; between two rounds there may be none for a while."""
        while not (still_open := [each for each in await self.world.offers(job) if each.is_open]):
            await self.world.move_clock(timedelta(seconds=5))
            await self.world.fire()
        return still_open[0]

    async def _report(self, partner: PartnerId, job: DeliveryId, report: str, reply_id: str) -> dict[str, Any]:
        reports: dict[str, tuple[str, dict[str, Any]]] = {
            "pickup": ("arrived", {"at": "pickup"}),
            "dropoff": ("arrived", {"at": "dropoff"}),
            "picked_up": ("picked_up", {}),
            "delivered": ("delivered", {"pin": await self.world.pin(job), "cash_collected_rupiah": self.asked}),
        }
        kind, data = reports[report]
        answer = await self.counter.post(partner, kind, reply_id, job_id=str(job), **data)
        said: dict[str, Any] = answer.json()
        return said

    async def _honest_step(self, job: DeliveryId, step: str | None) -> None:
        if step == "position":
            place: dict[str, Any] = {
                "job_id": str(job),
                "rider_id": str(RIDERS[self.honest]),
                "lat": HOME.lat,
                "lng": HOME.lng,
            }
            body = an_event("position", "p", **place, at=(await self.world.now()).isoformat())
            answer = await self.counter.ask("POST", "locations", self.honest, body=body)
            if answer.json().get("taken") != 1:
                self.fault(f"the honest company's position was not taken: {answer.body!r}")
        elif step:
            said = await self._report(self.honest, job, step, f"{self.name}.{step}")
            if said.get("outcome") != "applied":
                self.fault(f"the honest company's {step} was answered {said}")

    async def _set_status(self, status: str) -> None:
        async with self.world.db.acquire() as conn:
            await conn.execute("UPDATE partner SET status = $2 WHERE id = $1", self.hostile, status)

    async def _clear_up(self, *jobs: DeliveryId) -> None:
        """An offer that stays open would be the next session's."""
        for job in jobs:
            await self.world.cancel(await self.world.order_of(job))
        await self.world.move_clock(timedelta(seconds=self.random.randrange(5)))

    async def _try(self, attempt: Attempt) -> None:
        self.shared.outcome.attempts[attempt.kind] += 1
        if attempt.channel == "http":
            await self._by_http(attempt)
        elif attempt.path == "replies":
            await self._by_topic(attempt)
        else:
            failed = POSITIONS_FAILED._value.get()
            await self.shared.positions.take(self._record(attempt))
            await self.shared.places.written()
            if POSITIONS_FAILED._value.get() != failed:
                self.fault(f"a position failed: {attempt}")

    async def _by_http(self, attempt: Attempt) -> None:
        body = dict(attempt.headers).get("body") or attempt.body
        answer = await self.counter.ask(
            attempt.method, attempt.path, self.hostile, body=body, query=attempt.query, media_type=attempt.media_type
        )
        try:
            said = answer.json()
        except ValueError:
            self.fault(f"{answer.status} without JSON to {attempt.kind}: {answer.body[:80]!r}")
            return
        self.shared.outcome.answers[str(said.get("code") or said.get("outcome") or answer.status)] += 1
        if answer.status not in _STATUSES:
            self.fault(f"{answer.status} to {attempt.kind} at {attempt.path!r}: {said}")
        elif answer.status >= 400 and not (said.get("code") and said.get("detail") and said["status"] == answer.status):
            self.fault(f"{answer.status} to {attempt.kind} is no problem to act on: {said}")
        elif attempt.kind == "large" and answer.status != 413:
            self.fault(f"{len(body)} bytes were answered {answer.status}")
        elif attempt.reply_id and answer.status == 200 and said["reply_id"] != attempt.reply_id:
            self.fault(f"{attempt.reply_id} was answered for {said['reply_id']}")
        elif said.get("outcome") == "refused" and not said.get("message"):
            self.fault(f"a refusal without a word: {said}")
        elif said.get("outcome") == "applied":
            self._applied(attempt)

    async def _by_topic(self, attempt: Attempt) -> None:
        failed = REPLIES.labels("failed")._value.get()
        await self.shared.replies.take(self._record(attempt))
        if REPLIES.labels("failed")._value.get() != failed:
            self.fault(f"a reply failed: {attempt.kind} {attempt.reply_type} {attempt.body[:200]!r}")
        if attempt.reply_id is not None and is_usable(attempt.reply_id):
            outcomes = (await self._outcomes())[attempt.reply_id]
            self.shared.outcome.answers[outcomes[-1] if outcomes else "none"] += 1
            if not outcomes:
                self.fault(f"{attempt.kind} {attempt.reply_id} was never answered")
            elif outcomes[-1] == "applied":
                self._applied(attempt)

    def _applied(self, attempt: Attempt) -> None:
        if attempt.reply_type == Delivered.type:
            data = json.loads(attempt.body)
            if not isinstance(data, dict):
                return  # what is said under an id that was applied before is answered by that
            self.said_paid.setdefault(data["job_id"], data["cash_collected_rupiah"])

    def _record(self, attempt: Attempt) -> Record:
        topics = Topics.of(self.hostile)
        topic = topics.replies if attempt.path == "replies" else topics.locations
        return Record(topic, 0, 0, b"key", attempt.body, list(attempt.headers), None)

    # -- what is to hold -------------------------------------------------------------------------------------------------

    async def _outcomes(self) -> dict[str, list[str]]:
        """What the hostile company was told of each of its replies in this session, in order."""
        found: dict[str, list[str]] = defaultdict(list)
        async with self.world.db.acquire() as conn:
            rows = await conn.fetch(
                """SELECT payload FROM outbox WHERE topic = $1 AND type LIKE 'partner.reply_%' ORDER BY seq""",
                Topics.of(self.hostile).jobs,
            )
        for row in rows:
            data = json.loads(row["payload"])
            found[data["reply_id"]].append(data.get("code") or "applied")
        return found

    async def _judge(self, honest_job: DeliveryId) -> None:
        for reply_id, told in (await self._outcomes()).items():
            standing = [each for each in told if each not in _PASSING]
            if len(standing) > 1 or len(told) - len(standing) > len(_PASSING & set(told)):
                self.fault(f"{reply_id} was told of {len(told)} times: {told}")
        if await self.world.status(honest_job) != "DELIVERED":
            self.fault(f"the honest company's trip is {await self.world.status(honest_job)}")
        foreign = [each for each in await self.world.told_to(self.honest) if each.data.get("code")]
        if foreign:
            self.fault(f"the honest company was refused: {foreign}")
        await self._judge_money(honest_job)

    async def _judge_money(self, honest_job: DeliveryId) -> None:
        """Of each delivery one fact, in the words of the reply that was applied; booked, it leaves in the partner's hands what was paid."""
        told = [
            each.data
            for each in await self.world.told(topic="delivery.deliveries")
            if each.type.endswith(".delivered.v1")
        ]
        if len({each["delivery_id"] for each in told}) != len(told):
            self.fault("a trip was delivered twice")
        for fact in told:
            job, paid = fact["delivery_id"], fact["cash_collected_rupiah"]
            wanted = self.asked if job == str(honest_job) else self.said_paid.get(job)
            if paid != wanted:
                self.fault(f"{job} was told as paid with {paid}, and {wanted} was reported")
            shares = Shares(*(fact[f"{who}_share_rupiah"] for who in ("rider", "partner", "platform")))
            goods = self.total - fact["fee_rupiah"]
            booked = cash_on_delivery(
                [Sale(MALL, goods, 0)],
                shares,
                partner="p",
                rider="r",
                due_rupiah=self.asked,
                collected_rupiah=paid,
                test=False,
            )
            in_hand = sum(
                each.amount_rupiah * ((each.debit == "partner:p:cash") - (each.credit == "partner:p:cash"))
                for each in booked
            )
            if in_hand != paid:
                self.fault(f"{job}: {paid} was paid and {in_hand} is booked")
            beside = {str(each.kind) for each in booked if each.kind in ("CASH_SHORT", "CASH_OVER")}
            self.shared.outcome.delivered[min(beside, default="as asked")] += 1
            if bool(beside) != (paid not in (self.total, self.asked)):
                self.fault(f"{job}: {paid} for {self.asked} is booked with {beside}")
