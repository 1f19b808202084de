"""A small business of the simulation's own: `shop` asks, `carrier` does, a partner replies until it is answered, money is held between.

Tables as data and total: every state answers every input, early, late, repeated or contradictory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from services.kit.messaging.envelope import Envelope
from tests.slow.simulation.broker import Broker
from tests.slow.simulation.database import Base, Tx
from tests.slow.simulation.scheduler import Scheduler, Unavailable, Violation, pause

SHOP, CARRIER, CHAT, MOOD = "shop.jobs", "carrier.jobs", "shop.chat", "shop.mood"
PRICE = 7


@dataclass(frozen=True, slots=True)
class Move:
    to: str
    tell: str = ""
    pay: str = ""  # who gets what is held


_SHOP: dict[tuple[str, str], Move] = {
    ("asked", "done"): Move("paid", pay="seller"),
    ("asked", "expired"): Move("refunded", pay="buyer"),
    ("asked", "withdrawn"): Move("refunded", pay="buyer"),
    ("asked", "deadline"): Move("cancelling", tell="cancelled"),
    ("cancelling", "done"): Move("paid", pay="seller"),
    ("cancelling", "expired"): Move("refunded", pay="buyer"),
    ("cancelling", "withdrawn"): Move("refunded", pay="buyer"),
}
_CARRIER: dict[tuple[str, str], Move] = {
    ("", "asked"): Move("open", tell="opened"),
    ("open", "cancelled"): Move("withdrawn", tell="withdrawn"),
    ("open", "expiry"): Move("expired", tell="expired"),
    ("open", "accept"): Move("done", tell="done"),
}
_STATES = {
    "shop": ("asked", "cancelling", "paid", "refunded"),
    "carrier": ("", "open", "withdrawn", "expired", "done"),
}
_INPUTS = {
    "shop": ("opened", "done", "expired", "withdrawn", "deadline", "reply_applied", "reply_refused"),
    "carrier": ("asked", "cancelled", "expiry", "accept"),
}


def _total(service: str, moves: dict[tuple[str, str], Move]) -> dict[tuple[str, str], Move]:
    return {
        (state, entry): moves.get((state, entry), Move(state))
        for state in _STATES[service]
        for entry in _INPUTS[service]
    }


TABLES = {"shop": _total("shop", _SHOP), "carrier": _total("carrier", _CARRIER)}
_TIMERS = {"shop": {"asked": ("deadline", 12.0)}, "carrier": {"open": ("expiry", 9.0)}}
_TOPIC = {"shop": SHOP, "carrier": CARRIER}
_END = {"shop": {"paid", "refunded"}, "carrier": {"withdrawn", "expired", "done"}}


async def enter(tx: Tx, job: str, entry: str) -> str:
    """One transition, in the caller's transaction, under the job's lock; the state before it."""
    base = tx.base
    await tx.lock(("job", job))
    await pause()
    state = base.jobs.get(job, "")
    move = TABLES[base.name][state, entry]
    if move.to != state:
        timer = _TIMERS[base.name].get(move.to)

        def commit() -> None:
            base.jobs[job] = move.to
            base.timers.pop(job, None)
            if timer:
                base.timers[job] = base.scheduler.now + timer[1]

        tx.write(commit)
    if move.pay:
        tx.transfer("held", move.pay, PRICE)
    if move.tell:
        await tx.tell(_TOPIC[base.name], job, move.tell)
    return state


async def hear(tx: Tx, event: Envelope) -> None:
    """The handler of both services."""
    if event.topic in (SHOP, CARRIER):
        await enter(tx, event.aggregate, event.type)


async def ask(base: Base, jobs: int) -> None:
    """Buyers place jobs; one whose commit is unknown is not asked again under the same name."""
    for n in range(jobs):
        job = f"job{n}"
        await _until_told(partial(_placed, base, job))


async def _placed(base: Base, job: str) -> None:
    async with Tx(base) as tx:
        await tx.lock(("job", job))
        if job in base.jobs:
            return

        def commit() -> None:
            base.jobs[job] = "asked"
            base.timers[job] = base.scheduler.now + _TIMERS["shop"]["asked"][1]

        tx.write(commit)
        tx.transfer("buyer", "held", PRICE)
        await tx.tell(SHOP, job, "asked")


async def _until_told(attempt: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await attempt()
            return
        except Unavailable:
            await pause()


async def chat(base: Base, turns: int, *, early: bool) -> None:
    """Writers that tell of a few aggregates at once, now and then rolling back."""
    rng = base.scheduler.rng
    for _ in range(turns):
        try:
            async with Tx(base) as tx:
                await pause()  # it has its xid, and not yet the aggregate's lock
                for aggregate in sorted(rng.choices("abc", k=rng.randint(1, 2))):
                    await tx.tell(CHAT, aggregate, "said", early=early)
                if rng.random() < 0.2:
                    await tx.tell(MOOD, "m", "is", state=True)
                if rng.random() < 0.1:
                    raise Unavailable
        except Unavailable:
            await pause()


async def fire_timers(base: Base) -> None:
    while True:
        await pause(lambda: any(due <= base.scheduler.now for due in base.timers.values()))
        due = [job for job, at in base.timers.items() if at <= base.scheduler.now]
        if not due:
            continue
        job = base.scheduler.rng.choice(due)
        try:
            async with Tx(base) as tx:
                await tx.lock(("job", job))
                if job not in base.timers or base.timers[job] > base.scheduler.now:
                    continue
                await enter(tx, job, _TIMERS[base.name][base.jobs[job]][0])
        except Unavailable:
            continue


async def partner(scheduler: Scheduler, broker: Broker, carrier: Base) -> None:
    """Reads what it is told; replies under an id of its own until an outcome with that id comes back; remembers nothing over a crash."""
    log, seen = broker.log, 0
    opened: dict[str, int] = {}
    answered: set[str] = set()

    def something() -> bool:
        present = broker.log
        if present is not log:
            return True
        if present is None:
            return False
        return seen < sum(present.end((CARRIER, partition)) for partition in (0, 1)) or bool(opened)

    while True:
        await pause(something)
        if broker.log is not log:
            log, seen = broker.log, 0
        if log is None:
            continue
        places = [(CARRIER, 0), (CARRIER, 1)]
        seen = sum(log.end(place) for place in places)
        for place in places:
            for event in log.partitions.get(place, ()):
                if event.type == "opened":
                    opened.setdefault(event.aggregate, 0)
                elif event.type in ("reply_applied", "reply_refused"):
                    answered.add(event.aggregate)
        for job in answered:
            opened.pop(job, None)
        if (
            opened
            and broker.log is log
            and (job := scheduler.rng.choice(sorted(opened)))
            and opened[job] <= scheduler.steps
        ):
            opened[job] = scheduler.steps + 60
            broker.replies.append(job)


async def take_replies(broker: Broker, base: Base) -> None:
    """The carrier's reader of replies: as long as the broker holds them."""
    while True:
        await _take_replies(broker, base, broker.replies)


async def _take_replies(broker: Broker, base: Base, replies: list[str]) -> None:
    """An inbox by the reply's id, the answer stored and told in the same transaction."""
    position = 0

    def something() -> bool:
        return broker.replies is not replies or position < len(replies)

    while True:
        await pause(something)
        if broker.replies is not replies:
            return
        job = replies[position]
        try:
            async with Tx(base) as tx:
                await tx.lock(("reply", job))
                if job not in base.answers:
                    state = await enter(tx, job, "accept") if job in base.jobs else ""
                    answer = "reply_applied" if state == "open" else "reply_refused"
                    await tx.tell(CARRIER, job, answer)
                    tx.write(partial(base.answers.__setitem__, job, answer))
        except Unavailable:
            continue
        position += 1


def watch(shop: Base, carrier: Base) -> None:
    """After a commit: money is conserved, what is held is what is undecided, nothing undecided is without a timer or a pending reply."""
    if sum(shop.balances.values()):
        raise Violation("money", f"the balances add up to {shop.balances}")
    undecided = [job for job, state in shop.jobs.items() if state not in _END["shop"]]
    if shop.balances.get("held", 0) != PRICE * len(undecided):
        raise Violation("money", f"held {shop.balances.get('held', 0)} for {undecided}")
    for job in undecided:
        pending = shop.jobs[job] == "cancelling" and (SHOP, job) in shop.counter
        if job not in shop.timers and not pending:
            raise Violation("stuck", f"{job} is {shop.jobs[job]} without a timer or a pending reply")
    for job, state in carrier.jobs.items():
        if state not in _END["carrier"] and job not in carrier.timers:
            raise Violation("stuck", f"{job} is {state} without a timer")


def at_rest(shop: Base, carrier: Base) -> bool:
    return (
        all(state in _END["shop"] for state in shop.jobs.values())
        and all(state in _END["carrier"] for state in carrier.jobs.values())
        and shop.jobs.keys() == carrier.jobs.keys()
    )


def agreed(shop: Base, carrier: Base) -> None:
    """At rest both sides tell the same story."""
    for job, state in shop.jobs.items():
        if (state == "paid") != (carrier.jobs[job] == "done"):
            raise Violation("money", f"{job} is {state} at the shop and {carrier.jobs[job]} at the carrier")
