"""Licences through the graph: submitted by owners, decided on by officers, reminded of and ended by time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.catalog.commands import licences
from services.catalog.domain.licence import MAX_WAITING, MOST_A_DAY
from services.contracts.catalog import MediaId, MerchantId
from services.contracts.people import PersonId
from services.kit.database.db import Database, transaction
from tests.worlds import servers
from tests.worlds.catalog import BAYAM, KELAPA, KLENGKENG, MIN, SRI, Graph, a_paper, stock_up
from tests.worlds.licences import (
    REJECT,
    REVOKE,
    SUBMIT,
    VERIFY,
    WITHDRAW,
    answered,
    decide,
    halal,
    licences_told,
    look,
    nib,
    pass_days,
    pirt,
    submit,
    today,
    verified,
)
from tests.worlds.payloads import done, problems, refused

SEED = json.loads((Path(__file__).parents[3] / "infra/local/seed/catalog.json").read_text("utf-8"))


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


async def test_a_licence_goes_its_whole_way(graph: Graph, db: Database) -> None:
    made = done(await submit(graph, pirt(BAYAM)))
    assert (made["status"], made["ofMerchant"], made["products"]) == ("SUBMITTED", False, [{"id": str(BAYAM)}])
    assert done(await submit(graph, pirt(BAYAM)))["id"] == made["id"]  # the key makes it the same one
    ok = done(await decide(graph, VERIFY, made["id"]))
    assert [(each["action"], each["status"]) for each in ok["history"]] == [
        ("VERIFY", "VERIFIED"),
        ("SUBMIT", "SUBMITTED"),
    ]
    revoked = done(await decide(graph, REVOKE, made["id"]))
    assert (revoked["status"], revoked["reason"]) == ("REVOKED", "tidak terbaca")
    other = done(await submit(graph, nib(), key="fedcba9876543210"))
    assert done(await decide(graph, REJECT, other["id"]))["status"] == "REJECTED"
    third = done(await submit(graph, halal(), key="fedcba9876543211"))
    assert done(await answered(graph, WITHDRAW, "merchant", "bu-sri", id=third["id"]))["status"] == "WITHDRAWN"
    assert await licences_told(db) == [
        "submitted PIRT",
        "verified PIRT",
        "rejected PIRT revoked",
        "submitted NIB",
        "rejected NIB",
        "submitted HALAL",
        "withdrawn HALAL",
    ]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (
            pirt(BAYAM) | {"number": "2063509010012-30"},
            {"code": "FOREIGN_LICENCE", "field": "input.number", "licenceKind": "PIRT"},
        ),
        (nib() | {"number": "12"}, {"code": "INVALID_LICENCE_NUMBER", "field": "input.number", "licenceKind": "NIB"}),
        (
            nib() | {"productIds": [str(BAYAM)]},
            {"code": "LICENCE_DOES_NOT_FIT", "field": "input.productIds", "licenceKind": "NIB"},
        ),
        (halal(BAYAM, KLENGKENG), {"code": "NOT_FOUND", "field": "input.productIds.1"}),  # another merchant's
        (halal(ends=today() - timedelta(days=1)), {"code": "INVALID_TIME", "field": "input.expiresOn"}),
    ],
)
async def test_what_is_wrong_is_told_at_its_field_and_nothing_is_kept(
    graph: Graph, db: Database, given: Any, found: Any
) -> None:
    assert refused(await submit(graph, given)) == found
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM licence") == 0
    assert await licences_told(db) == []


async def test_all_that_is_wrong_at_once(graph: Graph) -> None:
    bad = {**pirt(), "number": "1", "issuedOn": "1990-01-01", "productIds": None}
    found = {each["field"]: each["code"] for each in problems(await submit(graph, bad))}
    assert found == {
        "input.number": "INVALID_LICENCE_NUMBER",
        "input.issuedOn": "INVALID_TIME",
        "input.productIds": "LICENCE_DOES_NOT_FIT",
    }


@pytest.mark.parametrize("number", ["9120001234567\u202e", "9120001\u200b234567", "9" * 61, ""])
async def test_texts_that_are_none(graph: Graph, number: str) -> None:
    variables = {"id": str(SRI), "input": nib() | {"number": number}, "key": "0123456789abcdef"}
    answer = await graph.answer(SUBMIT, role="merchant", name="bu-sri", **variables)
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    else:
        assert refused(answer["data"]["answer"])["code"] == "INVALID_LICENCE_NUMBER"


async def test_a_photo_is_one_of_its_merchants_papers(db: Database, graph: Graph) -> None:
    variables = {"id": str(SRI), "key": "0123456789abcdef"}
    photo = str(await a_paper(db, SRI, str(PersonId.seeded("bu-sri"))))
    others = await a_paper(db, MIN, str(PersonId.seeded("pak-min")))
    for unknown in (MediaId.new(), others):
        assert refused(await submit(graph, nib() | {"documentPhotoId": str(unknown)}))["code"] == "NOT_FOUND"
    bad = nib() | {"documentPhotoId": str(BAYAM)}
    assert await graph.code(SUBMIT, role="merchant", name="bu-sri", input=bad, **variables) == "BAD_USER_INPUT"
    document = "query($id: ID!) { licence(id: $id) { number document { photoId } history { action } } }"
    made = done(await submit(graph, nib() | {"documentPhotoId": photo}))
    mine = (await graph.data(document, role="merchant", name="bu-sri", id=made["id"]))["licence"]
    assert mine["document"] == {"photoId": photo}
    await decide(graph, VERIFY, made["id"])
    public = (await graph.data(document, id=made["id"]))["licence"]
    assert public == {"number": "9120001234567", "document": None, "history": []}


async def test_only_owners_submit_and_withdraw_and_only_officers_decide(graph: Graph) -> None:
    refusals = [
        await answered(graph, SUBMIT, "merchant", who, id=str(of), input=nib(), key="0123456789abcdef")
        for who, of in (("mbak-yuni", MIN), ("pak-min", SRI), ("siti", SRI))  # staff, another's owner, a stranger
    ]
    made = done(await submit(graph, nib()))
    refusals += [await answered(graph, WITHDRAW, "merchant", who, id=made["id"]) for who in ("pak-min", "siti")]
    assert [refused(each)["code"] for each in refusals] == ["NOT_FOUND"] * 5
    for document in (VERIFY, REJECT, REVOKE):
        for role in ("merchant", "buyer", "government"):
            assert await graph.code(document, role=role, name="bu-sri", id=made["id"]) == "FORBIDDEN"
    assert await graph.code(WITHDRAW, role="officer", name="pak-adi", id=made["id"]) == "FORBIDDEN"
    look = "query($id: ID!) { licence(id: $id) { status } }"
    assert (await graph.data(look, role="merchant", name="pak-min", id=made["id"]))["licence"] is None
    assert (await graph.data(look, role="officer", name="pak-adi", id=made["id"]))["licence"] == {"status": "SUBMITTED"}


async def test_nobody_decides_on_their_own_matter(graph: Graph) -> None:
    made = done(await submit(graph, nib()))
    for document in (VERIFY, REJECT):
        assert refused(await decide(graph, document, made["id"], who="bu-sri")) == {"code": "OWN_MATTER"}


@pytest.mark.parametrize("second", [VERIFY, REJECT])
async def test_of_two_officers_one_decides(graph: Graph, db: Database, second: str) -> None:
    for turn in range(3):
        made = done(await submit(graph, nib(), key=f"0123456789abcde{turn}"))
        answers = await asyncio.gather(
            decide(graph, VERIFY, made["id"], who="pak-adi"), decide(graph, second, made["id"], who="bu-eni")
        )
        codes = [[each["code"] for each in answer["problems"]] for answer in answers]
        assert sorted(codes) == [[], ["WRONG_STATE"]]
        async with db.acquire() as conn:
            kept = await conn.fetchval("SELECT count(*) FROM licence_history WHERE action <> 'SUBMIT'")
        assert kept == turn + 1


async def test_what_waits_and_what_is_due_is_listed_in_order(graph: Graph) -> None:
    waiting = """query($after: String) {
      licencesWaiting(first: 1, after: $after) { edges { node { id } } pageInfo { endCursor hasNextPage } } }"""
    ids = [done(await submit(graph, nib(), key=f"0123456789abcde{each}"))["id"] for each in range(3)]
    seen, after = [], None
    while True:
        page = (await graph.data(waiting, role="officer", after=after))["licencesWaiting"]
        seen += [each["node"]["id"] for each in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == ids
    for turn, days in enumerate((40, 10, 400)):
        await verified(graph, halal(ends=today() + timedelta(days=days)), key=f"fedcba987654321{turn}")
    due = "query($days: Int!) { licencesDue(withinDays: $days) { edges { node { expiresOn merchant { id } } } } }"
    page = (await graph.data(due, role="ops", days=60))["licencesDue"]["edges"]
    assert [each["node"]["expiresOn"] for each in page] == [str(today() + timedelta(days=days)) for days in (10, 40)]
    assert await graph.code(due, role="ops", days=367) == "BAD_USER_INPUT"
    for document, variables in ((waiting, {}), (due, {"days": 1})):
        assert await graph.code(document, role="merchant", name="bu-sri", **variables) == "FORBIDDEN"


async def test_buyers_see_what_holds_and_what_the_law_wants_shown(graph: Graph) -> None:
    qris = {"kind": "QRIS_NMID", "number": "ID1020012345678", "issuedOn": str(today())}
    for turn, given in enumerate((nib(), pirt(BAYAM), halal(), qris)):
        await verified(graph, given, key=f"0123456789abcde{turn}")
    await submit(graph, halal(KELAPA), key="fedcba9876543210")
    document = "query($id: ID!) { merchant(id: $id) { licences { kind status } } }"

    async def kinds(role: str | None, name: str) -> list[str]:
        rows = (await graph.data(document, role=role, name=name, id=str(SRI)))["merchant"]["licences"]
        return [f"{each['kind']} {each['status']}" for each in rows]

    assert await kinds(None, "siti") == ["HALAL VERIFIED", "PIRT VERIFIED", "NIB VERIFIED"]
    assert await kinds("merchant", "pak-min") == await kinds(None, "siti")
    assert sorted(await kinds("merchant", "bu-sri")) == [
        "HALAL SUBMITTED",
        "HALAL VERIFIED",
        "NIB VERIFIED",
        "PIRT VERIFIED",
        "QRIS_NMID VERIFIED",
    ]
    of_goods = [each["kind"] for each in (await look(graph, who=None))["licences"]]
    assert of_goods == ["HALAL", "PIRT", "NIB"]
    assert [each["kind"] for each in (await look(graph, KELAPA, who=None))["licences"]] == ["HALAL", "NIB"]


async def test_one_that_another_follows_is_not_reminded_of(graph: Graph, db: Database) -> None:
    await verified(graph, halal(BAYAM, KELAPA, ends=today() + timedelta(days=70)))
    await verified(graph, halal(BAYAM, ends=today() + timedelta(days=400)), key="fedcba9876543210")
    await pass_days(db, 20)
    assert [each for each in await licences_told(db) if each.startswith("due")] == [
        "due HALAL 60"
    ]  # nothing is for kelapa
    await verified(graph, halal(), key="fedcba9876543211")
    await pass_days(db, 40)
    assert [each for each in await licences_told(db) if each.startswith("due")] == ["due HALAL 60"]


async def test_one_that_ended_while_it_waited_is_verified_no_more(graph: Graph, db: Database) -> None:
    made = done(await submit(graph, halal(BAYAM, ends=today())))
    await pass_days(db, 1)
    assert refused(await decide(graph, VERIFY, made["id"])) == {"code": "WRONG_STATE", "status": "EXPIRED"}
    assert done(await decide(graph, REJECT, made["id"]))["status"] == "REJECTED"


async def test_a_merchant_has_so_many_at_once_and_so_many_a_day(graph: Graph, db: Database) -> None:
    insert = """INSERT INTO licence (id, merchant_id, kind, number, whole, issued_on, state, submitted_at)
        SELECT gen_random_uuid(), $1, 'NIB', '9120001234567', true, '2026-01-01', $2, wlijo_now() FROM generate_series(1, $3)"""
    async with transaction(db) as conn:
        await conn.execute(insert, SRI, "SUBMITTED", MAX_WAITING)
    full = refused(await submit(graph, nib()))
    assert full == {"code": "TOO_MANY_LICENCES", "limit": MAX_WAITING, "unit": "LICENCE"}
    async with transaction(db) as conn:
        await conn.execute("UPDATE licence SET state = 'WITHDRAWN'")
        await conn.execute(insert, SRI, "WITHDRAWN", MOST_A_DAY - MAX_WAITING)
    answer = (await submit(graph, nib()))["problems"]
    assert [(each["code"], each["retryable"]) for each in answer] == [("RATE_LIMITED", True)]
    assert (
        await graph.data(SUBMIT, role="merchant", name="pak-min", id=str(MIN), input=nib(), key="0123456789abcdef")
    )["answer"]["problems"] == []


async def test_a_closed_merchant_submits_nothing_and_waits_for_nobody(graph: Graph, db: Database) -> None:
    made = done(await submit(graph, nib()))
    async with transaction(db) as conn:
        await conn.execute("UPDATE merchant SET status = 'CLOSED' WHERE id = $1", SRI)
    assert refused(await submit(graph, nib(), key="fedcba9876543210")) == {"code": "WRONG_STATE", "status": "CLOSED"}
    waiting = "{ licencesWaiting { edges { node { id } } } }"
    assert (await graph.data(waiting, role="officer"))["licencesWaiting"]["edges"] == []
    assert made


_INSERT = """INSERT INTO licence (id, merchant_id, kind, number, whole, issued_on, expires_on, state, submitted_at)
    VALUES (gen_random_uuid(), '{{sri}}', {}, 'SUBMITTED', now())"""


@pytest.mark.parametrize(
    "statement",
    [
        _INSERT.format("'PIRT', '2063508010012-31', true, '2026-01-01', NULL"),
        _INSERT.format("'NIB', '9120001234567', false, '2026-01-01', NULL"),
        _INSERT.format("'HALAL', 'ID35110000000000001', true, '2026-01-02', '2026-01-01'"),
        _INSERT.format("'NIB', '12', true, '2026-01-01', NULL"),
        "INSERT INTO licence_product SELECT id, '{klengkeng}' FROM licence",
        "UPDATE licence SET state = 'EXPIRED'",
        "INSERT INTO category_requirement VALUES (gen_random_uuid(), 'gadget', 'NIB', '2026-01-01')",
    ],
)
async def test_refused_by_the_database(graph: Graph, db: Database, statement: str) -> None:
    done(await submit(graph, halal(BAYAM)))
    with pytest.raises((asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError)):
        async with db.acquire() as conn:
            await conn.execute(statement.format(sri=SRI.uuid, klengkeng=KLENGKENG.uuid))


@pytest.mark.parametrize("table", ["licence_history", "category_requirement_change", "not_halal_change"])
async def test_nobody_changes_what_was_done(db: Database, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.acquire() as conn:
            await conn.execute(f"DELETE FROM {table}")


async def test_a_timer_of_what_is_gone_does_nothing(db: Database) -> None:
    async with transaction(db) as conn:
        await licences.tick(conn, MerchantId.new().uuid)
