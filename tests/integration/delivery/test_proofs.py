"""Handovers proven by a photo or a signature, on PostgreSQL and by HTTP: what is accepted when, who may send and see, what hostile files
and late, foreign and repeated proofs come to, and that all of it goes in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.contracts.delivery import DeliveryId, PartnerId, ProofId, ProofKind
from services.contracts.ordering import SellerOrderId
from services.contracts.people import PersonErased, PersonId
from services.delivery.commands import proofs
from services.delivery.domain.proof import MAX_PROOFS, DropoffWish, PhotoWhen, ProofRule, ProofsAreEnough
from services.delivery.photos_of_trips import SWEEPER
from services.delivery.store import merchants, proof_rules
from services.delivery.store import proofs as stored_proofs
from services.kit.database.db import transaction
from services.kit.photos.limits import MAX_BYTES
from services.kit.photos.storage import LocalStorage
from services.kit.photos.sweeping import Swept, clear
from tests.worlds import servers
from tests.worlds.asgi import Answer, ask, request
from tests.worlds.delivery import BUYER, CASH, DEWI, KIOS, KONCAR, MALL, SEMERU, World
from tests.worlds.delivery_graph import Graph, a_graph
from tests.worlds.payloads import PROBLEMS
from tests.worlds.pictures import animated, from_a_phone, photo, png_of, text_bomb

AGUS = "seeded rider"
KEY = "a key of sixteen characters"
ASK = f"""mutation($job: ID!, $kind: ProofKind!, $key: String!, $stop: Int, $back: String) {{
  answer: requestProofUpload(deliveryId: $job, kind: $kind, idempotencyKey: $key, stop: $stop, returnTo: $back) {{
    {PROBLEMS} upload {{ proofId url expiresAt maxBytes }} }} }}"""
HAND_OVER = f"""mutation($job: ID!, $proof: ID, $pin: String, $cash: Rupiah!, $key: String!) {{
  answer: handOver(deliveryId: $job, proofId: $proof, pin: $pin, cashCollected: $cash, idempotencyKey: $key) {{
    {PROBLEMS} delivery {{ status provenBy }} }} }}"""
WISH = f"""mutation($job: ID!, $wish: DropoffWish) {{
  answer: wishDropoff(deliveryId: $job, wish: $wish) {{ {PROBLEMS} delivery {{ dropoffWish acceptedProofs {{ kind when now }} }} }} }}"""
SEE = """query($job: ID!) { delivery(id: $job) { provenBy acceptedProofs { kind when now }
  proofs { id kind stop proves color sizes { url width height } } } }"""
HANDOVERS = (
    "query($ids: [ID!]!) { handovers(orderIds: $ids) { orderId status provenBy proofs { id kind sizes { url } } } }"
)
PICKUP = """query($of: [_Any!]!) { _entities(representations: $of) { ... on SellerOrder {
  pickup { status provenBy proofs { id kind stop sizes { url width } } } } } }"""
AT_DOOR = ("picked_up", "dropoff")


@dataclass
class Site:
    graph: Graph
    files: Path

    @property
    def world(self) -> World:
        return self.graph.world

    async def rule(self, photo: PhotoWhen = PhotoWhen.UNREACHABLE, *, signature: bool = True, cash: int = CASH) -> None:
        async with transaction(self.world.db) as conn:
            assert await proof_rules.add(
                conn, ProofRule("P-1", date(2020, 1, 1), "tests", photo, signature, cash), None
            )

    async def trip(self, *reports: str, cash: int = 0, partner: PartnerId = SEMERU) -> DeliveryId:
        order_id = await self.world.place()
        await self.world.confirm(order_id, cash)
        job = await self.world.delivery_of(order_id)
        while (offer := await self.world.open_offer(job))[1] != partner:
            await self.world.decline(job, *offer)
        await self.world.accept(job, *offer)
        for each in reports:
            assert (await self.world.report(partner, job, each)).code is None
        return job

    async def asked(self, job: DeliveryId, kind: str = "PHOTO", who: str = AGUS, key: str = KEY, **more: Any) -> Any:
        said = (await self.graph.data(who, ASK, job=str(job), kind=kind, key=key, **more))["answer"]
        return said["upload"] or said["problems"][0]["code"]

    async def send(self, url: str, content: bytes, kind: str = "image/jpeg") -> Answer:
        return await request(self.graph.app, "PUT", url, headers={"content-type": kind}, body=content)

    async def sent(self, job: DeliveryId, kind: str = "PHOTO", **more: Any) -> str:
        upload = await self.asked(job, kind, **more)
        answer = await self.send(upload["url"], photo())
        assert answer.status == 201, answer.body
        return str(upload["proofId"])

    async def hands_over(self, job: DeliveryId, proof: str, who: str = AGUS, cash: int = 0, key: str = "") -> Any:
        named = {"job": str(job), "proof": proof, "cash": cash, "key": key or str(job)}
        said = (await self.graph.data(who, HAND_OVER, **named))["answer"]
        return said["delivery"] or said["problems"][0]["code"]

    async def seen(self, job: DeliveryId, who: str) -> Any:
        return (await self.graph.data(who, SEE, job=str(job)))["delivery"]

    async def told(self, kind: str) -> dict[str, Any]:
        return next(each.data for each in reversed(await self.world.told()) if each.type == kind)

    async def cleared(self) -> list[str]:
        await clear(SWEEPER, self.world.db, LocalStorage(self.files), Swept())
        return sorted(str(each.relative_to(self.files)) for each in self.files.rglob("*") if each.is_file())


@pytest.fixture
async def site(own: servers.TestDatabase, tmp_path: Path) -> AsyncIterator[Site]:
    async with a_graph(own, tmp_path / "media") as graph:
        yield Site(graph, tmp_path / "media")


async def test_a_photo_proves_it_once_nobody_was_to_be_reached(site: Site) -> None:
    await site.rule()
    job = await site.trip(*AT_DOOR)
    assert (await site.told("partner.job_offered.v1"))["proofs"] == [
        {"kind": "PIN"}, {"kind": "SIGNATURE"}, {"kind": "PHOTO", "when": "UNREACHABLE"},
    ]  # fmt: skip
    upload = await site.asked(job)
    assert (upload["maxBytes"], upload["url"].startswith("/trips/proofs/upload/")) == (MAX_BYTES, True)
    assert (await site.hands_over(job, upload["proofId"], key=KEY + "0")) == "PROOF_NOT_ACCEPTED"
    assert (await site.world.report(SEMERU, job, "failed")).code is None
    assert (await site.hands_over(job, upload["proofId"])) == "WRONG_STATE"  # it has not come
    assert (await site.send(upload["url"], from_a_phone())).status == 201
    done = await site.hands_over(job, upload["proofId"])  # the very same again
    assert done == {"status": "DELIVERED", "provenBy": "PHOTO"}
    fact = await site.told("delivery.delivered.v1")
    assert (fact["proven_by"], fact["proof_id"]) == ("PHOTO", upload["proofId"])
    for who in ("buyer", "partner", AGUS, "ops"):
        shown = await site.seen(job, who)
        assert (shown["provenBy"], [each["id"] for each in shown["proofs"]]) == ("PHOTO", [upload["proofId"]])
    largest = (await site.seen(job, "buyer"))["proofs"][0]["sizes"][-1]["url"]
    fetched = await request(site.graph.app, "GET", largest)
    assert (fetched.status, fetched.headers["cache-control"]) == (200, "private, no-store")
    assert b"EXIF" not in fetched.body
    assert b"SECRET" not in fetched.body
    await site.world.move_clock(timedelta(seconds=601))
    assert (await request(site.graph.app, "GET", largest)).status == 404


async def test_with_cash_there_is_no_photo_and_a_signature_up_to_a_sum(site: Site) -> None:
    await site.rule(cash=CASH - 1)
    job = await site.trip(*AT_DOOR, cash=CASH)
    assert [each["kind"] for each in (await site.seen(job, AGUS))["acceptedProofs"]] == ["PIN"]
    proof = await site.sent(job, "SIGNATURE")
    assert await site.hands_over(job, proof, cash=CASH) == "PROOF_NOT_ACCEPTED"
    other = await site.trip(*AT_DOOR, cash=CASH - 1)
    proof = await site.sent(other, "SIGNATURE")
    assert (await site.hands_over(other, proof, cash=CASH - 1))["provenBy"] == "SIGNATURE"


async def test_the_buyer_wishes_and_who_has_the_job_is_told(site: Site) -> None:
    await site.rule(PhotoWhen.WISHED)
    job = await site.trip(*AT_DOOR)

    async def wish(wanted: DropoffWish | None, who: str = "buyer") -> Any:
        said = (await site.graph.data(who, WISH, job=str(job), wish=wanted))["answer"]
        return said["delivery"] or said["problems"][0]["code"]

    assert await wish(DropoffWish.LEAVE_AT_DOOR, "stranger") == "NOT_FOUND"
    assert (await wish(DropoffWish.PIN_ONLY))["acceptedProofs"] == [{"kind": "PIN", "when": "ALWAYS", "now": True}]
    assert (await site.told("partner.job_changed.v1"))["proofs"] == [{"kind": "PIN"}]
    found = await wish(DropoffWish.LEAVE_AT_DOOR)
    assert [each["kind"] for each in found["acceptedProofs"]] == ["PIN", "SIGNATURE", "PHOTO"]
    proof = await site.sent(job)
    assert (await site.hands_over(job, proof))["status"] == "DELIVERED"
    assert await wish(None) == "WRONG_STATE"


async def test_without_a_rule_the_pin_alone_is_taken_and_a_locked_one_takes_nothing(site: Site) -> None:
    job = await site.trip(*AT_DOOR)
    proof = await site.sent(job, "SIGNATURE")
    assert await site.hands_over(job, proof) == "PROOF_NOT_ACCEPTED"
    await site.rule()
    for tried in range(5):
        body = {"job_id": str(job), "pin": f"wrong{tried}", "cash_collected_rupiah": 0}
        assert (await site.world.reply(SEMERU, "delivered", body)).code == "WRONG_PIN"
    assert await site.hands_over(job, proof, key=KEY + "1") == "WRONG_PIN"


async def test_proofs_of_others_of_other_trips_and_of_the_rider_before_prove_nothing(site: Site) -> None:
    await site.rule()
    job, other = await site.trip(*AT_DOOR), await site.trip(*AT_DOOR)
    rivals = await site.trip(*AT_DOOR, partner=KONCAR)
    for who in ("rini", "stranger", "buyer", "koncar"):
        assert await site.asked(job, who=who) == "NOT_FOUND"
    assert await site.asked(rivals) == "NOT_FOUND"
    assert "errors" in await site.graph.ask(AGUS, ASK, job=str(job), kind="PIN", key=KEY)
    assert "errors" in await site.graph.ask(AGUS, ASK, job=str(job), kind="PHOTO", key=KEY, back="//elsewhere")
    of_other = await site.sent(other, "SIGNATURE")
    for strange in (of_other, str(ProofId.new())):
        assert await site.hands_over(job, strange, key=KEY + strange[-6:]) == "NOT_FOUND"
    mine = await site.sent(job, "SIGNATURE")
    at_stop = await site.sent(job, stop=1, key=KEY + "stop")
    assert await site.hands_over(job, at_stop, key=KEY + "s") == "NOT_FOUND"
    body = {"job_id": str(job), "rider_id": str(DEWI)}
    assert (await site.world.reply(SEMERU, "rider_changed", body)).code is None
    refused = await site.world.reply(
        SEMERU, "delivered", {"job_id": str(job), "proof_id": mine, "cash_collected_rupiah": 0}
    )
    assert (refused.code, refused.field) == ("UNKNOWN_PROOF", "proof_id")
    assert await site.world.status(job) == "AT_DROPOFF"


async def test_the_same_is_the_same_and_what_comes_after_the_end_is_not_taken(site: Site) -> None:
    await site.rule()
    job = await site.trip(*AT_DOOR)
    first = await site.asked(job, "SIGNATURE")
    assert (await site.send(first["url"], photo())).status == 201
    again = await site.asked(job, "SIGNATURE")
    assert (again["proofId"], again["url"]) == (first["proofId"], first["url"])
    assert (await site.send(again["url"], photo())).status == 200
    assert (await site.send(again["url"], photo(300, 200))).status == 409
    assert await site.asked(job) == "IDEMPOTENCY_KEY_REUSED"
    late = await site.asked(job, key=KEY + "late")
    for _ in range(2):
        assert (await site.hands_over(job, first["proofId"]))["status"] == "DELIVERED"
    assert [each.type for each in await site.world.told()].count("delivery.delivered.v1") == 1
    assert (await site.send(late["url"], photo())).status == 404
    assert await site.asked(job, key=KEY + "later") == "WRONG_STATE"
    assert (await site.asked(job, "SIGNATURE"))["proofId"] == first["proofId"]  # whose answer was lost


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"\0" * (MAX_BYTES + 40_000), 413, "TOO_LARGE"),
        (png_of(60_000, 60_000), 422, "TOO_MANY_PIXELS"),
        (text_bomb(), 422, None),
        (animated("WEBP"), 422, "ANIMATED"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 422, "NOT_A_PHOTO"),
        (b"%PDF-1.7\n" + photo(), 422, "NOT_A_PHOTO"),
        (photo()[:4_000], 422, "DAMAGED"),
        (b"", 422, "NOT_A_PHOTO"),
    ],
    ids=["50 MB", "bomb", "text bomb", "animated", "svg", "polyglot", "cut", "empty"],
)
async def test_hostile_files_are_refused_by_name_and_leave_nothing(
    site: Site, content: bytes, status: int, code: str | None
) -> None:
    await site.rule()
    job = await site.trip(*AT_DOOR)
    upload = await site.asked(job)
    answer = await site.send(upload["url"], content)
    assert answer.status == status, answer.body
    assert code is None or answer.json()["code"] == code
    assert await site.cleared() == []
    assert (await site.send(upload["url"], photo())).status == 201  # the address is as good as before


async def test_a_trip_takes_only_so_many_whoever_asks_at_once(site: Site) -> None:
    job = await site.trip("picked_up")

    async def ask(number: int) -> None:
        async with transaction(site.world.db) as conn:
            await proofs.request(conn, job, ProofKind.PHOTO, SEMERU, str(number))

    found = await asyncio.gather(*(ask(each) for each in range(MAX_PROOFS + 2)), return_exceptions=True)
    assert sum(isinstance(each, ProofsAreEnough) for each in found) == 2
    assert await site.asked(job) == "TOO_MANY_PHOTOS"


async def test_proofs_go_in_time_and_with_their_buyer(site: Site) -> None:
    await site.rule()
    job, other = await site.trip(*AT_DOOR), await site.trip(*AT_DOOR)
    used, unused = await site.sent(job, "SIGNATURE"), await site.sent(job, key=KEY + "2")
    assert (await site.hands_over(job, used))["status"] == "DELIVERED"
    assert [each["id"] for each in (await site.seen(job, AGUS))["proofs"]] == [used, unused]
    assert [each["id"] for each in (await site.seen(job, "buyer"))["proofs"]] == [used]
    await site.world.move_clock(timedelta(days=8))
    await site.world.fire()
    assert [each["id"] for each in (await site.seen(job, AGUS))["proofs"]] == [used]
    assert all(each.startswith("proofs/") for each in await site.cleared())
    await site.world.move_clock(timedelta(days=83))
    await site.world.fire()
    assert await site.cleared() == []
    await site.sent(other)
    await site.world.hear(PersonErased(person_id=PersonId.parse(BUYER), erased_at=await site.world.now()))
    assert await site.cleared() == []


async def test_an_officer_sees_how_it_was_handed_over_and_that_is_written_down(site: Site) -> None:
    await site.rule()
    job = await site.trip(*AT_DOOR)
    assert (await site.hands_over(job, await site.sent(job, "SIGNATURE")))["status"] == "DELIVERED"
    by_pin = await site.trip(*AT_DOOR, cash=CASH)
    assert (await site.world.report(SEMERU, by_pin, "delivered")).code is None
    ids = [str(await site.world.order_of(each)) for each in (job, by_pin)]
    found = (await site.graph.data("officer", HANDOVERS, ids=ids))["handovers"]
    assert [(each["orderId"], each["provenBy"], len(each["proofs"])) for each in found] == [
        (ids[0], "SIGNATURE", 1), (ids[1], "PIN", 0),
    ]  # fmt: skip
    assert await site.graph.shown_to_staff() == [("per_officer", BUYER)]
    for who in ("buyer", AGUS, "partner"):
        assert "errors" in await site.graph.ask(who, HANDOVERS, ids=ids)


async def test_a_company_sends_one_by_http_and_names_it_in_its_reply(site: Site) -> None:
    await site.rule()
    job = await site.trip(*AT_DOOR)

    async def ask(body: bytes, who: str = "partner", path: str = str(job)) -> Answer:
        headers = {"authorization": f"Bearer {site.graph.token(who)}", "content-type": "application/json"}
        return await request(site.graph.app, "POST", f"/partner/v1/jobs/{path}/proofs", headers=headers, body=body)

    first, again = [(await ask(b'{"id": "p-1", "kind": "SIGNATURE"}')).json() for _ in range(2)]
    assert (first["proof_id"], first["url"]) == (again["proof_id"], again["url"])
    body = {"job_id": str(job), "proof_id": first["proof_id"], "cash_collected_rupiah": 0}
    assert (await site.world.reply(SEMERU, "delivered", body, reply_id="r-1")).code == "WRONG_ORDER"
    assert (await site.send(first["url"], photo())).status == 201
    for body_, who, path, status, code in (
        (b'{"id": "p-1", "kind": "PHOTO"}', "partner", str(job), 409, "ID_REUSED"),
        (b'{"id": "p-2", "kind": "PIN"}', "partner", str(job), 400, "MALFORMED"),
        (b'{"kind": "PHOTO"}', "partner", str(job), 400, "MALFORMED"),
        (b'{"id": "p-2", "kind": "PHOTO", "stop": 9}', "partner", str(job), 404, "NOT_FOUND"),
        (b'{"id": "p-2", "kind": "PHOTO"}', "rival", str(job), 404, "NOT_FOUND"),
        (b'{"id": "p-2", "kind": "PHOTO"}', "partner", "dlv_x", 404, "NOT_FOUND"),
        (b'{"id": "p-2", "kind": "PHOTO"}', "buyer", str(job), 403, "FORBIDDEN"),
    ):
        refused = await ask(body_, who, path)
        assert (refused.status, refused.json()["code"]) == (status, code), refused.body
    assert (await site.world.reply(SEMERU, "delivered", body, reply_id="r-1")).code is None
    assert (await ask(b'{"id": "p-3", "kind": "PHOTO"}')).json()["code"] == "ALREADY_DONE"
    both = {**body, "pin": "000000"}
    assert (await site.world.reply(SEMERU, "delivered", both)).field == "proof_id"


async def test_the_database_refuses_what_must_not_be(site: Site) -> None:
    await site.rule()
    job = await site.trip(*AT_DOOR)
    assert (await site.hands_over(job, await site.sent(job, "SIGNATURE")))["status"] == "DELIVERED"
    async with site.world.db.acquire() as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("UPDATE proof_rule SET signature = false")
        with pytest.raises(asyncpg.CheckViolationError):
            await conn.execute("UPDATE delivery SET dropoff_wish = 'WINDOW'")
        with pytest.raises(asyncpg.CheckViolationError):
            await conn.execute("UPDATE delivery_proof SET came_at = NULL")


async def test_without_a_place_for_photos_nothing_is_asked_for(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    answer = await graph.ask(AGUS, ASK, job=str(job), kind="PHOTO", key=KEY)
    assert answer["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"


async def test_a_merchant_sees_what_it_handed_out_and_the_door_small_and_others_nothing(site: Site) -> None:
    await site.rule()
    job = await site.trip()
    at_counter = await site.sent(job, stop=1, key=KEY + "c")
    for each in (*AT_DOOR, "failed"):
        assert (await site.world.report(SEMERU, job, each)).code is None
    assert (await site.hands_over(job, await site.sent(job)))["provenBy"] == "PHOTO"
    async with transaction(site.world.db) as conn:
        await merchants.save_members(conn, MALL, ["usr_ratna"])
        await merchants.save_members(conn, KIOS, ["usr_cak_di"])
        part = await conn.fetchval(
            "SELECT seller_order_id FROM stop WHERE delivery_id = $1 AND merchant_id = $2", job, MALL
        )

    async def seen(who: str, role: str = "merchant") -> Any:
        of = [{"__typename": "SellerOrder", "id": str(SellerOrderId(part))}]
        token = site.graph.issuer.token(sub=who, roles=[role])
        answer = await ask(site.graph.app, PICKUP, token=token, of=of)
        assert "errors" not in answer, answer
        return answer["data"]["_entities"][0]["pickup"]

    shown = await seen("usr_ratna")
    assert shown["provenBy"] == "PHOTO"
    by_stop = {each["stop"]: each for each in shown["proofs"]}
    assert (by_stop[1]["id"], len(by_stop[1]["sizes"]) > 1) == (at_counter, True)
    assert [each["width"] for each in by_stop[None]["sizes"]] == [240]
    fetched = await request(site.graph.app, "GET", by_stop[None]["sizes"][0]["url"])
    assert fetched.status == 200
    for who in ("usr_cak_di", "usr_stranger"):
        assert await seen(who) is None
    assert await seen("usr_ratna", "rider") is None
    looked = "SELECT count(*) FROM audit WHERE action = 'PROOF_SHOWN'"
    async with site.world.db.acquire() as reading:
        assert await reading.fetchval(looked) == 0  # what is one's own is no staff's look
        assert len((await seen("usr_ops", "ops"))["proofs"]) == 2
        assert await reading.fetchval(looked) == 2


async def test_a_merchant_does_not_see_a_signature(site: Site) -> None:
    await site.rule()
    job = await site.trip(*AT_DOOR)
    assert (await site.hands_over(job, await site.sent(job, "SIGNATURE")))["provenBy"] == "SIGNATURE"
    async with transaction(site.world.db) as conn:
        found, _ = await stored_proofs.of_pickups(conn, [(job, 1)])
    assert found == {(job, 1): []}
