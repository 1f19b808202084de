"""What delivery keeps about somebody: all of it is in their copy, told once and sealed, and erasing does what the list says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from joserfc.jwk import KeySet

from services.contracts.catalog import Member, MemberRole
from services.contracts.delivery import FailureCode, PartnerId, PartnerRole, RiderId
from services.contracts.people import PersonErased, PersonId
from services.delivery import hears
from services.delivery.commands import crews, partners, riders
from services.delivery.domain.caller import Caller
from services.delivery.domain.company import Application, PartnerAction
from services.delivery.domain.crew import RiderDetails, VehicleKind
from services.delivery.domain.ending import DeliveryOutcome
from services.delivery.hears import Given
from services.delivery.store import answers as stored_answers
from services.delivery.store import audit
from services.delivery.store.personal import PERSONAL
from services.kit.database.db import Transaction, transaction
from tests.worlds.delivery import AGUS, BUYER, KONCAR, MALL, MALL_AT, SEMERU, World, a_merchant
from tests.worlds.personal import Held, answers
from tests.worlds.servers import TestDatabase

PERSON = PersonId.new()
ME = str(PERSON)
GONE = ("Tun Mardiyah", "+6281298765432", "Tun di Semeru")
STAYS = ("Agus Sejati", "barang hilang di jalan raya", "Ojek Tun Sejati", "NIB-1122334455", "libur panjang sekali")
OPS = Caller(ops=True)


async def _joins_and_rides(conn: Transaction) -> RiderId:
    """Of Semeru as a dispatcher, who enters a rider and is it."""
    invited = await crews.invite(conn, OPS, SEMERU, PartnerRole.DISPATCHER, by="usr_ops")
    await crews.join(conn, invited.code, GONE[2], by=ME)
    me = Caller(person=ME)
    details = RiderDetails("Agus Sejati", "N 9 ME", VehicleKind.MOTORBIKE, True, 987_654, 34_000)
    rider_id = await riders.save(conn, me, SEMERU, "SMR-0077", details, by=ME)
    _, invited = await crews.invite_rider(conn, me, rider_id, by=ME)
    await crews.join(conn, invited.code, GONE[2], by=ME)
    await riders.shift(conn, me, rider_id, on_shift=True)
    return rider_id


async def _applies(conn: Transaction) -> PartnerId:
    """With a company of their own, which an officer finds in order; they pause it, and invite somebody to it."""
    given = Application(STAYS[2], "35.08.19", GONE[0], "0812-9876-5432", STAYS[3])
    partner_id = await partners.apply(conn, given, by=ME, idempotency_key="0123456789abcdef")
    officer, me = Caller(officer=True), Caller(person=ME)
    await partners.move(conn, officer, partner_id, PartnerAction.VERIFY, None, by="usr_officer")
    await partners.move(conn, me, partner_id, PartnerAction.PAUSE, STAYS[4], by=ME)
    await crews.invite(conn, me, partner_id, PartnerRole.DISPATCHER, by=ME)
    return partner_id


@pytest.fixture
async def held(world: World, own: TestDatabase) -> AsyncIterator[Held]:
    """A rider who has a trip under way and one that staff ended, was looked at by them, looked at another as one of them, and buys too.
    They are a dispatcher of their company as well, and have a company of their own."""
    ridden = await world.trip(SEMERU, "picked_up")
    ended = await world.trip(SEMERU, "picked_up")
    await world.job()
    async with transaction(world.db) as conn:
        rider_id = await _joins_and_rides(conn)
        partner_id = await _applies(conn)
    owner = await asyncpg.connect(own.owner_url)
    await owner.execute("UPDATE delivery SET buyer = $1 WHERE rider_id IS NULL", ME)
    await owner.execute(
        "UPDATE delivery SET rider_id = $1 WHERE rider_id IS NOT NULL AND partner_id = $2", rider_id, SEMERU
    )
    await owner.execute(
        "UPDATE delivery SET failure_code = 'BUYER_REFUSED', ready_at = wlijo_now(), dropoff_wish = 'LEAVE_AT_DOOR'"
    )
    await owner.execute(
        """INSERT INTO delivery_proof (id, delivery_id, kind, partner_id, rider_id, subject, made_at, came_at, proved_at, goes_at, source,
               color, sizes)
           VALUES (gen_random_uuid(), $1, 'PHOTO', $2, $3, $4, wlijo_now(), wlijo_now(), wlijo_now(), wlijo_now() + interval '90 days',
               decode(repeat('00', 32), 'hex'), '#000000', '[{"name": "x", "width": 1, "height": 1}]')""",
        ridden,
        SEMERU,
        rider_id,
        ME,
    )
    await owner.execute("UPDATE stop SET left_out_at = wlijo_now(), ready_at = wlijo_now(), packed_at = wlijo_now()")
    await owner.execute(
        "INSERT INTO position (delivery_id, lat, lng, at) VALUES ($1, -8.1357, 113.2246, wlijo_now())", ridden
    )
    await owner.execute(
        """INSERT INTO delivery_exchange (delivery_id, version, was_rider_id, rider_id, status, cash_to_collect_rupiah, since, at)
           SELECT $1, 99, r.id, $2, 'PICKED_UP', 65000, wlijo_now(), wlijo_now() FROM rider r WHERE r.partner_id = $3 AND r.id <> $2
           LIMIT 1""",
        ridden,
        rider_id,
        SEMERU,
    )
    await owner.execute(
        """INSERT INTO partner_reach (partner_id, hours, kecamatan_codes, corners, set_by, at)
           VALUES ($1, '[]', '{}', '[]', $2, wlijo_now())""",
        SEMERU,
        ME,
    )
    await owner.execute(
        """INSERT INTO company_rate (partner_id, valid_from, per_mille, entered_by, entered_at)
           VALUES ($1, '2126-01-01', 900, $2, wlijo_now())""",
        SEMERU,
        ME,
    )
    await owner.execute(
        """INSERT INTO webhook (id, partner_id, url, made_at, made_by, read_to)
           VALUES ($1, $1, 'https://ojek.example/kabar-tugas', wlijo_now(), $2, '')""",
        SEMERU,
        ME,
    )
    await owner.execute(
        """INSERT INTO rider_place (rider_id, lat, lng, at, near, kept_at)
           VALUES ($1, -8.1357, 113.2246, wlijo_now(), place_on_earth(-8.1357, 113.2246), wlijo_now())""",
        rider_id,
    )
    await owner.execute(
        "INSERT INTO rider_trail (rider_id, lat, lng, at) VALUES ($1, -8.1357, 113.2246, wlijo_now())", rider_id
    )
    await owner.execute(
        """INSERT INTO delivery_link (delivery_id, nonce, digest, made_at)
           SELECT id, decode(repeat('00', 16), 'hex'), sha256('x'), wlijo_now() FROM delivery WHERE buyer = $1 LIMIT 1""",
        ME,
    )
    await owner.execute(
        """UPDATE stop SET arrived_at = wlijo_now(), ready_at = wlijo_now(), failure_code = 'MERCHANT_CLOSED'
           WHERE fetched_at IS NULL AND left_out_at IS NOT NULL"""
    )
    await owner.execute(
        """INSERT INTO delivery_incident SELECT id, 99, 'BREAKDOWN', 'motor mogok di Klakah', partner_id, rider_id, partner_id, rider_id,
               true, 'usr_ops', wlijo_now() FROM delivery WHERE partner_id IS NOT NULL"""
    )
    await world.end(ended, DeliveryOutcome.LOST, failure=FailureCode.LOST_IN_TRANSIT)
    await owner.execute("UPDATE delivery_ending SET reason = 'barang hilang di jalan raya', cash_collected_rupiah = 1")
    async with transaction(world.db) as conn:
        await audit.riders_shown(conn, "usr_ops", [rider_id])
        await audit.riders_shown(conn, ME, [AGUS])
        await audit.shown(conn, "usr_officer", "REGISTRATION_SHOWN", [partner_id])
        await audit.shown(conn, "usr_ops", "MEMBERS_SHOWN", [SEMERU, KONCAR])
        for row in await conn.fetch("SELECT reply_id FROM reply_inbox WHERE delivery_id = $1 AND code IS NULL", ridden):
            await stored_answers.sign(conn, SEMERU, row["reply_id"], ME)
    await world.hear(a_merchant(MALL, MALL_AT, members=[Member(subject=ME, role=MemberRole.OWNER)]))
    async with transaction(world.db) as conn:
        event = a_merchant(MALL, MALL_AT, members=[Member(subject=ME, role=MemberRole.OWNER)])
        await hears.MEMBERS.handle(conn, event)
    found = Held(owner, PERSONAL, ME)
    await found.remember_a_request()
    yield found
    await owner.close()


async def test_all_that_is_kept_is_in_the_copy(held: Held) -> None:
    section = await held.copy([*GONE, *STAYS, "N 9 ME", "987654", "SMR-0077", ME, "113.2246"])
    await held.nobody_else_has_it(GONE)
    trips = {
        (row["buyer"], row["rider_id"])
        for table in section["tables"]
        if table["name"] == "delivery"
        for row in table["rows"]
    }
    assert trips == {("another", "you"), ("you", "another")}
    by_name = {table["name"]: table["rows"] for table in section["tables"]}
    assert {(row["made_by"], row["used_by"]) for row in by_name["partner_invitation"]} == {
        ("another", "you"), ("you", "you"), ("you", None)
    }  # fmt: skip
    assert {row["subject"] for row in by_name["partner_history"]} == {"you", "another"}
    assert {(row["actor"], row["subject"]) for row in by_name["audit"]} == {
        ("another", "you"), ("you", "another"), ("another", by_name["partner"][0]["id"]), ("another", str(SEMERU))
    }  # fmt: skip
    for other in (BUYER, "usr_ops", "usr_officer", str(KONCAR)):
        assert other not in str(section)


async def test_the_answer_is_told_once_and_says_nothing_in_clear(world: World, held: Held) -> None:
    given = (Given(world.policy, KeySet([world.key])),)
    await answers(world.db, hears.HANDLERS, held, PERSONAL, [*STAYS, "N 9 ME"], given)


async def test_another_gets_nothing_of_it(held: Held) -> None:
    assert await Held(held.conn, PERSONAL, str(PersonId.new())).snapshot() == {}
    assert await held.snapshot()


async def test_erasing_does_what_the_list_says(world: World, held: Held) -> None:
    before = await held.snapshot()
    with pytest.raises(AssertionError):  # a negative control
        await held.check_fates(before)
    for _ in range(2):
        await world.hear(PersonErased(person_id=PERSON, erased_at=datetime(2026, 11, 28, tzinfo=UTC)))
    await held.check_fates(before)
    left = await held.conn.fetch("SELECT made_by, used_by FROM partner_invitation")
    assert {(row["made_by"], row["used_by"]) for row in left} == {("usr_ops", None), (None, None)}  # another's stays
    assert await held.mentioning("N 9 ME") == {"rider"}
    for mark in GONE:
        assert await held.mentioning(mark) == set()
    for mark in STAYS:
        assert await held.mentioning(mark)
