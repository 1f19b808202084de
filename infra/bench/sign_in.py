"""python -m infra.bench.sign_in: CPU of all processes for one sign-in with a code, through the gateway, beside the same two transactions
alone.

An embedded installation of its own. Each step is asked by its own persons, from addresses of their own; what the platform spends idle is
taken off. `alone` is what PostgreSQL and one process spend when the same commands are called without HTTP, GraphQL and gateway.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import aiohttp

from services.contracts.amounts import Language
from services.kit.database.db import Database, transaction
from services.kit.secret import Secret
from services.people.commands import codes, signing_in
from services.people.commands.codes import Prover
from services.people.domain.code import Codes
from services.people.domain.limits import Limits
from services.people.domain.session import Lasting
from tests.e2e.installation import Installation
from tests.worlds.signing_in import ROOM, Phone, codes_sent

GOAL_MS = 15.0
_IDLE_S = 6.0
_AT_ONCE = 4
_SHOWN_MS = 0.05


async def _each(phones: Sequence[Phone], step: Callable[[Phone], Awaitable[object]]) -> None:
    waiting = iter(phones)

    async def work() -> None:
        for phone in waiting:
            await step(phone)

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))


class Meter:
    """CPU seconds by process, the idle platform's own taken off."""

    def __init__(self, platform: Installation) -> None:
        self._platform = platform
        self._idle: dict[str, float] = {}

    async def rest(self) -> None:
        before = self._platform.cpu_s()
        await asyncio.sleep(_IDLE_S)
        self._idle = {role: (spent - before.get(role, 0.0)) / _IDLE_S for role, spent in self._platform.cpu_s().items()}

    async def spent(self, doing: Awaitable[object]) -> dict[str, float]:
        before, began = self._platform.cpu_s(), time.monotonic()
        await doing
        took_s = time.monotonic() - began
        return {
            role: spent - before.get(role, 0.0) - self._idle.get(role, 0.0) * took_s
            for role, spent in self._platform.cpu_s().items()
        }


def _line(name: str, spent: Mapping[str, float], count: int) -> str:
    parts = {role: seconds / count * 1_000 for role, seconds in spent.items()}
    said = ", ".join(
        f"{role} {ms:.1f}" for role, ms in sorted(parts.items(), key=lambda each: -each[1]) if ms > _SHOWN_MS
    )
    return f"{name:44}{sum(ms for ms in parts.values() if ms > _SHOWN_MS):7.1f} ms  ({said})"


async def _alone(platform: Installation, persons: int) -> float:
    """CPU milliseconds of a sign-in by its commands alone, PostgreSQL's and this process's."""
    db = Database(platform.database_url("people"))
    await db.open()
    prover, lasting = Prover(Codes(Secret("bench")), Limits(Secret("bench"), **_WIDE)), Lasting()

    async def ask(phone: Phone) -> None:
        async with transaction(db) as conn:
            await codes.send(conn, prover, phone.number, phone.address, Language.ID)

    async def sign_in(phone: Phone) -> None:
        async with transaction(db) as conn:
            opened = await signing_in.sign_in(
                conn,
                prover,
                lasting,
                phone=phone.number,
                guess=found[phone.number],
                address=phone.address,
                device=None,
                language=Language.ID,
            )
        assert opened is not None

    phones = [Phone.number_of(number, series=7) for number in range(persons)]
    await _each(phones[:20], ask)
    meter = Meter(platform)
    await meter.rest()
    began = time.process_time()
    first = await meter.spent(_each(phones[20:], ask))
    found = await codes_sent(platform, phones[20:])
    second = await meter.spent(_each(phones[20:], sign_in))
    own_s = time.process_time() - began
    await db.close()
    return (first["postgres"] + second["postgres"] + own_s) / (persons - 20) * 1_000


_WIDE = {"of_address_an_hour": 1_000_000, "in_all_a_minute": 1_000_000, "a_day": 1_000_000}


async def _run(platform: Installation, persons: int) -> float:
    connector = aiohttp.TCPConnector(limit=_AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:
        phones = [Phone.number_of(number, series=6) for number in range(persons)]
        for phone in phones:
            phone.reach(platform.url, session)
        warm, measured = phones[:30], phones[30:]
        await _each(warm, Phone.ask)
        found = await codes_sent(platform, warm)
        await _each(warm, lambda phone: phone.sign_in(found[phone.number]))
        meter = Meter(platform)
        await meter.rest()

        async def ask_and_wait() -> None:
            await _each(measured, Phone.ask)
            found.update(await codes_sent(platform, measured))

        asked = await meter.spent(ask_and_wait())
        signed = await meter.spent(_each(measured, lambda phone: phone.sign_in(found[phone.number])))
        again = await meter.spent(_each(measured, Phone.refresh))
    count = len(measured)
    whole = Counter(asked)
    whole.update(signed)
    ms = sum(spent for spent in whole.values() if spent / count * 1_000 > _SHOWN_MS) / count * 1_000
    print(_line("requestSignInCode, and the code is sent", asked, count))
    print(_line("signIn", signed, count))
    print(_line("sign-in with a code, in all", whole, count))
    print(_line("refreshSession", again, count))
    alone = await _alone(platform, persons)
    print(f"{'the same commands alone, PostgreSQL and one process':44}{alone:7.1f} ms")
    print(
        f"a sign-in is {ms / alone:.1f} times its commands alone; goal {GOAL_MS:.0f} ms of all processes: {ms:.1f} ms"
    )
    return ms


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=430)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="wlijo-bench-") as folder:
        platform = Installation.at(Path(folder), ROOM)
        try:
            platform.up()
            asyncio.run(_run(platform, asked.persons))
        finally:
            platform.down()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
