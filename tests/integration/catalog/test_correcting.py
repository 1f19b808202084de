"""People put right what they once said of themselves, and nobody else does; that they did is written down."""

from __future__ import annotations

from typing import Any

import pytest

from services.catalog.app import SERVICE
from services.catalog.commands import merchants
from services.catalog.commands.correcting import MOST_A_DAY
from services.catalog.domain.application import Application
from services.contracts.catalog import MerchantId, MerchantKind
from services.contracts.people import PersonId
from services.kit.database.db import Database, transaction
from tests.worlds.catalog import SRI, Graph
from tests.worlds.payloads import PROBLEMS, done, problems, refused

TUN = str(PersonId.seeded("bu-tun"))
CONTACT = f"""mutation($id: ID!, $called: String!, $phone: String!) {{
  answer: correctMerchantContact(id: $id, input: {{contactName: $called, phone: $phone}}) {{
    {PROBLEMS} merchant {{ registration {{ contactName phone }} }} }} }}"""
NAME = f"""mutation($id: ID!, $called: String!) {{
  answer: correctMemberName(id: $id, name: $called) {{ {PROBLEMS} merchant {{ members {{ name isMe }} }} }} }}"""


@pytest.fixture
async def merchant(db: Database) -> MerchantId:
    given = Application(
        "Keripik Bu Tun", MerchantKind.HOME, "35.08.10", None, -8.1291, 113.2241, "Bu Tum", "081234567890", None, 5_000_000
    )  # fmt: skip
    async with transaction(db) as conn:
        return await merchants.apply(conn, given, by=TUN, idempotency_key="0123456789abcdef")


async def _ask(db: Database, document: str, name: str, role: str = "merchant", **variables: Any) -> Any:
    return (await Graph.over(db).data(document, role=role, name=name, **variables))["answer"]


async def _said(db: Database) -> list[tuple[str, str, str, str]]:
    said: list[Any] = []
    assert await SERVICE.by_hand["audit"](db, [], said.append) == 0
    return [(each["actor"], each["action"], each["subject"], each["about"]) for each in said]


async def test_an_owner_puts_the_contact_right_whatever_the_status(db: Database, merchant: MerchantId) -> None:
    answer = await _ask(db, CONTACT, "bu-tun", id=str(merchant), called=" Bu  Tun ", phone="0813-0000-1111")
    assert answer["problems"] == []
    assert answer["merchant"]["registration"] == {"contactName": "Bu Tun", "phone": "+6281300001111"}
    assert await _said(db) == [(TUN, "CONTACT_CORRECTED", TUN, str(merchant))]


async def test_nobody_else_does(db: Database, merchant: MerchantId) -> None:
    for who in ("bu-sri", "cak-di"):
        answer = await _ask(db, CONTACT, who, id=str(merchant), called="x", phone="081300001111")
        assert refused(answer)["code"] == "NOT_FOUND"
    assert refused(await _ask(db, NAME, "cak-di", id=str(SRI), called="Cak Di"))["code"] == "NOT_FOUND"
    assert await _said(db) == []


async def test_of_a_merchant_that_never_applied_there_is_none(db: Database) -> None:
    answer = await _ask(db, CONTACT, "bu-sri", id=str(SRI), called="Bu Sri", phone="081300001111")
    assert refused(answer)["code"] == "NOT_FOUND"


async def test_all_that_is_wrong_is_said_at_once(db: Database, merchant: MerchantId) -> None:
    found = problems(await _ask(db, CONTACT, "bu-tun", id=str(merchant), called=" ", phone="12"))
    assert [(each["code"], each["field"]) for each in found] == [
        ("INVALID_TEXT", "input.contactName"),
        ("INVALID_PHONE", "input.phone"),
    ]


async def test_who_is_of_a_merchant_says_how_they_are_called(db: Database) -> None:
    answer = done(await _ask(db, NAME, "bu-sri", id=str(SRI), called=" Bu  Sri Wahyuni "))
    assert [each["name"] for each in answer["members"] if each["isMe"]] == ["Bu Sri Wahyuni"]
    subject = str(PersonId.seeded("bu-sri"))
    assert await _said(db) == [(subject, "NAME_CORRECTED", subject, str(SRI))]


@pytest.mark.usefixtures("rates_stand_still")
async def test_nobody_fills_the_audit_by_it(db: Database) -> None:
    for n in range(MOST_A_DAY):
        done(await _ask(db, NAME, "bu-sri", id=str(SRI), called=f"Bu Sri {n}"))
    assert refused(await _ask(db, NAME, "bu-sri", id=str(SRI), called="Bu Sri"))["code"] == "RATE_LIMITED"
    assert len(await _said(db)) == MOST_A_DAY
