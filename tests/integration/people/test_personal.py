"""What people keeps about somebody: all of it is in their copy, and erasing does what the list says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from services.contracts.delivery import (
    DeliveryAssigned,
    DeliveryOffered,
    OfferClosed,
    OfferId,
    PartnerChanged,
    PartnerId,
    PartnerMember,
    PartnerRole,
    PartnerStatus,
    RiderChanged,
    RiderId,
)
from services.contracts.ordering import BorneBy, CancelReason
from services.contracts.people import PersonId, StaffRole
from services.kit.database.db import transaction
from services.kit.messaging.envelope import Event
from services.people import housekeeping
from services.people.store import staff
from services.people.store.personal import PERSONAL
from tests.integration.people.test_erasing import ERASE, ERASURE
from tests.integration.people.test_erasing import REQUEST as REQUEST_ERASURE
from tests.worlds.exporting import EXPORTS, REQUEST, Somebody, answer_all, asked_for, somebody
from tests.worlds.notices import Market
from tests.worlds.outgoing import Post
from tests.worlds.payloads import PROBLEMS
from tests.worlds.people import GRANT, REFRESH, House
from tests.worlds.personal import Held
from tests.worlds.servers import Postgres, TestDatabase

PHONE, NAME, DEVICE = "+6281298760011", "Siti Khotijah Binti Salam", "Redmi of Siti"
BROWSER, REFERENCE = "https://push.test/siti-punya", "wamid.SITI-7777"
GONE = (PHONE, NAME, DEVICE, BROWSER, REFERENCE)
_NAME = f'mutation {{ updatePerson(name: "{NAME}") {{ {PROBLEMS} person {{ name }} }} }}'
_CONSENT = 'mutation { giveConsent(document: "terms", version: 7) { problems { code } } }'
_WITHDRAW = 'mutation { withdrawConsent(document: "terms") { problems { code } } }'
_PREFER = (
    "mutation { setNoticePreferences(preferences: [{kind: ORDER_ACCEPTED, channels: [SMS]}]) { problems { code } } }"
)
_READ = "mutation($ids: [ID!]!) { markNoticesRead(ids: $ids) { problems { code } } }"


@pytest.fixture
def made(postgres: Postgres) -> TestDatabase:
    """Of each test's own: it is looked through whole."""
    return postgres.database("people")


@dataclass
class Scene:
    home: House
    siti: Somebody
    held: Held
    market: Market


async def _company(market: Market, who: PersonId) -> list[Event]:
    """Somebody owns a company and rides for it, and is a dispatcher of another that was offered a trip, and of theirs they have one."""
    theirs, other, rider = PartnerId.new(), PartnerId.new(), RiderId.new()
    trip: dict[str, Any] = {"delivery_id": market.delivery_id, "order_id": market.order_id}
    return [
        _partner(theirs, PartnerMember(subject=str(who), role=PartnerRole.OWNER)),
        _partner(other, PartnerMember(subject=str(who), role=PartnerRole.DISPATCHER)),
        RiderChanged(rider_id=rider, partner_id=theirs, subject=str(who), on_shift=True, ended=False),
        DeliveryAssigned(**trip, partner_id=theirs, rider_id=rider),
        DeliveryOffered(**trip, offer_id=OfferId.new(), partner_id=other, expires_at=await market.now()),
    ]


def _partner(partner_id: PartnerId, *members: PartnerMember) -> PartnerChanged:
    return PartnerChanged(
        partner_id=partner_id, name="Ojek Senduro", status=PartnerStatus.ACTIVE, members=list(members)
    )


async def _told_anew(scene: Scene) -> list[Event]:
    """As delivery tells its companies and riders, and that the offer is over, once the person is erased."""
    rows = await scene.held.conn.fetch("SELECT partner_id FROM heard_partner")
    rider = await scene.held.conn.fetchrow("SELECT rider_id, partner_id FROM heard_rider")
    offer = await scene.held.conn.fetchrow("SELECT offer_id, partner_id FROM heard_offer")
    assert rider
    assert offer
    return [
        *(_partner(PartnerId(row["partner_id"])) for row in rows),
        RiderChanged(
            rider_id=RiderId(rider["rider_id"]),
            partner_id=PartnerId(rider["partner_id"]),
            subject=None,
            on_shift=False,
            ended=False,
        ),
        OfferClosed(
            delivery_id=scene.market.delivery_id,
            order_id=scene.market.order_id,
            offer_id=OfferId(offer["offer_id"]),
            partner_id=PartnerId(offer["partner_id"]),
            answer="TIMED_OUT",
        ),
        scene.market.merchant("usr_another"),
    ]


@pytest.fixture
async def scene(home: House) -> AsyncIterator[Scene]:
    """Somebody with everything that there can be: an order and a merchant, two sessions, a copy made and one under way, a role."""
    siti = await somebody(home, PHONE)
    again = await home.signed_in(PHONE, DEVICE)
    for document in (_NAME, _CONSENT, _WITHDRAW, _PREFER):
        await home.data(document, siti.token)
    market = Market(Post(home.db), siti.id, PersonId.new())
    await market.hear(market.merchant(siti.id), market.placed(), market.held())
    await market.hear(*await _company(market, siti.id))
    owner = await asyncpg.connect(home.owner_url)
    async with transaction(home.db) as conn:
        await staff.grant(conn, siti.id, StaffRole.OPS)
    ops = (await home.done(REFRESH, shown=again["tokens"]["refreshToken"]))["accessToken"]
    await home.done(GRANT, ops, phone="+6281298760012", role="OPS")
    await siti.export()
    await answer_all(home, (await asked_for(home, siti.id))[0])
    await siti.export()
    await owner.execute("UPDATE export SET gone_at = ready_at, document = NULL WHERE ready_at IS NOT NULL")
    await home.done(REQUEST, siti.token)
    await owner.execute(
        """INSERT INTO partner_client (id, partner_id, place, name, digest, made_at, made_by, revoked_at, revoked_by)
           VALUES ($2, $2, 1, 'server utama', $3, wlijo_now(), $1, wlijo_now(), $1)""",
        str(siti.id),
        PartnerId.new(),
        bytes(32),
    )
    await owner.execute(
        """INSERT INTO push_subscription (endpoint, person_id, p256dh, auth, made_at) VALUES ($2, $1, 'x', 'y', wlijo_now())""",
        siti.id,
        BROWSER,
    )
    await owner.execute(
        """UPDATE messages SET sent_at = wlijo_now(), failed_at = wlijo_now(), channel = 'sms', reference = $2 WHERE person_id = $1""",
        siti.id,
        REFERENCE,
    )
    await owner.execute(
        """UPDATE messages SET delivered_at = wlijo_now(), undelivered = true WHERE person_id = $1""", siti.id
    )
    await owner.execute(
        """INSERT INTO message_receipt (channel, reference, message_id, sent_at, outcome, heard_at)
           SELECT 'sms', $2 || id, id, wlijo_now(), 'DELIVERED', wlijo_now() FROM messages WHERE person_id = $1""",
        siti.id,
        REFERENCE,
    )
    await owner.execute(
        """UPDATE notice SET outcome = 'TOLD', told_at = wlijo_now(), channel = 'sms', read_at = wlijo_now() WHERE subject = $1""",
        str(siti.id),
    )
    await home.done(REQUEST_ERASURE, siti.token)
    waiting = await home.done(ERASE, siti.token, code=await home.sent_code(PHONE))
    assert waiting == {"status": "WAITING", "waitsFor": ["OPEN_ORDERS"]}
    # An ended one, and one whose copy lies there.
    await owner.execute(
        """UPDATE session SET ended_at = wlijo_now(), ended_because = 'ENDED' WHERE id IN (
               SELECT id FROM session WHERE person_id = $1 ORDER BY id DESC LIMIT 1)""",
        siti.id,
    )
    await owner.execute(
        """INSERT INTO export (id, subject, asked_at, expires_at, waits_for, ready_at, document)
           VALUES (gen_random_uuid(), $1, wlijo_now(), wlijo_now() + interval '7 days', '{}', wlijo_now(), '\\x00')""",
        str(siti.id),
    )
    held = Held(owner, PERSONAL, str(siti.id))
    await held.remember_a_request()
    yield Scene(home, siti, held, market)
    await owner.close()


async def test_all_that_is_kept_is_in_the_copy(scene: Scene) -> None:
    section = await scene.held.copy([*GONE, str(scene.siti.id), "LMJ-261128-0001", "terms", "EXPORT_ASKED"])
    await scene.held.nobody_else_has_it(GONE)
    (audit,) = (table["rows"] for table in section["tables"] if table["name"] == "audit")
    assert {(row["actor"], row["person_id"]) for row in audit} == {("you", "you"), ("you", "another")}
    secrets = ["digest", "private_key", "p256dh", "auth", "code", "text"]
    shown = {name for table in section["tables"] for row in table["rows"] for name in row}
    assert shown & set(secrets) == {"text"}  # a notice's


async def test_another_gets_nothing_of_it(scene: Scene) -> None:
    assert await Held(scene.held.conn, PERSONAL, str(PersonId.new())).snapshot() == {}
    assert await Held(scene.held.conn, PERSONAL, "usr_of_another_issuer").snapshot() == {}


async def test_erasing_does_what_the_list_says(scene: Scene) -> None:
    before = await scene.held.snapshot()
    with pytest.raises(AssertionError):  # a negative control
        await scene.held.check_fates(before)
    # What is looked for can be found.
    assert {"phone", "sign_in_code", "allowance"} <= await scene.held.mentioning(PHONE)
    await scene.market.hear(await scene.market.cancelled(CancelReason.NO_RIDER, BorneBy.NOBODY))
    await housekeeping.erase_waiting(scene.home.db)
    await scene.held.check_fates(before)
    # Limits of codes know the number for two days, else being erased would lift them.
    assert await scene.held.mentioning(PHONE) == {"allowance"}
    for mark in GONE[1:]:
        assert await scene.held.mentioning(mark) == set()
    # The subject stays, in what stays: and names nobody.
    stays = {table.name for table in scene.held.tables if table.about_a_person() and "STAYS" in {str(table.fate)}}
    kits = {"outbox", "outbox_counter", "inbox"}
    heard = {"heard_merchant", "heard_partner", "heard_rider", "heard_offer"}
    found = await scene.held.mentioning(str(scene.siti.id))
    assert heard <= found <= stays | kits | heard
    await scene.market.hear(*await _told_anew(scene))
    assert await scene.held.mentioning(str(scene.siti.id)) <= stays | kits
    assert await scene.home.data(ERASURE, scene.siti.token) == {"erasure": {"status": "DONE", "waitsFor": []}}
    assert (await scene.home.data(EXPORTS, scene.siti.token))["exports"] == []
