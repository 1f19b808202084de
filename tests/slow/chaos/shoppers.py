"""Buyers who order as an app does: a key made before the first try, the same call again while its outcome is unknown."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.e2e.caller import HOME, PLACE, QUOTE, REMOVE, SAVE_CONTACT, SET, Answer, Buyer
from tests.e2e.installation import Installation
from tests.slow.chaos.history import Call, History, What

CANCEL = "mutation Cancel($id: ID!) { cancelOrder(id: $id) { order { id } problems { code message retryable } } }"
READ = "query Read($id: ID!) { order(id: $id) { id version status } }"
_ORDERS_PER_BUYER = 12
_QUOTES_PER_CART = 5
_CALL_WITHIN_S = 12.0
_AGAIN_AFTER_S = 0.3
_READS, _CANCELS, _SECOND_THOUGHTS = 0.1, 0.04, 0.03
# Said by a gateway or a service that could not do its part: whether a mutation was done is not known then.
_UNKNOWN = frozenset(
    {"SERVICE_UNAVAILABLE", "TIMEOUT", "INTERNAL", "INTERNAL_SERVER_ERROR", "RATE_LIMITED", "TRY_LATER"}
)


class Unknown(Exception):
    """The call's outcome is not known; the text is what was seen."""


@dataclass(slots=True)
class Market:
    """What all buyers share: the goods, the end, and the gate that holds them back while too much is open."""

    installation: Installation
    history: History
    session: aiohttp.ClientSession
    variants: Sequence[dict[str, Any]]
    seed: int
    open: asyncio.Event = field(default_factory=asyncio.Event)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    placed: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    """What was seen instead of an answer, whatever was asked: who comes to no cart places no order that could be refused."""


async def shop(market: Market, number: int) -> None:
    """One after another, people with subjects of their own, until it is enough."""
    rng = random.Random(f"{market.seed}/{number}")
    people = 0
    while not market.stop.is_set():
        people += 1
        subject = f"chaos|{market.seed}-{number}-{people}"
        token = market.installation.token("buyer", subject, expires_in_s=24 * 3600)
        person = _Person(market, Buyer(market.installation.url, token, market.session), subject, rng)
        await person.shop()


@dataclass(slots=True)
class _Person:
    market: Market
    buyer: Buyer
    subject: str
    rng: random.Random

    async def shop(self) -> None:
        saved = await self._surely(SAVE_CONTACT, key=self._key(), input=_CONTACT)
        contact = saved and saved["contact"]
        for _ in range(_ORDERS_PER_BUYER):
            await self.market.open.wait()
            if self.market.stop.is_set() or contact is None:
                return
            variant = self.rng.choice(self.market.variants)
            set_ = await self._surely(SET, variant=variant["id"], quantity=variant["quantity"])
            if set_ is None or set_["problems"]:
                self._count(set_)
                return
            for line in set_["cart"]["lines"]:
                if line["variant"]["id"] != variant["id"]:  # of an order that came to nothing
                    set_ = await self._surely(REMOVE, variant=line["variant"]["id"])
                    if set_ is None:
                        return
            for _ in range(_QUOTES_PER_CART):
                if await self._order(set_["cart"], contact["id"]) is not None or self.market.stop.is_set():
                    break

    async def _order(self, cart: dict[str, Any], contact: str) -> str | None:
        """A quote and the order that it is for. None when it has to be quoted anew."""
        merchants = sorted({line["merchant"]["id"] for line in cart["lines"]})
        asked = {"merchantIds": merchants, "dropoff": HOME, "massGram": cart["massGram"]}
        quoted = await self._surely(QUOTE, input=asked)
        if quoted is None or quoted["problems"]:
            self._count(quoted)
            await asyncio.sleep(_AGAIN_AFTER_S)
            return None
        (quote,) = quoted["quotes"]
        wanted = {
            "cartId": cart["id"],
            "cartVersion": cart["version"],
            "contactId": contact,
            "slot": "NOW",
            "paymentMethod": "COD",
            "quote": quote["token"],
            "total": cart["goodsTotal"] + quote["fee"],
        }
        order = await self._place(wanted)
        if order is not None:
            self.market.placed += 1
            await self._afterwards(order)
        return order

    async def _place(self, wanted: dict[str, Any]) -> str | None:
        key = self._key()
        while True:
            call = self.market.history.invoke(self.subject, "placeOrder", key=key)
            try:
                said = await self._one(call, PLACE, input=wanted, key=key)
            except Unknown:
                if self.market.stop.is_set():
                    return None
                continue
            if problems := said["problems"]:
                self.market.history.end(call, What.FAIL, code=problems[0]["code"])
                self._count(said)
                if not all(problem["retryable"] for problem in problems):
                    return None
                await asyncio.sleep(_AGAIN_AFTER_S * 3)
                continue
            order = said["order"]
            self.market.history.end(call, What.OK, order=order["id"], version=order["version"])
            if self.rng.random() < _SECOND_THOUGHTS:  # the app lost the answer on its way to the screen, and asks again
                again = self.market.history.invoke(self.subject, "placeOrder", key=key)
                try:
                    repeated = await self._one(again, PLACE, input=wanted, key=key)
                    self.market.history.end(again, What.OK, order=(repeated["order"] or {}).get("id", "none"))
                except Unknown:
                    pass
            return str(order["id"])

    async def _afterwards(self, order: str) -> None:
        if self.rng.random() < _READS:
            call = self.market.history.invoke(self.subject, "order", order=order)
            try:
                said = await self._one(call, READ, id=order)
                self.market.history.end(call, What.OK, version=said["version"] if said else 0)
            except Unknown:
                pass
        if self.rng.random() < _CANCELS:
            call = self.market.history.invoke(self.subject, "cancelOrder", order=order)
            try:
                said = await self._one(call, CANCEL, id=order)
                codes = [problem["code"] for problem in said["problems"]]
                self.market.history.end(call, What.FAIL if codes else What.OK, code=",".join(codes))
            except Unknown:
                pass

    async def _one(self, call: Call, document: str, **variables: Any) -> Any:
        """One try that is in the history. Raises Unknown, which is in it then."""
        try:
            return await self._ask(document, **variables)
        except Unknown as unknown:
            self.market.history.end(call, What.INFO, code=str(unknown)[:200])
            await asyncio.sleep(_AGAIN_AFTER_S * (0.5 + self.rng.random()))
            raise

    async def _surely(self, document: str, **variables: Any) -> Any:
        """What may be asked again and again, until there is an answer; None when it is time to stop."""
        while not self.market.stop.is_set():
            try:
                return await self._ask(document, **variables)
            except Unknown:
                await asyncio.sleep(_AGAIN_AFTER_S * (0.5 + self.rng.random()))
        return None

    async def _ask(self, document: str, **variables: Any) -> Any:
        try:
            return await self._answer(document, **variables)
        except Unknown as unknown:
            self.market.unanswered.append(str(unknown))
            raise

    async def _answer(self, document: str, **variables: Any) -> Any:
        try:
            async with asyncio.timeout(_CALL_WITHIN_S):
                answer: Answer = await self.buyer.ask(document, **variables)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as problem:
            raise Unknown(f"{type(problem).__name__}") from problem
        if answer.errors:
            codes = ",".join(answer.codes)
            if _UNKNOWN.issuperset(answer.codes):
                raise Unknown(codes)
            raise AssertionError(f"{document[:40]}: {answer.errors}")
        if answer.data is None:
            raise Unknown(f"status {answer.status}")
        (value,) = answer.data.values()
        return value

    def _key(self) -> str:
        return self.rng.randbytes(16).hex()

    def _count(self, said: dict[str, Any] | None) -> None:
        if said is None:
            return  # it was time to stop
        for problem in said["problems"]:
            self.market.refused[problem["code"]] = self.market.refused.get(problem["code"], 0) + 1


_CONTACT = {
    "label": "Rumah",
    "recipient": "Pembeli Uji",
    "phone": "081234567890",
    "line": "Jalan Uji 1",
    "kecamatanCode": "35.08.10",
    "point": HOME,
    "note": "",
}
