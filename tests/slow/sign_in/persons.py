"""What one person does: asks for a code, reads it, signs in, goes on once; some show code or token twice, or at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import aiohttp
import asyncpg

from tests.slow.sign_in.evidence import Story
from tests.worlds.signing_in import CODE, Phone, Refused

T = TypeVar("T")
_LOOK_S: Final = 0.1
_CODE_WITHIN_S: Final = 120.0
_TRIES: Final = 3
_PAUSE_S: Final = 1.0
_UNANSWERED: Final = frozenset(("TIMEOUT", "SERVICE_UNAVAILABLE", "OVERLOADED", "RATE_LIMITED"))


class Inbox:
    """Codes as they were sent, read where the inbox page of test mode reads them: one look for all who wait."""

    def __init__(self, conn: asyncpg.Connection[asyncpg.Record]) -> None:
        self._conn = conn
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self._read: dict[str, set[str]] = {}

    async def code(self, phone: str) -> str:
        """One that was not read before. Raises TimeoutError."""
        self._waiting[phone] = asyncio.get_running_loop().create_future()
        read = self._read.setdefault(phone, set())
        try:
            async with asyncio.timeout(_CODE_WITHIN_S):
                code = await self._waiting[phone]
            read.add(code)
            return code
        finally:
            del self._waiting[phone]

    async def look(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(_LOOK_S)
            if not self._waiting:
                continue
            rows = await self._conn.fetch(
                "SELECT phone, text FROM messages WHERE phone = ANY($1) AND channel = 'inbox' AND sent_at IS NOT NULL ORDER BY id",
                list(self._waiting),
            )
            for row in rows:
                waiting, found = self._waiting.get(row["phone"]), CODE.search(row["text"])
                if waiting and not waiting.done() and found and found[0] not in self._read[row["phone"]]:
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


class Unanswered(Exception):
    """It may have been done, or not."""


async def live(
    number: int, url: str, session: aiohttp.ClientSession, inbox: Inbox, times: Times, again: Again | None = None
) -> Story:
    """`again` makes a code good again that was used: the fault that the verdict must find."""
    phone, manner = Phone.number_of(number, series=5), Manner.of(number)
    phone.reach(url, session)
    story = Story(phone.number)
    try:
        for _ in range(_TRIES):  # whose answer was lost asks for another code
            code = await _code(phone, inbox, times)
            got = story.codes.setdefault(code, [])
            if manner.wrong_first and not story.unclear_codes:
                await _show_wrong(phone, story, code)
            await _show_code(phone, story, code, manner)
            if again is not None:
                await again(phone.number)
                await _show_code(phone, story, code, Manner())
            if got:
                await _refresh(phone, story, got[0], manner)
            if got or not story.unclear_codes:
                break
    except TimeoutError:
        story.failed.append("nothing came in time")
    except Unanswered as error:
        story.failed.append(f"no answer, again and again: {error}")
    except (Refused, KeyError) as error:
        story.failed.append(f"{type(error).__name__} {error}")
    for name, seconds in phone.took_s.items():
        for each in seconds:
            times.add(name, each)
    return story


async def _code(phone: Phone, inbox: Inbox, times: Times) -> str:
    """A new one. Raises TimeoutError, Unanswered, Refused."""
    for tried in range(_TRIES):
        try:
            await _answered(phone.ask())
            break
        except Unanswered:
            if tried == _TRIES - 1:
                raise
            await asyncio.sleep(_PAUSE_S)
    began = time.monotonic()
    code = await inbox.code(phone.number)
    times.add("the code is sent", time.monotonic() - began)
    return code


async def _show_wrong(phone: Phone, story: Story, code: str) -> None:
    try:
        await _answered(phone.sign_in(f"{(int(code) + 1) % 10**6:06}"))
        story.failed.append("a wrong code opened a session")
    except Unanswered:
        story.unclear_codes += 1
    except Refused as error:
        if str(error) != "CODE_INVALID":
            story.failed.append(f"signIn said {error} of a wrong code")


async def _show_code(phone: Phone, story: Story, code: str, manner: Manner) -> None:
    async def show() -> None:
        story.shown += 1
        try:
            story.codes[code].append(await _answered(phone.sign_in(code)))
        except Unanswered:
            story.unclear_codes += 1
        except Refused as error:
            if str(error) != "CODE_INVALID":
                story.failed.append(f"signIn said {error}")

    if manner.code_at_once:
        await asyncio.gather(*(show() for _ in range(manner.code_shown)))
    else:
        for _ in range(manner.code_shown):
            await show()


async def _refresh(phone: Phone, story: Story, first: str, manner: Manner) -> None:
    async def show(token: str) -> None:
        got = story.tokens.setdefault(token, [])
        try:
            got.append(await _answered(phone.refresh(token)))
        except Unanswered:
            story.unclear_tokens.add(token)
        except Refused as error:
            if str(error) != "SESSION_ENDED":
                story.failed.append(f"refreshSession said {error}")

    if manner.token_shown > 1:
        story.repeated.add(first)
    if manner.token_at_once:
        await asyncio.gather(*(show(first) for _ in range(manner.token_shown)))
    else:
        for _ in range(manner.token_shown):
            await show(first)
    if manner.token_shown > 1 and not story.unclear_tokens:
        for following in story.tokens[first]:
            story.repeated.add(following)  # its session has ended: it gets nothing
            await show(following)
            if story.tokens[following]:
                story.failed.append("the token after one that was shown twice is good")


async def _answered(asking: Awaitable[T]) -> T:
    """Raises Refused, or Unanswered."""
    try:
        return await asking
    except Refused as error:
        if str(error) in _UNANSWERED:
            raise Unanswered(str(error)) from error
        raise
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unanswered(type(error).__name__) from error
