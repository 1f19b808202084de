"""What somebody was told is theirs to read, to mark and to choose by; of others' notices nobody sees any."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.contracts.people import PersonId
from services.people.domain.ids import NoticeId
from tests.worlds import servers
from tests.worlds.notices import Market
from tests.worlds.outgoing import Post
from tests.worlds.payloads import PROBLEMS
from tests.worlds.people import House, house

READ = """query($first: Int, $after: String) { viewer {
    notices(first: $first, after: $after) { edges { node { id kind about text readAt outcome } } pageInfo { hasNextPage endCursor } }
    noticePreferences { kind channels } } }"""
MARK = f"mutation($ids: [ID!]!) {{ markNoticesRead(ids: $ids) {{ {PROBLEMS} notices {{ id readAt }} }} }}"
PREFER = f"""mutation($wanted: [NoticePreferenceInput!]!) {{
    setNoticePreferences(preferences: $wanted) {{ {PROBLEMS} preferences {{ kind channels }} }} }}"""
SUBSCRIBE = f"""mutation($endpoint: String!, $p256dh: String!, $auth: String!) {{
    subscribeToPush(endpoint: $endpoint, p256dh: $p256dh, auth: $auth) {{ {PROBLEMS} done }} }}"""
UNSUBSCRIBE = f"mutation($endpoint: String!) {{ unsubscribeFromPush(endpoint: $endpoint) {{ {PROBLEMS} done }} }}"
POINT, SECRET = base64.urlsafe_b64encode(b"\x04" + b"x" * 64).decode(), base64.urlsafe_b64encode(b"x" * 16).decode()


@pytest.fixture
async def home(own: servers.TestDatabase) -> AsyncIterator[House]:
    async with house(own) as made:
        yield made


async def _buyer(home: House, phone: str) -> tuple[str, PersonId]:
    signed = await home.signed_in(phone)
    return signed["tokens"]["accessToken"], PersonId.parse(signed["person"]["id"])


async def _an_order(post: Post, buyer: PersonId, owner: PersonId) -> Market:
    made = Market(post, buyer, owner)
    await made.hear(made.merchant(), made.placed(), made.held(), await made.confirmed(), made.picked_up())
    return made


async def _texts(home: House, token: str, **asked: Any) -> list[Any]:
    return [edge["node"] for edge in (await home.data(READ, token, **asked))["notices"]["edges"]]


async def test_each_reads_what_they_were_told_page_by_page(home: House, post: Post) -> None:
    token, siti = await _buyer(home, "+6281234567801")
    other, sri = await _buyer(home, "+6281234567802")
    order = await _an_order(post, siti, sri)
    first = (await home.data(READ, token, first=1))["notices"]
    assert [edge["node"]["kind"] for edge in first["edges"]] == ["ORDER_ON_THE_WAY"]
    assert first["edges"][0]["node"]["about"] == str(order.order_id)
    rest = await _texts(home, token, after=first["pageInfo"]["endCursor"])
    assert [node["kind"] for node in rest] == ["ORDER_ACCEPTED"]
    assert [node["kind"] for node in await _texts(home, other)] == ["SELLER_ORDER_NEW"]


async def test_one_marks_ones_own_and_once(home: House, post: Post) -> None:
    token, siti = await _buyer(home, "+6281234567801")
    other, sri = await _buyer(home, "+6281234567802")
    await _an_order(post, siti, sri)
    mine, theirs = (await _texts(home, token))[0]["id"], (await _texts(home, other))[0]["id"]
    marked = await home.done(MARK, token, ids=[mine, theirs, str(NoticeId.new())])
    assert [each["id"] for each in marked] == [mine]
    await home.move_clock(60)
    again = await home.done(MARK, token, ids=[mine])
    assert again == marked
    assert (await _texts(home, other))[0]["readAt"] is None
    assert await home.code(MARK, token, ids=[mine] * 101) == "BAD_USER_INPUT"
    assert await home.code(MARK, token, ids=["ord_01ep341r00fd7bct50xvevp6ve"]) == "BAD_USER_INPUT"


async def test_preferences_are_said_for_each_kind_and_taken_back(home: House) -> None:
    token, _ = await _buyer(home, "+6281234567801")

    async def set_to(*wanted: dict[str, Any]) -> dict[str, Any]:
        done = await home.done(PREFER, token, wanted=list(wanted))
        return {each["kind"]: each["channels"] for each in done}

    now = await set_to(
        {"kind": "ORDER_DELIVERED", "channels": []}, {"kind": "ORDER_ACCEPTED", "channels": ["SMS", "PUSH", "SMS"]}
    )
    assert (now["ORDER_DELIVERED"], now["ORDER_ACCEPTED"], now["ORDER_CANCELLED"]) == ([], ["SMS", "PUSH"], None)
    now = await set_to({"kind": "ORDER_DELIVERED", "channels": None})
    assert (now["ORDER_DELIVERED"], now["ORDER_ACCEPTED"]) == (None, ["SMS", "PUSH"])
    twice = [{"kind": "ORDER_ACCEPTED"}, {"kind": "ORDER_ACCEPTED"}]
    assert await home.code(PREFER, token, wanted=twice) == "BAD_USER_INPUT"


async def test_whom_another_issuer_knows_reads_what_is_of_their_subject_and_never_a_persons(
    home: House, post: Post
) -> None:
    _, siti = await _buyer(home, "+6281234567801")
    seller = "idp|sri"
    made = Market(post, siti, siti)
    await made.hear(made.merchant(seller), made.placed(), made.held(), await made.confirmed())

    async def kinds(subject: str) -> list[str]:
        found = await home.data(READ, home.others.token(sub=subject), app=home.as_others)
        return [edge["node"]["kind"] for edge in found["notices"]["edges"]]

    assert await kinds(seller) == ["SELLER_ORDER_NEW"]
    assert await kinds(str(siti)) == []
    forged = home.others.token(sub=str(siti))
    assert await home.code(PREFER, forged, app=home.as_others, wanted=[]) == "FORBIDDEN"


async def test_a_browser_subscribes_and_is_the_last_persons(home: House) -> None:
    token, _ = await _buyer(home, "+6281234567801")
    other, sri = await _buyer(home, "+6281234567802")
    endpoint = "https://fcm.googleapis.com/fcm/send/abc"
    for each in (token, token, other):
        assert await home.done(SUBSCRIBE, each, endpoint=endpoint, p256dh=POINT, auth=SECRET)
    owners = "SELECT array_agg(person_id) FROM push_subscription"
    assert await home.value(owners) == [sri.uuid]
    await home.done(UNSUBSCRIBE, token, endpoint=endpoint)
    assert await home.value(owners) == [sri.uuid]
    await home.done(UNSUBSCRIBE, other, endpoint=endpoint)
    assert await home.value(owners) is None
    for n in range(7):
        await home.done(SUBSCRIBE, token, endpoint=f"{endpoint}{n}", p256dh=POINT, auth=SECRET)
    assert await home.value("SELECT count(*) FROM push_subscription") == 5


@pytest.mark.parametrize(
    ("endpoint", "p256dh", "auth"),
    [
        ("http://169.254.169.254/latest", POINT, SECRET),
        ("https://fcm.googleapis.com/" + "x" * 1_000, POINT, SECRET),
        ("https://fcm.googleapis.com/x", "x", SECRET),
        ("https://fcm.googleapis.com/x", POINT, "!"),
        ("https://fcm.googleapis.com/x", POINT, "x" * 10_000),
        ("https://fcm.googleapis.com/é", POINT, SECRET),
        ("https://fcm.googleapis.com/\0", POINT, SECRET),
        ("https://fcm.googleapis.com/x", POINT + "\0", SECRET),
    ],
)
async def test_what_is_no_browsers_is_refused(home: House, endpoint: str, p256dh: str, auth: str) -> None:
    token, _ = await _buyer(home, "+6281234567801")
    told = await home.refused(SUBSCRIBE, token, endpoint=endpoint, p256dh=p256dh, auth=auth)
    assert told["code"] == "PUSH_NOT_SERVED"
    assert await home.value("SELECT count(*) FROM push_subscription") == 0


async def test_to_unsubscribe_what_was_never_an_address_is_refused_too(home: House) -> None:
    token, _ = await _buyer(home, "+6281234567801")
    told = await home.refused(UNSUBSCRIBE, token, endpoint="https://fcm.googleapis.com/\0")
    assert told["code"] == "PUSH_NOT_SERVED"
