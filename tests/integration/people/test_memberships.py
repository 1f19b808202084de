"""An app learns which screens somebody has: of what they are, as the services that decide have told it, and no longer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.contracts.catalog import MerchantId
from services.contracts.delivery import (
    PartnerChanged,
    PartnerId,
    PartnerMember,
    PartnerRole,
    PartnerStatus,
    RiderChanged,
    RiderId,
)
from services.kit.database.db import transaction
from services.people.store import heard_crews
from tests.worlds.people import House

READ = "{ viewer { memberships { kind about name } } }"
STALL, COMPANY, RIDER = MerchantId.new(), PartnerId.new(), RiderId.new()


async def _merchant(home: House, name: str, members: Sequence[str], merchant_id: MerchantId = STALL) -> None:
    async with transaction(home.db) as conn:
        await conn.execute(
            """INSERT INTO heard_merchant (merchant_id, name, accept_within_s, members) VALUES ($1, $2, 60, $3)
               ON CONFLICT (merchant_id) DO UPDATE SET members = excluded.members""",
            merchant_id,
            name,
            list(members),
        )


async def _company(home: House, *members: tuple[str, PartnerRole]) -> None:
    async with transaction(home.db) as conn:
        there = [PartnerMember(subject=subject, role=role) for subject, role in members]
        told = PartnerChanged(partner_id=COMPANY, name="Ojek Senduro", status=PartnerStatus.ACTIVE, members=there)
        await heard_crews.put_partner(conn, told)


async def _rider(home: House, subject: str | None) -> None:
    async with transaction(home.db) as conn:
        told = RiderChanged(rider_id=RIDER, partner_id=COMPANY, subject=subject, on_shift=False, ended=subject is None)
        await heard_crews.put_rider(conn, told)


async def _said(home: House, token: str) -> list[tuple[str, str, str]]:
    found: list[dict[str, Any]] = (await home.data(READ, token))["memberships"]
    return [(each["kind"], each["about"], each["name"]) for each in found]


async def test_everything_that_somebody_is_of_is_said_and_nothing_of_others(home: House) -> None:
    sri = await home.signed_in("+6281234577001")
    stranger = await home.signed_in("+6281234577002")
    token, subject = sri["tokens"]["accessToken"], sri["person"]["id"]
    assert await _said(home, token) == []
    await _merchant(home, "Warung Bu Sri", [subject, "idp|other"])
    await _company(home, (subject, PartnerRole.OWNER), ("idp|other", PartnerRole.DISPATCHER))
    await _rider(home, subject)
    assert await _said(home, token) == [
        ("MERCHANT", str(STALL), "Warung Bu Sri"),
        ("COMPANY_OWNER", str(COMPANY), "Ojek Senduro"),
        ("RIDER", str(COMPANY), "Ojek Senduro"),
    ]
    assert await _said(home, stranger["tokens"]["accessToken"]) == []


async def test_what_has_ended_is_not_said_any_more(home: House) -> None:
    sri = await home.signed_in("+6281234577003")
    token, subject = sri["tokens"]["accessToken"], sri["person"]["id"]
    await _merchant(home, "Warung", [subject], MerchantId.new())
    await _company(home, (subject, PartnerRole.DISPATCHER))
    assert [kind for kind, _, _ in await _said(home, token)] == ["MERCHANT", "DISPATCHER"]
    await _company(home)
    async with transaction(home.db) as conn:
        await conn.execute("UPDATE heard_merchant SET members = array_remove(members, $1)", subject)
    assert await _said(home, token) == []


async def test_whom_another_issuer_knows_is_told_what_their_subject_is_of(home: House) -> None:
    await _merchant(home, "Toko", ["idp|seller"], MerchantId.new())
    found = await home.data(READ, home.others.token(sub="idp|seller"), app=home.as_others)
    assert [each["name"] for each in found["memberships"]] == ["Toko"]
