"""What one person does: asks for a code, reads it, signs in, goes on once; some show code or token twice, or at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import asyncpg

from tests.slow.sign_in.evidence import Story
from tests.worlds.signing_in import CODE, Phone, Refused

_LOOK_S = 0.1
_CODE_WITHIN_S = 120.0


class Inbox:
    """Codes as they were sent, read where the inbox page of test mode reads them: one look for all who wait."""

    def __init__(self, conn: asyncpg.Connection[asyncpg.Record]) -> None:
        self._conn = conn
        self._waiting: dict[str, asyncio.Future[str]] = {}

    async def code(self, phone: str) -> str:
        """Raises TimeoutError."""
        self._waiting[phone] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(_CODE_WITHIN_S):
                return await self._waiting[phone]
        finally:
            del self._waiting[phone]

    async def look(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(_LOOK_S)
            if not self._waiting:
                continue
            rows = await self._conn.fetch(
                "SELECT phone, text FROM messages WHERE phone = ANY($1) AND channel = 'inbox' AND sent_at IS NOT NULL",
                list(self._waiting),
            )
            for row in rows:
                waiting, found = self._waiting.get(row["phone"]), CODE.search(row["text"])
                if waiting is not None and not waiting.done() and found:
                    waiting.set_result(found[0])


@dataclass(frozen=True, slots=True)
class Manner:
    """What a person does beside signing in; by their number, so that a run is the same again."""

    wrong_first: bool = False
    code_shown: int = 1
    code_at_once: bool = False
    token_shown: int = 1
    token_at_once: bool = False

    @classmethod
    def of(cls, number: int) -> Manner:
        return cls(
            wrong_first=number % 11 == 3,
            code_shown=3 if number % 7 == 1 else 2 if number % 5 == 2 else 1,
            code_at_once=number % 7 == 1,
            token_shown=2 if number % 6 == 4 or number % 9 == 5 else 1,
            token_at_once=number % 9 == 5,
        )


@dataclass(slots=True)
class Times:
    """Seconds of each step, of all persons."""

    of: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, seconds: float) -> None:
        self.of.setdefault(name, []).append(seconds)


Again = Callable[[str], Awaitable[None]]


async def live(
    number: int, url: str, session: aiohttp.ClientSession, inbox: Inbox, times: Times, again: Again | None = None
) -> Story:
    """`again` makes a code good again that was used: the fault that the verdict must find."""
    phone, manner, clock = Phone.number_of(number, series=5), Manner.of(number), asyncio.get_running_loop().time
    phone.reach(url, session)
    story = Story(phone.number)
    try:
        await phone.ask()
        asked_at = clock()
        story.code = await inbox.code(phone.number)
        times.add("the code is sent", clock() - asked_at)
        if manner.wrong_first:
            await _wrong(phone, story)
        await _show_code(phone, story, manner)
        if again is not None:
            await again(phone.number)
            await _show_code(phone, story, Manner())
        if story.sign_ins:
            await _refresh(phone, story, manner)
    except TimeoutError:
        story.failed.append("nothing came in time")
    except (Refused, aiohttp.ClientError, KeyError) as error:
        story.failed.append(f"{type(error).__name__} {error}")
    for name, seconds in phone.took_s.items():
        for each in seconds:
            times.add(name, each)
    return story


async def _wrong(phone: Phone, story: Story) -> None:
    other = f"{(int(story.code) + 1) % 10**6:06}"
    if await _is_refused(phone.sign_in(other), "CODE_INVALID", story):
        return
    story.failed.append("a wrong code opened a session")


async def _show_code(phone: Phone, story: Story, manner: Manner) -> None:
    async def show() -> None:
        story.shown += 1
        try:
            story.sign_ins.append(await phone.sign_in(story.code))
        except Refused as error:
            if str(error) != "CODE_INVALID":
                story.failed.append(f"signIn said {error}")

    if manner.code_at_once:
        await asyncio.gather(*(show() for _ in range(manner.code_shown)))
    else:
        for _ in range(manner.code_shown):
            await show()


async def _refresh(phone: Phone, story: Story, manner: Manner) -> None:
    first = story.sign_ins[0]
    got = story.refreshed.setdefault(first, [])

    async def show() -> None:
        try:
            got.append(await phone.refresh(first))
        except Refused as error:
            if str(error) != "SESSION_ENDED":
                story.failed.append(f"refreshSession said {error}")

    if manner.token_shown > 1:
        story.repeated.add(first)
    if manner.token_at_once:
        await asyncio.gather(*(show() for _ in range(manner.token_shown)))
    else:
        for _ in range(manner.token_shown):
            await show()
    if manner.token_shown > 1 and got and not await _is_refused(phone.refresh(got[0]), "SESSION_ENDED", story):
        story.failed.append("the token after one that was shown twice is good")


async def _is_refused(asking: Awaitable[object], code: str, story: Story) -> bool:
    try:
        await asking
    except Refused as error:
        if str(error) != code:
            story.failed.append(f"{error} where {code} was to be said")
        return True
    return False
