"""Somebody who uses the platform through the gateway: GraphQL over HTTP and subscriptions over WebSocket."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.e2e.installation import Installation
from tests.worlds.payloads import done, refused

NEAR = """query Near($point: PointInput!, $search: String!) {
  productsNear(point: $point, search: $search, first: 20) { edges { distanceM node {
    id name merchant { id name openNow autoAccept } variants { id label unit { code } price priceBasis available } } } } }"""
SET = """mutation Set($variant: ID!, $quantity: Int!) {
  setCartLine(variantId: $variant, quantity: $quantity) { problems { code message }
    cart { id version goodsTotal massGram lines { id quantity total variant { id } merchant { id } } } } }"""
SET_ALL = """mutation SetAll($lines: [CartLineInput!]!) { setCartLines(lines: $lines) { problems { code message }
  cart { id version goodsTotal massGram lines { id quantity total variant { id } merchant { id } } } } }"""
REMOVE = """mutation Remove($variant: ID!) { removeCartLine(variantId: $variant) { problems { code message }
  cart { id version goodsTotal massGram lines { id quantity total variant { id } merchant { id } } } } }"""
QUOTE = """query Quote($input: QuoteDeliveryInput!) { quoteDelivery(input: $input) { problems { code message }
  quotes { id token fee distanceM riderShare partnerShare platformShare expiresAt } } }"""
PLACE = """mutation Place($input: PlaceOrderInput!, $key: String!) { placeOrder(input: $input, idempotencyKey: $key) {
  problems { code message retryable } order { id orderCode status version total } } }"""
ORDER = """query Order($id: ID!) { order(id: $id) { id orderCode version status total goodsTotal deliveryFee
  payment { status amount } cancellation { reason borneBy }
  sellerOrders { id status merchant { id name } lines { name quantityText quantity price total variant { id label } } }
  delivery { id status test handoverPin partner { name } rider { name } } } }"""
FOLLOW = """subscription Follow($id: ID!) { orderChanged(id: $id) { version status payment { status }
  cancellation { reason borneBy } sellerOrders { status merchant { name } }
  delivery { status partner { name } rider { name } } } }"""
SAVE_CONTACT = """mutation Save($input: SaveContactInput!, $key: String!) {
  saveContact(input: $input, idempotencyKey: $key) { problems { code field message }
    contact { id point { lat lng } } } }"""
HOME = {"lat": -8.1321, "lng": 113.2193}


def new_key() -> str:
    return secrets.token_hex(16)


@dataclass(slots=True)
class Answer:
    status: int
    data: dict[str, Any] | None
    errors: list[dict[str, Any]]

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.errors]


class Caller:
    """One token (or none) and one HTTP session."""

    def __init__(self, url: str, token: str | None, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.token = token
        self.session = session

    @property
    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    async def ask(self, query: str, **variables: Any) -> Answer:
        body = {"query": query, "variables": variables}
        async with self.session.post(f"{self.url}/graphql", json=body, headers=self._headers) as response:
            said = await response.json()
        return Answer(response.status, said.get("data"), said.get("errors") or [])

    async def data(self, query: str, **variables: Any) -> Any:
        """The one root field's value, without errors."""
        answer = await self.ask(query, **variables)
        assert not answer.errors, answer.errors
        assert answer.data is not None
        (value,) = answer.data.values()
        return value

    async def done(self, query: str, **variables: Any) -> Any:
        """What there is after a mutation, without problems."""
        return done(await self.data(query, **variables))

    async def refused(self, query: str, **variables: Any) -> Any:
        """The facts of the one problem."""
        return refused(await self.data(query, **variables))

    async def follow(self, query: str, **variables: Any) -> AsyncIterator[dict[str, Any]]:
        """The one root field's value in each message, without errors, until the server completes."""
        url = self.url.replace("http", "ws", 1) + "/graphql"
        async with self.session.ws_connect(url, protocols=["graphql-transport-ws"]) as socket:
            await socket.send_json({"type": "connection_init", "payload": self._headers})
            assert (await socket.receive_json())["type"] == "connection_ack"
            await socket.send_json(
                {"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}}
            )
            async for frame in socket:
                message = frame.json()
                if message["type"] == "ping":
                    await socket.send_json({"type": "pong"})
                elif message["type"] == "next":
                    assert "errors" not in message["payload"], message["payload"]["errors"]
                    (value,) = message["payload"]["data"].values()
                    yield value
                else:
                    assert message["type"] == "complete", message
                    return


class Buyer(Caller):
    """A buyer who can fill a cart and place an order."""

    async def contact(self, point: dict[str, float] | None = None) -> dict[str, Any]:
        saved: dict[str, Any] = await self.done(
            SAVE_CONTACT,
            key=new_key(),
            input={
                "label": "Rumah",
                "recipient": "Pembeli Uji",
                "phone": "081234567890",
                "line": "Jalan Uji 1",
                "kecamatanCode": "35.08.10",
                "point": point or HOME,
                "note": "",
            },
        )
        return saved

    async def find(self, search: str, unit: str, quantity: int = 1) -> dict[str, Any]:
        """The nearest variant sold by this unit, in stock, of a merchant who is open and accepts by itself; with its merchant's id."""
        for edge in (await self.data(NEAR, point=HOME, search=search))["edges"]:
            merchant = edge["node"]["merchant"]
            if merchant["openNow"] and merchant["autoAccept"]:
                for variant in edge["node"]["variants"]:
                    if variant["unit"]["code"] == unit and variant["available"] >= quantity:
                        return {**variant, "merchant": merchant["id"]}
        raise AssertionError(f"nobody near sells {search} by the {unit}")

    async def cart(self, *lines: tuple[str, int]) -> dict[str, Any]:
        """A cart with exactly these (variant, quantity in base units)."""
        wanted = [{"variantId": variant, "quantity": quantity} for variant, quantity in dict(lines).items()]
        cart: dict[str, Any] = await self.done(SET_ALL, lines=wanted)
        for line in cart["lines"]:
            if line["variant"]["id"] not in {variant for variant, _ in lines}:
                cart = await self.done(REMOVE, variant=line["variant"]["id"])
        return cart

    async def quote(self, cart: dict[str, Any], point: dict[str, float] | None = None) -> dict[str, Any]:
        merchants = sorted({line["merchant"]["id"] for line in cart["lines"]})
        asked = {"merchantIds": merchants, "dropoff": point or HOME, "massGram": cart["massGram"]}
        (quote,) = await self.done(QUOTE, input=asked)
        return dict(quote)

    async def order_input(self, *lines: tuple[str, int], contact: dict[str, Any] | None = None) -> dict[str, Any]:
        """Contact (a new one, unless given), cart and quote, ready to be placed."""
        contact = contact or await self.contact()
        cart = await self.cart(*lines)
        quote = await self.quote(cart)
        return {
            "cartId": cart["id"],
            "cartVersion": cart["version"],
            "contactId": contact["id"],
            "slot": "NOW",
            "paymentMethod": "COD",
            "quote": quote["token"],
            "total": cart["goodsTotal"] + quote["fee"],
        }

    async def place(self, *lines: tuple[str, int], contact: dict[str, Any] | None = None) -> dict[str, Any]:
        asked = await self.order_input(*lines, contact=contact)
        placed: dict[str, Any] = await self.done(PLACE, input=asked, key=new_key())
        return placed

    async def until(self, order: str, *statuses: str, within_s: float = 90) -> dict[str, Any]:
        """Follows the order until it has one of these statuses; the message that said so."""
        last: dict[str, Any] = {}
        async with asyncio.timeout(within_s):
            while True:
                try:
                    async for last in self.follow(FOLLOW, id=order):
                        if last["status"] in statuses:
                            return last
                except (aiohttp.ClientError, AssertionError, TypeError):
                    pass  # something was killed meanwhile: follow again, the present comes first
                await asyncio.sleep(0.2)


@asynccontextmanager
async def calling(
    installation: Installation, role: str | None = None, subject: str | None = None
) -> AsyncIterator[Buyer]:
    """A caller with a token for this role and subject (a fresh subject when none is named), or without any."""
    token = installation.token(role, subject or f"test|{secrets.token_hex(8)}") if role else None
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        yield Buyer(installation.url, token, session)
