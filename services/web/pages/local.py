"""Local mode: whose part to play, with the inbox of what was "sent" beside. No other mode has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec
from starlette.responses import Response

from services.web.app import Web
from services.web.graph import NoAnswer, Trouble
from services.web.session import Tokens, now_s
from services.web.visit import Visit
from services.web.words import N_

_WITHIN = aiohttp.ClientTimeout(total=5)
_PARTS: Mapping[str, tuple[str, str]] = {
    "buyer": (N_("Pembeli"), "/"),
    "merchant": (N_("Penjual"), "/jualan"),
    "rider": (N_("Pengantar"), "/antar"),
    "dispatcher": (N_("Jasa antar"), "/jasa-antar"),
    "officer": (N_("Petugas"), "/petugas"),
    "ops": (N_("Petugas teknis"), "/petugas/kembali"),
}
"""Whom one may be, and the page that they begin at. A dispatcher is somebody with a token like a buyer's."""


TOURED = "tur"
"""The cookie of a browser that has been shown around."""


class Person(msgspec.Struct, frozen=True):
    name: str
    role: str
    works_for: str | None = None

    @property
    def part(self) -> str:
        return "dispatcher" if self.role == "buyer" and self.works_for else self.role


class Message(msgspec.Struct, frozen=True, rename="camel"):
    phone: str
    text: str
    sent_at: str


class Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int


async def show(shared: Web, visit: Visit) -> Response:
    everyone = msgspec.convert(await _asked("GET", f"{shared.settings.sign_in_as_url}/people"), list[Person])
    messages: list[Message] = []
    if shared.settings.inbox_url:
        messages = msgspec.convert(await _asked("GET", shared.settings.inbox_url), list[Message])[:10]
    groups = [(part, title, [each for each in everyone if each.part == part]) for part, (title, _) in _PARTS.items()]
    return visit.page("people.html", groups=groups, messages=messages)


async def toured(visit: Visit) -> Response:
    """The tour was read, or is not wanted."""
    response = visit.go("/")
    response.set_cookie(TOURED, "1", 365 * 86_400, path="/", httponly=True, samesite="lax")
    return response


async def become(shared: Web, visit: Visit) -> Response:
    part = visit.typed("part")
    if part not in _PARTS:
        raise NoAnswer(Trouble.GONE)
    wanted = {"role": "buyer" if part == "dispatcher" else part, "as": visit.typed("name"), "ttl": "8h"}
    token = msgspec.convert(await _asked("POST", f"{shared.settings.sign_in_as_url}/token", wanted), Token)
    visit.session.sign_out()
    visit.session.tokens = Tokens(token.access_token, "", now_s() + token.expires_in)
    return visit.go(_PARTS[part][1], visit.speaking(N_("Anda sudah masuk.")))


async def _asked(method: str, url: str, body: dict[str, str] | None = None) -> Any:
    """Raises NoAnswer."""
    try:
        async with (
            aiohttp.ClientSession(timeout=_WITHIN) as session,
            session.request(method, url, json=body, headers={"accept": "application/json"}) as answer,
        ):
            if answer.status != 200:
                raise NoAnswer(Trouble.GONE)
            return await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise NoAnswer(Trouble.AWAY) from error
