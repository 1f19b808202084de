"""The phones of a town: an SMS gateway that hands each message to the phone that it is for."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from infra.local.robots.platform import code_in


@dataclass(slots=True)
class Phones:
    """What came to each phone, in order. As `Messages` of a person, who reads their own."""

    port: int = 0
    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def settings(self) -> dict[str, str]:
        """Of people's worker."""
        return {
            "CODE_CHANNELS": "sms",
            "NOTICE_CHANNELS": "sms",
            "SMS_URL": f"http://127.0.0.1:{self.port}/send",
            "SMS_BODY": '{"to": "{phone}", "text": "{text}", "id": "{id}"}',
            "SMS_HEADERS": '{"content-type": "application/json"}',
            "CHANNEL_PACE_SECONDS": "0",
        }

    async def codes(self, http: aiohttp.ClientSession, phone: str) -> list[tuple[str, str]]:
        found = ((f"{number} {text}", code_in(text)) for number, text in enumerate(self.texts[phone]))
        return [(told, code) for told, code in found if code]

    async def told(self, phone: str, word: str, within_s: float = 30.0) -> str:
        """The newest message to the phone with this word, when it has come. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while True:
                self._came.clear()
                if found := [text for text in self.texts[phone] if word in text]:
                    return found[-1]
                await self._came.wait()

    async def take(self, request: web.Request) -> web.Response:
        message = await request.json()
        self.texts[message["to"]].append(message["text"])
        self._came.set()
        return web.json_response({"id": message["id"]})


@asynccontextmanager
async def phones() -> AsyncIterator[Phones]:
    made = Phones()
    app = web.Application()
    app.router.add_post("/send", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        await runner.cleanup()
