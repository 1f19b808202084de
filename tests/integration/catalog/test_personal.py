"""What catalog keeps about somebody: all of it is in their copy, told once and sealed, and erasing does what the list says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import asyncpg
import pytest

from services.catalog import hears
from services.catalog.commands import (
    bulk,
    goods,
    licences,
    loads,
    members,
    merchants,
    needs,
    photos,
    rounds,
    stock_places,
    stocking,
    synonyms,
    templates,
    tree,
)
from services.catalog.commands.stocking import Amount, Said
from services.catalog.domain.application import Application
from services.catalog.domain.bulk import ImportKind
from services.catalog.domain.caller import Caller
from services.catalog.domain.licence import LicenceAction, Submitted
from services.catalog.domain.merchant import MerchantAction
from services.catalog.domain.photo import Made, PhotoPurpose, Size
from services.catalog.domain.templates import Template
from services.catalog.domain.tree import Commodity
from services.catalog.media.names import name_of
from services.catalog.schema.telling import telling
from services.catalog.store import audit
from services.catalog.store.personal import PERSONAL
from services.contracts.catalog import MediaId, MemberRole, MerchantKind, ProductId, UnitKind, VariantId
from services.contracts.licences import LicenceKind
from services.contracts.people import PersonErased, PersonId
from services.contracts.places import GeoPoint
from services.kit.database.db import Database, transaction
from tests.worlds.catalog import BAYAM, SRI
from tests.worlds.personal import Held, answers
from tests.worlds.servers import TestDatabase

PERSON = PersonId.new()
ME = str(PERSON)
GONE = ("Tun Mardiyah", "+6281298765432", "Tun di Warung Sri")
STAYS = ("Keripik Tun Sejati", "foto kurang terang sekali", "nomornya tidak terbaca", "ID35110000000004711")
PHOTO = MediaId.new()
OPS = Caller(ops=True)
HERE = GeoPoint(lat=-8.1274, lng=113.2263)


@pytest.fixture
async def held(db: Database, catalog: TestDatabase) -> AsyncIterator[Held]:
    """Who has applied and was sent back, joined a merchant, counted its stock, put up a photo, and entered reference data as ops do."""
    """Somebody who has applied and was sent back, joined a merchant, counted its stock, is on its round, and entered a synonym."""
    """Somebody who has applied and was sent back, joined a merchant, counted its stock, sent a file, and entered what staff do."""
    given = Application(
        STAYS[0], MerchantKind.HOME, "35.08.10", "35.08.10.1012", -8.1291, 113.2241, GONE[0], "0812-9876-5432", 7_000_000, 5_000_000
    )  # fmt: skip
    async with transaction(db) as conn:
        merchant_id = await merchants.apply(conn, given, by=ME, idempotency_key="0123456789abcdef")
        officer = Caller(officer=True)
        await merchants.move(conn, officer, merchant_id, MerchantAction.SEND_BACK, STAYS[1], by="usr_officer")
        invitation = await members.invite(conn, OPS, SRI, MemberRole.STAFF)
        await members.join(conn, invitation.code, GONE[2], by=ME)
        variant = await conn.fetchval(
            "SELECT v.id FROM variant v JOIN product p ON p.id = v.product_id WHERE p.merchant_id = $1 LIMIT 1", SRI
        )
        await goods.set_stock(conn, Caller(member=ME), VariantId(variant), 4_321, by=ME)
        await needs.save_requirement(conn, "sayur", LicenceKind.QRIS_NMID, date(2090, 4, 5), 77, by=ME)
        product = await conn.fetchval("SELECT product_id FROM variant WHERE id = $1", variant)
        await needs.declare_not_halal(conn, Caller(member=ME), ProductId(product), declared=True, by=ME)
        await photos.request(conn, Caller(member=ME), merchant_id, PhotoPurpose.LICENCE, by=ME, media_id=PHOTO)
        await photos.arrived(
            conn, PHOTO, Made([Size(name=name_of(PHOTO, b"p"), width=9, height=9)], "#ffffff", b"p" * 32)
        )
        paper = Submitted(LicenceKind.HALAL, "ID35110000000004711", date(2026, 3, 4), date(2040, 9, 8), (), PHOTO)
        licence = await licences.submit(
            conn, Caller(member=ME), merchant_id, paper, by=ME, idempotency_key="0123456789abcdee"
        )
        await licences.move(conn, officer, licence, LicenceAction.REJECT, STAYS[2], by="usr_officer")
        mine = Caller(member=ME)
        amounts = [Amount(VariantId(variant), 3)]
        await stocking.spoil(conn, mine, amounts, Said(ME, "0123456789abcdef", note="layu sekali"))
        await loads.save_template(conn, mine, SRI, "Hari pasaran", amounts, by=ME)
        await stock_places.create(conn, mine, SRI, "di rumah ibu", by=ME, key="0123456789abcdef")
        await audit.registrations_shown(conn, "usr_officer", [merchant_id])
        await audit.members_shown(conn, ME, [SRI])
        await tree.save_commodity(conn, Commodity("bayam-hijau", "Bayam hijau", UnitKind.MASS), by=ME)
        await photos.request(conn, Caller(member=ME), SRI, PhotoPurpose.PRODUCT, by=ME)
        shown = await photos.request(conn, Caller(member=ME), SRI, PhotoPurpose.PRODUCT, by=ME)
        size = Size(name=name_of(shown.id, b"x"), width=240, height=180)
        await photos.arrived(conn, shown.id, Made([size], "#336633", b"s" * 32))
        await photos.add(conn, Caller(member=ME), BAYAM, shown.id, "Bayam", by=ME)
        await rounds.set_route(conn, Caller(member=ME), SRI, 6, [], by=ME)
        await rounds.tell_me(conn, ME, SRI, HERE)
        for _ in range(2):
            await rounds.end(conn, Caller(member=ME), SRI, by=ME)
            await rounds.start(conn, Caller(member=ME), SRI, HERE, by=ME)
        await synonyms.save(conn, "gedhang", "pisang", by=ME)
        await synonyms.remove(conn, "gedhang", by=ME)
        oncom = Template("oncom-hitam", "Oncom hitam", "", "sayur", "kg", "per kg", None, None)
        await templates.save(conn, oncom, by=ME)
        await bulk.begin(
            conn,
            Caller(member=ME),
            SRI,
            ImportKind.STOCK,
            b"rusak",
            parts=1,
            dry_run=False,
            by=ME,
            idempotency_key="0123456789abcdef",
        )
        await bulk.work(conn, telling)
    owner = await asyncpg.connect(catalog.owner_url)
    found = Held(owner, PERSONAL, ME)
    await found.remember_a_deed()
    yield found
    await owner.close()


async def test_all_that_is_kept_is_in_the_copy(held: Held) -> None:
    section = await held.copy(
        [
            *GONE,
            *STAYS,
            "7000000",
            "5000000",
            "COUNTED",
            "gedhang",
            "pisang",
            ME,
            "2090-04-05",
            "2040-09-08",
            str(PHOTO),
            "STOCK",
            "bayam-hijau",
            "ADDED",
            "layu sekali",
            "Hari pasaran",
            "CREATE",
            ME,
        ]
    )
    section = await held.copy([*GONE, *STAYS, "7000000", "5000000", "COUNTED", "gedhang", "pisang", "oncom-hitam", ME])
    await held.nobody_else_has_it(GONE)
    others = {
        row["subject"] for table in section["tables"] if table["name"] == "merchant_history" for row in table["rows"]
    }
    assert others == {"you", "another"}
    assert "usr_officer" not in str(section)


async def test_the_answer_is_told_once_and_says_nothing_in_clear(db: Database, held: Held) -> None:
    await answers(db, hears.HANDLERS, held, PERSONAL, [*GONE, *STAYS])


async def test_another_gets_nothing_of_it(held: Held) -> None:
    other = Held(held.conn, PERSONAL, str(PersonId.new()))
    assert await other.snapshot() == {}
    assert await held.snapshot()


async def test_erasing_does_what_the_list_says(db: Database, held: Held) -> None:
    before = await held.snapshot()
    with pytest.raises(AssertionError):  # a negative control
        await held.check_fates(before)
    async with transaction(db) as conn:
        await hears.HANDLERS.handle(conn, PersonErased(person_id=PERSON, erased_at=datetime(2026, 11, 28, tzinfo=UTC)))
    await held.check_fates(before)
    for mark in GONE:
        assert await held.mentioning(mark) == set()
    for mark in STAYS:
        assert await held.mentioning(mark)
