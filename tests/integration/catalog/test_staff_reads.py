"""Whatever staff are shown of who sells is written down: who saw what of whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import asyncpg
import pytest

from services.catalog.app import SERVICE
from services.catalog.commands import goods, licences, merchants
from services.catalog.domain.application import Application
from services.catalog.domain.caller import Caller
from services.catalog.domain.licence import Submitted
from services.contracts.catalog import MerchantId, MerchantKind
from services.contracts.licences import LicenceKind
from services.contracts.people import PersonId
from services.kit.database.db import Database, transaction
from tests.contracts.staff_reads import AUDITED, OWN, gates
from tests.worlds.catalog import BAYAM, BAYAM_IKAT, SRI, Graph, a_paper
from tests.worlds.servers import TestDatabase

BU_SRI = str(PersonId.seeded("bu-sri"))
TUN = str(PersonId.seeded("bu-tun"))
DOCUMENTS = {
    "Licence.document": (
        "query($id: ID!) { merchant(id: $id) { licences { document { photoId } } } }",
        "LICENCE_DOCUMENT_SHOWN",
    ),
    "Merchant.members": ("query($id: ID!) { merchant(id: $id) { members { name } } }", "MEMBER_SHOWN"),
    "Merchant.registration": ("query($id: ID!) { merchant(id: $id) { registration { phone } } }", "REGISTRATION_SHOWN"),
}


@pytest.fixture
async def merchant(db: Database) -> MerchantId:
    given = Application(
        "Keripik Bu Tun", MerchantKind.HOME, "35.08.10", None, -8.1291, 113.2241, "Bu Tun", "081234567890", None, 5_000_000
    )  # fmt: skip
    async with transaction(db) as conn:
        made = await merchants.apply(conn, given, by=TUN, idempotency_key="0123456789abcdef")
    paper = Submitted(LicenceKind.NIB, "9120001234567", date(2026, 1, 5), None, (), await a_paper(db, made, TUN))
    async with transaction(db) as conn:
        await licences.submit(conn, Caller(member=TUN), made, paper, by=TUN, idempotency_key="0123456789abcdef")
    return made


def _shown(answer: Any, gate: str) -> Any:
    """What stands at the gate; None when there is nothing."""
    merchant = (answer or {}).get("merchant") or {}
    if gate == "Licence.document":
        return next((each["document"] for each in merchant.get("licences") or ()), None)
    return merchant.get(gate.partition(".")[2])


async def _said(db: Database, *words: str) -> Sequence[tuple[str, str, str, str | None]]:
    said: list[Any] = []
    assert await SERVICE.by_hand["audit"](db, list(words), said.append) == 0
    return [(each["actor"], each["action"], each["subject"], each["about"]) for each in said]


HISTORY = """query($id: ID!) { product(id: $id) { history { edges { node { what byName actor } } } } }"""


def test_every_gate_is_tried() -> None:
    assert {*DOCUMENTS, "ProductChangeEdge.node"} == gates("catalog", AUDITED)
    # Tried in test_wishes: wishes are one's own.
    assert gates("catalog", OWN) == {"Query.myPassingWishes", "TellMeWhenPassingPayload.wish"}


@pytest.mark.parametrize("gate", DOCUMENTS)
@pytest.mark.parametrize("role", ["ops", "officer"])
async def test_what_staff_are_shown_is_written_down(db: Database, merchant: MerchantId, gate: str, role: str) -> None:
    document, action = DOCUMENTS[gate]
    shown = await Graph.over(db).data(document, role=role, name="budi", id=str(merchant))
    assert _shown(shown, gate)
    seen = (str(PersonId.seeded("budi")), action, TUN, str(merchant))
    assert await _said(db) == [seen]
    assert await _said(db, "--subject", TUN) == await _said(db, "--actor", seen[0]) == [seen]
    assert await _said(db, "--subject", seen[0]) == []


async def _changes(graph: Graph, role: str, name: str) -> Any:
    shown = await graph.data(HISTORY, role=role, name=name, id=str(BAYAM))
    return [edge["node"] for edge in shown["product"]["history"]["edges"]]


async def _raised_by_bu_sri(db: Database) -> str:
    async with db.acquire() as conn:
        await conn.execute("UPDATE merchant_member SET name = 'Bu Sri' WHERE subject = $1", BU_SRI)
    async with transaction(db) as conn:
        await goods.change_price(conn, Caller(member=BU_SRI), BAYAM_IKAT, 9_000, by=BU_SRI)
    return BU_SRI


@pytest.mark.parametrize("role", ["ops", "officer"])
async def test_who_changed_goods_is_shown_to_staff_and_written_down(db: Database, role: str) -> None:
    bu_sri = await _raised_by_bu_sri(db)
    graph = Graph.over(db)
    assert await _changes(graph, role, "budi") == [{"what": "PRICE", "byName": "Bu Sri", "actor": "MEMBER"}]
    assert (str(PersonId.seeded("budi")), "MEMBER_SHOWN", bu_sri, str(SRI)) in await _said(db)


async def test_who_changed_goods_is_not_shown_when_it_cannot_be_written_down(
    db: Database, catalog: TestDatabase
) -> None:
    await _raised_by_bu_sri(db)
    owner = await asyncpg.connect(catalog.owner_url)
    try:
        await owner.execute("REVOKE INSERT ON audit FROM catalog")
        answer = await Graph.over(db).answer(HISTORY, role="ops", name="budi", id=str(BAYAM))
    finally:
        await owner.close()
    assert answer["errors"]
    assert "Bu Sri" not in str(answer)


async def test_who_changed_goods_is_its_merchants_people_own(db: Database) -> None:
    await _raised_by_bu_sri(db)
    graph = Graph.over(db)
    assert await _changes(graph, "merchant", "bu-sri") == [{"what": "PRICE", "byName": "Bu Sri", "actor": "MEMBER"}]
    for role, name in (("merchant", "cak-di"), ("buyer", "siti")):
        assert await _changes(graph, role, name) == []
    assert await _said(db) == []


@pytest.mark.parametrize("gate", DOCUMENTS)
async def test_what_is_ones_own_is_not_and_neither_is_what_strangers_are_refused(
    db: Database, merchant: MerchantId, gate: str
) -> None:
    document, _ = DOCUMENTS[gate]
    graph = Graph.over(db)
    for role, name in (("merchant", "bu-tun"), ("officer", "bu-tun"), ("merchant", "cak-di"), ("buyer", "siti")):
        await graph.answer(document, role=role, name=name, id=str(merchant))
    assert await _said(db) == []


async def test_what_is_done_as_staff_shows_and_is_written_down_too(db: Database, merchant: MerchantId) -> None:
    document = "mutation($id: ID!) { verifyMerchant(id: $id) { merchant { registration { phone } } } }"
    await Graph.over(db).data(document, role="officer", name="budi", id=str(merchant))
    assert [action for _, action, *_ in await _said(db)] == ["REGISTRATION_SHOWN"]


@pytest.mark.parametrize("gate", DOCUMENTS)
async def test_what_cannot_be_written_down_is_not_shown(
    db: Database, catalog: TestDatabase, merchant: MerchantId, gate: str
) -> None:
    owner = await asyncpg.connect(catalog.owner_url)
    try:
        await owner.execute("REVOKE INSERT ON audit FROM catalog")
        answer = await Graph.over(db).answer(DOCUMENTS[gate][0], role="ops", name="budi", id=str(merchant))
    finally:
        await owner.close()
    assert answer["errors"]
    assert not _shown(answer["data"], gate)


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
async def test_nobody_changes_it(db: Database, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.acquire() as conn:
            await conn.execute(statement)
