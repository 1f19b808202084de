"""Photos of claims on PostgreSQL and by HTTP: sent by buyer and merchant, seen by those whom the claim concerns, gone in time and with the
person; and what nobody may."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.contracts.claims import ClaimId
from services.contracts.people import PersonErased, PersonId
from services.kit.database.db import transaction
from services.kit.http.identity import Forbidden
from services.kit.photos.limits import MAX_BYTES
from services.kit.photos.settings import MediaSettings, PhotoSettings
from services.kit.photos.signing import Destination, Signer
from services.kit.photos.storage import LocalStorage
from services.kit.photos.sweeping import Swept, clear, sweep_part
from services.kit.process.settings import Secret
from services.ordering.app import SERVICE
from services.ordering.commands import claim_photos as commands
from services.ordering.commands import claims
from services.ordering.domain.claim_photo import MAX_A_DAY, MAX_PHOTOS, PhotosAreEnough, PhotosOfADayAreEnough
from services.ordering.domain.refusal import Unknown, WrongState
from services.ordering.photos_of_claims import SWEEPER
from tests.worlds.asgi import Answer, request
from tests.worlds.claims import claimed, delivered, line_of
from tests.worlds.ordering import BUDI, SITI, Market, a_key
from tests.worlds.ordering_site import Site
from tests.worlds.ordering_steps import fire
from tests.worlds.payloads import PROBLEMS
from tests.worlds.pictures import from_a_phone, photo

DAY = 86_400
WLIJO = "usr_wlijo"
ASK = f"""mutation($id: ID!, $back: String) {{
  requestClaimPhotoUpload(id: $id, returnTo: $back) {{ {PROBLEMS} upload {{ photoId url expiresAt maxBytes }} }} }}"""
SEE = "query($id: ID!) { claim(id: $id) { photos { id by byMe sentAt color sizes { url width height } } } }"


@pytest.fixture
def site(world: Market, tmp_path: Path) -> Site:
    return Site(
        world, media=MediaSettings(media_path=tmp_path / "media"), sent=PhotoSettings(media_key=Secret("k" * 32))
    )


@pytest.fixture
async def claim_id(world: Market) -> ClaimId:
    return await claimed(world, await line_of(world, await delivered(world)))


async def asked(site: Site, claim_id: ClaimId, who: str = SITI, role: str = "buyer", back: str | None = None) -> Any:
    return await site.done(ASK, who, role, id=str(claim_id), back=back)


async def send(site: Site, url: str, content: bytes, kind: str = "image/jpeg") -> Answer:
    return await request(site.app, "PUT", url, headers={"content-type": kind}, body=content)


async def sent(site: Site, claim_id: ClaimId, who: str = SITI, role: str = "buyer") -> str:
    upload = await asked(site, claim_id, who, role)
    answer = await send(site, upload["url"], photo())
    assert answer.status == 201, answer.body
    assert answer.json() == {"id": upload["photoId"], "sizes": []}
    return str(upload["photoId"])


async def seen(site: Site, claim_id: ClaimId, who: str = SITI, role: str = "buyer") -> list[Any] | None:
    found = await site.data(SEE, who, role, id=str(claim_id))
    return None if found is None else list(found["photos"])


def files(tmp_path: Path) -> list[str]:
    root = tmp_path / "media"
    return sorted(str(each.relative_to(root)) for each in root.rglob("*") if each.is_file())


async def cleared(world: Market, tmp_path: Path) -> None:
    await clear(SWEEPER, world.db, LocalStorage(tmp_path / "media"), Swept())


async def test_both_sides_send_photos_and_those_whom_it_concerns_see_them(
    site: Site, world: Market, claim_id: ClaimId, tmp_path: Path
) -> None:
    upload = await asked(site, claim_id)
    assert (upload["maxBytes"], upload["url"].startswith("/claims/photos/upload/")) == (MAX_BYTES, True)
    answer = await send(site, upload["url"], from_a_phone())
    assert answer.status == 201, answer.body
    await sent(site, claim_id, WLIJO, "merchant")
    for who, role, mine in (
        (SITI, "buyer", [True, False]),
        (WLIJO, "merchant", [False, True]),
        ("usr_ops", "ops", [False, False]),
    ):
        photos = await seen(site, claim_id, who, role)
        assert photos is not None
        assert [(each["by"], each["byMe"]) for each in photos] == [("BUYER", mine[0]), ("MERCHANT", mine[1])]
    assert await seen(site, claim_id, BUDI) is None
    assert len(await seen(site, claim_id, "usr_officer", "officer") or []) == 2
    said: list[Any] = []
    assert await SERVICE.by_hand["audit"](world.db, ["--subject", SITI], said.append) == 0
    assert [(each["actor"], each["action"]) for each in said] == [
        ("usr_officer", "CLAIM_PHOTO_SHOWN"), ("usr_ops", "CLAIM_PHOTO_SHOWN"),
    ]  # fmt: skip
    assert photos is not None
    largest = photos[0]["sizes"][-1]
    fetched = await request(site.app, "GET", largest["url"])
    assert (fetched.status, fetched.headers["cache-control"]) == (200, "private, no-store")
    assert b"EXIF" not in fetched.body
    assert all(each.startswith("claims/") for each in files(tmp_path))
    for path in ("", "/private"):  # a name alone opens nothing
        name = files(tmp_path)[0].rpartition("/")[2]
        assert (await request(site.app, "GET", f"/claims/photos{path}/{name}")).status in (404, 405)
    await world.move_clock(601)
    assert (await request(site.app, "GET", largest["url"])).status == 404


async def test_the_same_again_is_the_same_and_another_is_refused(site: Site, claim_id: ClaimId) -> None:
    upload = await asked(site, claim_id, back="/pesanan/LMJ-1/masalah?klaim=x")
    first = await send(site, upload["url"], photo())
    assert (first.status, first.headers["location"]) == (
        303,
        f"/pesanan/LMJ-1/masalah?klaim=x&photo={upload['photoId']}",
    )
    assert (await send(site, upload["url"], photo())).status == 303
    assert "trouble=ALREADY_SENT" in (await send(site, upload["url"], photo(300, 200))).headers["location"]
    assert len(await seen(site, claim_id) or []) == 1
    assert (await send(site, upload["url"] + "x", photo())).status == 404
    # An address that was signed for goods opens nothing here.
    other = Signer(Secret("k" * 32)).upload(Destination(claim_id.uuid, claim_id.uuid))
    assert (await send(site, f"/claims/photos/upload/{other}", photo())).status == 404


async def test_nobody_else_sends_and_nobody_after_its_end(site: Site, world: Market, claim_id: ClaimId) -> None:
    for who, role in ((BUDI, "buyer"), ("usr_rival", "merchant")):
        assert (await site.refused(ASK, who, role, id=str(claim_id)))["code"] == "NOT_FOUND"
    assert "errors" in await site.ask(ASK, SITI, id=str(claim_id), back="//elsewhere")
    late = await asked(site, claim_id)
    await world.move_clock(1_801)
    assert (await send(site, late["url"], photo())).status == 404
    async with transaction(world.db) as conn:
        await claims.withdraw_claim(conn, claim_id, SITI)
    with pytest.raises(WrongState):
        async with transaction(world.db) as conn:
            await commands.request(conn, claim_id, SITI)
    with pytest.raises(Unknown):
        async with transaction(world.db) as conn:
            await commands.request(conn, ClaimId.seeded("none"), SITI)


async def test_each_side_has_few_and_each_person_so_many_a_day(site: Site, world: Market, claim_id: ClaimId) -> None:
    async def ask() -> None:
        async with transaction(world.db) as conn:
            await commands.request(conn, claim_id, SITI)

    found = await asyncio.gather(*(ask() for _ in range(MAX_PHOTOS + 3)), return_exceptions=True)
    assert sum(isinstance(each, PhotosAreEnough) for each in found) == 3
    assert found.count(None) == MAX_PHOTOS
    assert (await site.refused(ASK, id=str(claim_id)))["code"] == "TOO_MANY_PHOTOS"
    await asked(site, claim_id, WLIJO, "merchant")  # the other side has its own
    owner = await asyncpg.connect(world.owner_url)
    with pytest.raises(asyncpg.CheckViolationError, match="has its photos"):
        await owner.execute(
            "INSERT INTO claim_photo (id, claim_id, by_kind, subject, made_at, goes_at)"
            " SELECT gen_random_uuid(), claim_id, by_kind, subject, made_at, goes_at FROM claim_photo WHERE by_kind = 'BUYER' LIMIT 1"
        )
    await owner.close()
    # What was never sent is in nobody's way after half an hour, and is counted for the day all the same.
    for _ in range(MAX_A_DAY // MAX_PHOTOS - 1):
        await world.move_clock(1_801)
        for _ in range(MAX_PHOTOS):
            await ask()
    await world.move_clock(1_801)
    with pytest.raises(PhotosOfADayAreEnough):
        await ask()


async def test_photos_go_once_the_claim_has_ended_and_their_time_is_over(
    site: Site, world: Market, claim_id: ClaimId, tmp_path: Path
) -> None:
    await sent(site, claim_id)
    await world.move_clock(91 * DAY)
    async with transaction(world.db) as conn:
        await commands.go(conn, (await conn.fetchval("SELECT id FROM claim_photo")))
    assert len(await seen(site, claim_id) or []) == 1  # it waits for an officer still
    async with transaction(world.db) as conn:
        await claims.withdraw_claim(conn, claim_id, SITI)
    await world.move_clock(8 * DAY)
    await fire(world)
    assert await seen(site, claim_id) == []
    await cleared(world, tmp_path)
    assert files(tmp_path) == []


async def test_erasing_a_person_takes_their_photos_and_those_of_their_claims(
    site: Site, world: Market, tmp_path: Path
) -> None:
    person = PersonId.new()
    claim_id = await claimed(world, await line_of(world, await delivered(world, str(person))), who=str(person))
    await sent(site, claim_id, str(person))
    await sent(site, claim_id, WLIJO, "merchant")
    open_still = await asked(site, claim_id, str(person))
    at = await world.value("SELECT wlijo_now()")
    await world.hear(PersonErased(person_id=person, erased_at=at))
    assert await world.value("SELECT count(*) FROM claim_photo") == 0
    await cleared(world, tmp_path)
    assert files(tmp_path) == []
    assert (await send(site, open_still["url"], photo())).status == 404
    with pytest.raises(Forbidden):
        async with transaction(world.db) as conn:
            await commands.request(conn, claim_id, str(person))


async def test_files_and_rows_are_held_against_each_other(
    site: Site, world: Market, claim_id: ClaimId, tmp_path: Path
) -> None:
    await sent(site, claim_id)
    storage, (one,) = LocalStorage(tmp_path / "media"), {each.rpartition("/")[2][:32] for each in files(tmp_path)}
    kept = {each: (tmp_path / "media" / each).read_bytes() for each in files(tmp_path)}
    strange = f"claims/{one[-2:]}/{'0' * 30}{one[-2:]}-{'0' * 24}.webp"
    of_goods = f"private/{one[-2:]}/{'0' * 30}{one[-2:]}-{'0' * 24}.webp"
    await storage.put(strange, b"x")
    await storage.put(of_goods, b"x")
    await storage.delete(list(kept))
    swept = Swept()
    await sweep_part(SWEEPER, world.db, storage, one[-2:], swept)
    assert (swept.lost, swept.orphans) == (1, 1)
    assert await seen(site, claim_id) == []
    for key, content in kept.items():
        await storage.put(key, content)
    await world.move_clock(3_601)
    await sweep_part(SWEEPER, world.db, storage, one[-2:], swept)
    await cleared(world, tmp_path)
    assert len(await seen(site, claim_id) or []) == 1
    assert files(tmp_path) == sorted([*kept, of_goods])  # what is another's stays


async def test_without_a_place_nothing_is_asked_for(world: Market, claim_id: ClaimId) -> None:
    answer = await Site(world).ask(ASK, SITI, id=str(claim_id), key=a_key())
    assert answer["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
