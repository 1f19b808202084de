"""Both places for photos keep what they are asked to keep: a folder, and a bucket of a SeaweedFS that runs beside; and files and rows are
held against each other."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from services.catalog.commands import photos as commands
from services.catalog.domain.caller import Caller
from services.catalog.domain.photo import EDGES, PhotoPurpose
from services.catalog.media import sweeping
from services.catalog.media.media import Photos, keep
from services.catalog.media.names import key_of, media_of, name_in, name_of, part_of
from services.catalog.media.sweeping import SWEEPER
from services.catalog.settings import CatalogApi
from services.contracts.catalog import MediaId
from services.kit.database.db import Database, transaction
from services.kit.photos.decoding import draw
from services.kit.photos.s3 import S3Storage
from services.kit.photos.settings import MediaSettings
from services.kit.photos.signing import Signer
from services.kit.photos.storage import LocalStorage, Storage, StorageAway
from services.kit.photos.sweeping import Swept, clear, sweep_part
from services.kit.process.settings import SettingsError, load
from services.kit.secret import Secret
from tests.worlds import seaweed
from tests.worlds.catalog import BAYAM, SRI, Graph
from tests.worlds.pictures import photo
from tests.worlds.seaweed import ACCESS, BUCKET, SECRET, Seaweed


@pytest.fixture(scope="module")
def s3() -> Iterator[Seaweed]:
    if seaweed.found() is None:
        pytest.skip("SeaweedFS is not there: it comes with the requirements of development")
    with seaweed.running() as found:
        seaweed.make_bucket(found)
        yield found


def _bucket(found: Seaweed, secret: str = SECRET) -> S3Storage:
    return S3Storage(
        endpoint=found.endpoint, bucket=BUCKET, region="us-east-1", access_key=ACCESS, secret_key=Secret(secret)
    )


@pytest.fixture(params=["folder", "bucket"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    if request.param == "folder":
        yield LocalStorage(tmp_path / "media")
        return
    made = _bucket(request.getfixturevalue("s3"))
    yield made
    for room in ("public", "private", "other"):
        async for page in made.keys(room):
            await made.delete(page)


async def _keys(storage: Storage, folder: str) -> list[str]:
    return sorted([key async for page in storage.keys(folder) for key in page])


async def test_what_is_put_is_there_until_it_is_deleted(storage: Storage) -> None:
    key = "public/ab/one.webp"
    assert await storage.get(key) is None
    content = os.urandom(300_000)
    await storage.put(key, content)
    assert await storage.get(key) == content
    await storage.put(key, content)
    await storage.put("public/ab/empty.webp", b"")
    assert await storage.get("public/ab/empty.webp") == b""
    assert await _keys(storage, "public/ab") == ["public/ab/empty.webp", key]
    await storage.delete([key, "public/ab/empty.webp"])
    assert await storage.get(key) is None
    await storage.delete([key, "public/zz/never.webp"])
    await storage.delete([])
    assert await _keys(storage, "public/ab") == []


async def test_a_folder_is_listed_whole_and_alone(storage: Storage) -> None:
    assert await _keys(storage, "private/00") == []
    keys = sorted(f"public/{part}/{number:04}.webp" for part in ("0a", "0ab") for number in range(40))
    await asyncio.gather(*(storage.put(key, b"x") for key in keys))
    assert await _keys(storage, "public/0a") == [key for key in keys if key.startswith("public/0a/")]
    assert await _keys(storage, "public") == keys
    await storage.delete(keys)
    assert await _keys(storage, "public") == []


async def test_writers_at_once_leave_one_whole_file(storage: Storage) -> None:
    content = os.urandom(100_000)
    await asyncio.gather(*(storage.put("other/aa/one.webp", content) for _ in range(8)))
    assert await storage.get("other/aa/one.webp") == content
    assert await _keys(storage, "other/aa") == ["other/aa/one.webp"]


async def test_a_place_that_is_away_is_said_to_be(s3: Seaweed, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    nowhere = S3Storage(
        endpoint="http://127.0.0.1:9", bucket=BUCKET, region="us-east-1", access_key="a", secret_key=Secret("b")
    )
    for away in (LocalStorage(tmp_path / "file"), _bucket(s3, secret="wrong"), nowhere):
        with pytest.raises(StorageAway):
            await away.put("public/ab/one.webp", b"x")
    for away in (_bucket(s3, secret="wrong"), nowhere):
        with pytest.raises(StorageAway) as told:
            await away.get("public/ab/one.webp")
        assert "127.0.0.1" not in str(told.value)
        with pytest.raises(StorageAway):
            await away.delete(["public/ab/one.webp"])
        with pytest.raises(StorageAway):
            await _keys(away, "public/ab")


async def test_a_bucket_is_no_ones_to_read_without_the_key(s3: Seaweed) -> None:
    made = _bucket(s3)
    await made.put("private/ab/one.webp", b"secret")
    async with aiohttp.ClientSession() as session, session.get(f"{s3.endpoint}/{BUCKET}/private/ab/one.webp") as answer:
        assert answer.status == 403
    await made.delete(["private/ab/one.webp"])


def test_a_place_is_chosen_by_settings(s3: Seaweed, tmp_path: Path) -> None:
    api = {"PORT": "0", "DATABASE_URL": "postgresql://x", "HOME_ISSUER": "http://127.0.0.1:1"}
    assert load(CatalogApi, api).photos() is None
    local = load(CatalogApi, {**api, "MEDIA_PATH": str(tmp_path), "MEDIA_KEY": "k"}).photos()
    assert local is not None
    assert isinstance(local.storage, LocalStorage)
    with pytest.raises(SettingsError, match="MEDIA_KEY"):
        load(CatalogApi, {**api, "MEDIA_PATH": str(tmp_path)}).photos()
    named = {
        "MEDIA_S3_ENDPOINT": s3.endpoint,
        "MEDIA_S3_BUCKET": BUCKET,
        "MEDIA_S3_ACCESS_KEY": ACCESS,
        "MEDIA_S3_SECRET_KEY": SECRET,
    }
    found = load(MediaSettings, named)
    assert isinstance(found.storage(), S3Storage)
    with pytest.raises(SettingsError, match="both"):
        load(MediaSettings, {**named, "MEDIA_PATH": str(tmp_path)})
    with pytest.raises(SettingsError, match="MEDIA_S3_SECRET_KEY"):
        load(MediaSettings, {**named, "MEDIA_S3_SECRET_KEY": ""})
    with pytest.raises(SettingsError, match="neither"):
        load(MediaSettings, {**named, "MEDIA_S3_ENDPOINT": "ftp://x"})


# -- files and rows ---------------------------------------------------------------------------------------------------------


async def _shown(db: Database, place: Photos) -> MediaId:
    """A photo of Bu Sri's spinach, through the commands."""
    caller = Caller(ops=True)
    async with transaction(db) as conn:
        made = await commands.request(conn, caller, SRI, PhotoPurpose.PRODUCT, by="ops")
    drawn = await asyncio.to_thread(draw, photo(), EDGES[PhotoPurpose.PRODUCT])
    kept = await keep(place.storage, made.id, PhotoPurpose.PRODUCT, drawn, b"s" * 32)
    async with transaction(db) as conn:
        await commands.arrived(conn, made.id, kept)
    async with transaction(db) as conn:
        await commands.add(conn, caller, BAYAM, made.id, "Bayam", by="ops")
    return made.id


async def _photos(graph: Graph) -> list[str]:
    found = await graph.data(f'{{ product(id: "{BAYAM}") {{ photos {{ id }} }} }}')
    return [each["id"] for each in found["product"]["photos"]]


async def _hours_pass(db: Database) -> None:
    async with transaction(db) as conn:
        await conn.execute("UPDATE media_gone SET due_at = due_at - interval '2 hours'")


async def test_files_of_nobody_go_after_an_hour_and_those_of_photos_stay(db: Database, storage: Storage) -> None:
    place = Photos.at(storage, Signer(Secret("k" * 32)))
    one = await _shown(db, place)
    part = part_of(one)
    mine = await _keys(storage, f"public/{part}")
    assert len(mine) == 3
    stranger = key_of(name_of(one, b"of nobody"), private=False)
    hidden = key_of(name_of(one, b"of nobody"), private=True)
    for key in (stranger, hidden, f"public/{part}/.draft"):
        await storage.put(key, b"x")
    swept = Swept()
    await sweep_part(SWEEPER, db, storage, part, swept)
    await clear(SWEEPER, db, storage, swept)
    assert swept == Swept(orphans=3)
    assert len(await _keys(storage, f"public/{part}")) == 5
    await _hours_pass(db)
    await clear(SWEEPER, db, storage, swept)
    assert (await _keys(storage, f"public/{part}"), await _keys(storage, f"private/{part}")) == (mine, [])
    assert swept.gone == 3


async def test_a_file_whose_row_came_meanwhile_stays(db: Database, tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    place = Photos.at(storage, Signer(Secret("k" * 32)))
    caller = Caller(ops=True)
    async with transaction(db) as conn:
        made = await commands.request(conn, caller, SRI, PhotoPurpose.PRODUCT, by="ops")
    drawn = await asyncio.to_thread(draw, photo(), EDGES[PhotoPurpose.PRODUCT])
    kept = await keep(place.storage, made.id, PhotoPurpose.PRODUCT, drawn, b"s" * 32)
    swept = Swept()
    await sweep_part(SWEEPER, db, storage, part_of(made.id), swept)  # between its files and its row
    assert swept == Swept(orphans=3)
    async with transaction(db) as conn:
        await commands.arrived(conn, made.id, kept)
    await _hours_pass(db)
    await clear(SWEEPER, db, storage, swept)
    assert (swept.gone, len(await _keys(storage, "public"))) == (0, 3)
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM media_gone") == 0


async def test_a_photo_without_its_files_is_not_shown_until_they_are_back(db: Database, storage: Storage) -> None:
    place, graph = Photos.at(storage, Signer(Secret("k" * 32))), Graph.over(db)
    one = await _shown(db, place)
    part = part_of(one)
    keys = await _keys(storage, f"public/{part}")
    content = {key: await storage.get(key) for key in keys}
    await storage.delete([keys[0]])
    swept = Swept()
    await sweep_part(SWEEPER, db, storage, part, swept)
    assert (swept.lost, await _photos(graph)) == (1, [])
    await sweep_part(SWEEPER, db, storage, part, swept)
    assert swept == Swept(lost=1)
    await storage.put(keys[0], content[keys[0]] or b"")
    await sweep_part(SWEEPER, db, storage, part, swept)
    assert (swept, await _photos(graph)) == (Swept(lost=1, back=1), [str(one)])


async def test_all_is_swept_by_hand(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[object] = []
    assert await sweeping.by_hand(db, [], said.append) == 1
    monkeypatch.setenv("MEDIA_PATH", str(tmp_path / "media"))
    storage = LocalStorage(tmp_path / "media")
    await _shown(db, Photos.at(storage, Signer(Secret("k" * 32))))
    await storage.put("public/00/x", b"")
    assert await sweeping.by_hand(db, [], said.append) == 0
    assert said[1] == {"orphans": 1, "lost": 0, "back": 0, "gone": 0}


def test_names_say_whose_a_file_is() -> None:
    one = MediaId.new()
    name = name_of(one, b"content")
    assert (media_of(name), name_in(key_of(name, private=True))) == (one, name)
    for wrong in ("", "x.webp", f"../{name}", name.upper(), f"{name}.webp", name.replace("-", "_")):
        assert media_of(wrong) is None
    for wrong in (name, f"public/{name}", f"public/zz/{name}", f"elsewhere/{part_of(one)}/{name}"):
        assert name_in(wrong) is None
