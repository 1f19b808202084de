"""What ordering keeps of what others tell, and its seed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.contracts import catalog, delivery
from services.contracts.catalog import Member, MemberRole, MerchantId, VariantId
from services.contracts.people import PersonId
from services.kit.database.db import transaction
from services.kit.ids import EventId
from services.kit.messaging.consumer import Record
from services.kit.messaging.envelope import Envelope, Event
from services.kit.messaging.inbox import Outcome
from services.kit.messaging.processor import EventProcessor
from services.ordering import hears
from services.ordering.domain.ids import BuyerId, CartId, ContactId
from services.ordering.seed import seed
from tests.worlds.ordering import Market, a_merchant, a_product, a_variant, market, placed
from tests.worlds.servers import TestDatabase

SEED = Path(__file__).parents[3] / "infra/local/seed/ordering.json"


@pytest.fixture
async def world(made: TestDatabase) -> AsyncIterator[Market]:
    async with market(made) as found:
        yield found


def a_record(event: Event, seq: int, source: str) -> Record:
    where = event.destination()
    envelope = Envelope(
        id=str(EventId.new()), source=source, type=event.type, topic=where.topic, aggregate=where.aggregate, seq=seq,
        epoch=1, key=where.key, time=datetime(2026, 2, 1, tzinfo=UTC), stream=event.stream, traceparent=None,
        data=event.payload(),
    )  # fmt: skip
    return Record(where.topic, 0, seq, where.key.encode(), event.payload(), envelope.headers(), None)


def test_every_event_of_catalog_and_of_trips_is_answered() -> None:
    """Who asks to sell is officers' matter, parts of a copy are people's to open, and where nobody rides
    delivery's quotes say; that a search is long is delivery's to show."""
    told = {
        found.type
        for module in (catalog, delivery)
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Event) and hasattr(found, "type")
    }
    assert {each for each in told if hears.HANDLERS.event_class(each) is None} == {
        catalog.ApplicationWaits.type,
        catalog.ApplicationSettled.type,
        catalog.RoundStarted.type,
        catalog.RoundEnded.type,
        catalog.WlijoNear.type,
        delivery.ReportOverdue.type,
        delivery.SearchProlonged.type,
        delivery.ZoneChanged.type,
        catalog.CatalogExportPart.type,
        delivery.DeliveryExportPart.type,
    }


async def test_an_older_state_never_takes_the_place_of_a_newer_one(world: Market) -> None:
    processor = EventProcessor("ordering", world.db, hears.HANDLERS, sources=frozenset({catalog.SOURCE}))
    newer, older = a_merchant(name="wlijo", prep_time_s=2), a_merchant(name="wlijo", prep_time_s=1)
    assert await processor.take(a_record(newer, 2, catalog.SOURCE)) is Outcome.APPLIED
    assert await processor.take(a_record(older, 1, catalog.SOURCE)) is Outcome.DUPLICATE
    assert await world.value("SELECT prep_time_s FROM merchant") == 2


async def test_a_hold_that_is_told_twice_is_taken_once(world: Market) -> None:
    await world.hear(a_merchant(), a_product())
    order_id = await placed(world)
    processor = EventProcessor("ordering", world.db, hears.HANDLERS, sources=frozenset({catalog.SOURCE}))
    held = catalog.StockHeld(
        reservation_id=catalog.ReservationId.new(),
        order_id=str(order_id),
        expires_at=datetime(2026, 2, 1, tzinfo=UTC),
    )
    record = a_record(held, 1, catalog.SOURCE)
    assert await processor.take(record) is Outcome.APPLIED
    before = await world.fingerprint()
    assert await processor.take(record) is Outcome.DUPLICATE
    assert await world.fingerprint() == before


async def test_who_is_not_believed_changes_nothing(world: Market) -> None:
    processor = EventProcessor("ordering", world.db, hears.HANDLERS, sources=frozenset({catalog.SOURCE}))
    assert await processor.take(a_record(a_merchant(), 1, "wlijo/somebody")) is None
    assert await world.value("SELECT count(*) FROM merchant") == 0


async def test_a_product_is_kept_whole_and_what_it_lost_is_marked_gone(world: Market) -> None:
    both = [a_variant("satu"), a_variant("dua")]
    await world.hear(a_product(variants=both))
    await world.hear(a_product(variants=[a_variant("dua", price_rupiah=9_000)]))
    rows = await world.rows("SELECT id, price_rupiah, gone FROM variant ORDER BY price_rupiah")
    assert rows == [
        {"id": VariantId.seeded("satu").uuid, "price_rupiah": 2_500, "gone": True},
        {"id": VariantId.seeded("dua").uuid, "price_rupiah": 9_000, "gone": False},
    ]
    await world.hear(a_product(variants=both))
    assert await world.value("SELECT count(*) FROM variant WHERE gone") == 0


async def test_members_are_those_told_last(world: Market) -> None:
    await world.hear(a_merchant())
    told = [Member(subject="usr_new", role=MemberRole.STAFF), Member(subject="usr_old", role=MemberRole.OWNER)]
    await world.hear(a_merchant(members=told))
    assert await world.rows("SELECT subject FROM merchant_member ORDER BY subject") == [
        {"subject": "usr_new"},
        {"subject": "usr_old"},
    ]
    assert await world.value("SELECT merchant_id FROM merchant_member LIMIT 1") == MerchantId.seeded("wlijo").uuid


async def test_seeding_twice_changes_nothing_and_the_ids_are_the_same_everywhere(world: Market) -> None:
    content = json.loads(SEED.read_text("utf-8"))
    async with transaction(world.db) as conn:
        await seed(conn, content)
    before = await world.fingerprint()
    async with transaction(world.db) as conn:
        await seed(conn, content)
    assert await world.fingerprint() == before
    siti = await world.rows(
        "SELECT b.id, c.id AS cart FROM buyer b JOIN cart c ON c.buyer_id = b.id WHERE subject = $1",
        str(PersonId.seeded("siti")),
    )
    assert siti == [{"id": BuyerId.seeded("buyer/siti").uuid, "cart": CartId.seeded("buyer/siti").uuid}]
    contacts = await world.rows("SELECT id FROM contact WHERE buyer_id = $1", BuyerId.seeded("buyer/siti"))
    assert {ContactId(row["id"]) for row in contacts} == {
        ContactId.seeded("buyer/siti/rumah"),
        ContactId.seeded("buyer/siti/ibu"),
    }
