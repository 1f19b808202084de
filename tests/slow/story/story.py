"""What happens, in order. Each step waits for what it needs, and says what came of it."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from infra.local.state import ROOT
from tests.e2e.installation import Installation
from tests.slow.story.cast import Cast, Somebody

OPS, OFFICER, SELLER, STAFF = "+6281234500001", "+6281234500002", "+6281234500003", "+6281234500004"
OWNER, RIDER, BUYER = "+6281234500005", "+6281234500006", "+6281234500007"
ALUN_ALUN = {"lat": -8.1335, "lng": 113.2247}
HOME = {"lat": -8.1321, "lng": 113.2193}
KECAMATAN = "35.08.10"

_STALL = {
    "name": "Warung Bu Sri",
    "kind": "FIXED_STALL",
    "kecamatanCode": KECAMATAN,
    "point": ALUN_ALUN,
    "contactName": "Sri Wahyuni",
    "phone": SELLER,
    "yearlySales": 90_000_000,
}
_COMPANY = {
    "name": "Ojek Semeru",
    "kecamatanCode": KECAMATAN,
    "contactName": "Karyo",
    "phone": OWNER,
}
_CONTACT = {
    "label": "Rumah",
    "recipient": "Siti Aminah",
    "phone": BUYER,
    "line": "Jalan Kapten Suwandak 12",
    "kecamatanCode": KECAMATAN,
    "point": HOME,
    "note": "Pagar biru",
}
_CHECKOUT = """query Checkout($contact: ID!) { me { cart { id version goodsTotal checkout(contactId: $contact) {
  deliveryQuotes { problems { code message } quotes { slot token fee distanceM } } } } } }"""
_ORDER = """subscription Follow($id: ID!) { orderChanged(id: $id) {
  status orderCode payment { status } delivery { status handoverPin rider { name } } } }"""
_NOTICES = "{ viewer { notices(first: 50) { edges { node { kind about text outcome } } } } }"
_EXPORT = "{ viewer { exports { id status waitsFor path } } }"
_MOMENT_S = 0.2


@dataclass(slots=True)
class Story:
    installation: Installation
    cast: Cast
    say: Callable[[str], None]
    market: dict[str, Any] = field(default_factory=dict)
    """Ids of what came to be, by what it is called here."""

    async def run(self) -> None:
        ops = await self._the_first_of_ops()
        officer = await self._an_officer(ops)
        seller = await self._a_stall(officer)
        owner, rider = await self._a_company(officer)
        buyer, order = await self._an_order()
        await self._sold(seller, order)
        await self._brought(owner, rider, buyer, order)
        await self._counted(officer)
        await self._told(buyer, seller)
        await self._a_copy(buyer)
        await self._forgotten(buyer)

    # -- coming in -----------------------------------------------------------------------------------------------------

    async def _the_first_of_ops(self) -> Somebody:
        granted = json.loads(self._ops(f"grant --phone {OPS} --role ops"))
        self.say(f"granted by hand   ops, {granted['person']}; the code is printed once")
        self._ops("usual")
        self._ops(f"prices {ROOT / 'infra/local/seed/delivery.json'}")
        self.say("entered by ops    units and categories, tariffs and zones")
        ops = await self.cast.enters("Ops", OPS)
        assert (await ops.ask("{ viewer { staffRoles } }"))["viewer"]["staffRoles"] == ["OPS"]
        return ops

    async def _an_officer(self, ops: Somebody) -> Somebody:
        await ops.does("grantStaffRole(phone: String!, role: StaffRole!)", "personId", phone=OFFICER, role="OFFICER")
        self.say("granted by ops    an officer")
        return await self.cast.enters("Bu Retno", OFFICER)

    async def _a_stall(self, officer: Somebody) -> Somebody:
        sri = await self.cast.enters("Bu Sri", SELLER)
        applied = await sri.does(
            "applyAsMerchant(input: MerchantApplicationInput!, idempotencyKey: String!)",
            "merchant { id }",
            input=_STALL,
        )
        merchant = self.market["merchant"] = applied["merchant"]["id"]
        self.say(f"told the officer  {await self._notice(officer, 'APPLICATION_WAITING')}")
        await self.verified(officer, sri, merchant)
        await sri.does(
            "setOpeningHours(id: ID!, hours: [OpeningHoursInput!]!, alwaysOpen: Boolean!)",
            "merchant { id }", id=merchant, hours=[], alwaysOpen=True,
        )  # fmt: skip
        await sri.does("openMerchant(id: ID!)", "merchant { status openNow }", id=merchant)
        made = await sri.does(
            "createProduct(merchantId: ID!, input: ProductInput!, variants: [VariantInput!]!, idempotencyKey: String!)",
            "product { id variants { id } }",
            merchantId=merchant,
            input={"name": "Bayam segar", "category": "sayur", "description": "Dipetik pagi ini"},
            variants=[{"label": "Ikat", "unit": "ikat", "price": 3_000, "gramPerUnit": 250, "onHand": 20}],
        )
        self.market["variant"] = made["product"]["variants"][0]["id"]
        await sri.does("publishProduct(id: ID!)", "product { id }", id=made["product"]["id"])
        invited = await sri.does(
            "inviteToMerchant(id: ID!, role: MemberRole!)", "code", id=merchant, role="STAFF"
        )  # she reads it to her daughter
        daughter = await self.cast.enters("Tun", STAFF)
        await daughter.does(
            "joinMerchant(code: String!, name: String!)", "merchant { id }", code=invited["code"], name="Tun"
        )
        self.say(
            "open              Warung Bu Sri sells bayam by the ikat; Tun works there, by a code that was handed on"
        )
        await self._soon(lambda: self._is_of(daughter, "MERCHANT", merchant))
        return daughter

    async def verified(self, officer: Somebody, sri: Somebody, merchant: str) -> None:
        await officer.does("verifyMerchant(id: ID!)", "merchant { status }", id=merchant)
        self.say(f"told Bu Sri       {await self._notice(sri, 'APPLICATION_VERIFIED')}")

    async def _a_company(self, officer: Somebody) -> tuple[Somebody, Somebody]:
        karyo = await self.cast.enters("Pak Karyo", OWNER)
        applied = await karyo.does(
            "applyAsPartner(input: PartnerApplicationInput!, idempotencyKey: String!)", "partner { id }", input=_COMPANY
        )
        company = self.market["company"] = applied["partner"]["id"]
        await officer.does("verifyPartner(id: ID!)", "partner { status }", id=company)
        await officer.does("activatePartner(id: ID!)", "partner { status }", id=company)
        self._ops(f"topics --partner {company}")
        await self._soon(lambda: self._connected(karyo))
        saved = await karyo.does(
            "saveRider(partnerId: ID!, externalId: String!, input: RiderInput!)", "rider { id }",
            partnerId=company, externalId="7", input={"name": "Agus", "plate": "N 4512 YAB"},
        )  # fmt: skip
        rider = self.market["rider"] = saved["rider"]["id"]
        invited = await karyo.does("inviteRider(id: ID!)", "code", id=rider)
        agus = await self.cast.enters("Agus", RIDER)
        await agus.does(
            "joinPartner(code: String!, name: String!)", "partner { id }", code=invited["code"], name="Agus"
        )
        await agus.does("setShift(id: ID!, onShift: Boolean!)", "rider { id }", id=rider, onShift=True)
        self.say("active            Ojek Semeru; Agus rides for it, by a code, and is on shift")
        await self._soon(lambda: self._is_of(karyo, "COMPANY_OWNER", company))
        await self._soon(lambda: self._is_of(agus, "RIDER", company))
        return karyo, agus

    async def _is_of(self, who: Somebody, kind: str, about: str) -> None:
        """By which an app knows their screens."""
        found = (await who.ask("{ viewer { memberships { kind about } } }"))["viewer"]["memberships"]
        assert found == [{"kind": kind, "about": about}], found

    async def _connected(self, owner: Somebody) -> None:
        """Its topics are read: it is asked for jobs from then on."""
        asked = "query Connected($id: ID!) { partner(id: $id) { isConnected } }"
        assert (await owner.ask(asked, id=self.market["company"]))["partner"]["isConnected"]

    # -- one order -----------------------------------------------------------------------------------------------------

    async def _an_order(self) -> tuple[Somebody, str]:
        siti = await self.cast.enters("Siti", BUYER, "EN")
        saved = await siti.does(
            "saveContact(input: SaveContactInput!, idempotencyKey: String!)", "contact { id }", input=_CONTACT
        )
        await self._put_into_cart(siti)
        cart, quote = await self._quoted(siti, saved["contact"]["id"])
        placed = await siti.does(
            "placeOrder(input: PlaceOrderInput!, idempotencyKey: String!)",
            "order { id orderCode total }",
            input={
                "cartId": cart["id"],
                "cartVersion": cart["version"],
                "contactId": saved["contact"]["id"],
                "slot": quote["slot"],
                "paymentMethod": "COD",
                "quote": quote["token"],
                "total": cart["goodsTotal"] + quote["fee"],
            },
        )
        order = placed["order"]
        self.say(
            f"placed            {order['orderCode']}: 3 ikat and {quote['distanceM']} m, Rp{order['total']} at the door"
        )
        self.market["total"] = order["total"]
        return siti, order["id"]

    async def _put_into_cart(self, siti: Somebody) -> None:
        """What was just published has yet to be heard of by ordering."""
        lines = [{"variantId": self.market["variant"], "quantity": 3}]
        told = "setCartLines(lines: [CartLineInput!]!)"
        await self._soon(lambda: siti.does(told, "cart { id }", lines=lines))

    async def _quoted(self, siti: Somebody, contact: str) -> tuple[Any, Any]:
        async def look() -> tuple[Any, Any]:
            cart = (await siti.ask(_CHECKOUT, contact=contact))["me"]["cart"]
            quotes = cart["checkout"]["deliveryQuotes"]
            assert not quotes["problems"], quotes
            return cart, quotes["quotes"][0]

        return await self._soon(look)  # type: ignore[no-any-return]

    async def _sold(self, seller: Somebody, order: str) -> None:
        told = await self.cast.phones.told(SELLER, "LMJ-")
        self.say(f"told Bu Sri       {told}")
        open_orders = (
            "query Orders($id: ID!) { merchant(id: $id) { orders(first: 5) { edges { node { id status } } } } }"
        )
        found = await self._soon(lambda: self._the_order(seller, open_orders))
        await seller.does("acceptSellerOrder(id: ID!)", "sellerOrder { status }", id=found)
        await seller.does("markSellerOrderReady(id: ID!)", "sellerOrder { status }", id=found)
        self.say("accepted          by Tun, and packed")

    async def _the_order(self, seller: Somebody, document: str) -> str:
        edges = (await seller.ask(document, id=self.market["merchant"]))["merchant"]["orders"]["edges"]
        (found,) = [edge["node"]["id"] for edge in edges if edge["node"]["status"] == "AWAITING_MERCHANT"]
        return str(found)

    async def _brought(self, owner: Somebody, rider: Somebody, buyer: Somebody, order: str) -> None:
        offers = "query Offers($id: ID!) { partner(id: $id) { offers { id deliveryId fee riderShare cashToCollect } } }"

        async def look() -> Any:
            (offer,) = (await rider.ask(offers, id=self.market["company"]))["partner"]["offers"]
            return offer

        offer = await self._soon(look)
        self.say(f"told Agus         {await self.cast.phones.told(RIDER, 'LMJ-')}")
        job = offer["deliveryId"]
        await rider.does(
            "acceptOffer(deliveryId: ID!, offerId: ID!, riderId: ID!, idempotencyKey: String!)", "delivery { status }",
            deliveryId=job, offerId=offer["id"], riderId=self.market["rider"],
        )  # fmt: skip
        report = "reportTrip(deliveryId: ID!, status: TripReport!, idempotencyKey: String!)"
        for status in ("AT_PICKUP", "PICKED_UP", "AT_DROPOFF"):
            await rider.does(report, "delivery { status }", deliveryId=job, status=status)
        self.say(f"told Siti         {await self.cast.phones.told(BUYER, 'door')}")
        pin = await self._pin(buyer, order)
        await rider.does(
            "handOver(deliveryId: ID!, pin: String!, cashCollected: Rupiah!, idempotencyKey: String!)", "delivery { status }",
            deliveryId=job, pin=pin, cashCollected=offer["cashToCollect"],
        )  # fmt: skip
        await self._completed(buyer, order)
        jobs = (
            "query Jobs($id: ID!) { partner(id: $id) { jobs(first: 1) { edges { node { status rider { name } } } } } }"
        )
        ((job_now,),) = [
            [edge["node"] for edge in (await owner.ask(jobs, id=self.market["company"]))["partner"]["jobs"]["edges"]]
        ]
        assert job_now == {"status": "DELIVERED", "rider": {"name": "Agus"}}, job_now
        self.say("delivered         by Agus, with Siti's PIN; the cash is collected, the order completed")

    async def _pin(self, buyer: Somebody, order: str) -> str:
        asked = "query Pin($id: ID!) { order(id: $id) { delivery { handoverPin } } }"

        async def look() -> str:
            pin = (await buyer.ask(asked, id=order))["order"]["delivery"]["handoverPin"]
            assert pin
            return str(pin)

        return await self._soon(look)  # type: ignore[no-any-return]

    async def _completed(self, buyer: Somebody, order: str) -> None:
        async with asyncio.timeout(30), aclosing(buyer.follow(_ORDER, id=order)) as following:  # type: ignore[type-var]
            async for message in following:
                now = message["orderChanged"]
                if now["status"] == "COMPLETED" and now["payment"]["status"] == "COLLECTED":
                    return
        raise AssertionError("the order was never completed")

    async def _counted(self, officer: Somebody) -> None:
        """The regency sees it, and what it sees is the ledger's to the rupiah."""

        async def look() -> Any:
            days = "{ marketDays(first: 1) { edges { node { day orders handedOver cancelled } } } }"
            (day,) = [edge["node"] for edge in (await officer.ask(days))["marketDays"]["edges"]]
            assert (day["orders"], day["handedOver"]) == (1, 1), day
            return day

        day = await self._soon(look)
        self._ops("sums")
        for name in ("", "catalog.jsonld", "dictionary.csv"):  # for everybody, at the one address
            async with aiohttp.ClientSession() as http, http.get(f"{self.installation.url}/open-data/{name}") as answer:
                assert answer.status == 200, (name, answer.status)
        self.say(
            f"the regency       {day['day']}: {day['orders']} order, {day['handedOver']} handed over; the sums are the ledger's"
        )

    # -- what people are owed ------------------------------------------------------------------------------------------

    async def _told(self, buyer: Somebody, seller: Somebody) -> None:
        """The notices of the order: the buyer has chosen English, the seller is told in Indonesian."""
        for who, language in ((buyer, "EN"), (seller, "ID")):
            for edge in (await who.ask(_NOTICES))["viewer"]["notices"]["edges"]:
                node = edge["node"]
                self.say(f"notice, {language}        {who.name}: {node['kind']} ({node['outcome']}): {node['text']}")

    async def _a_copy(self, buyer: Somebody) -> None:
        began = time.monotonic()
        await buyer.does("requestExportCode", "expiresAt")
        code = re.search(r"\b\d{6}\b", await self.cast.phones.told(BUYER, "COPY"))
        assert code is not None
        await buyer.does("requestExport(code: String!)", "export { id status }", code=code[0])

        async def look() -> Any:
            (made,) = (await buyer.ask(_EXPORT))["viewer"]["exports"]
            assert made["status"] == "READY", made
            return made

        made = await self._soon(look)
        token = await buyer.platform.token()
        async with (
            aiohttp.ClientSession(headers={"authorization": f"Bearer {token}"}) as http,
            http.get(f"{self.installation.url}{made['path']}") as answer,
        ):
            text = await answer.text()
            assert answer.status == 200, text
        for fact in ("Siti", BUYER, "Jalan Kapten Suwandak 12", "Bayam segar"):
            assert fact in text, f"the copy does not have {fact}"
        document = json.loads(text)
        self.say(f"a copy of Siti's  {len(text)} bytes after {time.monotonic() - began:.1f} s: {', '.join(document)}")
        for line in json.dumps(document, indent=1, ensure_ascii=False).splitlines():
            self.say(f"  | {line}")

    async def _forgotten(self, buyer: Somebody) -> None:
        await buyer.does("requestErasureCode", "expiresAt")
        message = await self.cast.phones.told(BUYER, "ERASE")
        code = re.search(r"\b\d{6}\b", message)
        assert code is not None, message
        await buyer.does("eraseMe(code: String!)", "erasure { waitsFor }", code=code[0])

        async def look() -> None:
            (row,) = await self.installation.fetch("people", "SELECT count(*) FROM phone WHERE number = $1", BUYER)
            (kept,) = await self.installation.fetch("ordering", "SELECT count(*) FROM contact WHERE line <> ''")
            assert (row[0], kept[0]) == (0, 0)

        await self._soon(look)
        self.say("forgotten         Siti: number and contact are gone, the order and its money stay")

    # -- means ---------------------------------------------------------------------------------------------------------

    def _ops(self, words: str) -> str:
        """What ops type on the machine."""
        done = self.installation.verb("ops", DO=words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    async def _notice(self, who: Somebody, kind: str) -> str:
        """As they read it. By their phone it comes in the morning, when it may wait and it is night."""

        async def look() -> str:
            notices = [edge["node"] for edge in (await who.ask(_NOTICES))["viewer"]["notices"]["edges"]]
            return str(next(each["text"] for each in notices if each["kind"] == kind))

        return str(await self._soon(look))

    async def _soon(self, look: Callable[[], Any], within_s: float = 30.0) -> Any:
        """What `look` comes to, once what it needs has been heard of where it is needed."""
        until = time.monotonic() + within_s
        while True:
            try:
                return await look()
            except (AssertionError, LookupError, RuntimeError, StopIteration, TypeError, ValueError) as early:
                if time.monotonic() > until:
                    raise
                self.market["waited for"] = str(early)
            await asyncio.sleep(_MOMENT_S)
