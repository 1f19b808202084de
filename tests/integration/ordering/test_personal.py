"""What ordering keeps about somebody: all of it is in their copy, told once and sealed, and erasing does what the list says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import pytest

from services.contracts.cash import CashHandoverId, PayoutId
from services.contracts.catalog import Member, MemberRole, VariantId
from services.contracts.claims import ClaimKind, TicketCategory
from services.contracts.delivery import DeliveryId, DeliveryRequested
from services.contracts.ordering import HandoverWay
from services.contracts.people import PersonErased, PersonId
from services.kit.database.db import transaction
from services.ordering import hears, housekeeping
from services.ordering.commands import carts, claims, commission, contacts, guests, handovers, kasbons, reviews, tickets
from services.ordering.commands.promotions import Maker
from services.ordering.domain.commission import Rule
from services.ordering.domain.contact import Contact
from services.ordering.domain.guests import Guest
from services.ordering.domain.history import ActorKind
from services.ordering.domain.ids import CommissionRuleId
from services.ordering.domain.promotion import PromotionKind
from services.ordering.domain.wishes import WhenShort, Wish
from services.ordering.store import jobs, marks
from services.ordering.store.marks import Marked
from services.ordering.store.personal import PERSONAL
from services.ordering.store.reading import Viewer
from tests.integration.ordering.test_door_of_a_job import company, rides
from tests.worlds.claims import line_of
from tests.worlds.handing_over import a_stop, an_order_for, now, shown
from tests.worlds.kasbons import bought, last_entry, opened, paid
from tests.worlds.ordering import (
    HOME,
    PARTNER,
    RIDER,
    Market,
    a_merchant,
    an_order,
    assigned,
    fetched,
    handed_over,
    hold,
)
from tests.worlds.ordering_site import Site
from tests.worlds.ordering_steps import cancel
from tests.worlds.personal import Held, answers
from tests.worlds.promoting import a_promotion, use_code
from tests.worlds.promoting import an_order as with_voucher

PERSON = PersonId.new()
ME = str(PERSON)
DOOR = Contact(
    "Rumah Mbah", "Siti Khotijah", "081298760001", "Gang Melati Putih 77", "pagar ungu tua", HOME.lat, HOME.lng,
    "35.08.10", "35.08.10.1004",
)  # fmt: skip
OLD = replace(DOOR, label="Kos lama", phone="081298760002", line="Jalan Anggrek Layu 5")
SAVED = replace(DOOR, label="Kantor desa", phone="081298760003", line="Jalan Balai Desa 1")
GONE = (
    "Rumah Mbah", "Siti Khotijah", "+6281298760001", "Gang Melati Putih 77", "pagar ungu tua", "Kos lama", "+6281298760002",
    "Jalan Anggrek Layu 5", "Kantor desa", "+6281298760003", "layu sekali kata Mbah", "harum kata Mbah", "ramah kata Mbah",
    "sudah lunas kata Mbah", "uang kembali kurang kata Mbah", "maaf kata Mbah", "tunai kata Mbah",
)  # fmt: skip
STAYS = ("bayam", "terima kasih", "sudah dilihat petugas gudang", "panggilan pembeli")
_MINE = f"order_id IN (SELECT o.id FROM orders o JOIN buyer b ON b.id = o.buyer_id WHERE b.subject = '{ME}')"
_ORDER = "query($id: ID!) { order(id: $id) { contact { phone } } }"


async def kasbon_of(world: Market, subject: str) -> None:
    """One that was opened, bought on and paid, with a word of hers."""
    kasbon_id = await opened(world, subject=subject)
    await bought(world, subject)
    await paid(world, kasbon_id, 5_000)
    async with transaction(world.db) as conn:
        await kasbons.dispute(conn, subject, await last_entry(world, "PAID"), "sudah lunas kata Mbah")
        await kasbons.close(conn, subject, kasbon_id, None)


@pytest.fixture
async def held(site: Site) -> AsyncIterator[Held]:
    """Somebody who was brought an order, has another that was called off, a full cart, and looks after others' orders as ops."""
    world = site.world
    await kasbon_of(world, ME)
    wanted = await an_order(world, ME)
    async with transaction(world.db) as conn:
        door = await contacts.save_contact(conn, ME, DOOR, idempotency_key="0123456789abcde1")
        old = await contacts.save_contact(conn, ME, OLD, idempotency_key="0123456789abcde2")
        saved = await contacts.save_contact(conn, ME, SAVED, idempotency_key="0123456789abcde3")
        await contacts.set_default_contact(conn, ME, saved)
        await contacts.delete_contact(conn, ME, old)
    order_id = await world.place(ME, replace(wanted, contact_id=door))
    await hold(world, order_id)
    trip = DeliveryId.new()
    requested = DeliveryRequested(
        delivery_id=trip, order_id=order_id, fee_rupiah=10_000, cash_to_collect_rupiah=15_000, test=True
    )
    await world.hear(requested, assigned(order_id, trip))
    async with transaction(world.db) as conn:
        assert await jobs.read_contact(conn, trip, PARTNER, "usr_of_the_company")
    await site.data(_ORDER, "usr_ops", "ops", id=str(order_id))
    await world.hear(fetched(order_id, trip), await handed_over(world, order_id, trip))
    await cancel(world, await world.place(ME, await an_order(world, ME)), ME)
    of_another = await world.place("usr_siti", await an_order(world, "usr_siti"))
    await site.data(_ORDER, ME, "ops", id=str(of_another))
    await world.hear(a_merchant(stops=[a_stop(await now(world))]))
    stop = (await shown(world, HandoverWay.ROUTE_STOP))[0]
    await cancel(world, await world.place(ME, await an_order_for(world, stop, ME)), ME)
    async with transaction(world.db) as conn:
        wish = Wish("antar ke Gang Melati Putih 77", WhenShort.SIMILAR)
        await carts.set_cart_line(conn, ME, VariantId.seeded("bayam"), 3, wish)
        await carts.set_seller_note(conn, ME, a_merchant().merchant_id, "antar ke Gang Melati Putih 77")
        token = await guests.open_cart(conn, [(VariantId.seeded("bayam"), 1)])
        await guests.take_over(conn, ME, Guest.of(token))
    await a_promotion(world, kind=PromotionKind.AMOUNT, value=1_000, code="HEMAT99", by=Maker(ME, programmes=True))
    await cancel(world, await world.place(ME, await with_voucher(world, ME, total=14_000, code="HEMAT99")), ME)
    async with transaction(world.db) as conn:
        await carts.set_cart_line(conn, ME, VariantId.seeded("bayam"), 3, wish)
        await carts.set_seller_note(conn, ME, a_merchant().merchant_id, "antar ke Gang Melati Putih 77")
    await use_code(world, "HEMAT99", ME)
    rule = Rule(CommissionRuleId.new(), 10, datetime(2030, 1, 1, tzinfo=UTC), None, None, "Perbup 12/2026")
    async with transaction(world.db) as conn:
        await commission.set_commission(conn, ME, rule, idempotency_key="0123456789abcde4")
    await world.hear(a_merchant(members=[Member(subject=ME, role=MemberRole.STAFF)]))
    await world.hear(company(PARTNER, ME), rides(RIDER, ME))
    async with transaction(world.db) as conn:
        await handovers.set_handover_limits(
            conn, a_merchant().merchant_id, Viewer(ME), pickups_per_hour=3, deliveries_per_hour=4
        )
    line = await line_of(world, order_id)
    async with transaction(world.db) as conn:
        wanted_back = claims.OpenClaim(line, ClaimKind.SPOILED, 1, "layu sekali kata Mbah")
        claim_id = await claims.open_claim(conn, ME, wanted_back, idempotency_key="0123456789abcde4")
        await reviews.review_goods(conn, ME, line, stars=4, words="harum kata Mbah", by_name=True)
        await reviews.review_delivery(conn, ME, order_id, stars=5, words="ramah kata Mbah")
        asked = tickets.OpenTicket(TicketCategory.ORDER, "uang kembali kurang kata Mbah", order_id)
        ticket_id = await tickets.open_ticket(
            conn, ME, asked, speaks_as=ActorKind.BUYER, idempotency_key="0123456789abcde5"
        )
        await tickets.resolve(conn, ticket_id, "usr_officer", words="sudah diganti")
    async with transaction(world.db) as conn:
        for side in ("BUYER", "MERCHANT"):
            await conn.execute(
                """INSERT INTO claim_photo (id, claim_id, by_kind, subject, made_at, came_at, goes_at, source, color, sizes)
                   VALUES (gen_random_uuid(), $1, $2, $3, wlijo_now(), wlijo_now(), wlijo_now() + interval '90 days', $4, '#336633', $5)""",
                claim_id, side, ME if side == "BUYER" else "usr_wlijo", b"s" * 32,
                '[{"name": "x.webp", "width": 1, "height": 1}]',
            )  # fmt: skip
        await claims.answer_claim(conn, claim_id, ME, amount_rupiah=1_000, words="maaf kata Mbah")
        await claims.agree_to_claim(conn, claim_id, ME)
        await claims.claim_is_paid(conn, claim_id, ME, proof="tunai kata Mbah")
    owner = await asyncpg.connect(world.owner_url)
    # What only seldom happens to an order.
    for statement in (
        (
            "UPDATE orders SET attention = 'DIFFERENT_CASH', call_off_reason = 'panggilan pembeli', call_off_borne_by = 'BUYER',"
            " call_off_at = wlijo_now(), agreed_at = wlijo_now(), confirmed_at = coalesce(confirmed_at, wlijo_now()),"
            " answer_by = wlijo_now(), placed_goods_rupiah = goods_rupiah, placed_delivery_rupiah = delivery_rupiah,"
            " placed_discount_rupiah = discount_rupiah"
        ),
        (
            "UPDATE seller_order SET reject_reason = 'habis', ready_at = wlijo_now(), accept_by = wlijo_now(), left_at = wlijo_now(),"
            " placed_goods_rupiah = goods_rupiah, fee_without_rupiah = 1"
        ),
        "ALTER TABLE order_line DISABLE TRIGGER USER",
        (
            "UPDATE order_line SET state = 'PACKED', packed_quantity = 1, packed_gram = 900, final_rupiah = 7, agreed_rupiah = 7,"
            " when_short = 'ASK', weight_price_rupiah = 1, weight_basis = 1, overrun_percent = 1"
        ),
        "UPDATE order_line SET replaces = id",
        "ALTER TABLE order_line ENABLE TRIGGER USER",
        *(
            "INSERT INTO order_question SELECT gen_random_uuid(), s.order_id, s.id, l.id, '"
            + kind
            + "', 'LAPSED', 1, "
            + what
            + ", 1,"
            " 'DROPPED', 0, wlijo_now(), wlijo_now() + interval '1 s', wlijo_now()"
            " FROM order_line l JOIN seller_order s ON s.id = l.seller_order_id"
            for kind, what in (("OVERWEIGHT", "900, NULL"), ("REPLACEMENT", "NULL, '{}'"))
        ),
        "UPDATE promotion_part SET placed_amount_rupiah = amount_rupiah",
        "UPDATE order_history SET reason = 'habis', reason_code = 'LATE'",
        "UPDATE review SET edited_at = wlijo_now(), answer = 'terima kasih', answered_at = wlijo_now(), reported_at = wlijo_now()",
        f"UPDATE seller_order SET note = 'pagar ungu tua' WHERE {_MINE}",
        (
            "UPDATE order_line SET note = 'pagar ungu tua', when_short = 'DROP' WHERE seller_order_id IN"
            f" (SELECT id FROM seller_order WHERE {_MINE})"
        ),
        ("UPDATE payment SET provider = 'bank', paid_at = wlijo_now() WHERE status = 'COLLECTED'"),
        (
            "INSERT INTO payment_attempt (id, payment_id, order_id, provider, reference, amount_rupiah, received_rupiah, state,"
            " requested_at, expires_at, looked_at) SELECT gen_random_uuid(), id, order_id, 'bank', left(id::text, 25),"
            " amount_rupiah, amount_rupiah, 'PAID',"
            " wlijo_now(), wlijo_now(), wlijo_now() FROM payment WHERE paid_at IS NOT NULL"
        ),
        (
            "INSERT INTO refund (id, order_id, payment_id, attempt_id, cause, amount_rupiah, reason, borne_by, surplus, state,"
            " requested_at, done_at, proof, settled_by) SELECT gen_random_uuid(), order_id, payment_id, id,"
            " 'uji', 1, 'CLAIM', 'PLATFORM', false, 'DONE',"
            " wlijo_now(), wlijo_now(), 'kuitansi', 'usr_ops' FROM payment_attempt"
        ),
        (
            "INSERT INTO payment_event (order_id, attempt_id, refund_id, at, kind, amount_rupiah, said)"
            " SELECT order_id, attempt_id, id, wlijo_now(), 'REFUND_DONE', 1, 'kuitansi' FROM refund"
        ),
        "UPDATE orders SET pay_by = wlijo_now()",
    ):
        await owner.execute(statement)
    # Said, disputed and settled by the same person: no command lets one do that, and the table keeps it apart as far as it may.
    for rider, to, leg in ((RIDER, None, "RIDER_TO_COMPANY"), (None, a_merchant().merchant_id, "COMPANY_TO_MERCHANT")):
        await owner.execute(
            """INSERT INTO cash_handover (id, leg, partner_id, rider_id, merchant_id, test, amount_rupiah, state, stated_side, stated_by,
                   stated_at, counted_rupiah, disputed_by, disputed_at, ended_by, ended_at, note)
               VALUES ($1, $2, $3, $4, $5, true, 9000, 'WITHDRAWN', 'GIVER', $6, wlijo_now(), 8000, $6, wlijo_now(), $6, wlijo_now(),
                       'salah hitung')""",
            CashHandoverId.new(), leg, PARTNER, rider, to, ME,
        )  # fmt: skip
    await owner.execute(
        """INSERT INTO payout (id, payee, payee_id, method, amount_rupiah, reference, note, test, recorded_by, recorded_at, received_by,
               received_at, reversed_by, reversed_at, reversed_because)
           VALUES ($1, 'RIDER', $2, 'BANK', 7000, 'TRF 12', 'foto struk', true, $3, wlijo_now(), $3, wlijo_now(), $3, wlijo_now(),
                   'rekening salah')""",
        PayoutId.new(), RIDER, ME,
    )  # fmt: skip
    await owner.execute("INSERT INTO cash_limit VALUES ($1, 300000, $2, wlijo_now())", PARTNER, ME)
    await owner.execute(
        "INSERT INTO tax_statement VALUES ($1, 2026, $2, wlijo_now(), $2, wlijo_now(), 'surat pernyataan')",
        a_merchant().merchant_id, ME,
    )  # fmt: skip
    async with transaction(world.db) as conn:
        mark = Marked(of_another, "", "DIFFERENT_CASH", datetime(2026, 11, 28, tzinfo=UTC))
        assert await marks.settle(conn, mark.id, mark.mark, because="sudah dilihat petugas gudang", by=ME)
    found = Held(owner, PERSONAL, ME)
    await found.remember_a_deed()
    yield found
    await owner.close()


async def test_all_that_is_kept_is_in_the_copy(held: Held) -> None:
    section = await held.copy([*GONE, *STAYS, ME])
    await held.nobody_else_has_it(GONE)
    (audit,) = (table["rows"] for table in section["tables"] if table["name"] == "audit")
    assert [(each["actor"], each["subject"], bool(each["about"])) for each in audit] == [
        ("another", "you", True),
        ("you", "another", False),
    ]
    assert "usr_" not in str(section)


async def test_the_answer_is_told_once_and_says_nothing_in_clear(site: Site, held: Held) -> None:
    await answers(site.world.db, hears.HANDLERS, held, PERSONAL, [*GONE, *STAYS])


async def test_another_gets_nothing_of_it(held: Held) -> None:
    assert await Held(held.conn, PERSONAL, str(PersonId.new())).snapshot() == {}
    assert await held.snapshot()


async def test_erasing_does_what_the_list_says(site: Site, held: Held) -> None:
    before = await held.snapshot()
    with pytest.raises(AssertionError):  # a negative control
        await held.check_fates(before)
    await site.world.hear(PersonErased(person_id=PERSON, erased_at=datetime(2026, 11, 28, tzinfo=UTC)))
    await housekeeping.look(site.world.db)
    await held.check_fates(before)
    for mark in GONE:
        assert await held.mentioning(mark) == set()
    for mark in STAYS:
        assert await held.mentioning(mark)
