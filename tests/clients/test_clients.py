"""Each client asks, writes, follows an order, and lives through a restart of the gateway and the end of its token."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.clients.client import Client, client
from tests.e2e.caller import calling
from tests.e2e.installation import Installation

# New requests may come for 60 s after a token's end; what is open ends with it.
SHORT_S = 8.0


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", ["apollo", "urql", "relay"])
async def test_a_client_asks_writes_follows_and_survives_a_restart_and_its_tokens_end(
    platform: Installation, request: pytest.FixtureRequest, name: str
) -> None:
    arguments: list[str] = []
    if name == "relay":
        artifacts: Path = request.getfixturevalue("relay_artifacts")
        arguments.append(str(artifacts))
    buyer = Tokens(platform)
    order = await placed(platform, buyer.subject)
    async with client(f"{name}.mjs", platform.url, order["id"], *arguments, token=buyer.token) as it:
        await asks_and_writes(it)
        first = await it.until("next")
        assert (first["id"], first["status"]) == (order["id"], "CONFIRMED")

        buyer.short = True
        os.kill(platform.pid("gateway"), signal.SIGTERM)
        assert await it.until("closed") == 1012
        # A new connection with a new token, and the present state first.
        assert (await it.until("next"))["version"] >= first["version"]

        assert await it.until("closed") == 4403
        assert it.latest["reason"] == "TOKEN_EXPIRED"
        buyer.short = False
        present = await it.until("next")
        assert present["version"] >= first["version"]
        await cancels(it, present["version"])
        assert not [message for message in it.said if "error" in message], it.said
        # Once it has ended, and then only, the subscription is complete.
        last = next(n for n, message in enumerate(it.said) if message.get("next", {}).get("status") == "CANCELLED")
        assert not [message for message in it.said[:last] if "complete" in message], it.said


@pytest.mark.timeout(180)
async def test_graphql_sse_asks_writes_follows_and_survives_a_restart_and_its_tokens_end(
    platform: Installation,
) -> None:
    buyer = Tokens(platform)
    order = await placed(platform, buyer.subject)
    async with client("sse.mjs", platform.url, order["id"], token=buyer.token) as it:
        await asks_and_writes(it)
        first = await it.until("next")
        asked = len(it.asked)
        buyer.short = True
        os.kill(platform.pid("gateway"), signal.SIGTERM)
        await it.until("next", lambda _: len(it.asked) > asked)
        assert await it.until("next", lambda value: "failed" in value) == {"failed": "TOKEN_EXPIRED"}
        buyer.short = False
        present = await it.until("next")
        assert present["version"] >= first["version"]
        await cancels(it, present["version"])
        assert not [message for message in it.said if "error" in message], it.said
        # Once it has ended, and then only, the subscription is complete.
        last = next(n for n, message in enumerate(it.said) if message.get("next", {}).get("status") == "CANCELLED")
        assert not [message for message in it.said[:last] if "complete" in message], it.said


class Tokens:
    """A buyer of the test's own. While `short`, a new connection's token ends soon; single requests get a long one."""

    def __init__(self, platform: Installation) -> None:
        self.subject = f"test|{secrets.token_hex(8)}"
        self.short = False
        self._platform = platform

    def token(self, kind: str) -> str:
        short = self.short and kind == "socket"
        return self._platform.token("buyer", self.subject, expires_in_s=SHORT_S if short else 3600)


async def placed(platform: Installation, subject: str) -> dict[str, Any]:
    """An order that is confirmed and goes no further: nobody rides."""
    await platform.whole()
    async with calling(platform, "buyer", subject) as buyer:
        bunch = await buyer.find("bayam", "ikat")
        order = await buyer.place((bunch["id"], 1))
        await buyer.until(order["id"], "CONFIRMED")
        return order


async def asks_and_writes(it: Client) -> None:
    found = await it.until("query")
    assert len(found) == len(set(found)) == 6, found
    assert await it.until("mutation") == "Rumah"


async def cancels(it: Client, version: int) -> None:
    """The change comes over the connection that was taken up again, and the client's cache has it."""
    it.command("cancel")
    assert await it.until("cancelled") == []
    changed = it.seen("next", lambda value: value.get("status") == "CANCELLED")
    changed = changed or [await it.until("next", lambda value: value.get("status") == "CANCELLED")]
    assert changed[0]["version"] > version
    it.command("end")
    cache = await it.until("cache")
    assert cache["status"] == "CANCELLED"
    assert cache["version"] > version
    async with asyncio.timeout(90):
        assert await it.process.wait() == 0
