"""The complete example app of each client: a buyer's journey and a merchant's, beside one another on an installation where riders ride."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.contracts.people import PersonId
from tests.clients.building import built
from tests.clients.client import Client, client
from tests.e2e.caller import calling
from tests.e2e.installation import Installation
from tests.worlds.proxy import Proxy

SHOP, OWNER = "kios-bu-wati", "bu-wati"
SHORT_S = 8.0


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    # Each company has its robot: one that sleeps holds an offer for half a minute, and two in turn hold it for as long as a test waits.
    started = Installation.at(Path(tmp_path_factory.mktemp("market")))
    try:
        started.up()
        robot = started.freeze("robot-merchant")  # the shop is the test's
        yield started
        os.kill(robot, signal.SIGCONT)
    finally:
        started.down()


@pytest.fixture(scope="module")
def apps(market: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with urllib.request.urlopen(f"{market.url}/schema.graphql") as answer:
        return built(answer.read().decode(), tmp_path_factory.mktemp("apps"))


@dataclass(slots=True)
class Person:
    """Who is at an app. While `short`, the token of a new socket ends soon."""

    market: Installation
    role: str
    subject: str
    short: bool = False

    def token(self, kind: str) -> str:
        short = self.short and kind == "socket"
        return self.market.token(self.role, self.subject, expires_in_s=SHORT_S if short else 3600)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["apollo", "urql", "relay"])
async def test_a_buyer_and_a_merchant_go_from_goods_to_the_door(market: Installation, apps: Path, name: str) -> None:
    await market.whole()
    siti = Person(market, "buyer", f"test|{secrets.token_hex(8)}")
    wati = Person(market, "merchant", str(PersonId.seeded(OWNER)))
    async with (
        Proxy(market.ports.gateway) as his_line,
        Proxy(market.ports.gateway) as her_line,
        client(str(apps), f"http://127.0.0.1:{her_line.port}", name, "merchant", token=wati.token) as merchant,
        AsyncExitStack() as later,
    ):
        assert await merchant.until("shops") == [SHOP]
        known = await present(merchant)

        # Not before: it goes on by itself, and what it orders is new to a board that was there.
        buying = client(str(apps), f"http://127.0.0.1:{his_line.port}", name, "buyer", token=siti.token)
        buyer = await later.enter_async_context(buying)
        await fills_the_cart(buyer)
        order = await places(buyer)
        row = await new_row(merchant, known)
        await is_accepted_while_the_buyer_is_away(buyer, merchant, his_line, row)
        await is_brought(buyer, merchant, order, row)

        buyer.command("go on")
        assert (await step(buyer, "into the cart"))["shown"] == ["2 kg Gula pasir"]
        order = await places(buyer)
        row = await new_row(merchant, known | {row})
        await is_refused_while_her_line_is_down(market, merchant, her_line, wati, row)
        await gets_the_cart_back(buyer, order)

        merchant.command("end")
        for it in (buyer, merchant):
            async with asyncio.timeout(90):
                assert await it.process.wait() == 0
            assert not [message for message in it.said if {"complaint", "error", "over"} & message.keys()], it.said


async def step(it: Client, name: str) -> dict[str, Any]:
    await it.until("step", lambda said: said == name)
    return it.latest


async def fills_the_cart(buyer: Client) -> None:
    """Each page is one request, and what a mutation changes shows on the open page without one more."""
    shelf = await step(buyer, "categories and goods near")
    assert shelf["requests"] == 2  # two pages of the list
    assert "pokok" in shelf["shown"]["categories"]
    assert len(set(shelf["shown"]["goods"])) == len(shelf["shown"]["goods"]) == 4
    assert (await step(buyer, "search"))["requests"] == 1
    product = await step(buyer, "product page")
    assert (product["requests"], product["shown"]["category"]["code"]) == (1, "pokok")
    assert (await step(buyer, "cart page"))["requests"] == 1
    filled = await step(buyer, "into the cart")
    assert (filled["requests"], filled["shown"]) == (1, ["2 kg Gula pasir"])
    assert (await step(buyer, "contact"))["requests"] == 1


async def places(buyer: Client) -> str:
    assert (await step(buyer, "checkout"))["requests"] == 1
    placed = await step(buyer, "place")
    assert (placed["requests"], placed["shown"]["cart"]) == (1, [])
    assert placed["shown"]["total"] == placed["shown"]["agreed"]
    assert (await step(buyer, "order page"))["requests"] <= 1
    return str(placed["shown"]["id"])


async def present(merchant: Client) -> set[str]:
    """The rows of a present that was told whole."""
    await merchant.until("reset", bool)
    rows = merchant.latest
    while not rows["complete"]:
        await merchant.until("board")
        rows = merchant.latest
    return set(rows["board"])


async def new_row(merchant: Client, known: set[str]) -> str:
    board = await merchant.until(
        "board", lambda rows: "AWAITING_MERCHANT" in {rows[id_] for id_ in rows.keys() - known}
    )
    (row,) = (id_ for id_ in board.keys() - known if board[id_] == "AWAITING_MERCHANT")
    return str(row)


async def does(merchant: Client, what: str, row: str) -> Any:
    merchant.command(f"{what} {row}")
    await merchant.until("did", lambda did: did == what)
    return merchant.latest["came"]


async def is_on_the_board(merchant: Client, row: str, *statuses: str) -> None:
    """A subscription may tell it before the mutation's own answer comes."""

    def told(rows: dict[str, str]) -> bool:
        return rows.get(row) in statuses

    if not merchant.seen("board", told):
        await merchant.until("board", told)


async def is_accepted_while_the_buyer_is_away(buyer: Client, merchant: Client, his_line: Proxy, row: str) -> None:
    """Once the page follows it."""
    await buyer.until("following")
    his_line.refuse()
    await buyer.until("closed")
    accepted = await does(merchant, "accept", row)
    assert (accepted["problems"], accepted["sellerOrder"]["status"]) == ([], "ACCEPTED")
    await is_on_the_board(merchant, row, "ACCEPTED")
    packed = await does(merchant, "packed", row)
    assert [problem["code"] for problem in packed["problems"]] in ([], ["WRONG_STATE"])  # if the rider was quicker
    his_line.accept()
    await buyer.until("following")


async def shows(buyer: Client, order: str, status: str) -> dict[str, Any]:
    """What the order's page shows at this status, at some time."""

    def found() -> list[dict[str, Any]]:
        return [said for said in buyer.said if (said.get("order"), said.get("status")) == (order, status)]

    if not found():
        await buyer.until("status", lambda _: bool(found()))
    await ends(buyer, order)
    return found()[0]


async def ends(buyer: Client, order: str) -> None:
    if not buyer.seen("ended", lambda ended: ended == order):
        await buyer.until("ended", lambda ended: ended == order)


async def is_brought(buyer: Client, merchant: Client, order: str, row: str) -> None:
    await is_on_the_board(merchant, row, "HANDED_OVER", "COMPLETED")
    fetching = await does(merchant, "fetched", row)
    assert fetching["pickup"]["partner"]["name"]
    assert fetching["pickup"]["rider"]["name"] == (await shows(buyer, order, "COMPLETED"))["rider"]


async def is_refused_while_her_line_is_down(
    market: Installation, merchant: Client, her_line: Proxy, wati: Person, row: str
) -> None:
    """Her other phone refuses it. When the line is back her page has the truth, and so after her token has ended."""
    her_line.refuse()
    await merchant.until("closed")
    async with calling(market, "merchant", wati.subject) as phone:
        await phone.done(REJECT, id=row)
    wati.short = True
    her_line.accept()
    await present(merchant)
    assert merchant.latest["board"][row] == "REJECTED"
    await merchant.until("closed", lambda code: code == 4403)
    assert merchant.latest["reason"] == "TOKEN_EXPIRED"
    wati.short = False
    await present(merchant)
    assert merchant.latest["board"][row] == "REJECTED"
    assert (await does(merchant, "refused", row))["id"] == row


async def gets_the_cart_back(buyer: Client, order: str) -> None:
    assert (await shows(buyer, order, "CANCELLED"))["reason"] == "MERCHANT_REJECTED"
    buyer.command("go on")
    again = await step(buyer, "cart again")
    assert (again["requests"], again["shown"]) == (1, ["2 kg Gula pasir"])


REJECT = """mutation($id: ID!) { rejectSellerOrder(id: $id, reason: "Habis") { problems { code message }
  sellerOrder { id } } }"""
