"""A company's people and riders take and report jobs over the graph: by its machine's rules, for as long as they are of it."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from services.contracts.delivery import DeliveryId, RiderId
from tests.worlds import asgi
from tests.worlds.crews import END_RIDER, SHIFT, Company, a_company
from tests.worlds.delivery import CASH, KONCAR, SEMERU, kinds
from tests.worlds.delivery_graph import Graph, subject
from tests.worlds.payloads import PROBLEMS, refused

OFFERS = """query($id: ID!) { answer: partner(id: $id) { offers { id deliveryId test fee riderShare cashToCollect expiresAt
  places { kecamatanCode kecamatanName merchantName point { lat lng } } } } }"""
ACCEPT = f"""mutation($job: ID!, $offer: ID!, $rider: ID!, $key: String!) {{
  answer: acceptOffer(deliveryId: $job, offerId: $offer, riderId: $rider, idempotencyKey: $key) {{
    {PROBLEMS} delivery {{ id status rider {{ id }} }} }} }}"""
DECLINE = f"""mutation($job: ID!, $offer: ID!, $key: String!) {{
  answer: declineOffer(deliveryId: $job, offerId: $offer, idempotencyKey: $key, reason: "penuh") {{ {PROBLEMS} offerId }} }}"""
REPORT = f"""mutation($job: ID!, $status: TripReport!, $key: String!) {{
  answer: reportTrip(deliveryId: $job, status: $status, idempotencyKey: $key) {{ {PROBLEMS} delivery {{ status }} }} }}"""
HAND_OVER = f"""mutation($job: ID!, $pin: String!, $cash: Rupiah!, $key: String!) {{
  answer: handOver(deliveryId: $job, pin: $pin, cashCollected: $cash, idempotencyKey: $key) {{
    {PROBLEMS} delivery {{ status }} }} }}"""
FAIL = f"""mutation($job: ID!, $code: FailureCode!, $key: String!) {{
  answer: reportFailure(deliveryId: $job, code: $code, idempotencyKey: $key) {{ {PROBLEMS} delivery {{ status }} }} }}"""
JOBS = "subscription($id: ID!) { partnerJobs(partnerId: $id) { offers { id } jobs { id status } } }"
FOLLOW = "subscription($id: ID!) { deliveryChanged(id: $id) { status } }"


class Crew:
    """Gatot's company with a dispatcher, Yuli, and two riders, Wawan and Eko; nobody else takes jobs."""

    def __init__(self, company: Company, wawan: str, eko: str) -> None:
        self.company, self.graph, self.world = company, company.graph, company.graph.world
        self.wawan, self.eko = wawan, eko

    async def offered(self) -> tuple[DeliveryId, dict[str, Any]]:
        job = await self.world.job()
        offer, _ = await self.world.open_offer(job)
        return job, {"job": str(job), "offer": str(offer)}

    async def say(self, who: str, document: str, key: str | None = None, **variables: Any) -> Any:
        return (await self.graph.data(who, document, key=key or uuid4().hex, **variables))["answer"]

    async def done(self, who: str, document: str, **variables: Any) -> Any:
        answer = await self.say(who, document, **variables)
        assert answer["problems"] == [], answer
        return answer

    async def trip(self, *reports: str) -> DeliveryId:
        job, named = await self.offered()
        await self.done("yuli", ACCEPT, **named, rider=self.wawan)
        for each in reports:
            await self.done("wawan", REPORT, job=str(job), status=each)
        return job


@pytest.fixture
async def crew(graph: Graph) -> Crew:
    company = await a_company(graph)
    await company.begin()
    await company.come("yuli")
    riders = []
    for name in ("wawan", "eko"):
        riders.append(await company.rider(name))
        await company.rides(name, riders[-1])
    for other in (SEMERU, KONCAR):
        await graph.world.pause(other)
    return Crew(company, *riders)


async def test_a_trip_from_the_offer_to_the_door_by_people_alone(crew: Crew) -> None:
    job, named = await crew.offered()
    (offer,) = (await crew.company.ask("yuli", OFFERS))["offers"]
    assert (offer["id"], offer["deliveryId"], offer["cashToCollect"]) == (named["offer"], named["job"], CASH)
    assert [each["merchantName"] for each in offer["places"]] == ["Mall UMKM", "Kios Cak Di", None]
    taken = await crew.done("yuli", ACCEPT, **named, rider=crew.wawan)
    assert taken["delivery"] == {"id": str(job), "status": "ASSIGNED", "rider": {"id": crew.wawan}}
    for status in ("AT_PICKUP", "PICKED_UP", "AT_DROPOFF"):
        assert (await crew.done("wawan", REPORT, job=str(job), status=status))["delivery"]["status"] == status
    pin = await crew.world.pin(job)
    assert (await crew.done("wawan", HAND_OVER, job=str(job), pin=pin, cash=CASH))["delivery"]["status"] == "DELIVERED"
    told = kinds(await crew.world.told(topic="delivery.deliveries"))
    assert told == ["delivery_requested", "delivery_offered", "delivery_assigned", "rider_arrived", "picked_up", "rider_arrived",
                    "delivered"]  # fmt: skip
    async with crew.world.db.acquire() as conn:
        said = await conn.fetch("SELECT said_by FROM reply_inbox ORDER BY answered_at")
    assert [each["said_by"] for each in said] == [subject("yuli")] + [subject("wawan")] * 4


async def test_a_rider_on_shift_sees_offers_and_takes_them_for_himself_alone(crew: Crew) -> None:
    _, named = await crew.offered()
    assert (await crew.company.ask("wawan", OFFERS))["offers"] == []
    assert refused(await crew.say("wawan", ACCEPT, **named, rider=crew.wawan)) == {"code": "NOT_FOUND"}
    await crew.company.done("wawan", SHIFT, id=crew.wawan, on=True)
    assert len((await crew.company.ask("wawan", OFFERS))["offers"]) == 1
    assert refused(await crew.say("wawan", ACCEPT, **named, rider=crew.eko)) == {"code": "NOT_FOUND"}
    assert refused(await crew.say("wawan", DECLINE, **named)) == {"code": "NOT_FOUND"}
    await crew.done("wawan", ACCEPT, **named, rider=crew.wawan)


async def test_others_see_and_do_nothing_of_it(crew: Crew) -> None:
    job, named = await crew.offered()
    before = await crew.world.state()
    for who in ("stranger", "gatot2"):
        assert (await crew.company.ask(who, OFFERS))["offers"] == []
        for document, given in ((ACCEPT, {**named, "rider": crew.wawan}), (DECLINE, named),
                                (REPORT, {"job": str(job), "status": "PICKED_UP"})):  # fmt: skip
            assert refused(await crew.say(who, document, **given)) == {"code": "NOT_FOUND"}
    for who, code in (("partner", "FORBIDDEN"), ("ops", "FORBIDDEN"), ("nobody", "UNAUTHENTICATED")):
        answer = await crew.graph.ask(who, ACCEPT, **named, rider=crew.wawan, key=uuid4().hex)
        assert answer["errors"][0]["extensions"]["code"] == code
    assert await crew.world.state() == before


async def test_a_trip_is_its_own_riders_to_report_and_the_companys(crew: Crew) -> None:
    job = await crew.trip()
    assert refused(await crew.say("eko", REPORT, job=str(job), status="AT_PICKUP")) == {"code": "NOT_FOUND"}
    await crew.done("gatot", REPORT, job=str(job), status="AT_PICKUP")
    await crew.done("wawan", FAIL, job=str(job), code="RIDER_GAVE_UP")
    assert await crew.world.status(job) == "REQUESTED"
    assert refused(await crew.say("wawan", REPORT, job=str(job), status="PICKED_UP")) == {"code": "NOT_FOUND"}


async def test_refusals_say_what_is_wrong(crew: Crew) -> None:
    job, named = await crew.offered()
    unknown = await crew.say("yuli", ACCEPT, **named, rider=str(SEMERU).replace("ptn", "rid"))
    assert refused(unknown) == {"code": "NOT_FOUND", "field": "riderId"}
    await crew.done("yuli", DECLINE, **named)
    assert refused(await crew.say("yuli", ACCEPT, **named, rider=crew.wawan))["code"] == "WRONG_STATE"
    job = await crew.trip()
    early = await crew.say("wawan", HAND_OVER, job=str(job), pin="0000", cash=CASH)
    assert refused(early)["code"] == "WRONG_STATE"
    await crew.done("wawan", REPORT, job=str(job), status="PICKED_UP")
    much = await crew.say("wawan", HAND_OVER, job=str(job), pin="0000", cash=10**9)
    assert refused(much) == {"code": "IMPLAUSIBLE_CASH", "field": "cashCollected"}


async def test_a_pin_is_guessed_so_often_and_no_more(crew: Crew) -> None:
    """A refusal that counts is committed, whoever says it."""
    job = await crew.trip("PICKED_UP")
    pin = await crew.world.pin(job)
    wrong = "0001" if pin == "0000" else "0000"
    for who in ("wawan", "yuli", "wawan", "gatot", "wawan", "yuli"):
        assert refused(await crew.say(who, HAND_OVER, job=str(job), pin=wrong, cash=CASH))["code"] == "WRONG_PIN"
    assert refused(await crew.say("wawan", HAND_OVER, job=str(job), pin=pin, cash=CASH))["code"] == "WRONG_PIN"


async def test_a_key_makes_a_repeat_the_same_reply_and_is_its_sayers_own(crew: Crew) -> None:
    _, named = await crew.offered()
    key = uuid4().hex
    for _ in range(2):
        answer = await crew.say("yuli", ACCEPT, key, **named, rider=crew.wawan)
        assert answer["problems"] == []
    another = await crew.say("yuli", ACCEPT, key, **named, rider=crew.eko)
    assert refused(another) == {"code": "IDEMPOTENCY_KEY_REUSED", "field": "idempotencyKey"}
    assert refused(await crew.say("gatot", ACCEPT, key, **named, rider=crew.eko))["code"] == "WRONG_STATE"


async def test_of_two_who_take_one_offer_one_has_it(crew: Crew) -> None:
    for _ in range(5):
        job, named = await crew.offered()
        offer = (await crew.world.offers(job))[0].id
        budi = await crew.company.rider("budi")
        *people, machine = await asyncio.gather(
            crew.say("yuli", ACCEPT, **named, rider=crew.wawan),
            crew.say("gatot", ACCEPT, **named, rider=crew.eko),
            crew.world.accept(job, offer, crew.company.key, RiderId.parse(budi)),
        )
        assert sorted([*(not each["problems"] for each in people), machine.code is None]) == [False, False, True]


async def _seen(socket: asgi.Socket, field: str) -> Any:
    message = await socket.receive()
    assert message["type"] == "next", message
    return message["payload"]["data"][field]


async def test_open_work_is_followed_by_own_people_and_by_a_rider_as_far_as_it_is_his(crew: Crew) -> None:
    await crew.company.done("wawan", SHIFT, id=crew.wawan, on=True)
    async with (
        asgi.socket(crew.graph.app, token=crew.graph.token("yuli")) as yuli,
        asgi.socket(crew.graph.app, token=crew.graph.token("wawan")) as wawan,
    ):
        for each in (yuli, wawan):
            assert (await each.receive())["type"] == "connection_ack"
            await each.subscribe(JOBS, id=crew.company.id)
            assert await _seen(each, "partnerJobs") == {"offers": [], "jobs": []}
        job, named = await crew.offered()
        for each in (yuli, wawan):
            assert await _seen(each, "partnerJobs") == {"offers": [{"id": named["offer"]}], "jobs": []}
        await crew.done("yuli", ACCEPT, **named, rider=crew.eko)
        assert await _seen(yuli, "partnerJobs") == {"offers": [], "jobs": [{"id": str(job), "status": "ASSIGNED"}]}
        assert await _seen(wawan, "partnerJobs") == {"offers": [], "jobs": []}


@pytest.mark.parametrize("who", ["yuli", "wawan"])
async def test_what_is_open_ends_within_a_second_of_the_membership(crew: Crew, who: str) -> None:
    job = await crew.trip()
    async with (
        asgi.socket(crew.graph.app, token=crew.graph.token(who)) as work,
        asgi.socket(crew.graph.app, token=crew.graph.token(who)) as trip,
    ):
        for each, document, id_ in ((work, JOBS, crew.company.id), (trip, FOLLOW, str(job))):
            assert (await each.receive())["type"] == "connection_ack"
            await each.subscribe(document, id=id_)
            assert (await each.receive())["type"] == "next"
        if who == "wawan":
            await crew.company.done("gatot", END_RIDER, id=crew.wawan)
        else:
            shown = (await crew.graph.data("yuli", "{ myPartners { members { id isMe } } }"))["myPartners"][0][
                "members"
            ]
            (mine,) = [each["id"] for each in shown if each["isMe"]]
            remove = "mutation($id: ID!, $m: ID!) { removePartnerMember(id: $id, memberId: $m) { problems { code } } }"
            await crew.graph.data("gatot", remove, id=crew.company.id, m=mine)
        async with asyncio.timeout(1):
            for each in (work, trip):
                message = await each.receive()
                while message["type"] == "next":  # what happened before is told late where the machine is busy
                    message = await each.receive()
                assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "NOT_FOUND")
    assert refused(await crew.say(who, REPORT, job=str(job), status="AT_PICKUP")) == {"code": "NOT_FOUND"}


@pytest.mark.parametrize("who", ["stranger", "partner", "officer"])
async def test_who_is_not_of_a_company_does_not_follow_it(crew: Crew, who: str) -> None:
    async with asgi.socket(crew.graph.app, token=crew.graph.token(who)) as socket:
        assert (await socket.receive())["type"] == "connection_ack"
        await socket.subscribe(JOBS, id=crew.company.id)
        message = await socket.receive()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "NOT_FOUND")


@pytest.mark.usefixtures("rates_stand_still")
async def test_who_says_too_much_waits_and_nobody_else_does(crew: Crew) -> None:
    job = await crew.trip()
    answers = [await crew.say("eko", REPORT, job=str(job), status="AT_PICKUP") for _ in range(62)]
    assert refused(answers[-1])["code"] == "RATE_LIMITED"
    await crew.done("wawan", REPORT, job=str(job), status="AT_PICKUP")
