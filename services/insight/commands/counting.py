"""Counting: facts of orders into sums, one or thousands at a time."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from services.contracts.ordering import OrderPlaced
from services.contracts.places import WIB
from services.insight.domain import known as domain
from services.insight.domain.cubes import Change, contribution
from services.insight.domain.known import Known
from services.insight.store import generations, sums, told
from services.insight.store.generations import Generation
from services.insight.store.told import OF_ORDERS, Was
from services.kit.database.db import Transaction
from services.kit.messaging.envelope import Event

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Heard:
    """A fact of an order, and when it was told."""

    event: Event
    at: datetime


async def count(conn: Transaction, into: Generation, facts: Sequence[Heard], *, counts_tests: bool) -> None:
    """What the facts change, each in its turn. A fact that was counted before changes nothing: it says what is known already."""
    in_time = [each for each in facts if not _is_settled(into, each.event)]
    if len(in_time) < len(facts):
        await generations.late(conn, into.gen, len(facts) - len(in_time))
    if not in_time:
        return
    keys = await told.keys(conn, {_month(each.event) for each in in_time if type(each.event) is OrderPlaced})
    digests = [told.order_digest(keys[OF_ORDERS], _order(each.event)) for each in in_time]
    found = await sums.lock(conn, into.gen, digests)
    change = _taken_back(found)
    for digest, each in zip(digests, in_time, strict=True):
        event, buyer = each.event, ""
        if type(event) is OrderPlaced:
            buyer = told.digest(keys[_month(event)], event.buyer)
        known = found[digest]
        domain.apply(known, event, each.at, buyer=buyer, counts_tests=counts_tests)
        if known.placed_at is not None and known.day < into.from_day.isoformat():
            known.ignored, known.parts = True, []  # the sums of that day are carried over from the generation before
    await _add(conn, into.gen, change, found)


async def resolve(conn: Transaction, named: Sequence[str]) -> None:
    """Orders that waited for these sellers or goods to be heard of."""
    while waiting := await sums.waiting_for(conn, named, _AT_ONCE):
        for gen in sorted({gen for gen, _ in waiting}):
            found = await sums.lock(conn, gen, [digest for each, digest in waiting if each == gen])
            await _add(conn, gen, _taken_back(found), found)


async def carry(conn: Transaction, old: Generation, new: Generation, digests: Sequence[bytes]) -> None:
    """Orders of before the new one's first day, as the old one knows them: counted anew, by today's rules."""
    theirs = await sums.lock(conn, old.gen, digests)
    first = new.from_day.isoformat()
    wanted = {digest: known for digest, known in theirs.items() if known.placed_at is not None and known.day < first}
    if not wanted:
        return
    ours = await sums.lock(conn, new.gen, wanted)
    await _add(conn, new.gen, _taken_back(ours), wanted)


async def erase(conn: Transaction, subject: str) -> None:
    """The orders of somebody who is forgotten are another nobody's from now on, the same one's in each month."""
    strangers: dict[str, str] = {}
    for gen, digest in await told.erase(conn, subject):
        found = await sums.lock(conn, gen, [digest])
        known = found[digest]
        known.buyer = strangers.setdefault(known.buyer, secrets.token_hex(8))
        await sums.save(conn, gen, {digest: (known, _unknown(known))})


def _taken_back(found: Mapping[bytes, Known]) -> Change:
    """What they have added until now."""
    change = Change()
    for known in found.values():
        change.add(contribution(known), -1)
    return change


async def _add(conn: Transaction, gen: int, change: Change, found: Mapping[bytes, Known]) -> None:
    await _look_up(conn, list(found.values()))
    for known in found.values():
        change.add(contribution(known), +1)
    await sums.save(conn, gen, {digest: (known, _unknown(known)) for digest, known in found.items()})
    await sums.add(conn, gen, change.settled())


async def _look_up(conn: Transaction, orders: Sequence[Known]) -> None:
    """Where and what sellers were when it was placed, and what goods are compared as: once each, for what they are later is another's."""
    unknown = [part for known in orders for part in known.parts if part.kecamatan is None]
    lines = [line for known in orders for part in known.parts for line in part.lines if line.commodity is None]
    if unknown:
        were = await told.sellers(conn, [part.merchant for part in unknown])
        for known in orders:
            for part in known.parts:
                if part.kecamatan is None and known.placed_at and (past := were.get(part.merchant)):
                    was = _then(past, known.placed_at)
                    part.kecamatan, part.kind, part.umkm = was.kecamatan, was.kind, was.umkm
    if lines:
        goods = await told.goods(conn, [line.variant for line in lines])
        for line in lines:
            if (found := goods.get(line.variant)) is not None:
                category, line.commodity, line.unit = found
                line.category = line.category or category


def _then(past: Sequence[Was], at: datetime) -> Was:
    """What it was then; before anything was heard of it, what it was first."""
    return next((each for each in reversed(past) if each.since <= at), past[0])


def _unknown(known: Known) -> list[str]:
    return sorted(
        {part.merchant for part in known.parts if part.kecamatan is None}
        | {line.variant for part in known.parts for line in part.lines if line.commodity is None}
    )


def _order(event: Event) -> str:
    """Every fact of `ORDER_FACTS` names its order, be it in a topic of its own."""
    return str(cast(OrderPlaced, event).order_id)


def _month(event: OrderPlaced) -> str:
    return event.placed_at.astimezone(WIB).strftime("%Y-%m")


def _is_settled(into: Generation, event: Event) -> bool:
    return type(event) is OrderPlaced and _month(event) < into.closed_before
