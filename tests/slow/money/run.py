"""One walk from its seed to its verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.slow.money.books import read
from tests.slow.money.laws import judge
from tests.slow.money.rest import rest
from tests.slow.money.town import town
from tests.slow.money.walk import Walk
from tests.worlds.servers import TestDatabase

_STEPS_OF_AN_ORDER = 30
_LOOK_EVERY = 40


class Broken(AssertionError):
    """A law; what broke it, and how to see it again."""


@dataclass(slots=True)
class Seen:
    """What walks have met."""

    walks: int = 0
    orders: int = 0
    transfers: int = 0
    did: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, other: Seen) -> None:
        self.walks += other.walks
        self.orders += other.orders
        self.transfers += other.transfers
        self.did += other.did
        self.ends += other.ends
        self.kinds += other.kinds


async def walked(made: TestDatabase, seed: int, orders: int, *, at_once: bool = False) -> Seen:
    """Raises Broken."""
    async with town(made, taxed=seed % 3 != 0, promoted=seed % 4 != 0) as shop:
        walk = Walk(shop, seed, orders)
        try:
            for step in range(orders * _STEPS_OF_AN_ORDER):
                if at_once and step % 3 == 2:
                    await walk.steps_at_once(4)
                else:
                    await walk.step()
                if step % _LOOK_EVERY == _LOOK_EVERY - 1:
                    await look(walk, at_rest=False)
            await rest(walk)
            return await look(walk, at_rest=True)
        except Exception as error:
            error.add_note(
                f"seed {seed}: python -m tests.slow.money --orders {orders} --seed {seed}{' --at-once' if at_once else ''}"
            )
            error.add_note(f"its last steps: {', '.join(walk.steps[-12:])}")
            raise


async def look(walk: Walk, *, at_rest: bool) -> Seen:
    """Raises Broken."""
    at_bank = {code.reference: (code.paid_rupiah, code.back_rupiah) for code in walk.shop.bank.codes.values()}
    async with walk.world.db.acquire() as conn:
        books = await read(conn, at_bank)
    broken = judge(books, at_rest=at_rest)
    if broken:
        raise Broken("\n".join(f"{law}: {said}" for law, found in broken.items() for said in found))
    return Seen(
        1,
        len(books.orders),
        len(books.transfers),
        walk.did,
        Counter(f"{each['status']} {each['cancel_reason'] or ''}".strip() for each in books.orders),
        Counter(each["kind"] for each in books.transfers),
    )
