"""People come to a company by a code that is handed on, its riders too, and go at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from services.contracts.delivery import RiderChanged, RiderId
from services.contracts.people import PersonErased, PersonId
from services.delivery import hears
from services.delivery.domain import crew
from services.kit import handed_on
from services.kit.database.db import transaction
from services.kit.messaging.envelope import decode
from tests.worlds.crews import (
    END_RIDER,
    INVITE,
    INVITE_RIDER,
    JOIN,
    SAVE_RIDER,
    SHIFT,
    Company,
    a_company,
)
from tests.worlds.delivery import KONCAR, SEMERU
from tests.worlds.delivery_graph import Graph, subject
from tests.worlds.payloads import PROBLEMS, problems, refused

MEMBERS = (
    "query($id: ID!) { answer: partner(id: $id) { members { id name role isMe } invitations { id role riderId } } }"
)
WITHDRAW = f"""mutation($id: ID!, $invitation: ID!) {{
  answer: withdrawPartnerInvitation(id: $id, invitationId: $invitation) {{ {PROBLEMS} partner {{ id }} }} }}"""
CHANGE = f"""mutation($id: ID!, $member: ID!, $role: PartnerRole!) {{
  answer: changePartnerMember(id: $id, memberId: $member, role: $role) {{ {PROBLEMS} partner {{ id }} }} }}"""
REMOVE = f"""mutation($id: ID!, $member: ID!) {{
  answer: removePartnerMember(id: $id, memberId: $member) {{ {PROBLEMS} partner {{ id }} }} }}"""
RIDERS = """query($id: ID!, $first: Int, $after: String) { answer: partner(id: $id) { riders(first: $first, after: $after) {
  edges { node { id name plate externalId onShift jobs { id } } } pageInfo { hasNextPage endCursor } } } }"""
MINE = "{ myPartners { id name } myRider { id name partner { id } } }"


@pytest.fixture
async def company(graph: Graph) -> Company:
    made = await a_company(graph)
    await made.begin()
    return made


async def members(company: Company, who: str = "gatot") -> list[tuple[str, str]]:
    return [(each["name"], each["role"]) for each in (await company.ask(who, MEMBERS))["members"]]


async def member_id(company: Company, who: str) -> str:
    (found,) = [each["id"] for each in (await company.ask(who, MEMBERS))["members"] if each["isMe"]]
    return str(found)


async def told_riders(graph: Graph) -> list[RiderChanged]:
    async with graph.world.db.acquire() as conn:
        rows = await conn.fetch("SELECT payload FROM outbox WHERE topic = 'delivery.riders' ORDER BY seq")
    return [decode(RiderChanged, row["payload"]) for row in rows]


async def test_a_dispatcher_comes_by_a_code_and_that_is_told(company: Company) -> None:
    code = (await company.done("gatot", INVITE, role="DISPATCHER"))["code"]
    assert [each["role"] for each in (await company.ask("gatot", MEMBERS))["invitations"]] == ["DISPATCHER"]
    await company.done("yuli", JOIN, code=code.lower().replace("-", " "))
    await company.done("yuli", JOIN, code=code)  # again
    assert await members(company) == [("Pak Gatot", "OWNER"), ("Mbak Yuli", "DISPATCHER")]
    other = await company.ask("budi", JOIN, code=code)
    assert refused(other) == {"code": "CODE_INVALID", "field": "code"}
    told = [each.data for each in await company.graph.world.told(topic="delivery.partners") if each.key == company.id]
    assert told[-1]["members"] == [
        {"subject": subject("gatot"), "role": "OWNER"},
        {"subject": subject("yuli"), "role": "DISPATCHER"},
    ]
    mine = await company.graph.data("yuli", MINE)
    assert [each["id"] for each in mine["myPartners"]] == [company.id]


async def test_of_many_who_have_one_code_one_comes(company: Company) -> None:
    code = (await company.done("gatot", INVITE, role="DISPATCHER"))["code"]
    answers = await asyncio.gather(*(company.ask(f"p{number}", JOIN, code=code) for number in range(5)))
    assert sorted(len(each["problems"]) for each in answers) == [0, 1, 1, 1, 1]


async def test_a_code_that_is_withdrawn_or_over_opens_nothing_and_what_is_kept_is_no_code(company: Company) -> None:
    first = (await company.done("gatot", INVITE, role="OWNER"))["code"]
    (invitation,) = (await company.ask("gatot", MEMBERS))["invitations"]
    for _ in range(2):
        await company.done("gatot", WITHDRAW, invitation=invitation["id"])
    assert refused(await company.ask("yuli", JOIN, code=first))["code"] == "CODE_INVALID"
    second = (await company.done("gatot", INVITE, role="OWNER"))["code"]
    async with company.graph.world.db.acquire() as conn:
        kept = await conn.fetchval("SELECT digest FROM partner_invitation")
    assert kept == handed_on.digest(second)
    await company.graph.world.move_clock(timedelta(days=handed_on.LIVES_DAYS, seconds=1))
    assert refused(await company.ask("yuli", JOIN, code=second))["code"] == "CODE_INVALID"


async def test_owners_decide_dispatchers_and_strangers_do_not_and_an_owner_is_left(company: Company) -> None:
    await company.come("yuli")
    gatot, yuli = await member_id(company, "gatot"), await member_id(company, "yuli")
    for who in ("yuli", "stranger"):
        for document, given in ((INVITE, {"role": "OWNER"}), (CHANGE, {"member": gatot, "role": "DISPATCHER"}),
                                (REMOVE, {"member": gatot})):  # fmt: skip
            assert refused(await company.ask(who, document, **given)) == {"code": "NOT_FOUND"}
    for document, given in ((REMOVE, {}), (CHANGE, {"role": "DISPATCHER"})):
        answer = await company.ask("gatot", document, member=gatot, **given)
        assert refused(answer) == {"code": "LAST_OF_ITS_KIND"}
    await company.done("gatot", CHANGE, member=yuli, role="OWNER")
    await company.done("gatot", REMOVE, member=gatot)
    assert await members(company, "yuli") == [("Mbak Yuli", "OWNER")]
    assert await members(company, "gatot") == []


async def test_invitations_and_people_are_bounded(company: Company) -> None:
    codes = [(await company.done("gatot", INVITE, role="DISPATCHER"))["code"] for _ in range(crew.MAX_INVITATIONS)]
    full = refused(await company.ask("gatot", INVITE, role="DISPATCHER"))
    assert full == {"code": "TOO_MANY_INVITATIONS", "limit": crew.MAX_INVITATIONS, "unit": "INVITATION"}
    async with transaction(company.graph.world.db) as conn:
        for number in range(crew.MAX_MEMBERS - 1):
            await conn.execute(
                "INSERT INTO partner_member (partner_id, subject, role, name, joined_at) VALUES ($1, $2, 'DISPATCHER', 'x', now())",
                company.key,
                f"per_{number}",
            )
    many = refused(await company.ask("yuli", JOIN, code=codes[0]))
    assert many == {"code": "TOO_MANY_MEMBERS", "limit": crew.MAX_MEMBERS, "unit": "PERSON"}


async def test_a_rider_is_entered_by_the_companys_own_id_and_changed_by_it(company: Company) -> None:
    await company.come("yuli")
    rider = await company.rider("A-7", by="yuli", vehicle="CARGO_TRICYCLE", hasBox=True, cashLimit=100_000)
    again = await company.done("gatot", SAVE_RIDER, externalId=" A-7 ", input={"name": "Wawan S", "plate": "N 78 W"})
    assert again["rider"] == {
        "id": rider, "name": "Wawan S", "plate": "N 78 W", "vehicle": "MOTORBIKE", "hasBox": False, "cashLimit": None,
        "externalId": "A-7", "onShift": False, "ended": False, "signsIn": False, "isMe": False,
    }  # fmt: skip
    wrong = await company.ask("gatot", SAVE_RIDER, externalId="", input={"name": "", "plate": "x" * 40})
    assert [each["field"] for each in problems(wrong)] == ["externalId", "input.name", "input.plate"]
    much = await company.ask(
        "gatot", SAVE_RIDER, externalId="B", input={"name": "x", "plate": "x", "cashLimit": 100_000_001}
    )
    assert refused(much)["field"] == "input.cashLimit"
    for who in ("stranger", "partner"):
        answer = await company.graph.ask(
            who, SAVE_RIDER, id=company.id, externalId="B", input={"name": "x", "plate": "x"}
        )
        assert "errors" in answer or refused(answer["data"]["answer"]) == {"code": "NOT_FOUND"}


async def test_riders_are_listed_by_name_for_own_people_and_not_for_others(company: Company) -> None:
    for number, name in enumerate(("Tono", "Agus", "Eko")):
        await company.rider(f"R{number}", name=name)
    first = (await company.ask("gatot", RIDERS, first=2))["riders"]
    rest = (await company.ask("gatot", RIDERS, first=2, after=first["pageInfo"]["endCursor"]))["riders"]
    assert [each["node"]["name"] for each in (*first["edges"], *rest["edges"])] == ["Agus", "Eko", "Tono"]
    for who in ("stranger", "partner", "officer"):
        assert (await company.ask(who, RIDERS))["riders"]["edges"] == []
    assert len((await company.ask("ops", RIDERS))["riders"]["edges"]) == 3
    assert len([1 for who, _ in await company.graph.shown_to_staff() if who == "usr_ops"]) == 3


async def test_a_person_is_a_rider_by_its_code_of_one_company_at_a_time(company: Company) -> None:
    rider = await company.rider()
    first = (await company.done("gatot", INVITE_RIDER, id=rider))["code"]
    second = (await company.done("gatot", INVITE_RIDER, id=rider))["code"]
    assert refused(await company.ask("wawan", JOIN, code=first))["code"] == "CODE_INVALID"  # over by the second
    await company.done("wawan", JOIN, code=second)
    mine = await company.graph.data("wawan", MINE)
    assert mine == {"myPartners": [], "myRider": {"id": rider, "name": "Wawan", "partner": {"id": company.id}}}
    other = await a_company(company.graph, "tini")
    theirs = await other.rider("X", by="tini")
    code = (await other.done("tini", INVITE_RIDER, id=theirs))["code"]
    assert refused(await other.ask("wawan", JOIN, code=code)) == {"code": "RIDES_ALREADY"}
    await company.done("wawan", END_RIDER, id=rider)  # goes by himself
    assert (await company.graph.data("wawan", MINE))["myRider"] is None
    await other.done("wawan", JOIN, code=code)
    said = [(each.subject, each.on_shift, each.ended) for each in await told_riders(company.graph)]
    assert said[-1] == (subject("wawan"), False, False)
    assert (None, False, True) in said


async def test_a_shift_is_the_riders_or_the_companys_to_begin_and_end(company: Company) -> None:
    rider = await company.rider()
    await company.rides("wawan", rider)
    assert refused(await company.ask("stranger", SHIFT, id=rider, on=True)) == {"code": "NOT_FOUND"}
    before = len(await told_riders(company.graph))
    for who, on in (("wawan", True), ("wawan", True), ("gatot", False)):
        assert (await company.done(who, SHIFT, id=rider, on=on))["rider"]["onShift"] is on
    told = (await told_riders(company.graph))[before:]
    assert [(each.subject, each.on_shift) for each in told] == [(subject("wawan"), True), (subject("wawan"), False)]


@pytest.mark.usefixtures("rates_stand_still")
async def test_who_changes_too_much_waits(company: Company) -> None:
    rider = await company.rider()
    await company.rides("wawan", rider)
    answers = [await company.ask("wawan", SHIFT, id=rider, on=bool(number % 2)) for number in range(62)]
    assert refused(answers[-1])["code"] == "RATE_LIMITED"
    await company.done("gatot", SHIFT, id=rider, on=False)


async def test_a_rider_who_ended_accepts_nothing_on_any_channel_and_the_id_is_free(company: Company) -> None:
    world = company.graph.world
    rider = await company.rider()
    for other in (SEMERU, KONCAR):
        await world.pause(other)
    job = await world.job()
    offer, _ = await world.open_offer(job)
    for _ in range(2):
        assert (await company.done("gatot", END_RIDER, id=rider))["rider"]["ended"] is True
    refusal = await world.accept(job, offer, company.key, RiderId.parse(rider))
    assert refusal.code == "NOT_YOUR_RIDER"
    assert refused(await company.ask("gatot", SHIFT, id=rider, on=True)) == {"code": "NOT_FOUND"}
    assert refused(await company.ask("gatot", INVITE_RIDER, id=rider)) == {"code": "NOT_FOUND"}
    assert await company.rider() != rider
    assert len((await company.ask("gatot", RIDERS))["riders"]["edges"]) == 1


async def test_a_rider_does_not_take_more_cash_than_the_company_allows(company: Company) -> None:
    world = company.graph.world
    rider = RiderId.parse(await company.rider(cashLimit=65_000))
    for other in (SEMERU, KONCAR):
        await world.pause(other)
    job = await world.job()
    offer, _ = await world.open_offer(job)
    await company.rider(cashLimit=64_999)  # or it would not have been asked
    before = await world.state()
    assert (await world.accept(job, offer, company.key, rider)).code == "OVER_CASH_LIMIT"
    assert await world.state() == before
    await company.rider(cashLimit=65_000)
    assert (await world.accept(job, offer, company.key, rider)).code is None


async def test_an_end_beside_acceptances_leaves_no_trip_that_began_after_it(company: Company) -> None:
    world = company.graph.world
    for other in (SEMERU, KONCAR):
        await world.pause(other)
    for number in range(5):
        rider = await company.rider(f"R{number}")
        job = await world.job()
        offer, _ = await world.open_offer(job)
        answer, _ = await asyncio.gather(
            world.accept(job, offer, company.key, RiderId.parse(rider)), company.done("gatot", END_RIDER, id=rider)
        )
        assert answer.code in (None, "NOT_YOUR_RIDER")
        late = await world.accept(job, offer, company.key, RiderId.parse(rider))
        assert late.code == ("NOT_YOUR_RIDER" if answer.code else None)


async def test_who_is_forgotten_is_of_no_company_and_nothing_says_who_they_were(company: Company) -> None:
    graph = company.graph
    person = PersonId.new()
    who = str(person)
    async with transaction(graph.world.db) as conn:
        await conn.execute("UPDATE partner_member SET subject = $1", who)
        await conn.execute("UPDATE partner_invitation SET made_by = $1", who)
    applicant = await a_company(graph, "lain")
    async with transaction(graph.world.db) as conn:
        await conn.execute("UPDATE partner_member SET subject = $1 WHERE partner_id = $2", who, applicant.key)
        await conn.execute(
            """INSERT INTO partner_history (partner_id, action, status, subject, at)
               VALUES ($1, 'APPLY', 'INVITED', $2, now())""",
            applicant.key,
            who,
        )
    event = PersonErased(person_id=person, erased_at=datetime(2026, 11, 28, tzinfo=UTC))
    for _ in range(2):
        async with transaction(graph.world.db) as conn:
            await hears.HANDLERS.given(cast(Any, None)).handle(conn, event)
    told = [each.data for each in await graph.world.told(topic="delivery.partners") if each.key == company.id]
    assert told[-1]["members"] == []
    assert [each for each in told if not each["members"]] == [told[-1]]  # once
    async with graph.world.db.acquire() as conn:
        assert not await conn.fetchval(
            """SELECT count(*) FROM (SELECT subject FROM partner_member UNION ALL SELECT used_by FROM partner_invitation
               UNION ALL SELECT made_by FROM partner_invitation UNION ALL SELECT subject FROM rider) s WHERE subject = $1""",
            who,
        )
        kept = await conn.fetchrow(
            """SELECT contact_name, phone, left_at IS NOT NULL AS over
               FROM partner_registration JOIN partner ON id = partner_id WHERE id = $1""",
            applicant.key,
        )
    assert kept
    assert tuple(kept) == (None, None, True)
