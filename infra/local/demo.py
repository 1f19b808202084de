"""An order of klengkeng Kateki and spinach from placing to the collected cash, through the gateway alone."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from typing import Any

from infra.local import seeded
from infra.local.ports import HOST, Ports
from infra.local.robots.platform import Person, Platform, PlatformError

_WANTED = (("klengkeng", "kg", 1500), ("bayam", "ikat", 3))
_WITHIN_S = 180.0
_FOLLOW_PAUSE_S = 1.0
_SLOWEST_S = 300
# Steps that wait: placing, and the rider's four.
_STEPS = 5

_ME = """query Me { me {
  contacts { id label kecamatanCode note point { lat lng } }
  cart { id lines { variant { id } } }
} }"""
_NEAR = """query Near($point: PointInput!, $search: String!) {
  productsNear(point: $point, search: $search, first: 20) { edges { distanceM node {
    id name merchant { id name openNow autoAccept } variants { id label unit { code } price priceBasis available }
  } } }
}"""
_REMOVE = """mutation Remove($variant: ID!) {
  removeCartLine(variantId: $variant) { problems { code message } }
}"""
_SET = """mutation Set($lines: [CartLineInput!]!) {
  setCartLines(lines: $lines) {
    problems { code message variantId }
    cart { lines { name quantity total merchant { id name } variant { unit { label basePerUnit } } } }
  }
}"""
_SAVE_CONTACT = """mutation Save($input: SaveContactInput!, $key: String!) {
  saveContact(input: $input, idempotencyKey: $key) {
    problems { code message }
    contact { id label kecamatanCode point { lat lng } }
  }
}"""
_CHECKOUT = """query Checkout($contact: ID!) {
  me { cart { id version goodsTotal checkout(contactId: $contact) { deliveryQuotes {
    problems { code message }
    quotes { slot token fee distanceM tariffVersion expiresAt }
  } } } }
}"""
_PLACE = """mutation Place($input: PlaceOrderInput!, $key: String!) {
  placeOrder(input: $input, idempotencyKey: $key) {
    problems { code message }
    order { id orderCode total }
  }
}"""
_FOLLOW = """subscription Follow($id: ID!) { orderChanged(id: $id) {
  version status
  payment { status }
  cancellation { reason }
  sellerOrders { status merchant { name } }
  delivery { status partner { name } rider { name } }
} }"""


class DemoFailed(Exception):
    """The text is the reason."""


def main(ports: Ports, pace: str = "") -> int:
    """0 when the order is completed, delivered and paid in cash. `pace`: seconds between its steps, as text; "" is as fast as it goes."""
    try:
        return asyncio.run(_demo(ports, pace_s(pace)))
    except (DemoFailed, PlatformError) as problem:
        print(f"the demo failed: {problem}", file=sys.stderr)
        return 1


def pace_s(text: str) -> int:
    """Raises DemoFailed for what is no such time."""
    if text and (not text.isascii() or not text.isdigit() or int(text) > _SLOWEST_S):
        raise DemoFailed(f"PACE={text} is no whole number of seconds from 0 to {_SLOWEST_S}")
    return int(text or 0)


async def _demo(ports: Ports, pace_s: int) -> int:
    gateway = f"http://{HOST}:{ports.gateway}"
    async with Platform(gateway, Person(gateway, seeded.phone("siti"), device="demo")) as siti:
        await siti.token()
        print(f"signed in       {seeded.phone('siti')}, with the code from {gateway}/inbox")
        contact = await _empty_cart(siti)
        if pace_s:
            contact = await _slow_contact(siti, contact, pace_s)
        print(f"deliver to      {contact['label']}, kecamatan {contact['kecamatanCode']}")
        await _fill_cart(siti, contact["point"])
        await asyncio.sleep(pace_s)
        order = await _place(siti, contact)
        print(f"watch it        {gateway}/graphql#follow?id={order['id']}", flush=True)
        await _follow(siti, order["id"], _WITHIN_S + _STEPS * pace_s)
    return 0


async def _empty_cart(siti: Platform) -> dict[str, Any]:
    me = (await siti.query(_ME))["me"]
    for line in me["cart"]["lines"] if me["cart"] else []:
        await siti.query(_REMOVE, {"variant": line["variant"]["id"]})
    contact: dict[str, Any] = next(contact for contact in me["contacts"] if "PACE=" not in (contact["note"] or ""))
    return contact


async def _slow_contact(siti: Platform, at: dict[str, Any], pace_s: int) -> dict[str, Any]:
    """One at the same place whose note asks the rider for this pace: the robots read it as riders would (robots/company.py)."""
    note = f"Pelan-pelan saja (take it slowly): PACE={pace_s}"
    for contact in (await siti.query(_ME))["me"]["contacts"]:
        if contact["note"] == note:
            found: dict[str, Any] = contact
            return found
    wanted = {
        "label": f"Pelan {pace_s} s",
        "recipient": "Siti",
        "phone": "081234567890",
        "line": "Jalan Alun-alun Utara 1",
        "kecamatanCode": at["kecamatanCode"],
        "point": at["point"],
        "note": note,
    }
    saved = await siti.query(_SAVE_CONTACT, {"input": wanted, "key": secrets.token_hex(16)})
    return dict(_unless_problems(saved["saveContact"], "contact"))


async def _fill_cart(siti: Platform, point: dict[str, Any]) -> None:
    lines: list[dict[str, Any]] = []
    for search, unit, quantity in _WANTED:
        near = (await siti.query(_NEAR, {"point": point, "search": search}))["productsNear"]["edges"]
        variant = _nearest(near, unit, quantity)
        if variant is None:
            raise DemoFailed(f"nobody near sells {search} by the {unit} now")
        lines.append({"variantId": variant["id"], "quantity": quantity})
    cart = _unless_problems((await siti.query(_SET, {"lines": lines}))["setCartLines"], "cart")
    for line in cart["lines"]:
        seller = line["merchant"]["name"] if line["merchant"] else ""
        unit = line["variant"]["unit"]
        amount = f"{line['quantity'] / unit['basePerUnit']:g} {unit['label']}"
        print(f"in the cart     {line['name']}, {amount}: {_rupiah(line['total'])} ({seller})")


def _nearest(edges: list[dict[str, Any]], unit: str, quantity: int) -> dict[str, Any] | None:
    """The first that is open now and has enough; those that accept by themselves before the others."""
    offers = [
        (not edge["node"]["merchant"]["autoAccept"], index, variant)
        for index, edge in enumerate(edges)
        if edge["node"]["merchant"] and edge["node"]["merchant"]["openNow"]
        for variant in edge["node"]["variants"]
        if variant["unit"]["code"] == unit and variant["available"] >= quantity
    ]
    return min(offers, key=lambda offer: offer[:2])[2] if offers else None


async def _place(siti: Platform, contact: dict[str, Any]) -> dict[str, Any]:
    cart = (await siti.query(_CHECKOUT, {"contact": contact["id"]}))["me"]["cart"]
    quote, *_ = _unless_problems(cart["checkout"]["deliveryQuotes"], "quotes")
    print(f"delivery        {quote['distanceM']} m for {_rupiah(quote['fee'])} (tariff {quote['tariffVersion']})")
    placed = {
        "cartId": cart["id"],
        "cartVersion": cart["version"],
        "contactId": contact["id"],
        "slot": quote["slot"],
        "paymentMethod": "COD",
        "quote": quote["token"],
        "total": cart["goodsTotal"] + quote["fee"],
    }
    answer = await siti.query(_PLACE, {"input": placed, "key": secrets.token_hex(16)})
    order: dict[str, Any] = _unless_problems(answer["placeOrder"], "order")
    print(f"placed          {order['orderCode']}, {_rupiah(order['total'])} in cash at the door")
    return order


async def _follow(siti: Platform, order_id: str, within_s: float) -> None:
    """Returns when the cash is collected. Raises DemoFailed when the order ends otherwise or takes too long."""
    began, said, trouble = time.monotonic(), "", ""
    try:
        async with asyncio.timeout(within_s):
            while True:
                try:
                    async for message in siti.subscribe(_FOLLOW, {"id": order_id}):
                        order = message["orderChanged"]
                        line = _line(order)
                        if line != said:
                            print(f"{time.monotonic() - began:6.1f} s        {line}", flush=True)
                            said = line
                        if _is_done(order):
                            print("done            delivered, and the cash is collected")
                            return
                except PlatformError as problem:
                    if str(problem) != trouble:
                        trouble = str(problem)
                        print(f"                ({trouble}; following again)", flush=True)
                await asyncio.sleep(_FOLLOW_PAUSE_S)
    except TimeoutError:
        raise DemoFailed(f"not done within {within_s:.0f} s; last seen: {said}") from None


def _is_done(order: dict[str, Any]) -> bool:
    """Raises DemoFailed for an order that will never be delivered."""
    if order["status"] == "CANCELLED":
        raise DemoFailed(f"the order was cancelled: {(order['cancellation'] or {}).get('reason')}")
    delivered = order["delivery"] and order["delivery"]["status"] == "DELIVERED"
    return bool(order["status"] == "COMPLETED" and delivered and order["payment"]["status"] == "COLLECTED")


def _line(order: dict[str, Any]) -> str:
    sellers = ", ".join(
        f"{(seller['merchant'] or {}).get('name', '?')} {seller['status']}" for seller in order["sellerOrders"]
    )
    delivery = order["delivery"]
    way = delivery["status"] if delivery else "no delivery yet"
    if delivery and delivery["rider"]:
        way += f" by {delivery['rider']['name']} of {(delivery['partner'] or {}).get('name', '?')}"
    return f"{order['status']}; {sellers}; {way}; payment {order['payment']['status']}"


def _unless_problems(outcome: dict[str, Any], made: str) -> Any:
    """What was made. Raises DemoFailed with the problems' own words."""
    if outcome["problems"]:
        raise DemoFailed("; ".join(f"{each['code']}: {each['message']}" for each in outcome["problems"]))
    return outcome[made]


def _rupiah(amount: int) -> str:
    return f"Rp{amount:,}".replace(",", ".")
