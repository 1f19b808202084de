"""When an ojek company's robot says what it has to say: not before it knows whom to bring it to, and not in a hurry."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from infra.local.robots import company
from infra.local.robots.company import Company
from infra.local.robots.job import Job, Reply
from tests.worlds.waiting import until

JOB = "dlv_1"
OFFER: dict[str, Any] = {"offer_id": "off_1", "pickups": [{"point": {}}], "dropoff": {"point": {}}}


class Desk:
    """The platform, as far as contacts are asked for: so many times it does not know of the assignment."""

    def __init__(self, unknown: int, note: str | None = None) -> None:
        self.unknown = unknown
        self.note = note
        self.asked = 0

    async def get(self, _: str) -> tuple[int, Any]:
        self.asked += 1
        return (404 if self.asked <= self.unknown else 200), {"dropoff": {"note": self.note}}


class Talker:
    def __init__(self, desk: Desk) -> None:
        settings = {"PARTNER_ID": "ptn_1", "RIDERS": "rid_1", "STEP_S": "0"}
        self.company = Company(settings, desk)  # type: ignore[arg-type] # all that it is asked for
        self.told: list[str] = []
        self._count = 0

    def hear(self, kind: str, data: dict[str, Any]) -> None:
        self._count += 1
        self.company.hear(f"evt_{self._count}", f"partner.{kind}.v1", JOB, self._count, data)

    async def tell(self, _: Job, reply: Reply) -> None:
        self.told.append(reply.id)

    async def act(self) -> bool:
        """Whether something has been told by now."""
        await self.company.act(self.tell)
        return bool(self.told)


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company, "_CONTACT_AGAIN_AFTER_S", 0.001)


async def test_a_contact_that_is_not_known_yet_is_asked_for_again_before_the_trip_goes_on() -> None:
    desk = Desk(unknown=2)
    talker = Talker(desk)
    talker.hear("job_offered", OFFER)
    talker.hear("job_assigned", {"rider_id": "rid_1"})
    await talker.act()
    assert (desk.asked, talker.told) == (1, [])
    await until(talker.act)
    assert (desk.asked, talker.told) == (3, ["off_1.arrived.pickup"])


async def test_a_contact_that_never_comes_does_not_stop_the_trip() -> None:
    desk = Desk(unknown=100)
    talker = Talker(desk)
    talker.hear("job_offered", OFFER)
    talker.hear("job_assigned", {"rider_id": "rid_1"})
    await until(talker.act)
    assert (desk.asked, talker.told) == (5, ["off_1.arrived.pickup"])


async def test_a_reply_refused_for_haste_is_not_said_again_at_once() -> None:
    talker = Talker(Desk(unknown=0))
    talker.hear("job_offered", OFFER)
    await until(talker.act)
    talker.hear("reply_refused", {"reply_id": "off_1.accept", "code": "RATE_LIMITED"})
    now = asyncio.get_running_loop().time()
    assert talker.company._act_at[JOB] > now + 1
    talker.hear("reply_refused", {"reply_id": "off_1.accept", "code": "WRONG_ORDER"})
    assert talker.company._act_at[JOB] <= now + 1


@pytest.mark.parametrize(
    ("note", "pause_s"), [("Pelan-pelan saja: PACE=20", 20), ("pagar biru", 0), (None, 0), ("PACE=9999", 0)]
)
async def test_a_buyer_who_asks_for_it_has_his_order_carried_slowly(note: str | None, pause_s: int) -> None:
    talker = Talker(Desk(unknown=0, note=note))
    talker.hear("job_offered", OFFER)
    await until(talker.act)
    assert talker.told == ["off_1.accept"], "an offer does not wait"
    talker.hear("reply_applied", {"reply_id": "off_1.accept"})
    talker.hear("job_assigned", {"rider_id": "rid_1"})
    began = asyncio.get_running_loop().time()
    await talker.act()
    assert (talker.told[1:] == []) is bool(pause_s)
    if pause_s:
        assert talker.company._act_at[JOB] >= began + pause_s
        talker.company._act_at[JOB] = began
        await talker.act()
    talker.hear("reply_applied", {"reply_id": "off_1.arrived.pickup"})
    assert talker.company._act_at[JOB] >= began + pause_s, "so is every step after the first"


async def test_one_slow_order_slows_no_other() -> None:
    talker = Talker(Desk(unknown=0, note="PACE=20"))
    talker.hear("job_offered", OFFER)
    talker.hear("job_assigned", {"rider_id": "rid_1"})
    await talker.act()
    now = asyncio.get_running_loop().time()
    talker.company.hear("evt_9", "partner.job_offered.v1", "dlv_2", 1, {**OFFER, "offer_id": "off_2"})
    assert talker.company._act_at["dlv_2"] <= now + 1 < talker.company._act_at[JOB]


async def test_what_is_not_answered_is_said_again_ever_more_slowly() -> None:
    talker = Talker(Desk(unknown=0))
    pauses = [talker.company._again_after_s(JOB, "off_1.accept") for _ in range(6)]
    assert pauses == [5, 10, 20, 40, 60, 60]
    assert talker.company._again_after_s(JOB, "off_1.arrived.pickup") == 5
