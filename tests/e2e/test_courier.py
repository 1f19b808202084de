"""An order that no ojek company of the regency takes is brought by the courier from outside, which fails before, amid and after."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from infra.local import people
from infra.local.seeded import companies
from services.contracts.delivery import PartnerId
from services.contracts.people import PersonId
from services.delivery.couriers.notices import PATH
from tests.e2e.caller import PLACE, Buyer, calling, new_key
from tests.e2e.installation import Installation
from tests.worlds import plain_browser
from tests.worlds.lalamove import SECRET, TEST_KEY, Lalamove, Order, a_lalamove
from tests.worlds.plain_browser import PlainBrowser
from tests.worlds.proxy import Proxy
from tests.worlds.waiting import until

_APPLY = """mutation($input: PartnerApplicationInput!, $key: String!) {
  applyAsPartner(input: $input, idempotencyKey: $key) { problems { code } partner { id } } }"""
_VERIFY = "mutation($id: ID!) { verifyPartner(id: $id) { problems { code } partner { id } } }"
_ACTIVATE = "mutation($id: ID!) { activatePartner(id: $id) { problems { code } partner { id } } }"
_PAUSE = 'mutation($id: ID!) { pausePartner(id: $id, reason: "uji") { problems { code } partner { id } } }'
_CONNECTED = "query($id: ID!) { partner(id: $id) { isConnected } }"
_CLIENT = """mutation($id: ID!) { createPartnerClient(partnerId: $id, name: "server") {
  problems { code } secret client { id } } }"""
_BROUGHT = """query($id: ID!) { order(id: $id) { orderCode status total goodsTotal deliveryFee payment { status qris { state } }
  delivery { status provenBy partner { name } rider { name plate } } } }"""
_FOLLOW = """subscription($id: ID!) { orderChanged(id: $id) { status payment { status }
  delivery { status partner { name } rider { name } } } }"""
_NAME = "Kurir Luar"
_WAY = ("WAITING", "REQUESTED", "ASSIGNED", "PICKED_UP", "DELIVERED")
"""Offers come and go between; what follows fast may be told as one."""


def profile(folder: Path, market: Installation, road: str, company: str, client: str, secret: str) -> None:
    """What COURIER names, as ops write it."""
    told = {
        "partner_id": company, "key": TEST_KEY, "secret": SECRET, "url": road, "phone": "+628123456789",
        "market_url": market.url, "client_id": client, "client_secret": secret,
    }  # fmt: skip
    (folder / "courier.json").write_text(json.dumps(told))


@dataclass
class Outside:
    """The market, the courier, and the line between them."""

    market: Installation
    road: Lalamove
    line: Proxy
    buyer: Buyer
    order: str = ""
    _shift_s: int = 0

    async def later(self, seconds: int) -> None:
        self._shift_s += seconds
        await self.market.move_clock(timedelta(seconds=self._shift_s))

    async def until_left_alone(self) -> None:
        """Between two tries there is a pause: the clock goes a little ahead of the processes, which are seen to be alive meanwhile."""

        async def left_alone() -> bool:
            if await self.market.fetch("delivery", "SELECT FROM courier WHERE away_until > wlijo_now()"):
                return True
            await self.later(1)
            await asyncio.sleep(0.25)
            return False

        await until(left_alone)

    async def jobs(self) -> list[Any]:
        return await self.market.fetch("delivery", "SELECT * FROM courier_job ORDER BY made_at")

    async def gave_back_three(self) -> bool:
        jobs = await self.jobs()
        return [each["state"] for each in jobs] == ["ENDED"] * 3 and all(each["order_id"] is None for each in jobs)

    async def shown(self) -> Any:
        return await self.buyer.data(_BROUGHT, id=self.order)

    async def is_brought(self, status: str) -> bool:
        return bool(((await self.shown())["delivery"] or {}).get("status") == status)

    async def tells(self) -> None:
        """The courier's own webhooks, by the market's one address; the newest twice, as it repeats what was not answered."""
        words, self.road.words = self.road.words, []
        for word in (*words, words[-1]):
            async with self.buyer.session.post(f"{self.market.url}{PATH}", data=word) as answer:
                assert answer.status == 200, await answer.text()


@asynccontextmanager
async def _outside(folder: Path) -> AsyncIterator[Outside]:
    """Nobody local takes anything, and the courier is a company that has joined, with a key for tests as local mode's jobs are."""
    async with AsyncExitStack() as stack:
        road = await stack.enter_async_context(a_lalamove(lambda: Lalamove(key=TEST_KEY)))
        line = await stack.enter_async_context(Proxy(int(road.url.rpartition(":")[2])))
        url = f"http://127.0.0.1:{line.port}"
        market = Installation.at(
            folder / "home",
            environment={
                "COURIER": str(folder / "courier.json"),
                "ROBOTS": "",
                "OUTSIDE_AFTER_SECONDS": "1",
                "OFFER_PAUSE_SECONDS": "1",
            },
        )
        # Its company is not here yet, and nobody is asked.
        profile(folder, market, url, str(PartnerId.seeded("nobody")), "cli_not_yet", "not yet told")
        stack.push_async_callback(asyncio.to_thread, market.down)
        await asyncio.to_thread(market.up)
        company, client, secret = await joined(market)
        profile(folder, market, url, company, client, secret)
        for role in ("delivery-api", "delivery-worker"):
            market.kill(role)
        await market.whole()

        async def entered() -> bool:
            return bool(await market.fetch("delivery", "SELECT partner_id FROM courier"))

        await until(entered)
        siti = await stack.enter_async_context(calling(market, "buyer", str(PersonId.seeded("siti"))))
        yield Outside(market, road, line, siti)


async def joined(market: Installation) -> tuple[str, str, str]:
    """As docs/operations.md has it: the company, and its machine's credentials."""
    application = {"name": _NAME, "kecamatanCode": "35.08.10", "contactName": "Kantor", "phone": "081234567899"}
    async with calling(market, "buyer", f"test|{token_hex(8)}") as owner, calling(market, "ops") as ops:
        company = (await owner.done(_APPLY, input=application, key=new_key()))["id"]
        await ops.done(_VERIFY, id=company)
        await ops.done(_ACTIVATE, id=company)
        for each in companies():
            await ops.done(_PAUSE, id=people.partner_id(each["key"]))
        await asyncio.to_thread(market.connect_company, company)

        async def connected() -> bool:
            return bool((await owner.data(_CONNECTED, id=company))["isConnected"])

        await until(connected)

        async def credentials() -> Any:
            made = await owner.data(_CLIENT, id=company)  # people hear of the company a moment later
            return None if made["problems"] else made

        made = await until(credentials)
    return company, made["client"]["id"], made["secret"]


async def _placed_and_paid(outside: Outside) -> dict[str, Any]:
    buyer = outside.buyer
    klengkeng = await buyer.find("klengkeng", "kg", 500)
    wanted = await buyer.order_input((klengkeng["id"], 500))
    placed: dict[str, Any] = await buyer.done(PLACE, input={**wanted, "paymentMethod": "QRIS"}, key=new_key())
    outside.order = placed["id"]

    async def code_is_shown() -> bool:
        return bool(((await outside.shown())["payment"]["qris"] or {}).get("state") == "SHOWN")

    await until(code_is_shown)
    bank = f"http://127.0.0.1:{outside.market.ports.qris}"
    async with buyer.session.get(bank) as page:
        (reference,) = set(re.findall(r'name="reference" value="([^"]+)"', await page.text()))
    async with buyer.session.post(f"{bank}/pay", data={"reference": reference, "how": "paid"}) as answer:
        assert answer.status == 200, await answer.text()
    return wanted


@pytest.mark.timeout(240)
async def test_who_is_brought_an_order_by_the_courier_sees_each_step_and_it_is_ordered_once(tmp_path: Path) -> None:
    async with _outside(tmp_path) as outside, asyncio.TaskGroup() as tasks:
        road, line = outside.road, outside.line
        line.refuse()
        await _placed_and_paid(outside)
        seen: list[Any] = []
        following = tasks.create_task(_followed(outside, seen))

        # It is away: asked three times, then left alone, and the order waits.
        await outside.until_left_alone()
        await until(outside.gave_back_three)
        assert (await outside.shown())["delivery"]["status"] == "REQUESTED"
        assert road.asked == []

        # It is back, and what it answers to the order is lost on the way.
        road.faults.extend(["", "", "lost after"])
        line.accept()
        await outside.later(31)

        async def nobody_knows() -> bool:
            return any(each["state"] == "PLACING" and each["said"] for each in await outside.jobs())

        await until(nobody_knows)
        shown = (await outside.shown())["delivery"]
        assert (shown["status"], shown["partner"]["name"]) == ("ASSIGNED", _NAME)
        await outside.tells()
        order = await _the_order(outside)

        # It is away again while its driver is on the way.
        road.assign(order)
        await outside.tells()

        async def driver_is_shown() -> bool:
            return bool((await outside.shown())["delivery"]["rider"]["name"] == f"Pak {order.driver_id}")

        await until(driver_is_shown)
        line.refuse()
        road.pick_up(order)
        await outside.tells()

        async def cannot_be_read() -> bool:
            return any(each["tries"] for each in await outside.jobs() if each["order_id"] == order.id)

        await until(cannot_be_read)
        assert await outside.is_brought("ASSIGNED")
        line.accept()
        road.raise_price(order, 9_500)
        await outside.tells()
        await until(lambda: outside.is_brought("PICKED_UP"))
        await _is_on_the_page(outside, order)
        road.complete(order)
        await outside.tells()
        await following
        await _ended_well(outside, seen, order)


async def _followed(outside: Outside, seen: list[Any]) -> None:
    async for message in outside.buyer.follow(_FOLLOW, id=outside.order):
        seen.append(message)
        if message["status"] == "COMPLETED" and (message["delivery"] or {}).get("status") == "DELIVERED":
            return


async def _the_order(outside: Outside) -> Order:
    """Found by the courier's word, and not asked for again."""

    async def known() -> Any:
        return [each["order_id"] for each in await outside.jobs() if each["state"] == "PLACED"]

    (found,) = await until(known)
    (order,) = outside.road.orders.values()
    assert order.id == found
    return order


async def _ended_well(outside: Outside, seen: list[Any], order: Order) -> None:
    shown = await outside.shown()
    way = list(dict.fromkeys(each["delivery"]["status"] for each in seen if each["delivery"]))
    assert [each for each in way if each != "OFFERED"] == [each for each in _WAY if each in way]
    assert list(outside.road.orders) == [order.id]
    assert [path for method, path, _ in outside.road.asked if method == "POST"].count("/v3/orders") == 1
    (job,) = [each for each in await outside.jobs() if each["order_id"]]
    assert (job["state"], job["price_rupiah"]) == ("ENDED", 9_500)
    assert (shown["status"], shown["payment"]["status"]) == ("COMPLETED", "PAID")
    assert shown["total"] == shown["goodsTotal"] + shown["deliveryFee"]
    assert (shown["delivery"]["partner"]["name"], shown["delivery"]["provenBy"]) == (_NAME, "PIN")
    assert shown["delivery"]["rider"]["name"] == f"Pak {order.driver_id}"


async def _is_on_the_page(outside: Outside, order: Order) -> None:
    shown = await outside.shown()
    async with plain_browser.session() as session:
        browser = PlainBrowser(outside.market.url, session)
        await browser.become("siti")
        page = await browser.go(f"/pesanan/{shown['orderCode']}")
    text = page.text.replace("\N{NO-BREAK SPACE}", "")
    fee = f"Rp{shown['deliveryFee']:,}".replace(",", ".")
    for words in (
        _NAME,
        f"Pak {order.driver_id}",
        shown["delivery"]["rider"]["plate"],
        fee,
        "Sudah dibayar dengan QRIS.",
    ):
        assert words in text, text
