"""A merchant comes, is looked at, sells and ends, through the graph alone; nobody but those whom it concerns sees it before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from services.catalog.commands import members
from services.contracts.catalog import ApplicationSettled, ApplicationWaits, MerchantChanged, MerchantId, MerchantStatus
from services.contracts.people import PersonId
from services.kit.database.db import Database, transaction
from services.kit.messaging.envelope import decode
from tests.worlds import servers
from tests.worlds.catalog import SRI, Graph, stock_up, told
from tests.worlds.payloads import PROBLEMS, done, problems, refused

INPUT = {
    "name": "Keripik Bu Tun",
    "kind": "HOME",
    "kecamatanCode": "35.08.10",
    "point": {"lat": -8.1291, "lng": 113.2241},
    "contactName": "Bu Tun",
    "phone": "0812-3456-7890",
    "capital": 5_000_000,
}
SHOWN = (
    "merchant { id slug name status statusReason registration { phone umkmClass } history { action status reason } }"
)
APPLY = f"""mutation($input: MerchantApplicationInput!, $key: String!) {{
  answer: applyAsMerchant(input: $input, idempotencyKey: $key) {{ {PROBLEMS} {SHOWN} }} }}"""
AGAIN = f"""mutation($id: ID!, $input: MerchantApplicationInput!) {{
  answer: applyAgainAsMerchant(id: $id, input: $input) {{ {PROBLEMS} {SHOWN} }} }}"""


def _moving(mutation: str, *, reason: bool) -> str:
    said, given = ('$reason: String! = "foto kurang jelas"', "reason: $reason") if reason else ("", "")
    return f"mutation($id: ID!, {said}) {{ answer: {mutation}(id: $id, {given}) {{ {PROBLEMS} {SHOWN} }} }}"


VERIFY, OPEN = (_moving(each, reason=False) for each in ("verifyMerchant", "openMerchant"))
SEND_BACK, SUSPEND, REACTIVATE, CLOSE = (
    _moving(each, reason=True)
    for each in ("sendBackMerchant", "suspendMerchant", "reactivateMerchant", "closeMerchant")
)
LOOK = """query($id: ID!) { merchant(id: $id) { name registration { phone contactName } history { action } } }"""


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Database]:
    opened = Database(catalog.url)
    await opened.open()
    await stock_up(opened)
    async with transaction(opened) as conn:
        await conn.execute("DELETE FROM outbox")  # what the seed told
    yield opened
    await opened.close()


@pytest.fixture
def graph(db: Database) -> Graph:
    return Graph.over(db)


async def _apply(graph: Graph, key: str = "0123456789abcdef", who: str = "bu-tun", **other: Any) -> Any:
    variables = {"input": {**INPUT, **other}, "key": key}
    return (await graph.data(APPLY, role="merchant", name=who, **variables))["answer"]


async def _ask(graph: Graph, document: str, merchant: str, role: str, name: str, **variables: Any) -> Any:
    return (await graph.data(document, role=role, name=name, id=merchant, **variables))["answer"]


async def _states(db: Database) -> list[MerchantStatus]:
    return [decode(MerchantChanged, payload).status for _, payload in await told(db, MerchantChanged.type)]


async def _applications(db: Database) -> list[str]:
    """What officers and who applied are told, in its order."""
    found = []
    for kind, payload in await told(db, "catalog.application_%"):
        if kind == ApplicationWaits.type:
            found.append(f"{decode(ApplicationWaits, payload).applicant} waits")
        else:
            settled = decode(ApplicationSettled, payload)
            found.append(f"{settled.applicant} {settled.outcome} {settled.fault}")
    return found


async def test_a_merchant_goes_its_whole_way_through_the_graph(graph: Graph, db: Database) -> None:
    applied = done(await _apply(graph))
    assert (applied["status"], applied["slug"]) == ("APPLIED", "keripik-bu-tun")
    assert applied["registration"] == {"phone": "+6281234567890", "umkmClass": "MIKRO"}
    of = applied["id"]
    sent = done(await _ask(graph, SEND_BACK, of, "officer", "pak-adi"))
    assert (sent["status"], sent["statusReason"]) == ("SENT_BACK", "foto kurang jelas")
    again = done(await _ask(graph, AGAIN, of, "merchant", "bu-tun", input={**INPUT, "name": "Keripik Bu Tun Asli"}))
    assert (again["status"], again["name"], again["slug"]) == ("APPLIED", "Keripik Bu Tun Asli", "keripik-bu-tun")
    assert await _states(db) == []  # nobody else has to know who only asks
    assert done(await _ask(graph, VERIFY, of, "officer", "pak-adi"))["status"] == "VERIFIED"
    assert done(await _ask(graph, OPEN, of, "merchant", "bu-tun"))["status"] == "ACTIVE"
    assert done(await _ask(graph, SUSPEND, of, "ops", "ops"))["status"] == "SUSPENDED"
    assert done(await _ask(graph, REACTIVATE, of, "ops", "ops"))["status"] == "ACTIVE"
    closed = done(await _ask(graph, CLOSE, of, "merchant", "bu-tun", reason="pindah"))
    assert [(each["action"], each["status"]) for each in reversed(closed["history"])] == [
        ("APPLY", "APPLIED"),
        ("SEND_BACK", "SENT_BACK"),
        ("APPLY", "APPLIED"),
        ("VERIFY", "VERIFIED"),
        ("OPEN", "ACTIVE"),
        ("SUSPEND", "SUSPENDED"),
        ("REACTIVATE", "ACTIVE"),
        ("CLOSE", "CLOSED"),
    ]
    assert closed["history"][0]["reason"] == "pindah"
    assert await _states(db) == ["VERIFIED", "ACTIVE", "SUSPENDED", "ACTIVE", "CLOSED"]
    for document, role, name in ((OPEN, "merchant", "bu-tun"), (REACTIVATE, "ops", "ops"), (VERIFY, "officer", "adi")):
        assert refused(await _ask(graph, document, of, role, name)) == {"code": "WRONG_STATE", "status": "CLOSED"}


async def test_who_only_asks_is_seen_by_the_owner_and_the_platform_alone(graph: Graph) -> None:
    of = done(await _apply(graph))["id"]
    seen = {}
    for role, name in (("merchant", "bu-tun"), ("officer", "adi"), ("ops", "ops"), ("merchant", "bu-sri"), (None, "")):
        merchant = (await graph.data(LOOK, role=role, name=name, id=of))["merchant"]
        seen[name] = merchant and merchant["registration"]["contactName"]
    assert seen == {"bu-tun": "Bu Tun", "adi": "Bu Tun", "ops": "Bu Tun", "bu-sri": None, "": None}


async def test_who_has_opened_is_seen_and_what_was_declared_is_not(graph: Graph) -> None:
    of = done(await _apply(graph))["id"]
    done(await _ask(graph, VERIFY, of, "officer", "adi"))
    done(await _ask(graph, OPEN, of, "merchant", "bu-tun"))
    for role, name in ((None, ""), ("merchant", "bu-sri"), ("government", "dinas")):
        merchant = (await graph.data(LOOK, role=role, name=name, id=of))["merchant"]
        assert merchant == {"name": "Keripik Bu Tun", "registration": None, "history": []}


async def test_an_application_that_was_withdrawn_is_never_shown_nor_told(graph: Graph, db: Database) -> None:
    of = done(await _apply(graph))["id"]
    assert done(await _ask(graph, CLOSE, of, "merchant", "bu-tun"))["status"] == "CLOSED"
    assert (await graph.data(LOOK, id=of))["merchant"] is None
    assert await _states(db) == []


async def test_of_an_application_it_is_told_that_it_waits_and_what_became_of_it(graph: Graph, db: Database) -> None:
    of = done(await _apply(graph))["id"]
    done(await _apply(graph))  # a repeat is none
    fault = SEND_BACK.replace("reason: $reason", "reason: $reason, fault: PLACE")
    done(await _ask(graph, fault, of, "officer", "adi"))
    done(await _ask(graph, SEND_BACK, of, "officer", "adi"))  # sent back already
    done(await _ask(graph, AGAIN, of, "merchant", "bu-tun", input=INPUT))
    done(await _ask(graph, VERIFY, of, "officer", "adi"))
    done(await _ask(graph, OPEN, of, "merchant", "bu-tun"))
    done(await _ask(graph, CLOSE, of, "merchant", "bu-tun"))
    other = done(await _apply(graph, "key-of-application-2", "pak-tun"))["id"]
    done(await _ask(graph, CLOSE, other, "merchant", "pak-tun"))
    gone = done(await _apply(graph, "key-of-application-3", "bu-siti"))["id"]
    done(await _ask(graph, SEND_BACK, gone, "officer", "adi"))
    await _apply(graph, "key-of-application-4", "bu-siti")
    await _forget(db, "bu-siti")
    tun, pak, siti = (str(PersonId.seeded(name)) for name in ("bu-tun", "pak-tun", "bu-siti"))
    assert await _applications(db) == [
        f"{tun} waits", f"{tun} SENT_BACK PLACE", f"{tun} waits", f"{tun} VERIFIED None", f"{pak} waits", f"{pak} WITHDRAWN None",
        f"{siti} waits", f"{siti} SENT_BACK OTHER", f"{siti} waits", f"{siti} WITHDRAWN None",
    ]  # fmt: skip
    for _, payload in await told(db, "catalog.application_%"):
        assert not any(each in payload for each in (b"Keripik", b"Bu Tun", b"81234567890", b"foto"))


async def test_officers_see_who_waits_page_by_page(graph: Graph) -> None:
    waiting = [
        done(await _apply(graph, f"key-of-application-{n}", f"owner-{n}", name=f"Toko {n}"))["id"] for n in range(3)
    ]
    query = """query($after: String) { merchantApplications(first: 2, after: $after) {
      edges { node { id registration { contactName } } } pageInfo { hasNextPage endCursor } } }"""
    first = (await graph.data(query, role="officer", name="adi"))["merchantApplications"]
    rest = await graph.data(query, role="officer", name="adi", after=first["pageInfo"]["endCursor"])
    found = [edge["node"]["id"] for page in (first, rest["merchantApplications"]) for edge in page["edges"]]
    assert found == waiting
    assert await graph.code(query, role="merchant", name="bu-tun") == "FORBIDDEN"


async def test_nobody_decides_on_a_merchant_of_their_own(graph: Graph) -> None:
    of = done(await _apply(graph))["id"]
    for document in (VERIFY, SEND_BACK):
        assert refused(await _ask(graph, document, of, "officer", "bu-tun")) == {"code": "OWN_MATTER"}
    assert refused(await _ask(graph, SUSPEND, str(SRI), "ops", "bu-sri")) == {"code": "OWN_MATTER"}


async def test_what_is_the_owners_is_neither_anothers_nor_the_staffs(graph: Graph, db: Database) -> None:
    of = done(await _apply(graph))["id"]
    done(await _ask(graph, VERIFY, of, "officer", "adi"))
    for document, name in ((OPEN, "bu-sri"), (CLOSE, "bu-sri")):
        assert refused(await _ask(graph, document, of, "merchant", name)) == {"code": "NOT_FOUND"}
    async with db.acquire() as conn:
        staff = str(PersonId.seeded("anak-tun"))
        await conn.execute("INSERT INTO merchant_member VALUES ($1, $2, 'STAFF')", MerchantId.parse(of), staff)
    assert refused(await _ask(graph, CLOSE, of, "merchant", "anak-tun")) == {"code": "NOT_FOUND"}
    merchant = (await graph.data(LOOK, role="merchant", name="anak-tun", id=of))["merchant"]
    assert merchant == {"name": "Keripik Bu Tun", "registration": None, "history": []}


async def test_a_repeat_is_the_same_merchant_and_another_body_is_refused(graph: Graph) -> None:
    first, second = await asyncio.gather(_apply(graph), _apply(graph))
    assert done(first)["id"] == done(second)["id"]
    assert refused(await _apply(graph, contactName="Lain"))["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_two_of_one_name_have_slugs_of_their_own(graph: Graph) -> None:
    answers = await asyncio.gather(
        *(_apply(graph, f"key-of-application-{n}", f"owner-{n}") for n in range(4)),
        _apply(graph, "key-of-application-x", "owner-x", name="औषधि"),
    )
    assert sorted(done(each)["slug"] for each in answers) == [
        "keripik-bu-tun",
        "keripik-bu-tun-2",
        "keripik-bu-tun-3",
        "keripik-bu-tun-4",
        "usaha",
    ]


async def test_one_person_has_five_merchants_however_many_are_asked_for_at_once(graph: Graph) -> None:
    answers = await asyncio.gather(*(_apply(graph, f"key-of-application-{n}") for n in range(8)))
    made = [each for each in answers if not each["problems"]]
    assert len(made) == 5
    for each in answers:
        if each["problems"]:
            assert refused(each) == {"code": "TOO_MANY_OWN_MERCHANTS", "limit": 5, "unit": "MERCHANT"}
    # One that was closed lately still counts: else the officers' work has no bound.
    done(await _ask(graph, CLOSE, made[0]["merchant"]["id"], "merchant", "bu-tun"))
    assert refused(await _apply(graph, "key-of-application-z"))["code"] == "TOO_MANY_OWN_MERCHANTS"
    assert done(await _apply(graph, "key-of-application-y", "pak-tun"))


async def test_all_that_is_wrong_is_told_at_once_and_nothing_is_kept(graph: Graph, db: Database) -> None:
    answer = await _apply(graph, contactName=" ", phone="12", kecamatanCode="35.09.01", capital=None)
    assert [(each["code"], each["field"]) for each in problems(answer)] == [
        ("INVALID_TEXT", "input.contactName"),
        ("INVALID_PHONE", "input.phone"),
        ("UNKNOWN_REGION", "input.kecamatanCode"),
        ("SIZE_NOT_DECLARED", "input.yearlySales"),
    ]
    large = await _apply(graph, yearlySales=50_000_000_001)
    assert refused(large) == {"code": "TOO_LARGE_A_BUSINESS", "field": "input.yearlySales"}
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM merchant_registration") == 0


async def test_two_officers_who_decide_at_once_leave_one_decision(graph: Graph, db: Database) -> None:
    of = done(await _apply(graph))["id"]
    answers = await asyncio.gather(
        _ask(graph, VERIFY, of, "officer", "adi"), _ask(graph, SEND_BACK, of, "officer", "budi")
    )
    assert sorted(bool(each["problems"]) for each in answers) == [False, True]
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM merchant_history") == 2


async def test_an_application_is_not_changed_while_it_is_looked_at(graph: Graph) -> None:
    of = done(await _apply(graph))["id"]
    answer = await _ask(graph, AGAIN, of, "merchant", "bu-tun", input={**INPUT, "name": "Lain"})
    assert refused(answer) == {"code": "WRONG_STATE", "status": "APPLIED"}


async def test_history_is_added_to_and_never_changed(catalog: servers.TestDatabase, graph: Graph, db: Database) -> None:
    done(await _apply(graph))
    for statement in ("UPDATE merchant_history SET reason = 'x'", "DELETE FROM merchant_history"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.acquire() as conn:
                await conn.execute(statement)


async def _forget(db: Database, name: str) -> None:
    """As it is told of `name`, whom the graph's tests know by another kind of subject."""
    async with transaction(db) as conn:
        await members.erase(conn, str(PersonId.seeded(name)))


async def test_with_who_applied_goes_their_contact_and_what_nobody_else_has_seen_yet(
    graph: Graph, db: Database
) -> None:
    waiting = (await _apply(graph, who="bu-siti"))["merchant"]["id"]
    open_ = (await _apply(graph, "fedcba9876543210", who="bu-siti", name="Sambel Bu Siti"))["merchant"]["id"]
    other = (await _apply(graph, who="bu-tun"))["merchant"]["id"]
    for document, role, name in ((VERIFY, "officer", "petugas"), (OPEN, "merchant", "bu-siti")):
        done(await _ask(graph, document, open_, role, name))
    before = await _states(db)
    for _ in range(2):
        await _forget(db, "bu-siti")
        looked = [await graph.data(LOOK, role="officer", name="petugas", id=each) for each in (waiting, open_, other)]
        contacts = [each["merchant"]["registration"] for each in looked]
        assert contacts[:2] == [{"phone": None, "contactName": None}] * 2
        assert contacts[2] == {"phone": "+6281234567890", "contactName": "Bu Tun"}
        assert [entry["action"] for entry in looked[0]["merchant"]["history"]] == ["CLOSE", "APPLY"]
        assert await _states(db) == [*before, MerchantStatus.ACTIVE]
