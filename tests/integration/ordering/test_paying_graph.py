"""Paying by code as the graph shows it: what is offered, the code, what goes back, what a person gives; notifications that are none."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from services.contracts.ordering import OrderId
from services.kit.process.settings import Secret
from services.ordering.payments.profile import Refunds, Signed
from tests.worlds.ordering import BUDI, OPS, Market, a_key, hold
from tests.worlds.ordering_site import PLACE, Site, the_input
from tests.worlds.ordering_steps import cancel
from tests.worlds.paying import TOTAL, Till, a_profile, as_setting, till
from tests.worlds.payloads import PROBLEMS

METHODS = "{ paymentMethods }"
PAYMENT = """query($id: ID!) { order(id: $id) { status payment { method status amount cashToCollect cashCollected
    qris { state content expiresAt payBy } refunds { id amount reason borneBy status proof orderCode } } } }"""
BY_HAND = "{ refundsByHand(first: 1) { edges { node { id orderCode amount whyByHand } } pageInfo { hasNextPage } } }"
SETTLE = f"""mutation($id: ID!, $proof: String!) {{ settleRefund(id: $id, proof: $proof) {{ {PROBLEMS} refund {{ status proof }} }} }}"""


@pytest.fixture
async def shop(world: Market) -> AsyncIterator[Till]:
    async with till(world, refunds=Refunds.NONE) as found:
        yield found


@pytest.fixture
def paying(world: Market) -> Site:
    return Site(world, qris_providers=Secret(as_setting(a_profile())))


async def test_without_a_provider_it_is_neither_offered_nor_taken(site: Site) -> None:
    assert await site.data(METHODS, None) == ["COD", "KASBON"]
    given = {**await the_input(site.world), "paymentMethod": "QRIS"}
    before = await site.world.fingerprint()
    refused = await site.refused(PLACE, input=given, key=a_key())
    assert (refused["code"], refused["field"]) == ("PAYMENT_METHOD_NOT_OFFERED", "input.paymentMethod")
    assert await site.world.fingerprint() == before


async def test_more_than_a_provider_takes_is_refused_with_the_most(world: Market) -> None:
    site = Site(world, qris_providers=Secret(as_setting(a_profile(max_rupiah=14_999))))
    given = {**await the_input(world), "paymentMethod": "QRIS"}
    refused = await site.refused(PLACE, input=given, key=a_key())
    assert (refused["code"], refused["limit"]) == ("PAYMENT_METHOD_NOT_OFFERED", 14_999)


async def test_the_buyer_sees_the_code_and_nobody_else_does(paying: Site, shop: Till) -> None:
    assert await paying.data(METHODS, None) == ["COD", "QRIS", "KASBON"]
    given, key = {**await the_input(paying.world), "paymentMethod": "QRIS"}, a_key()
    placed = await paying.done(PLACE, input=given, key=key)
    assert (await paying.done(PLACE, input=given, key=key))["id"] == placed["id"]
    id_ = placed["id"]
    seen = (await paying.data(PAYMENT, id=id_))["payment"]
    assert (seen["method"], seen["status"], seen["qris"], seen["cashToCollect"]) == ("QRIS", "PENDING", None, 0)
    order_id = OrderId.parse(id_)
    await hold(paying.world, order_id)
    assert (await paying.data(PAYMENT, id=id_))["payment"]["qris"]["state"] == "MAKING"
    await shop.work()
    code = await shop.code(order_id)
    seen = (await paying.data(PAYMENT, id=id_))["payment"]["qris"]
    assert (seen["state"], seen["content"]) == ("SHOWN", code.content)
    assert await paying.data(PAYMENT, BUDI, id=id_) is None
    assert await paying.world.value("SELECT looked_at IS NOT NULL FROM payment_attempt")
    shop.bank.pay(code.reference)
    await shop.later(6, step=6)
    seen = await paying.data(PAYMENT, id=id_)
    assert (seen["status"], seen["payment"]["status"], seen["payment"]["qris"]["state"]) == (
        "CONFIRMED",
        "PAID",
        "PAID",
    )
    assert seen["payment"]["cashCollected"] is None


async def test_a_code_that_is_over_is_followed_by_another_when_its_buyer_looks(world: Market) -> None:
    async with till(world, valid_at_most_s=300, valid_at_least_s=60) as shop:
        site = Site(world, qris_providers=Secret(as_setting(shop.snap.profile)))
        order_id = await shop.shown()
        first = await shop.code(order_id)
        await shop.later(6 * 60)
        assert await shop.states() == ["EXPIRED"]
        assert (await site.data(PAYMENT, id=str(order_id)))["payment"]["qris"]["state"] == "MAKING"
        await shop.work()
        second = await shop.code(order_id)
        assert second.content != first.content
        assert (await site.data(PAYMENT, id=str(order_id)))["payment"]["qris"]["content"] == second.content


async def test_what_goes_back_by_hand_is_listed_for_ops_and_settled_once(paying: Site, shop: Till) -> None:
    order_id = await shop.shown()
    shop.bank.pay((await shop.code(order_id)).reference)
    await cancel(paying.world, order_id)
    await shop.later(31)
    (refund,) = (await paying.data(PAYMENT, id=str(order_id)))["payment"]["refunds"]
    assert (refund["amount"], refund["reason"], refund["status"]) == (TOTAL, "PAID_LATE", "BY_HAND")
    assert await paying.code(BY_HAND) == "FORBIDDEN"
    listed = await paying.data(BY_HAND, OPS.subject, "ops")
    assert [each["node"]["id"] for each in listed["edges"]] == [refund["id"]]
    assert await paying.code(SETTLE, id=refund["id"], proof="BI-FAST 1") == "FORBIDDEN"
    for _ in range(2):
        done = await paying.done(SETTLE, OPS.subject, "ops", id=refund["id"], proof="BI-FAST 1")
        assert done == {"status": "DONE", "proof": "BI-FAST 1"}
    assert (await paying.data(BY_HAND, OPS.subject, "ops"))["edges"] == []
    assert (await paying.refused(SETTLE, OPS.subject, "ops", id="ref_01h455vb4pex5vsknk084sn02q", proof="x"))[
        "code"
    ] == "NOT_FOUND"
    assert await paying.code(SETTLE, OPS.subject, "ops", id=str(order_id), proof="x") == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"[]", 400), (b"{}", 400), (b"\xff", 400), (b"{" + b" " * 20_000 + b"}", 400),
        (b'{"originalPartnerReferenceNo": 7}', 400), (b'{"originalPartnerReferenceNo": "a\\u0000b"}', 400),
        (b'{"originalPartnerReferenceNo": "' + b"A" * 65 + b'"}', 400), (b'{"originalPartnerReferenceNo": "ABC"}', 404),
    ],
)  # fmt: skip
async def test_a_notification_that_is_none_changes_nothing(world: Market, body: bytes, status: int) -> None:
    async with till(world, notified_by=Signed.NONE) as shop, aiohttp.ClientSession() as session:
        await shop.shown()
        before = await world.fingerprint()
        async with session.post(shop.provider.account.notify_url, data=body) as answer:
            assert answer.status == status
            assert (await answer.json())["responseCode"].startswith(f"{status}52")
        assert await world.fingerprint() == before


@pytest.mark.usefixtures("rates_stand_still")
async def test_who_notifies_in_haste_is_told_to_wait(world: Market) -> None:
    async with till(world) as shop, aiohttp.ClientSession() as session:
        statuses = []
        for _ in range(80):
            async with session.post(shop.provider.account.notify_url, data=b"{}") as answer:
                statuses.append(answer.status)
        assert 429 in statuses
