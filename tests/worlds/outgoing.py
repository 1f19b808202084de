"""Messages that are to be sent: rows as their writers leave them, and channels that do what a test says."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from services.contracts.amounts import Language
from services.contracts.people import PersonId
from services.kit.database.db import Database, Row
from services.people.domain.ids import MessageId
from services.people.domain.sending import Receipts
from services.people.messages import sender
from services.people.messages.port import ChannelName, Message, NotSent, Sent
from services.people.messages.sender import Lane, Pace

PHONE = "+6281234567890"


@dataclass
class Scripted:
    """A channel: raises or answers what is in `deeds`, the last of them for ever; `held` keeps every message until it is set."""

    name: ChannelName
    deeds: list[NotSent | Sent | Exception] = field(default_factory=lambda: [Sent("ref")])
    sent: list[Message] = field(default_factory=list)
    held: asyncio.Event | None = None

    async def send(self, message: Message) -> Sent:
        self.sent.append(message)
        if self.held is not None:
            await self.held.wait()
        deed = self.deeds.pop(0) if len(self.deeds) > 1 else self.deeds[0]
        if isinstance(deed, Sent):
            return deed
        raise deed

    async def close(self) -> None:
        pass


@dataclass
class Post:
    """The database, and what a worker does with it a step at a time."""

    db: Database
    codes: tuple[ChannelName, ...] = (ChannelName.WHATSAPP, ChannelName.SMS)
    notices: tuple[ChannelName, ...] = (ChannelName.WHATSAPP, ChannelName.SMS)
    receipts: Receipts = field(default_factory=Receipts)

    async def person(self, phone: str | None = PHONE, language: Language = Language.ID) -> PersonId:
        person_id = PersonId.new()
        async with self.db.acquire() as conn:
            await conn.execute(
                "INSERT INTO person (id, language, registered_at, seen_at) VALUES ($1, $2, wlijo_now(), wlijo_now())",
                person_id,
                language,
            )
        if phone:
            await self.give_number(person_id, phone)
        return person_id

    async def give_number(self, person_id: PersonId, phone: str) -> None:
        async with self.db.acquire() as conn:
            await conn.execute(
                """INSERT INTO phone (number, person_id, since) VALUES ($1, $2, wlijo_now())
                   ON CONFLICT (number) DO UPDATE SET person_id = excluded.person_id""",
                phone,
                person_id,
            )

    async def write(
        self,
        kind: str = "sign_in_code",
        *,
        phone: str | None = PHONE,
        person_id: PersonId | None = None,
        lives_s: int = 300,
        text: str = "Kode 481516",
    ) -> MessageId:
        message_id = MessageId.new()
        async with self.db.acquire() as conn:
            await conn.execute(
                """INSERT INTO messages (id, phone, kind, language, text, code, created_at, expires_at, not_before, person_id)
                   VALUES ($1, $2, $3, 'id', $4, $5, wlijo_now(), wlijo_now() + $6 * interval '1 second', wlijo_now(), $7)""",
                message_id,
                phone,
                kind,
                text,
                "481516" if kind.endswith("_code") else None,
                lives_s,
                person_id,
            )
        return message_id

    async def step(self, *channels: Scripted, pace: Pace = Pace(of_number_s=0)) -> None:
        """Give out, send what is due by each of these, and wait for what comes of it."""
        await sender.pass_on(self.db)
        await sender.end_late(self.db)
        await sender.give_out(self.db, self.codes, self.notices)
        for each in channels:
            lane = Lane(each, self.db, pace, self.receipts)
            await lane.start_due()
            await lane.drain()

    async def row(self, id: MessageId) -> Row:
        async with self.db.acquire() as conn:
            found = await conn.fetchrow(
                """SELECT *, round(extract(epoch FROM not_before - wlijo_now()))::int AS pause_s,
                          leased_until > wlijo_now() AS is_held FROM messages WHERE id = $1""",
                id,
            )
        assert found
        return found

    async def move_clock(self, seconds: float) -> None:
        async with self.db.acquire() as conn:
            await conn.execute(
                """INSERT INTO clock_shift (shift) VALUES ($1)
                   ON CONFLICT (only_row) DO UPDATE SET shift = clock_shift.shift + excluded.shift""",
                timedelta(seconds=seconds),
            )
