"""Providers of messages that one can make do anything: HTTP and SMTP servers on loopback, told what to answer next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from infra.local.free_ports import free_port
from services.contracts.amounts import Language
from services.people.messages.port import Message, Subscription

NOW = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)


def a_message(
    *,
    code: str | None = "481516",
    text: str = "Kode Anda 481516.",
    phone: str | None = "+6281234567890",
    language: Language = Language.ID,
    subscriptions: tuple[Subscription, ...] = (),
    number: int = 7,
) -> Message:
    return Message(
        id=UUID(int=number),
        kind="code" if code else "order_placed",
        language=language,
        text=text,
        asked_at=NOW,
        expires_at=NOW + timedelta(minutes=5),
        phone=phone,
        code=code,
        subscriptions=subscriptions,
    )


@dataclass(frozen=True)
class Heard:
    """A request that came in."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass(frozen=True)
class Says:
    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Silent:
    """Takes the request, and never answers."""


@dataclass(frozen=True)
class Resets:
    """Takes the request, and breaks the line."""


@dataclass(frozen=True)
class Endless:
    """Answers, and does not stop."""


Deed = Says | Silent | Resets | Endless


class FakeProvider:
    """Does `deeds` one after another, the last of them for ever; `deed` may decide by the request instead."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.heard: list[Heard] = []
        self.deeds: list[Deed] = [Says()]
        self.decide: Callable[[Heard], Deed] | None = None
        self.released = asyncio.Event()

    def next(self, heard: Heard) -> Deed:
        if self.decide is not None:
            return self.decide(heard)
        return self.deeds.pop(0) if len(self.deeds) > 1 else self.deeds[0]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard = await _request(reader)
            self.heard.append(heard)
            await self._do(self.next(heard), writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _do(self, deed: Deed, writer: asyncio.StreamWriter) -> None:
        match deed:
            case Says(status, body, headers):
                said = {"Content-Length": str(len(body)), "Connection": "close", **headers}
                head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
                writer.write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body)
                await writer.drain()
            case Silent():
                await self.released.wait()
            case Resets():
                writer.transport.abort()
            case Endless():
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
                while not self.released.is_set():
                    writer.write(b"x" * 16_384)
                    await writer.drain()


async def _request(reader: asyncio.StreamReader) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Heard(method, target, headers, body)


@asynccontextmanager
async def a_provider() -> AsyncIterator[FakeProvider]:
    port = free_port()
    made = FakeProvider(port)
    server = await asyncio.start_server(made.serve, "127.0.0.1", port)
    try:
        yield made
    finally:
        made.released.set()
        server.close()


class FakeMailServer:
    """An SMTP server. `replies` gives another answer to a verb (`RCPT`, `DATA`, `.` for the end of the mail); None breaks the line, and
    an empty answer is none at all."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.replies: dict[str, str | None] = {}
        self.mails: list[str] = []
        self.released = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        usual = {"": "220 here", "EHLO": "250 here", "DATA": "354 go on", "QUIT": "221 bye"}
        try:
            verb = ""
            while True:
                reply = self.replies.get(verb, usual.get(verb, "250 well"))
                if reply is None:
                    writer.transport.abort()
                    return
                if reply == "":
                    await self.released.wait()
                    return
                writer.write(f"{reply}\r\n".encode())
                await writer.drain()
                if verb == "DATA" and reply.startswith("354"):
                    self.mails.append((await reader.readuntil(b"\r\n.\r\n")).decode())
                    verb = "."
                    continue
                line = await reader.readline()
                if not line:
                    return
                verb = line.decode().split()[0].upper()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def a_mail_server() -> AsyncIterator[FakeMailServer]:
    port = free_port()
    made = FakeMailServer(port)
    server = await asyncio.start_server(made.serve, "127.0.0.1", port)
    try:
        yield made
    finally:
        made.released.set()
        server.close()
