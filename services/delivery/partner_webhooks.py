"""The worker's loops over companies' webhooks: each is sent to in a lane of its own, and is late alone."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import aiohttp
from prometheus_client import Counter

from services.contracts.delivery import PartnerId
from services.contracts.partner import JobOffered
from services.delivery.commands import partners
from services.delivery.domain import webhook
from services.delivery.domain.webhook import (
    FAILURES_TO_REST,
    KEPT_DAYS,
    MAX_ANSWER,
    MOST_WAITING,
    TIMEOUT_S,
    TOLD_AFTER_S,
    Attempt,
    Message,
    PausedBy,
    Webhook,
    WebhookId,
)
from services.delivery.partner_feed import Feed
from services.delivery.store import partners as stored
from services.delivery.store import webhooks
from services.delivery.store.webhooks import NEW, New
from services.kit import tasks
from services.kit.database import fair
from services.kit.database.db import TRANSIENT, Database, Transaction, reason, transaction
from services.kit.database.live import Live
from services.kit.http.outward import AddressRefused, connector
from services.kit.ids import EventId
from services.kit.messaging.envelope import Envelope, Malformed, decode
from services.kit.observe import telemetry
from services.kit.process.service import Worker
from services.kit.secret import Secret

_log = logging.getLogger(__name__)
ATTEMPTS = Counter(
    "wlijo_partner_webhook_attempts_total",
    "Requests to companies' webhooks, by what they came to",
    ("outcome",),
    registry=telemetry.REGISTRY,
)
_HELD_S: Final = 20.0
_LOOK_S: Final = 5.0
# News wakes a lane; without any it looks so often.
_IDLE_S: Final = 15.0
_AGAIN_S: Final = 1.0
_FORGET_AT_ONCE: Final = 500
_FORGET_EVERY_S: Final = 600.0
_AGENT: Final = "Wlijo-Webhooks/1"


class Sender:
    """Posts to addresses that companies have named. Not redirected, not awaited for long, and of an answer little is read."""

    def __init__(self, *, near: bool = False, timeout_s: float = TIMEOUT_S) -> None:
        self._near = near
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=min(5.0, timeout_s))
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Attempt:
        began = time.monotonic()

        def took() -> int:
            return int((time.monotonic() - began) * 1_000)

        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=connector(allow_loopback=self._near),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                trust_env=False,
                auto_decompress=False,
            )
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                excerpt = await _excerpt(response)
                status = response.status
                error = None if 200 <= status < 300 else _wrong(status)
                return Attempt(took(), status, error, excerpt, _retry_after_s(response))
        except TimeoutError:
            return Attempt(took(), None, f"no answer within {self._timeout.total:g} s")
        except aiohttp.ClientConnectorError as failed:
            if isinstance(failed.os_error, AddressRefused):
                return Attempt(took(), None, f"not connected: {failed.os_error}")
            return Attempt(took(), None, f"not connected: {type(failed.os_error).__name__}")
        except (aiohttp.ClientError, OSError, ValueError) as failed:
            return Attempt(took(), None, f"broken off: {type(failed).__name__}")


def _wrong(status: int) -> str:
    if 300 <= status < 400:
        return f"status {status}: redirects are not followed; enter the address that answers"
    return f"status {status}"


async def _excerpt(response: aiohttp.ClientResponse) -> str:
    """Of the little that is read; that more comes, or comes slowly, changes nothing."""
    read = b""
    with suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(1.0):
            while len(read) < MAX_ANSWER and (more := await response.content.read(MAX_ANSWER - len(read))):
                read += more
    text = read[:MAX_ANSWER].decode("utf-8", "replace")[: webhook.MAX_EXCERPT * 2]
    return "".join(each if each.isprintable() else " " for each in text)[: webhook.MAX_EXCERPT]


def _retry_after_s(response: aiohttp.ClientResponse) -> float | None:
    said = response.headers.get("retry-after", "")
    return float(said) if said.isascii() and said.isdecimal() and len(said) < 7 else None


class Lane:
    """One company's: at most AT_ONCE requests at a time, of each job one after another."""

    def __init__(
        self,
        db: Database,
        live: Live,
        feed: Feed,
        sender: Sender,
        key: Secret | None,
        holder: UUID,
        webhook_id: WebhookId,
        partner_id: PartnerId,
        *,
        clock: Callable[[], float] = time.time,  # noqa: TID251  receivers judge a signature by the wall clock
    ) -> None:
        self._db = db
        self._live = live
        self._feed = feed
        self._sender = sender
        self._key = key
        self._holder = holder
        self._id = webhook_id
        self._partner_id = partner_id
        self._clock = clock
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._posting: set[str] = set()

    async def run(self) -> None:
        """Until cancelled, which breaks off what is under way, or until there is nothing to send to any more."""
        fair.speak_for(str(self._partner_id))
        with self._live.watching(str(self._partner_id)) as news:
            try:
                while (wait_s := await self._round(news)) is not None:
                    waiting = tasks.start(news.wait(), "news")
                    try:
                        await asyncio.wait(
                            {waiting, *self._under_way.values()},
                            timeout=wait_s,
                            return_when=asyncio.FIRST_COMPLETED,
                        )
                    finally:
                        waiting.cancel()
            finally:
                # What was posted is settled to the end.
                for subject in self._posting:
                    self._under_way[subject].cancel()
                if self._under_way:
                    await asyncio.wait(self._under_way.values())

    async def _round(self, news: asyncio.Event) -> float | None:
        """For how long there is nothing to do; None: for ever."""
        self._under_way = {subject: task for subject, task in self._under_way.items() if not task.done()}
        news.clear()
        try:
            async with self._db.acquire() as conn:
                found = await webhooks.sending(conn, self._id, self._holder)
            if found is None:
                return None
            there, read_to, waiting, rests_s, both = found
            more = waiting < MOST_WAITING and await self._take_in(read_to)
            async with self._db.acquire() as conn:
                await webhooks.expire(conn, self._id)
                if rests_s > 0:
                    return min(rests_s, _IDLE_S)
                room = webhook.room(there.failures) - len(self._under_way)
                if room <= 0:
                    return _IDLE_S
                ready, next_s = await webhooks.due(conn, self._id, room, self._under_way)
        except TRANSIENT as error:
            _log.warning("a webhook is not sent now: %s", reason(error))
            return _AGAIN_S
        for message in ready:
            self._under_way[message.subject] = tasks.start(self._send(there, message, both), "a webhook")
        if more:
            return 0.0
        return min(_IDLE_S if next_s is None else next_s, _IDLE_S)

    async def _take_in(self, read_to: str) -> bool:
        """Whether there may be more."""
        page = await self._feed.read(self._partner_id, read_to, 0)
        if not page.events:
            return False
        told = [_new(event, place) for event, place in zip(page.events, page.places, strict=True)]
        async with transaction(self._db) as conn:
            return await webhooks.take_in(conn, self._id, self._holder, told, page.cursor)

    async def _send(self, there: Webhook, message: Message, both: bool) -> None:
        try:
            async with self._db.acquire() as conn:
                event = await webhooks.content(conn, message.place, message.event_id)
            if event is None:
                attempt = Attempt(0, None, "what was told is kept no longer")
            else:
                self._posting.add(message.subject)
                try:
                    attempt = await self._post(there, event, both)
                finally:
                    self._posting.discard(message.subject)
            ATTEMPTS.labels("sent" if attempt.done else "failed").inc()
            async with transaction(self._db) as conn:
                next_s = None if attempt.done else webhook.pause_s(message.attempts + 1, attempt.retry_after_s)
                # The webhook before its messages, as by who changes its address.
                news = await (webhooks.worked(conn, self._id) if attempt.done else self._failed(conn, attempt))
                await webhooks.settle(conn, self._id, message, attempt, next_s=next_s)
            if news:
                await self._tell()
        except TRANSIENT as error:
            _log.warning("what became of a webhook is not kept: %s", reason(error))
            await asyncio.sleep(_AGAIN_S)  # it is sent again, and its receiver knows it by its id

    async def _post(self, there: Webhook, event: Envelope, both: bool) -> Attempt:
        body = event.structured()
        numbers = [there.secret, there.secret - 1] if both else [there.secret]
        secrets = [webhook.secret(self._key, self._id, each) for each in numbers]
        at_s = int(self._clock())
        headers = {
            "content-type": "application/cloudevents+json",
            "user-agent": _AGENT,
            "webhook-id": event.id,
            "webhook-timestamp": str(at_s),
            "webhook-signature": webhook.signature(secrets, event.id, at_s, body),
        }
        return await self._sender.post(there.url, headers, body)

    async def _failed(self, conn: Transaction, attempt: Attempt) -> bool:
        """Whether its people are to be told."""
        if attempt.gone:
            await webhooks.pause(conn, self._id, PausedBy.ENDPOINT)
            return True
        failures, for_s, was_told = await webhooks.failed(conn, self._id)
        if (rest_s := webhook.rest_s(failures)) is not None:
            await webhooks.rest(conn, self._id, rest_s)
        return failures >= FAILURES_TO_REST and for_s >= TOLD_AFTER_S and not was_told

    async def _tell(self) -> None:
        """That nothing gets through, or that something does again. The company is held first, as by everybody."""
        async with transaction(self._db) as conn:
            if await stored.lock(conn, self._partner_id) and await webhooks.note_told(conn, self._id, TOLD_AFTER_S):
                await partners.tell(conn, self._partner_id)


class Lanes:
    """Those of this worker. Each webhook is held by one worker at a time; one that has ended is taken over once its word is over."""

    def __init__(self, db: Database, live: Live, sender: Sender, key: Secret | None) -> None:
        self._db = db
        self._live = live
        self._sender = sender
        self._key = key
        self._holder = EventId.new().uuid
        self._running: dict[WebhookId, asyncio.Task[None]] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        feed = Feed(self._db, self._live, settle_s=0.5)
        with self._live.watching(NEW) as new:
            try:
                while not stopping.is_set():
                    new.clear()
                    try:
                        await self._look(feed)
                    except TRANSIENT as error:
                        _log.warning("webhooks are not looked for now: %s", reason(error))
                    await tasks.pause(_LOOK_S, new, stopping)
            finally:
                for each in [*self._running.values()]:
                    await tasks.stop(each)
                with suppress(*TRANSIENT):
                    async with self._db.acquire() as conn:
                        await webhooks.let_go(conn, self._holder)

    async def _look(self, feed: Feed) -> None:
        async with self._db.acquire() as conn:
            held = await webhooks.hold(conn, self._holder, _HELD_S)
        self._running = {each: task for each, task in self._running.items() if not task.done()}
        for webhook_id, partner_id in held:
            if webhook_id not in self._running:
                lane = Lane(self._db, self._live, feed, self._sender, self._key, self._holder, webhook_id, partner_id)
                self._running[webhook_id] = tasks.start(lane.run(), f"webhook of {partner_id}")


def _new(event: Envelope, place: int) -> New:
    return New(EventId.parse(event.id), place, event.seq, event.aggregate, event.type, event.time, _until(event))


def _until(event: Envelope) -> datetime:
    """An offer is of no use once it has ended; of all else the company shall hear for as long as it can be read."""
    if event.type == JobOffered.type:
        with suppress(Malformed):
            return decode(JobOffered, event.data).expires_at
    return event.time + timedelta(days=KEPT_DAYS)


async def send_webhooks(worker: Worker) -> None:
    """Until the worker stops."""
    sender, live = Sender(near=worker.settings.near_webhooks()), Live(worker.db)
    try:
        async with tasks.running(live.run(), "webhooks: news"):
            await Lanes(worker.db, live, sender, worker.settings.trips.handover_pin_key).run(worker.stopping)
    finally:
        await sender.close()


async def forget_messages(worker: Worker) -> None:
    while not worker.stopping.is_set():
        try:
            async with worker.db.acquire() as conn:
                forgotten = await webhooks.forget(conn, _FORGET_AT_ONCE)
        except TRANSIENT as error:
            _log.warning("webhooks' log is not forgotten now: %s", reason(error))
            forgotten = 0
        if forgotten < _FORGET_AT_ONCE:
            await tasks.pause(_FORGET_EVERY_S, worker.stopping)
