"""A company applies, is looked at, becomes active, pauses and leaves; each change is felt on every channel at once."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from infra.ops.provision.pausing import pause
from services.contracts.delivery import PartnerChanged, PartnerId, PartnerRole, RiderId
from services.delivery.domain.company import MAX_OWN
from services.delivery.store import partners
from services.kit.messaging.envelope import decode
from tests.worlds.crews import APPLICATION, APPLY, INVITE, Company, a_company, moved
from tests.worlds.delivery import KONCAR, SEMERU
from tests.worlds.delivery_counter import Counter
from tests.worlds.delivery_graph import Graph, subject
from tests.worlds.payloads import PROBLEMS, problems, refused

LOOK = """query($id: ID!) { answer: partner(id: $id) { name status statusReason isConnected
  registration { contactName phone licenceNumber kecamatanCode } history { action status reason } members { name role isMe } } }"""
AGAIN = f"""mutation($id: ID!, $input: PartnerApplicationInput!) {{
  answer: applyAgainAsPartner(id: $id, input: $input) {{ {PROBLEMS} partner {{ name status }} }} }}"""
WAITING = "{ partnerApplications { edges { node { id name } } } }"


async def told(graph: Graph, partner_id: PartnerId) -> list[PartnerChanged]:
    events = await graph.world.told(topic="delivery.partners")
    async with graph.world.db.acquire() as conn:
        rows = await conn.fetch(
            "SELECT payload FROM outbox WHERE topic = 'delivery.partners' AND key = $1 ORDER BY seq", str(partner_id)
        )
    assert len(events) >= len(rows)
    return [decode(PartnerChanged, row["payload"]) for row in rows]


async def waiting(graph: Graph, who: str = "officer") -> list[str]:
    return [each["node"]["id"] for each in (await graph.data(who, WAITING))["partnerApplications"]["edges"]]


async def test_a_company_comes_by_the_graph_alone_and_takes_a_job(graph: Graph) -> None:
    company = await a_company(graph)
    assert await waiting(graph) == [company.id]
    assert await told(graph, company.key) == []
    assert await company.move("officer", "verifyPartner") == "SANDBOX"
    assert await waiting(graph) == []
    await company.connect()
    assert await company.move("officer", "activatePartner") == "ACTIVE"
    (verified, active) = await told(graph, company.key)
    assert (verified.status, active.status, active.name) == ("SANDBOX", "ACTIVE", "Ojek Senduro")
    assert [(each.subject, each.role) for each in active.members] == [(subject("gatot"), PartnerRole.OWNER)]
    for other in (SEMERU, KONCAR):
        await graph.world.pause(other)
    job = await graph.world.job()
    assert (await graph.world.open_offer(job))[1] == company.key


async def test_who_only_asks_is_seen_by_own_people_and_the_platform_alone(graph: Graph) -> None:
    company = await a_company(graph)
    for who in ("gatot", "officer", "ops"):
        shown = await company.ask(who, LOOK)
        assert shown["registration"]["phone"] == "+6281234567890"
        assert [each["action"] for each in shown["history"]] == ["APPLY"]
    for who in ("stranger", "partner", "government"):
        assert await company.ask(who, LOOK) is None
    listed = (await graph.data("stranger", "{ partners(first: 100) { edges { node { id } } } }"))["partners"]["edges"]
    assert company.id not in {each["node"]["id"] for each in listed}
    shown_to = await graph.shown_to_staff()
    assert {who for who, whom in shown_to if whom == company.id} == {"per_officer", "usr_ops"}
    assert (await graph.ask("gatot", WAITING))["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_of_a_company_that_is_looked_at_others_see_its_name_and_how_it_stands(graph: Graph) -> None:
    company = await a_company(graph)
    await company.begin()
    shown = await company.ask("stranger", LOOK)
    assert (shown["name"], shown["status"]) == ("Ojek Senduro", "ACTIVE")
    hidden = {name: shown[name] for name in ("statusReason", "isConnected", "registration", "history", "members")}
    assert hidden == {"statusReason": None, "isConnected": None, "registration": None, "history": [], "members": []}


async def test_what_was_sent_back_is_corrected_and_looked_at_again(graph: Graph) -> None:
    company = await a_company(graph)
    early = await company.ask("gatot", AGAIN, input=APPLICATION)
    assert refused(early) == {"code": "WRONG_STATE", "status": "INVITED"}
    assert await company.move("officer", "sendBackPartner", "nama kurang jelas") == "SENT_BACK"
    assert (await company.ask("gatot", LOOK))["statusReason"] == "nama kurang jelas"
    assert await waiting(graph) == []
    wrong = await company.ask(
        "gatot", AGAIN, input={**APPLICATION, "name": " ", "phone": "12", "kecamatanCode": "35.08.99"}
    )
    assert sorted(each["code"] for each in problems(wrong)) == ["INVALID_PHONE", "INVALID_TEXT", "UNKNOWN_REGION"]
    corrected = (await company.done("gatot", AGAIN, input={**APPLICATION, "name": "Ojek Senduro Jaya"}))["partner"]
    assert corrected == {"name": "Ojek Senduro Jaya", "status": "INVITED"}
    assert await waiting(graph) == [company.id]
    assert await told(graph, company.key) == []
    async with graph.world.db.acquire() as conn:  # what the release before reads
        assert await conn.fetchval("SELECT status FROM partner WHERE id = $1", company.key) == "INVITED"


async def test_nobody_decides_on_their_own_and_few_may_decide_at_all(graph: Graph) -> None:
    company = await a_company(graph, "officer")
    for field, reason in (("verifyPartner", None), ("sendBackPartner", "x")):
        said = {} if reason is None else {"reason": reason}
        own = await company.ask("officer", moved(field, reason=reason is not None), **said)
        assert refused(own) == {"code": "OWN_MATTER"}
        answer = await graph.ask("stranger", moved(field, reason=reason is not None), id=company.id, **said)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    for field in ("pausePartner", "resumePartner", "leaveAsPartner"):
        assert refused(await company.ask("stranger", moved(field), reason="x")) == {"code": "NOT_FOUND"}
    await company.move("ops", "verifyPartner")
    assert refused(await company.ask("officer", moved("activatePartner", reason=False))) == {"code": "OWN_MATTER"}


async def test_a_pause_is_undone_by_whose_it_was_and_goes_back_where_it_was(graph: Graph) -> None:
    company = await a_company(graph)
    await company.move("officer", "verifyPartner")
    assert await company.move("gatot", "pausePartner", "libur") == "PAUSED"
    assert await company.move("gatot", "resumePartner", "buka lagi") == "SANDBOX"  # promotes nobody
    await company.connect()
    await company.move("officer", "activatePartner")
    assert await company.move("gatot", "pausePartner", "libur") == "PAUSED"
    assert await company.move("ops", "pausePartner", "keluhan") == "PAUSED"
    assert refused(await company.ask("gatot", moved("resumePartner"), reason="x")) == {
        "code": "WRONG_STATE",
        "status": "PAUSED",
    }
    assert await company.move("gatot", "pausePartner", "libur") == "PAUSED"  # does not make it theirs
    assert refused(await company.ask("gatot", moved("resumePartner"), reason="x"))["code"] == "WRONG_STATE"
    assert await company.move("ops", "resumePartner", "beres") == "ACTIVE"
    reasons = [each.reason for each in await told(graph, company.key)]
    assert reasons == [None, "libur", None, None, "libur", "keluhan", None]


async def test_who_has_left_gets_nothing_finishes_what_it_carries_and_then_takes_no_part(graph: Graph) -> None:
    company = await a_company(graph)
    await company.begin()
    rider = await company.rider()
    for other in (SEMERU, KONCAR):
        await graph.world.pause(other)
    carried, offered = await graph.world.job(), await graph.world.job()
    taken, _ = await graph.world.open_offer(carried)
    assert (await graph.world.accept(carried, taken, company.key, RiderId.parse(rider))).code is None
    open_offer, _ = await graph.world.open_offer(offered)
    offers = "query($id: ID!) { answer: partner(id: $id) { offers { id } jobs { edges { node { id } } } } }"
    assert len((await company.ask("gatot", offers))["offers"]) == 1
    assert await company.move("gatot", "leaveAsPartner", "tutup") == "LEFT"
    await graph.world.fire()
    seen = await company.ask("gatot", offers)  # their pages
    assert (seen["offers"], [each["node"]["id"] for each in seen["jobs"]["edges"]]) == ([], [str(carried)])
    async with graph.world.db.acquire() as conn:  # rights on its topics are taken once it carries nothing
        assert company.key in await partners.that_may_reply(conn)
    late = await graph.world.accept(offered, open_offer, company.key, RiderId.parse(rider))
    assert late.code == "OFFER_WITHDRAWN"
    assert (await Counter(graph.world).ask("GET", "events", company.key)).status == 200
    for report in ("picked_up", "delivered"):
        assert (await graph.world.report(company.key, carried, report)).code is None
    assert (await Counter(graph.world).ask("GET", "events", company.key)).status == 403
    async with graph.world.db.acquire() as conn:
        assert company.key not in await partners.that_may_reply(conn)
        assert await conn.fetchval("SELECT status FROM partner WHERE id = $1", company.key) == "PAUSED"
    for field in ("pausePartner", "resumePartner"):
        assert refused(await company.ask("ops", moved(field), reason="x")) == {"code": "WRONG_STATE", "status": "LEFT"}
    assert refused(await company.ask("gatot", INVITE, role="OWNER")) == {"code": "WRONG_STATE", "status": "LEFT"}
    assert "is LEFT" in await pause(graph.world.db, company.key)


async def test_an_application_that_is_withdrawn_ends_untold(graph: Graph) -> None:
    company = await a_company(graph)
    assert await company.move("gatot", "leaveAsPartner", "tidak jadi") == "LEFT"
    assert await told(graph, company.key) == []
    assert await company.ask("stranger", LOOK) is None
    assert await waiting(graph) == []


async def test_before_its_topics_are_there_nobody_tells_a_company_anything(graph: Graph) -> None:
    """What is told into a topic that is missing would hold up the relay, and with it everybody."""
    company = await a_company(graph)
    await company.move("officer", "verifyPartner")
    await company.move("officer", "activatePartner")
    for other in (SEMERU, KONCAR):
        await graph.world.pause(other)
    job = await graph.world.job()
    assert await graph.world.status(job) == "REQUESTED"
    assert (await Counter(graph.world).ask("GET", "events", company.key)).status == 403
    assert (await company.ask("gatot", LOOK))["isConnected"] is False
    async with graph.world.db.acquire() as conn:
        assert company.key in await partners.that_may_reply(conn)  # so that its topics are made
    await company.connect()
    assert (await company.ask("gatot", LOOK))["isConnected"] is True
    await graph.world.pass_by(10)
    assert (await graph.world.open_offer(job))[1] == company.key


async def test_one_person_has_so_many_companies_also_at_once(graph: Graph) -> None:
    async def apply() -> Any:
        return (await graph.data("gatot", APPLY, input=APPLICATION, key=uuid4().hex))["answer"]

    answers = await asyncio.gather(*(apply() for _ in range(MAX_OWN + 2)))
    assert sorted(len(each["problems"]) for each in answers) == [0] * MAX_OWN + [1, 1]
    assert refused(await apply()) == {"code": "TOO_MANY_OWN_PARTNERS", "limit": MAX_OWN, "unit": "PARTNER"}
    company = Company(graph, next(each["partner"]["id"] for each in answers if each["partner"]))
    await company.move("gatot", "leaveAsPartner", "x")
    assert refused(await apply())["code"] == "TOO_MANY_OWN_PARTNERS"  # leaving makes no room at once


async def test_an_application_said_again_is_the_same_one(graph: Graph) -> None:
    key = uuid4().hex
    made = [(await graph.data("gatot", APPLY, input=APPLICATION, key=key))["answer"]["partner"]["id"] for _ in range(2)]
    assert made[0] == made[1]
    other = (await graph.data("gatot", APPLY, input={**APPLICATION, "name": "Lain"}, key=key))["answer"]
    assert refused(other)["code"] == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE partner SET sent_back = true WHERE id = $1",
        "UPDATE partner SET left_at = now() WHERE id = $1",
        "UPDATE partner SET paused_from = 'INVITED' WHERE id = $1",
        "UPDATE rider SET ended_at = now(), on_shift = true WHERE partner_id = $1",
        "UPDATE rider SET cash_limit_rupiah = -1 WHERE partner_id = $1",
        "INSERT INTO partner_member (partner_id, subject, role, name, joined_at) VALUES ($1, 'x', 'RIDER', 'x', now())",
    ],
)
async def test_what_must_not_be_the_database_refuses(graph: Graph, change: str) -> None:
    async with graph.world.db.acquire() as conn:
        with pytest.raises(asyncpg.CheckViolationError):
            await conn.execute(change, SEMERU)


async def test_history_can_only_grow(graph: Graph) -> None:
    await a_company(graph)
    async with graph.world.db.acquire() as conn:
        for change in ("UPDATE partner_history SET reason = 'x'", "DELETE FROM partner_history"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(change)
