"""Photos through the graph and by HTTP: asked for, sent, shown, taken out, gone; and what nobody may."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from PIL import Image
from starlette.datastructures import MutableHeaders

from services.catalog.commands import photos as commands
from services.catalog.domain import photo as rules
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.photo import PhotoPurpose
from services.catalog.media.media import Photos
from services.catalog.media.names import key_of
from services.contracts.catalog import MediaId
from services.contracts.people import PersonId
from services.kit.database.db import Database, transaction
from services.kit.messaging.timers import Timers
from services.kit.photos import receiving
from services.kit.photos import serving as uploading
from services.kit.photos.signing import Destination, Signer
from services.kit.photos.storage import LocalStorage
from services.kit.secret import Secret
from tests.worlds import servers
from tests.worlds.asgi import Answer, request
from tests.worlds.catalog import BAYAM, KELAPA, KLENGKENG, MIN, SRI, Counting, Graph
from tests.worlds.payloads import PROBLEMS, done, problems, refused
from tests.worlds.pictures import SVG, from_a_phone, photo, photo_png

KEY = Secret("k" * 32)
PHOTOS = "photos { id alt color sizes { url width height } }"
ASK = f"""mutation($merchant: ID!, $purpose: PhotoPurpose!, $back: String) {{
  answer: requestPhotoUpload(merchantId: $merchant, purpose: $purpose, returnTo: $back) {{ {PROBLEMS}
    upload {{ photoId url expiresAt maxBytes }} }} }}"""
ADD = f"""mutation($product: ID!, $photo: ID!, $alt: String!) {{
  answer: addProductPhoto(productId: $product, photoId: $photo, alt: $alt) {{ {PROBLEMS} product {{ {PHOTOS} }} }} }}"""
ORDER = f"""mutation($product: ID!, $photos: [ID!]!) {{
  answer: orderProductPhotos(productId: $product, photoIds: $photos) {{ {PROBLEMS} product {{ {PHOTOS} }} }} }}"""
REMOVE = f"""mutation($product: ID!, $photo: ID!) {{
  answer: removeProductPhoto(productId: $product, photoId: $photo) {{ {PROBLEMS} product {{ {PHOTOS} }} }} }}"""
PORTRAIT = f"""mutation($merchant: ID!, $photo: ID, $alt: String) {{
  answer: setMerchantPhoto(merchantId: $merchant, photoId: $photo, alt: $alt) {{ {PROBLEMS} merchant {{ photo {{ id alt }} }} }} }}"""
WAITING = "query($id: ID!) { merchant(id: $id) { waitingPhotos { id sizes { url } } photo { id } } }"
HISTORY = "query($id: ID!) { product(id: $id) { photoHistory { action photoId } } }"


@pytest.fixture
def place(tmp_path: Path) -> Photos:
    return Photos.at(LocalStorage(tmp_path / "media"), Signer(KEY))


@pytest.fixture
def graph(db: Database, place: Photos) -> Graph:
    return Graph.over(db, place)


FIELD = b'------edge\r\nContent-Disposition: form-data; name="x"\r\n\r\nabc\r\n'


def form(content: bytes, name: str = "foto.jpg") -> tuple[str, bytes]:
    """A browser's, with a field before and one behind."""
    edge = "----edge"
    body = (
        f'--{edge}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nabc\r\n'
        f'--{edge}\r\nContent-Disposition: form-data; name="photo"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'
    ).encode()
    return f"multipart/form-data; boundary={edge}", body + content + f"\r\n--{edge}--\r\n".encode()


async def _ask(graph: Graph, document: str, role: str = "merchant", who: str = "bu-sri", **variables: Any) -> Any:
    return (await graph.data(document, role=role, name=who, **variables))["answer"]


async def _awaited(graph: Graph, purpose: str = "PRODUCT", back: str | None = None, **other: Any) -> Any:
    return done(await _ask(graph, ASK, **({"merchant": str(SRI), "purpose": purpose, "back": back} | other)))


async def _send(graph: Graph, url: str, content: bytes, kind: str = "image/jpeg", method: str = "PUT") -> Answer:
    return await request(graph.asgi, method, url, headers={"content-type": kind}, body=content)


async def _sent(graph: Graph, content: bytes | None = None, purpose: str = "PRODUCT", **other: Any) -> str:
    upload = await _awaited(graph, purpose, **other)
    answer = await _send(graph, upload["url"], content or photo())
    assert answer.status == 201, answer.body
    return str(upload["photoId"])


async def _fire(db: Database) -> int:
    timers, fired = Timers(db, {commands.GOES: commands.go}), 0
    while await timers.fire_one():
        fired += 1
    return fired


async def _older(db: Database, by: str) -> None:
    async with transaction(db) as conn:
        await conn.execute(
            "UPDATE media SET goes_at = goes_at - $1::text::interval, made_at = made_at - $1::text::interval", by
        )
        await conn.execute("UPDATE timer SET due_at = due_at - $1::text::interval", by)


def _files(tmp_path: Path) -> list[str]:
    root = tmp_path / "media"
    return sorted(str(each.relative_to(root)) for each in root.rglob("*") if each.is_file())


async def test_a_photo_is_sent_shown_and_fetched_in_three_sizes(graph: Graph) -> None:
    upload = await _awaited(graph)
    assert upload["maxBytes"] == rules.MAX_BYTES
    assert upload["url"].startswith("/media/upload/")
    answer = await _send(graph, upload["url"], photo(2_000, 1_500))
    assert (answer.status, answer.json()["id"]) == (201, upload["photoId"])
    shown = done(await _ask(graph, ADD, product=str(BAYAM), photo=upload["photoId"], alt="  Bayam   seikat "))
    (one,) = shown["photos"]
    assert (one["id"], one["alt"], len(one["color"])) == (upload["photoId"], "Bayam seikat", 7)
    assert [(each["width"], each["height"]) for each in one["sizes"]] == [(240, 180), (640, 480), (1280, 960)]
    assert one["sizes"] == answer.json()["sizes"]
    anybody = await graph.data("query($id: ID!) { product(id: $id) { photo { id } " + PHOTOS + " } }", id=str(BAYAM))
    assert (anybody["product"]["photo"], anybody["product"]["photos"]) == ({"id": one["id"]}, [one])
    for each in one["sizes"]:
        fetched = await request(graph.asgi, "GET", each["url"])
        assert (fetched.status, fetched.headers["content-type"]) == (200, "image/webp")
        assert fetched.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert fetched.headers["x-content-type-options"] == "nosniff"
        assert Image.open(io.BytesIO(fetched.body)).size == (each["width"], each["height"])
        head = await request(graph.asgi, "HEAD", each["url"])
        assert head.status == 200  # the server sends no body
        assert head.headers["content-length"] == str(len(fetched.body))
        again = await request(graph.asgi, "GET", each["url"], headers={"if-none-match": fetched.headers["etag"]})
        assert (again.status, again.body) == (304, b"")


async def test_a_form_of_a_page_sends_one_too_and_its_sender_goes_back(graph: Graph) -> None:
    upload = await _awaited(graph, back="/jualan/wlijo-bu-sri/foto?barang=1")
    kind, body = form(photo())
    answer = await _send(graph, upload["url"], body, kind, "POST")
    assert (answer.status, answer.headers["location"]) == (
        303,
        f"/jualan/wlijo-bu-sri/foto?barang=1&photo={upload['photoId']}",
    )
    waiting = (await graph.data(WAITING, role="merchant", name="bu-sri", id=str(SRI)))["merchant"]["waitingPhotos"]
    assert [each["id"] for each in waiting] == [upload["photoId"]]
    other = await _awaited(graph, back="/jualan")
    kind, body = form(SVG)
    answer = await _send(graph, other["url"], body, kind, "POST")
    assert (answer.status, answer.headers["location"]) == (303, "/jualan?trouble=NOT_A_PHOTO")
    kind, body = form(b"")
    answer = await _send(graph, other["url"], body, kind, "POST")
    assert answer.headers["location"] == "/jualan?trouble=NOT_A_PHOTO"


@pytest.mark.parametrize(
    "back",
    [
        "//elsewhere.test/",
        "https://elsewhere.test/",
        "/\\elsewhere.test",
        "",
        "jualan",
        "/a b",
        "/a\r\nx: y",
        "/" + "a" * 300,
        "/ü",
        "/a#b",
    ],
)
async def test_nobody_is_sent_elsewhere(graph: Graph, back: str) -> None:
    code = await graph.code(ASK, role="merchant", name="bu-sri", merchant=str(SRI), purpose="PRODUCT", back=back)
    assert code == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (SVG, "image/jpeg", 422, "NOT_A_PHOTO"),
        (b"", "image/jpeg", 422, "NOT_A_PHOTO"),
        (photo()[:5_000], "image/jpeg", 422, "DAMAGED"),
        (b"x" * (rules.MAX_BYTES + 1), "image/jpeg", 413, "TOO_LARGE"),
        (b"photo=1", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"photo", "multipart/form-data", 400, "BAD_USER_INPUT"),
        (form(photo())[1][:900], form(b"")[0], 400, "BAD_USER_INPUT"),
        (
            form(photo())[1].replace(b"------edge\r\n", FIELD * 9 + b"------edge\r\n", 1),
            form(b"")[0],
            400,
            "BAD_USER_INPUT",
        ),
        (b"--" + b"a" * 300, "multipart/form-data; boundary=" + "b" * 3_000, 400, "BAD_USER_INPUT"),
    ],
)
async def test_what_is_no_photo_is_refused_and_the_address_stays_good(
    graph: Graph, tmp_path: Path, content: bytes, kind: str, status: int, code: str
) -> None:
    upload = await _awaited(graph)
    answer = await _send(graph, upload["url"], content, kind, "POST")
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert _files(tmp_path) == []
    assert (await _send(graph, upload["url"], photo())).status == 201


async def test_what_was_sent_twice_is_one_and_another_is_refused(graph: Graph, tmp_path: Path) -> None:
    upload = await _awaited(graph)
    first, again = [await _send(graph, upload["url"], photo()) for _ in range(2)]
    assert (first.status, again.status, first.json()) == (201, 200, again.json())
    other = await _send(graph, upload["url"], photo(640, 480))
    assert (other.status, other.json()["code"]) == (409, "ALREADY_SENT")
    one = await _awaited(graph)
    both = await asyncio.gather(*(_send(graph, one["url"], each) for each in (photo(300, 200), photo(320, 200))))
    assert sorted(each.status for each in both) == [201, 409]
    assert len(_files(tmp_path)) >= 3


async def test_an_address_is_nobody_elses_to_make_and_is_over_after_a_while(
    graph: Graph, db: Database, place: Photos
) -> None:
    upload = await _awaited(graph)
    token = upload["url"].rpartition("/")[2]
    foreign = Signer(Secret("x" * 32)).upload(Destination(SRI.uuid, MediaId.parse(upload["photoId"]).uuid))
    shown = place.signer.showing("0" * 32 + "-" + "0" * 24 + ".webp", (await _now(db)))
    changed = ("B" if token[0] == "A" else "A") + token[1:]
    for bad in (foreign, token[:-1], token + "A", changed, shown, "x", "x" * 5_000, "%00"):
        answer = await _send(graph, f"/media/upload/{bad}", photo())
        assert (answer.status, answer.json()["code"]) == (404, "NOT_FOUND"), bad
    await _older(db, "31 minutes")
    assert (await _send(graph, upload["url"], photo())).status == 404
    assert await _fire(db) == 1
    assert (await _send(graph, upload["url"], photo())).status == 404


async def _now(db: Database) -> Any:
    async with db.acquire() as conn:
        return await conn.fetchval("SELECT wlijo_now()")


async def test_one_that_nobody_uses_goes_within_a_day_and_one_in_use_stays(
    graph: Graph, db: Database, place: Photos, tmp_path: Path
) -> None:
    from services.catalog.media.sweeping import SWEEPER
    from services.kit.photos.sweeping import Swept, clear

    used, unused = await _sent(graph), await _sent(graph)
    done(await _ask(graph, ADD, product=str(BAYAM), photo=used, alt="Bayam"))
    assert len(_files(tmp_path)) == 6
    await _older(db, "23 hours")
    assert await _fire(db) == 0
    await _older(db, "2 hours")
    assert await _fire(db) == 1
    await clear(SWEEPER, db, place.storage, Swept())
    assert {each.rpartition("/")[2][:32] for each in _files(tmp_path)} == {MediaId.parse(used).uuid.hex}
    refusal = refused(await _ask(graph, ADD, product=str(BAYAM), photo=unused, alt="Bayam"))
    assert refusal == {"code": "NOT_FOUND"}


async def test_one_that_was_taken_out_can_be_put_back_for_a_day(
    graph: Graph, db: Database, place: Photos, tmp_path: Path
) -> None:
    from services.catalog.media.sweeping import SWEEPER
    from services.kit.photos.sweeping import Swept, clear

    one = await _sent(graph)
    done(await _ask(graph, ADD, product=str(BAYAM), photo=one, alt="Bayam"))
    for _ in range(2):
        assert done(await _ask(graph, REMOVE, product=str(BAYAM), photo=one))["photos"] == []
    done(await _ask(graph, ADD, product=str(KELAPA), photo=one, alt="Kelapa"))
    await _older(db, "25 hours")
    assert await _fire(db) == 0
    done(await _ask(graph, REMOVE, product=str(KELAPA), photo=one))
    await _older(db, "25 hours")
    assert await _fire(db) == 1
    await clear(SWEEPER, db, place.storage, Swept())
    assert _files(tmp_path) == []
    history = await graph.data(HISTORY, role="merchant", name="bu-sri", id=str(BAYAM))
    assert [each["action"] for each in history["product"]["photoHistory"]] == ["REMOVED", "ADDED"]
    stranger = await graph.data(HISTORY, role="merchant", name="pak-min", id=str(BAYAM))
    assert stranger["product"]["photoHistory"] == []


async def test_photos_stand_in_the_order_that_is_wanted(graph: Graph) -> None:
    ids = [await _sent(graph, photo(300 + 10 * n, 200)) for n in range(3)]
    for each in ids:
        done(await _ask(graph, ADD, product=str(BAYAM), photo=each, alt="Bayam"))
    wanted = [ids[2], ids[0], ids[1]]
    shown = done(await _ask(graph, ORDER, product=str(BAYAM), photos=wanted))
    assert [each["id"] for each in shown["photos"]] == wanted
    for wrong in (ids[:2], [*ids, str(MediaId.new())], [ids[0], ids[0], ids[1]], []):
        refusal = refused(await _ask(graph, ORDER, product=str(BAYAM), photos=wrong))
        assert refusal == {"code": "PHOTOS_CHANGED", "field": "photoIds"}
    done(await _ask(graph, REMOVE, product=str(BAYAM), photo=ids[0]))
    shown = done(await _ask(graph, ADD, product=str(BAYAM), photo=ids[0], alt="Lagi"))
    assert [each["id"] for each in shown["photos"]] == [ids[2], ids[1], ids[0]]


async def test_a_product_has_so_many_and_a_merchant_asks_for_so_many(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_PHOTOS", 2)
    for _ in range(2):
        done(await _ask(graph, ADD, product=str(BAYAM), photo=await _sent(graph), alt="Bayam"))
    refusal = refused(await _ask(graph, ADD, product=str(BAYAM), photo=await _sent(graph), alt="Bayam"))
    assert refusal == {"code": "TOO_MANY_PHOTOS", "limit": 2, "unit": "PHOTO"}
    monkeypatch.setattr(rules, "MAX_WAITING", 3)
    await _awaited(graph)
    await _awaited(graph)
    refusal = refused(await _ask(graph, ASK, merchant=str(SRI), purpose="PRODUCT"))
    assert refusal == {"code": "TOO_MANY_UPLOADS", "limit": 3, "unit": "PHOTO"}
    await _awaited(graph, who="pak-min", merchant=str(MIN))
    monkeypatch.setattr(rules, "MAX_WAITING", 100)
    monkeypatch.setattr(rules, "MAX_A_DAY", 5)
    assert problems(await _ask(graph, ASK, merchant=str(SRI), purpose="PRODUCT"))[0]["limit"] == 5


async def test_only_its_own_people_touch_a_merchants_photos(graph: Graph) -> None:
    one = await _sent(graph)
    for role, who, document, variables in (
        ("merchant", "pak-min", ASK, {"merchant": str(SRI), "purpose": "PRODUCT"}),
        ("merchant", "pak-min", ADD, {"product": str(BAYAM), "photo": one, "alt": "x"}),
        ("merchant", "pak-min", ADD, {"product": str(KLENGKENG), "photo": one, "alt": "x"}),
        ("merchant", "pak-min", ORDER, {"product": str(BAYAM), "photos": []}),
        ("merchant", "pak-min", REMOVE, {"product": str(BAYAM), "photo": one}),
        ("merchant", "pak-min", PORTRAIT, {"merchant": str(SRI), "photo": None}),
        ("merchant", "pak-min", PORTRAIT, {"merchant": str(MIN), "photo": one, "alt": "x"}),
        ("merchant", "bu-sri", PORTRAIT, {"merchant": str(SRI), "photo": one, "alt": "x"}),  # sent for goods
        ("merchant", "bu-sri", ADD, {"product": str(BAYAM), "photo": str(MediaId.new()), "alt": "x"}),
    ):
        assert refused(await _ask(graph, document, role, who, **variables))["code"] == "NOT_FOUND", (who, document)
    for role in ("buyer", "officer"):
        assert await graph.code(ASK, role=role, name="bu-sri", merchant=str(SRI), purpose="PRODUCT") == "FORBIDDEN"
    other = await graph.data(WAITING, role="merchant", name="pak-min", id=str(SRI))
    assert other["merchant"]["waitingPhotos"] == []
    helped = await graph.data(WAITING, role="ops", name="petugas", id=str(SRI))
    assert [each["id"] for each in helped["merchant"]["waitingPhotos"]] == [one]


async def test_one_that_has_not_come_or_is_in_use_is_refused(graph: Graph) -> None:
    upload = await _awaited(graph)
    refusal = refused(await _ask(graph, ADD, product=str(BAYAM), photo=upload["photoId"], alt="x"))
    assert refusal == {"code": "WRONG_STATE", "field": "photoId", "status": "AWAITED"}
    one = await _sent(graph)
    for _ in range(2):
        assert len(done(await _ask(graph, ADD, product=str(BAYAM), photo=one, alt="x"))["photos"]) == 1
    refusal = refused(await _ask(graph, ADD, product=str(KELAPA), photo=one, alt="x"))
    assert refusal == {"code": "WRONG_STATE", "field": "photoId", "status": "CLAIMED"}
    for alt in ("", "   ", "x" * 121, "a\u200bb", "a\u202eb"):
        refusal = refused(await _ask(graph, ADD, product=str(KELAPA), photo=one, alt=alt))
        assert (refusal["code"], refusal["field"]) == ("INVALID_TEXT", "alt")


async def test_a_merchant_has_one_photo_and_another_takes_its_place(graph: Graph, db: Database) -> None:
    first, second = await _sent(graph, purpose="MERCHANT"), await _sent(graph, purpose="MERCHANT")
    for each in (first, second, second):
        shown = done(await _ask(graph, PORTRAIT, merchant=str(SRI), photo=each, alt="Bu Sri"))
        assert shown["photo"] == {"id": each, "alt": "Bu Sri"}
    unsaid = f"""mutation($merchant: ID!) {{ answer: setMerchantPhoto(merchantId: $merchant) {{ {PROBLEMS}
        merchant {{ photo {{ id }} }} }} }}"""
    for document in (PORTRAIT, unsaid):
        assert done(await _ask(graph, document, merchant=str(SRI)))["photo"] is None
    async with db.acquire() as conn:
        states = await conn.fetch("SELECT state FROM media")
    assert [each["state"] for each in states] == ["REMOVED", "REMOVED"]


async def test_lists_show_photos_by_one_statement_more(
    catalog: servers.TestDatabase, graph: Graph, place: Photos
) -> None:
    for product in (BAYAM, KELAPA):
        for _ in range(2):
            done(await _ask(graph, ADD, product=str(product), photo=await _sent(graph), alt="Foto"))
    one = await _sent(graph, purpose="MERCHANT")
    done(await _ask(graph, PORTRAIT, merchant=str(SRI), photo=one, alt="Bu Sri"))
    counting = Counting(catalog.url)
    await counting.open()
    try:
        over = Graph.over(counting, place)
        counts = []
        for fields in ("", "photo { id }", PHOTOS, "photo { id } " + PHOTOS):
            document = f"""{{ merchants(first: 9) {{ edges {{ node {{
                products(first: 9) {{ edges {{ node {{ name {fields} }} }} }} }} }} }} }}"""
            await over.data(document)
            counting.statements.clear()
            await over.data(document)
            counts.append(len(counting.statements))
        assert [each - counts[0] for each in counts] == [0, 1, 1, 2]
        counting.statements.clear()
        found = await over.data("{ merchants(first: 9) { edges { node { photo { id } } } } }")
        assert [each["node"]["photo"] for each in found["merchants"]["edges"]].count({"id": one}) == 1
        assert sum("merchant_photo" in each for each in counting.statements) == 1
    finally:
        await counting.close()


# -- documents --------------------------------------------------------------------------------------------------------------


async def test_a_documents_photo_is_for_its_people_and_the_platform_for_a_while(
    graph: Graph, db: Database, place: Photos, tmp_path: Path
) -> None:
    from services.catalog.schema import photo_loaders
    from services.catalog.schema.context import Context
    from services.kit.http.identity import Identity

    one = MediaId.parse(await _sent(graph, from_a_phone(), purpose="LICENCE"))
    async with transaction(db) as conn:
        await commands.claim_document(conn, SRI, one)
    names = [each.rpartition("/")[2] for each in _files(tmp_path)]
    assert all(each.startswith("private/") for each in _files(tmp_path))
    for name in names:
        assert (await request(graph.asgi, "GET", f"/media/{name}")).status == 404
        assert (await request(graph.asgi, "GET", f"/media/private/{name}")).status == 404

    async def asked(who: str, *roles: str) -> Any:
        context = Context(Identity(str(PersonId.seeded(who)), frozenset(roles)), db, place)
        return await context.load(photo_loaders.documents, one)

    assert await asked("pak-min", "merchant") is None
    assert await asked("bu-sri", "buyer") is None
    for who, role in (("bu-sri", "merchant"), ("petugas", "officer"), ("ops", "ops")):
        row, now = await asked(who, role)
        for size in row.sizes:
            url = place.private_address(size, now)
            fetched = await request(graph.asgi, "GET", url)
            assert (fetched.status, fetched.headers["cache-control"]) == (200, "private, no-store")
            assert "etag" not in fetched.headers
    async with db.acquire() as reading:
        shown = await reading.fetch(
            "SELECT actor, subject, about FROM audit WHERE action = 'DOCUMENT_SHOWN' ORDER BY id"
        )
    sri = str(PersonId.seeded("bu-sri"))
    assert [tuple(each) for each in shown] == [(str(PersonId.seeded(who)), sri, str(one)) for who in ("petugas", "ops")]
    past = place.signer.showing(row.sizes[0].name, now)
    assert (await request(graph.asgi, "GET", f"/media/private/{past}")).status == 404
    with pytest.raises(NotFound):
        async with transaction(db) as conn:
            await commands.claim_document(conn, MIN, one)


# -- bounds -----------------------------------------------------------------------------------------------------------------


class _Slow:
    """A body that comes as slowly as it is told to, or never ends."""

    def __init__(self, parts: list[bytes], pause_s: float) -> None:
        self._parts = parts
        self._pause_s = pause_s

    async def __call__(self) -> Any:
        await asyncio.sleep(self._pause_s)
        part = self._parts.pop(0) if self._parts else None
        return {"type": "http.request", "body": part or b"", "more_body": bool(part)}


async def _slowly(graph: Graph, url: str, body: _Slow) -> tuple[int, bytes]:
    status, parts = 0, bytearray()

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            MutableHeaders(raw=message["headers"])
        else:
            parts.extend(message.get("body", b""))

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "PUT", "scheme": "http", "path": url,
        "raw_path": url.encode(), "query_string": b"", "root_path": "", "headers": [], "server": ("test", 80), "client": ("test", 1),
    }  # fmt: skip
    await graph.asgi(scope, body, send)
    return status, bytes(parts)


async def test_an_upload_that_never_ends_or_comes_too_slowly_is_ended(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = await _awaited(graph)
    monkeypatch.setattr(receiving, "WITHIN_S", 0.2)
    status, body = await _slowly(graph, upload["url"], _Slow([b"\xff\xd8"] * 10_000, 0.01))
    assert (status, b"TOO_SLOW" in body) == (408, True)
    monkeypatch.setattr(receiving, "WITHIN_S", 60.0)
    monkeypatch.setattr(receiving, "_GRACE_S", 0.05)
    status, body = await _slowly(graph, upload["url"], _Slow([b"\xff"] * 10_000, 0.02))
    assert (status, b"TOO_SLOW" in body) == (408, True)
    monkeypatch.undo()
    assert (await _send(graph, upload["url"], photo())).status == 201


async def test_one_merchants_uploads_leave_places_for_the_others(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    never, begun = asyncio.Event(), asyncio.Semaphore(0)
    monkeypatch.setattr(uploading, "_TURN_WITHIN_S", 0.5)

    class Hanging(_Slow):
        async def __call__(self) -> Any:
            begun.release()
            await never.wait()
            return {"type": "http.disconnect"}

    uploads = [await _awaited(graph) for _ in range(6)]
    hanging = [asyncio.create_task(_slowly(graph, each["url"], Hanging([], 0))) for each in uploads[:2]]
    for _ in hanging:
        await begun.acquire()
    waiting = [asyncio.create_task(_send(graph, each["url"], photo_png())) for each in uploads[2:5]]
    other = await _awaited(graph, who="pak-min", merchant=str(MIN))
    assert (await _send(graph, other["url"], photo())).status == 201
    statuses = sorted([each.status for each in await asyncio.gather(*waiting)])
    assert statuses == [429, 429, 429]
    never.set()
    await asyncio.gather(*hanging)
    assert (await _send(graph, uploads[5]["url"], photo())).status == 201


async def test_photos_on_their_way_are_held_up_to_a_bound(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = await _awaited(graph)
    monkeypatch.setattr(receiving, "_IN_ALL", 1_000)
    answer = await _send(graph, upload["url"], photo())
    assert (answer.status, answer.json()["code"], answer.headers["retry-after"]) == (429, "RATE_LIMITED", "5")
    monkeypatch.undo()
    assert (await _send(graph, upload["url"], photo())).status == 201


# -- without a place --------------------------------------------------------------------------------------------------------


async def test_where_there_is_no_place_for_photos_nobody_sends_one(db: Database) -> None:
    graph = Graph.over(db)
    code = await graph.code(ASK, role="merchant", name="bu-sri", merchant=str(SRI), purpose="PRODUCT")
    assert code == "SERVICE_UNAVAILABLE"
    assert (await graph.data(f'{{ product(id: "{BAYAM}") {{ {PHOTOS} }} }}'))["product"]["photos"] == []


# -- what the database refuses by itself ------------------------------------------------------------------------------------


async def test_the_database_refuses_what_must_not_be(graph: Graph, catalog: servers.TestDatabase, db: Database) -> None:
    goods, document, foreign = (
        await _sent(graph),
        await _sent(graph, purpose="LICENCE"),
        await _sent(graph, who="pak-min", merchant=str(MIN)),
    )
    async with transaction(db) as conn:
        await conn.execute("UPDATE media SET state = 'CLAIMED', goes_at = NULL")
    show = "INSERT INTO product_photo (media_id, product_id, position, alt) VALUES ($1, $2, 0, 'x')"
    owner = await asyncpg.connect(catalog.owner_url)
    try:
        for statement, arguments in (
            (show, (MediaId.parse(document).uuid, BAYAM.uuid)),
            (show, (MediaId.parse(foreign).uuid, BAYAM.uuid)),
            (
                "INSERT INTO merchant_photo (merchant_id, media_id, alt) VALUES ($1, $2, 'x')",
                (SRI.uuid, MediaId.parse(goods).uuid),
            ),
            ("UPDATE media SET goes_at = now() WHERE id = $1", (MediaId.parse(goods).uuid,)),
            ("UPDATE media SET sizes = '[]' WHERE id = $1", (MediaId.parse(goods).uuid,)),
            ("UPDATE media SET color = 'red' WHERE id = $1", (MediaId.parse(goods).uuid,)),
        ):
            with pytest.raises(asyncpg.CheckViolationError):
                await owner.execute(statement, *arguments)
    finally:
        await owner.close()


async def test_staff_of_ops_send_photos_for_a_merchant(db: Database, place: Photos) -> None:
    async with transaction(db) as conn:
        made = await commands.request(conn, Caller(ops=True), SRI, PhotoPurpose.PRODUCT, by="ops")
    assert key_of(f"{made.id.uuid.hex}-{'0' * 24}.webp", private=False).startswith(f"public/{made.id.uuid.hex[-2:]}/")
