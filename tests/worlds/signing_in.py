"""Phones that sign in through the gateway of a whole installation, each from an address of its own."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import aiohttp

from tests.e2e.installation import Installation

REQUEST: Final = "mutation($phone: String!) { requestSignInCode(phone: $phone) { problems { code } expiresAt } }"
SIGN_IN: Final = """mutation($phone: String!, $code: String!) { signIn(phone: $phone, code: $code) {
  problems { code } isNew person { id } tokens { accessToken refreshToken } } }"""
REFRESH: Final = """mutation($shown: String!) { refreshSession(refreshToken: $shown) {
  problems { code } tokens { accessToken refreshToken } } }"""
CODE: Final = re.compile(r"\b\d{6}\b")
MANY: Final = "10000000"
ROOM: Final[Mapping[str, str]] = {
    "CODES_PER_MINUTE": MANY,
    "MESSAGES_PER_DAY": MANY,
    "CHANNEL_BUDGET_PER_DAY": MANY,
}
"""What in production bounds all persons together, and what messages cost, is no limit here; those of a number and an address stay."""


class Refused(Exception):
    """A problem in the payload, or an error; the message is its code."""


@dataclass(slots=True)
class Phone:
    number: str
    address: str
    url: str = ""
    session: aiohttp.ClientSession | None = None
    access_token: str = ""
    refresh_token: str = ""
    person: str = ""
    took_s: dict[str, list[float]] = field(default_factory=dict)

    @classmethod
    def number_of(cls, number: int, *, series: int) -> Self:
        """A mobile number and an address of its own for each of a hundred million."""
        low, high = number & 0xFF, number >> 8
        address = f"10.{series}.{high & 0xFF}.{low}" if high < 256 else f"2001:db8:{series:x}:{number:x}::1"
        return cls(f"+628{series}{number:08}", address)

    def reach(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url, self.session = url, session

    async def ask(self) -> None:
        await self.told("requestSignInCode", REQUEST, phone=self.number)

    async def sign_in(self, code: str) -> str:
        """The refresh token."""
        said = await self.told("signIn", SIGN_IN, phone=self.number, code=code)
        self.person, self.access_token = said["person"]["id"], said["tokens"]["accessToken"]
        self.refresh_token = str(said["tokens"]["refreshToken"])
        return self.refresh_token

    async def refresh(self, shown: str | None = None) -> str:
        """The next refresh token, for this one or the newest."""
        said = await self.told("refreshSession", REFRESH, shown=shown or self.refresh_token)
        self.refresh_token = str(said["tokens"]["refreshToken"])
        return self.refresh_token

    async def told(self, field_: str, document: str, /, **variables: str) -> Any:
        """The payload. Raises Refused."""
        assert self.session is not None
        began = time.monotonic()
        async with self.session.post(
            f"{self.url}/graphql",
            json={"query": document, "variables": variables},
            headers={"x-forwarded-for": self.address},
        ) as response:
            answer = await response.json()
        self.took_s.setdefault(field_, []).append(time.monotonic() - began)
        for error in answer.get("errors") or ():
            raise Refused(error["extensions"]["code"])
        payload = answer["data"][field_]
        for problem in payload["problems"]:
            raise Refused(problem["code"])
        return payload


async def codes_sent(platform: Installation, phones: Iterable[Phone], within_s: float = 120) -> dict[str, str]:
    """Number -> the newest code that was sent to it; waits until each has one."""
    wanted = [phone.number for phone in phones]
    deadline = time.monotonic() + within_s
    while True:
        rows = await platform.fetch(
            "people",
            """SELECT DISTINCT ON (phone) phone, text FROM messages WHERE phone = ANY($1) AND sent_at IS NOT NULL
               ORDER BY phone, id DESC""",
            wanted,
        )
        if len(rows) == len(wanted):
            return {row["phone"]: _code(row["text"]) for row in rows}
        assert time.monotonic() < deadline, f"{len(wanted) - len(rows)} of {len(wanted)} codes were not sent"
        await asyncio.sleep(0.25)


def _code(text: str) -> str:
    found = CODE.search(text)
    assert found, "no code in the message"
    return found[0]
