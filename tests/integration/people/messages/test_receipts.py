"""What a provider took and did not deliver goes by the next channel while it is of use; who cannot prove who he is changes nothing."""

from __future__ import annotations

import asyncio

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit.database.db import transaction
from services.people.domain.sending import Receipts
from services.people.messages import receipts
from services.people.messages.port import ChannelName, Refused, Sent
from services.people.messages.sender import Lane, Pace
from services.people.messages.settings import ReceiptSettings
from services.people.store import erasures
from tests.worlds import asgi, servers
from tests.worlds.notices import a_market
from tests.worlds.outgoing import PHONE, Post, Scripted
from tests.worlds.receipts import APP_SECRET, KEY, TOLD, VERIFY, Ear, notification, signed
from tests.worlds.waiting import until

BOTH = Receipts(frozenset((ChannelName.WHATSAPP, ChannelName.SMS)))


@pytest.fixture
def ear(post: Post, monkeypatch: pytest.MonkeyPatch) -> Ear:
    monkeypatch.setattr(receipts, "_AGAIN_AFTER_S", 0.0)
    post.receipts = BOTH
    return Ear(post)


@pytest.fixture
def whatsapp() -> Scripted:
    return Scripted(ChannelName.WHATSAPP, [Sent("wamid.1"), Sent("wamid.2"), Sent("wamid.3")])


async def test_a_code_that_was_taken_and_failed_goes_by_the_next_channel_at_once(
    ear: Ear, whatsapp: Scripted, sms: Scripted
) -> None:
    code = await ear.post.write()
    await ear.post.step(whatsapp, sms)
    assert (len(whatsapp.sent), len(sms.sent)) == (1, 0)
    assert (await ear.whatsapp(("wamid.1", "sent"))).status == 200
    await ear.post.step(whatsapp, sms)
    assert len(sms.sent) == 0
    assert (await ear.whatsapp(("wamid.1", "failed"))).status == 200
    await ear.post.step(whatsapp, sms)
    assert [each.code for each in sms.sent] == ["481516"]
    row = await ear.post.row(code)
    assert (row["channel"], row["channels"], row["text"], row["code"]) == ("sms", ["sms"], "", None)
    assert len(whatsapp.sent) == 1


async def test_what_was_delivered_has_no_words_left_and_is_not_said_again(
    ear: Ear, whatsapp: Scripted, sms: Scripted
) -> None:
    code = await ear.post.write()
    await ear.post.step(whatsapp, sms)
    assert (await ear.post.row(code))["code"] == "481516"
    await ear.whatsapp(("wamid.1", "delivered"))
    row = await ear.post.row(code)
    assert (row["text"], row["code"], row["receipt_by"]) == ("", None, None)
    assert row["delivered_at"]
    for later in (("wamid.1", "read"), ("wamid.1", "failed")):
        await ear.whatsapp(later)
    await ear.post.move_clock(100)
    await ear.post.step(whatsapp, sms)
    assert len(sms.sent) == 0


async def test_a_code_of_which_nothing_is_told_goes_on_after_its_time_and_only_once(
    ear: Ear, whatsapp: Scripted, sms: Scripted
) -> None:
    code = await ear.post.write()
    await ear.post.step(whatsapp, sms)
    await ear.post.move_clock(BOTH.code_s - 5)
    await ear.post.step(whatsapp, sms)
    assert len(sms.sent) == 0
    await ear.post.move_clock(10)
    await ear.post.step(whatsapp, sms)
    assert len(sms.sent) == 1
    await ear.post.move_clock(BOTH.code_s + 5)
    await ear.post.step(whatsapp, sms)
    assert (len(whatsapp.sent), len(sms.sent)) == (1, 1)
    assert (await ear.post.row(code))["sent_at"]


async def test_one_that_proved_the_number_or_is_over_is_not_said_again(
    ear: Ear, whatsapp: Scripted, sms: Scripted
) -> None:
    used, over = await ear.post.write(), await ear.post.write(phone="+6281234567899", lives_s=20)
    await ear.post.step(whatsapp, sms)
    async with ear.post.db.acquire() as conn:
        await conn.execute(
            """INSERT INTO sign_in_code (id, phone, digest, made_at, expires_at, used_at) VALUES (gen_random_uuid(), $1, $2, wlijo_now(),
               wlijo_now() + interval '5 minutes', wlijo_now())""",
            PHONE,
            bytes(32),
        )
    await ear.post.move_clock(60)
    await ear.post.step(whatsapp, sms)
    assert len(sms.sent) == 0
    for each in (used, over):
        row = await ear.post.row(each)
        assert (row["text"], row["code"], row["receipt_by"], row["channel"]) == ("", None, None, "whatsapp")


async def test_a_notice_says_what_became_of_it(ear: Ear, whatsapp: Scripted, sms: Scripted) -> None:
    market = await a_market(ear.post)
    await market.hear(market.merchant(), market.placed(), market.held())
    await ear.post.step(whatsapp, sms)
    assert await market.kinds(market.owner) == [("SELLER_ORDER_NEW", "TOLD")]
    await ear.whatsapp(("wamid.1", "failed"))
    sms.deeds = [Refused("no such number")]
    await ear.post.step(whatsapp, sms)
    assert len(sms.sent) == 1
    assert await market.kinds(market.owner) == [("SELLER_ORDER_NEW", "FAILED")]
    assert (await market.notices(market.owner))[0]["told_at"] is None


async def test_by_the_last_channel_a_failure_is_the_end(ear: Ear, whatsapp: Scripted) -> None:
    ear.post.notices = (ChannelName.WHATSAPP,)
    market = await a_market(ear.post)
    await market.hear(market.merchant(), market.placed(), market.held())
    await ear.post.step(whatsapp)
    await ear.whatsapp(("wamid.1", "failed"))
    await ear.post.step(whatsapp)
    assert await market.kinds(market.owner) == [("SELLER_ORDER_NEW", "FAILED")]
    assert len(whatsapp.sent) == 1


async def test_a_notice_that_no_longer_matters_or_was_read_is_not_said_again(
    ear: Ear, whatsapp: Scripted, sms: Scripted
) -> None:
    market = await a_market(ear.post)
    await market.hear(market.merchant(), market.placed(), market.held(), market.accepted(), await market.confirmed())
    await ear.post.step(whatsapp, sms)
    await market.hear(market.picked_up())  # ORDER_ACCEPTED is said no more
    async with ear.post.db.acquire() as conn:
        await conn.execute("UPDATE notice SET read_at = wlijo_now() WHERE kind = 'SELLER_ORDER_NEW'")
    said = len(whatsapp.sent)
    await ear.whatsapp(*((f"wamid.{number}", "failed") for number in range(1, said + 1)))
    await ear.post.step(sms)
    assert len(sms.sent) == 0


async def test_a_word_that_comes_late_ends_the_next_try(ear: Ear, whatsapp: Scripted, sms: Scripted) -> None:
    code = await ear.post.write()
    await ear.post.step(whatsapp)
    await ear.post.move_clock(BOTH.code_s + 1)
    await ear.post.step()  # it waits for sms now
    assert (await ear.post.row(code))["channel"] == "sms"
    await ear.whatsapp(("wamid.1", "delivered"))
    await ear.post.step(sms)
    assert len(sms.sent) == 0
    row = await ear.post.row(code)
    assert (row["channel"], row["text"], row["sent_at"] is not None) == ("whatsapp", "", True)


async def test_one_that_came_by_another_channel_while_it_was_being_sent_goes_no_further(
    ear: Ear, whatsapp: Scripted, sms: Scripted
) -> None:
    mail = Scripted(ChannelName.MAIL)
    ear.post.codes = (ChannelName.WHATSAPP, ChannelName.SMS, ChannelName.MAIL)
    await ear.post.write()
    await ear.post.step(whatsapp)
    await ear.post.move_clock(BOTH.code_s + 1)
    await ear.post.step()
    sms.held = asyncio.Event()
    lane = Lane(sms, ear.post.db, Pace(), BOTH)
    await lane.start_due()
    await until(lambda: _is(len(sms.sent) == 1))
    await ear.whatsapp(("wamid.1", "delivered"))
    sms.held.set()
    await lane.drain()
    await ear.post.move_clock(BOTH.code_s + 1)
    await ear.post.step(mail)
    assert (len(sms.sent), len(mail.sent)) == (1, 0)


async def _is(found: bool) -> bool:
    return found


async def test_who_is_erased_leaves_no_receipt(ear: Ear, whatsapp: Scripted) -> None:
    person_id = await ear.post.person(PHONE)
    await ear.post.write()
    await ear.post.step(whatsapp)
    async with transaction(ear.post.db) as conn:
        await erasures.ask(conn, person_id)
        await erasures.take_away(conn, person_id, PHONE)
    assert await ear.state() == []
    async with ear.post.db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM message_receipt") == 0
    assert (await ear.whatsapp(("wamid.1", "failed"))).status == 200


async def test_repeats_at_once_say_it_once(ear: Ear, whatsapp: Scripted, sms: Scripted) -> None:
    await ear.post.write()
    await ear.post.step(whatsapp, sms)
    assert set(await ear.at_once(12, ("wamid.1", "failed"))) == {200}
    await ear.post.step(whatsapp, sms)
    assert set(await ear.at_once(12, ("wamid.1", "failed"))) == {200}
    await ear.post.step(whatsapp, sms)
    assert (len(whatsapp.sent), len(sms.sent)) == (1, 1)


async def test_of_unknown_messages_nothing_is_kept(ear: Ear, whatsapp: Scripted) -> None:
    await ear.post.write()
    await ear.post.step(whatsapp)
    before = await ear.state()
    many = [(f"wamid.none.{number}", "delivered") for number in range(2_000)]
    assert (await ear.whatsapp(*many)).status == 200
    assert (await ear.whatsapp(*many, ("wamid.one.more", "failed"))).status == 413
    assert await ear.state() == before


FORGED = [
    {},
    {"x-hub-signature-256": ""},
    {"x-hub-signature-256": "sha256="},
    {"x-hub-signature-256": "sha256=" + "0" * 64},
    {"x-hub-signature-256": "sha1=" + "0" * 40},
    signed(notification(("wamid.1", "failed")), "another secret"),
    signed(notification(("wamid.1", "failed")), ""),
    signed(notification(("wamid.1", "delivered"))),  # of another body
    {"x-hub-signature-256": signed(notification(("wamid.1", "failed")))["x-hub-signature-256"].upper()},
    {"authorization": f"Bearer {APP_SECRET}"},
]


@pytest.mark.parametrize("headers", FORGED)
async def test_what_is_not_signed_by_the_app_changes_nothing(
    ear: Ear, whatsapp: Scripted, headers: dict[str, str]
) -> None:
    await ear.post.write()
    await ear.post.step(whatsapp)
    before, body = await ear.state(), notification(("wamid.1", "failed"))
    answer = await asgi.request(ear.app, "POST", "/receipts/whatsapp", headers=headers, body=body)
    assert (answer.status, answer.json()["code"]) == (401, "UNAUTHENTICATED")
    assert await ear.state() == before
    assert (await ear.whatsapp(("wamid.1", "failed"))).status == 200  # control: signed, it does
    assert await ear.state() != before


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"entry": 1}', b'{"entry":[{"changes":[{"value":{"statuses":[1]}}]}]}', b"\xff"]
)
async def test_a_signed_body_that_says_nothing_is_refused(ear: Ear, body: bytes) -> None:
    answer = await asgi.request(ear.app, "POST", "/receipts/whatsapp", headers=signed(body), body=body)
    assert (answer.status, answer.json()["code"]) == (400, "MALFORMED")


async def test_a_body_is_bounded(ear: Ear) -> None:
    body = b" " * (256 * 1024 + 1)
    answer = await asgi.request(ear.app, "POST", "/receipts/whatsapp", headers=signed(body), body=body)
    assert (answer.status, answer.json()["code"]) == (413, "TOO_LARGE")


async def test_metas_question_is_answered_to_whoever_knows_the_token(ear: Ear) -> None:
    asked = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
    answer = await asgi.request(ear.app, "GET", "/receipts/whatsapp", query=asked + VERIFY)
    assert (answer.status, answer.body) == (200, b"1158201444")
    assert answer.headers["content-type"].startswith("text/plain")
    for wrong in (asked, asked + "another", asked.replace("subscribe", "other") + VERIFY, ""):
        assert (await asgi.request(ear.app, "GET", "/receipts/whatsapp", query=wrong)).status == 403


@pytest.mark.parametrize("shape", ["object", "list inside", "form", "address", "status inside"])
@pytest.mark.parametrize("word", ["DELIVRD", "UNDELIV"])
async def test_a_gateways_report_in_any_usual_shape(
    ear: Ear, whatsapp: Scripted, sms: Scripted, shape: str, word: str
) -> None:
    ear.post.codes = (ChannelName.SMS, ChannelName.WHATSAPP)
    await ear.post.write()
    await ear.post.step(sms)
    said = {"messageId": "ref", "status": word, "to": "6281234567890"}
    match shape:
        case "object":
            answer = await ear.sms(said)
        case "list inside":
            answer = await ear.sms({"results": [{"messageId": "other", "status": "DELIVRD"}, said]})
        case "form":
            answer = await ear.sms(f"messageId=ref&status={word}".encode())
        case "status inside":
            answer = await ear.sms([{"messageId": "ref", "status": {"name": word}, "price": None}])
        case _:
            answer = await ear.sms(query=f"messageId=ref&status={word}&key={KEY}", key="")
    assert answer.status == 200
    await ear.post.step(whatsapp)
    assert len(whatsapp.sent) == (word == "UNDELIV")


async def test_a_gateway_without_a_reference_of_its_own_says_ours(ear: Ear, sms: Scripted, whatsapp: Scripted) -> None:
    ear.post.codes = (ChannelName.SMS, ChannelName.WHATSAPP)
    sms.deeds = [Sent("")]
    await ear.post.write()
    await ear.post.step(sms)
    assert (await ear.sms({"messageId": str(sms.sent[0].id), "status": "REJECTED"})).status == 200
    await ear.post.step(whatsapp)
    assert len(whatsapp.sent) == 1


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer no", "Basic no", "Basic bm86bm8=", f"Basic {KEY}", f"Digest {KEY}"]
)
async def test_a_gateway_that_does_not_show_the_key_changes_nothing(ear: Ear, sms: Scripted, shown: str) -> None:
    ear.post.codes = (ChannelName.SMS, ChannelName.WHATSAPP)
    await ear.post.write()
    await ear.post.step(sms)
    before = await ear.state()
    body = orjson.dumps({"messageId": "ref", "status": "UNDELIV"})
    headers = {"authorization": shown} if shown else {}
    assert (await asgi.request(ear.app, "POST", "/receipts/sms", headers=headers, body=body)).status == 401
    assert await ear.state() == before


@pytest.mark.parametrize("path", ["/receipts/whatsapp", "/receipts/sms"])
async def test_where_nothing_is_told_there_is_no_such_address(post: Post, path: str) -> None:
    ear = Ear(post, ReceiptSettings())
    assert (await asgi.request(ear.app, "POST", path)).status == 404


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["failed", "DELIVRD"]),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["entry", "changes", "value", "statuses", "id", "status", "messageId"]),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        ).map(lambda tree: orjson.dumps(tree, option=orjson.OPT_PASSTHROUGH_SUBCLASS) if _fits(tree) else b"{}"),
    )
)
async def test_whatever_is_said_by_whoever_may_is_taken_or_refused(
    own: servers.TestDatabase, post: Post, body: bytes
) -> None:
    ear = Ear(post, TOLD)
    for answer in (
        await asgi.request(ear.app, "POST", "/receipts/whatsapp", headers=signed(body), body=body),
        await ear.sms(body),
    ):
        assert answer.status in (200, 400)


def _fits(tree: object) -> bool:
    try:
        orjson.dumps(tree)
    except TypeError:
        return False
    return True
