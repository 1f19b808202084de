"""python -m infra.bench.statements: what an order asks of the database, counted by the database, by process and by step.

An embedded installation of its own, robots included. Orders of one seller, in cash, are placed through the gateway from the cart
on, one after the other, and carried by the robots' company; nobody follows them. PostgreSQL logs every statement that a client
executes, BEGIN and COMMIT too; what the same installation executes at rest in the same time is taken off. Counts, no times: they hold
on a busy machine too.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from infra.local import keys, logs, postgres
from services.contracts.ordering import OrderId
from tests.e2e.caller import Buyer, calling, new_key
from tests.e2e.installation import Installation

_LINE = re.compile(rb"^\S+ \S+ \S+ \[(\d+)\] (\S*) (\w+):  (.*)$")
_EXECUTED = re.compile(r"^(?:execute [^:]*|statement): (.*)$", re.DOTALL)
_ARGUMENT = re.compile(r"\$(\d+) = (?:'((?:[^']|'')*)'|NULL)")
_TOLD = re.compile(r"\{[a-z_]+\.[a-z_]+\.v\d+[,}]")
_ENDS = ("COMMIT", "ROLLBACK")
_GATHERED_S = 7.0  # twice what insight gathers for: what orders ask is neither left out nor taken for rest
_FLUSHES = "SELECT coalesce(sum(fsyncs), 0)::bigint FROM pg_stat_io WHERE object = 'wal'"
_SETTINGS = {"log_statement": "all", "log_parameter_max_length": "400", "log_duration": "off"}


@dataclass(slots=True)
class Executed:
    """One statement, on one line; `arguments` by number, each cut."""

    pid: int
    text: str
    arguments: dict[int, str] = field(default_factory=dict)


def executed(log: bytes) -> Iterator[Executed]:
    """What PostgreSQL's log says was executed, in its order. A last line that is not whole is left."""
    entries: list[tuple[int, bytes, list[bytes]]] = []
    for line in log.splitlines():
        if found := _LINE.match(line):
            entries.append((int(found[1]), found[3], [found[4]]))
        elif entries and line.startswith(b"\t"):
            entries[-1][2].append(line)
    last: Executed | None = None
    for pid, level, lines in entries:
        said = b" ".join(lines).decode(errors="replace")
        if level == b"LOG" and (found_text := _EXECUTED.match(said)):
            if last:
                yield last
            last = Executed(pid, " ".join(found_text[1].split()).rstrip(";"))
        elif level == b"DETAIL" and last and last.pid == pid:
            last.arguments = {int(each[1]): each[2] or "" for each in _ARGUMENT.finditer(said)}
    if last:
        yield last


@dataclass(slots=True)
class Transaction:
    """From BEGIN to its end; a statement outside of one is one itself."""

    pid: int
    statements: list[Executed]

    @property
    def step(self) -> str:
        """What it is for, as its statements tell: what was heard, or which timer; else what it does first. Then what it tells."""
        heard, told, first = "", [], ""
        for each in self.statements:
            text = each.text
            if " inbox " in text and not heard and 3 in each.arguments:
                heard = f"hear {each.arguments[3].strip('{}').partition(',')[0]}"
            elif "DELETE FROM timer WHERE (kind, subject)" in text:
                heard = heard or "timer"
            elif "outbox_counter" in text:
                told += [
                    kind
                    for value in each.arguments.values()
                    if _TOLD.match(value)
                    for kind in value[1:].rstrip("}").split(",")
                ]
            if not first and text != "BEGIN":
                first = text[:70]
        return (heard or first) + (" > " + ", ".join(told) if told else "")


def transactions(statements: Iterable[Executed]) -> Iterator[Transaction]:
    opened: dict[int, Transaction] = {}
    for each in statements:
        if each.text == "BEGIN":
            opened[each.pid] = Transaction(each.pid, [each])
        elif (inside := opened.get(each.pid)) is None:
            yield Transaction(each.pid, [each])
        else:
            inside.statements.append(each)
            if each.text.startswith(_ENDS):
                yield opened.pop(each.pid)


@dataclass(slots=True)
class Counted:
    """By process and step; `times` are transactions."""

    seconds: float
    flushes: int
    statements: Counter[tuple[str, str]] = field(default_factory=Counter)
    times: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PerOrder:
    """What one order asks, beyond what the platform asks at rest."""

    statements: Mapping[tuple[str, str], float]
    transactions: Mapping[tuple[str, str], float]
    flushes: float
    examples: Mapping[tuple[str, str], list[str]]

    def by_process(self, counts: Mapping[tuple[str, str], float]) -> dict[str, float]:
        summed: dict[str, float] = defaultdict(float)
        for (process, _), count in counts.items():
            summed[process] += count
        return dict(summed)

    def by_service(self) -> dict[str, float]:
        summed: dict[str, float] = defaultdict(float)
        for process, count in self.by_process(self.statements).items():
            summed[process.partition("-")[0]] += count
        return dict(summed)

    @property
    def all_statements(self) -> float:
        return sum(self.statements.values())

    @property
    def all_transactions(self) -> float:
        return sum(self.transactions.values())


def per_order(loaded: Counted, idle: Counted, orders: int) -> PerOrder:
    share = loaded.seconds / idle.seconds
    return PerOrder(
        {
            key: (loaded.statements[key] - idle.statements[key] * share) / orders
            for key in loaded.statements | idle.statements
        },
        {key: (loaded.times[key] - idle.times[key] * share) / orders for key in loaded.times | idle.times},
        (loaded.flushes - idle.flushes * share) / orders,
        loaded.examples,
    )


CEILINGS = {"catalog": 28, "delivery": 50, "insight": 15, "ordering": 50, "people": 25}
"""Statements of one order by service: what there is today, and room for how events fall together and how often a company is told again."""


def above(found: PerOrder, ceilings: Mapping[str, float]) -> dict[str, float]:
    """Services whose statements are more than these, or that have none stated and ask something."""
    return {name: count for name, count in found.by_service().items() if count > ceilings.get(name, 1)}


class StatementLog:
    """PostgreSQL's log while it is told to name every statement: `counted` says what was executed since the last time."""

    def __init__(self, platform: Installation) -> None:
        self._file = platform.home.log_of("postgres")
        password = keys.ensure(platform.home).passwords[postgres.ADMIN]
        self._url = postgres.url(postgres.ADMIN, password, platform.ports.postgres, "postgres")
        self._processes: dict[int, str] = {}
        self._read = b""
        self._stack = ExitStack()
        self._began = 0.0
        self._flushes = 0
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> StatementLog:
        self._admin = await asyncpg.connect(self._url)
        for name, value in _SETTINGS.items():
            await self._admin.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        await self._admin.execute("SELECT pg_reload_conf()")
        self._log = self._stack.enter_context(logs.followed(self._file))
        self._tailing = asyncio.create_task(self._tail())
        await asyncio.sleep(1)
        await self.counted()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._tailing.cancel()
        await asyncio.gather(self._tailing, return_exceptions=True)
        self._stack.close()
        for name in _SETTINGS:
            await self._admin.execute(f"ALTER SYSTEM RESET {name}")
        await self._admin.execute("SELECT pg_reload_conf()")
        await self._admin.close()

    async def _tail(self) -> None:
        while True:
            async with self._one_at_a_time:
                await self._look()
            await asyncio.sleep(0.1)

    async def _look(self) -> None:
        self._read += self._log.read()
        for row in await self._admin.fetch(
            "SELECT pid, application_name FROM pg_stat_activity WHERE application_name LIKE '%-%' AND pid <> pg_backend_pid()"
        ):
            self._processes[row["pid"]] = row["application_name"]

    async def counted(self) -> Counted:
        async with self._one_at_a_time:
            return await self._counted()

    async def _counted(self) -> Counted:
        await self._look()
        now, flushes = time.monotonic(), int(await self._admin.fetchval(_FLUSHES))
        made = Counted(now - self._began, flushes - self._flushes)
        whole, _, rest = self._read.rpartition(b"\n")
        for each in transactions(executed(whole)):
            process = self._processes.get(each.pid)
            if process is None:
                continue  # the bench's own
            key = process, each.step
            made.statements[key] += len(each.statements)
            made.times[key] += 1
            made.examples[key] = [statement.text for statement in each.statements]
        self._read = rest
        self._began, self._flushes = now, flushes
        return made


async def buyers_of(
    platform: Installation, finder: Buyer, count: int, kind: type[Buyer] = Buyer
) -> list[tuple[Buyer, dict[str, Any]]]:
    """So many that nobody knows yet, each with a contact."""
    made = [kind(platform.url, platform.token("buyer", f"bench|{new_key()}"), finder.session) for _ in range(count)]
    return [(each, await each.contact()) for each in made]


async def place(variant: str, buyer: Buyer, contact: dict[str, Any]) -> str:
    return str((await buyer.place((variant, 1), contact=contact))["id"])


async def ended(platform: Installation, orders: Sequence[str], within_s: float = 240) -> None:
    """Asked of the database, for reading an order through the gateway would count as its own."""
    ids = [OrderId.parse(each) for each in orders]
    deadline = time.monotonic() + within_s
    while True:
        rows = await platform.fetch("ordering", "SELECT status FROM orders WHERE id = ANY($1::uuid[])", ids)
        statuses = Counter(row["status"] for row in rows)
        if statuses["COMPLETED"] == len(orders):
            return
        if statuses["CANCELLED"] or time.monotonic() > deadline:
            raise SystemExit(f"orders did not end as ordinary ones do: {dict(statuses)}")
        await asyncio.sleep(0.5)


async def measure(
    platform: Installation, orders: int, *, every_s: float = 1.0, idle_s: float = 20.0, kind: type[Buyer] = Buyer
) -> PerOrder:
    """Orders begin so many seconds apart. The first ones, which warm caches and connections, are not counted."""
    async with calling(platform, "buyer") as finder, StatementLog(platform) as log:
        variant = (await finder.find("bayam", "ikat"))["id"]
        known = await buyers_of(platform, finder, orders + 3, kind)
        warm = [await place(variant, *each) for each in known[:3]]
        await ended(platform, warm)
        await asyncio.sleep(_GATHERED_S)
        await log.counted()
        await asyncio.sleep(idle_s)
        idle = await log.counted()
        placed = []
        for each in known[3:]:
            placed.append(asyncio.create_task(place(variant, *each)))
            await asyncio.sleep(every_s)
        await ended(platform, await asyncio.gather(*placed))
        await asyncio.sleep(_GATHERED_S)
        return per_order(await log.counted(), idle, orders)


def report(found: PerOrder, *, steps: int, least: float, shown: bool) -> Iterator[str]:
    yield f"{'per order, beyond what is asked at rest':42}{'statements':>12}{'transactions':>14}"
    statements, times = found.by_process(found.statements), found.by_process(found.transactions)
    for process in sorted(statements):
        yield f"{process:42}{statements[process]:12.1f}{times[process]:14.1f}"
    yield f"{'all':42}{found.all_statements:12.1f}{found.all_transactions:14.1f}"
    yield f"log flushes per order: {found.flushes:.1f}"
    yield ""
    order = sorted(found.statements, key=lambda key: -abs(found.statements[key]))
    for key in order[:steps]:
        if abs(found.statements[key]) < least:
            break
        process, step = key
        yield f"{found.statements[key]:7.2f} in {found.transactions[key]:6.2f}  {process:18} {step[:150]}"
        if shown:
            for text in found.examples.get(key, ()):
                yield f"{'':22}{text[:180]}"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=20)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--show", action="store_true", help="each step's statements")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="wlijo-bench-") as folder:
        platform = Installation.at(Path(folder))
        try:
            platform.up()
            found = asyncio.run(measure(platform, asked.orders))
        finally:
            platform.down()
    for line in report(found, steps=asked.steps, least=0.1, shown=asked.show):
        print(line)
    if too_many := above(found, CEILINGS):
        print(f"more than is stated: {too_many}")
    return 1 if too_many else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
