"""The robot of an ojek company that has HTTP alone: reads its events from a cursor on and posts its replies. No Kafka.

Settings by environment as in company.py. One offer in DECLINE_EVERY is declined and one in IGNORE_EVERY is let expire (0: none), told
by the offer's id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from infra.local.robots.company import Company, main
from infra.local.robots.job import Job, Reply
from infra.local.robots.platform import Platform, PlatformError

_log = logging.getLogger("ojek")
_WAIT_S = 10  # less than the platform's client waits for an answer
_TICK_S = 0.1
_PAUSE_S = 1.0


class HttpOjek(Company):
    """Outcomes are taken from the events, where they come in order; the answer to a post says the same."""

    async def work(self) -> None:
        """Until cancelled."""
        await asyncio.gather(self._listen(), self._speak())

    async def _listen(self) -> None:
        cursor, epoch = "", 0
        while True:
            try:
                status, said = await self.platform.get(f"/partner/v1/events?after={quote(cursor)}&wait={_WAIT_S}")
            except PlatformError as problem:
                _log.warning("no events: %s", problem)
                await asyncio.sleep(_PAUSE_S)
                continue
            if status != 200:
                _log.warning("no events: status %s, %s", status, said)
                await asyncio.sleep(_PAUSE_S)
                continue
            newest = max([epoch, *(int(event.get("epoch", 1)) for event in said["events"])])
            if 0 < epoch < newest:
                _log.warning("the platform was restored from a backup: reading from the beginning")
                self.forget()
                cursor, epoch = "", newest
                continue
            for event in said["events"]:
                self._take(event)
            cursor, epoch = str(said["cursor"]), newest

    def _take(self, event: dict[str, Any]) -> None:
        try:
            data = event["data"]
            job_id = str(data.get("job_id") or event["subject"])
            self.hear(str(event["id"]), str(event["type"]), job_id, int(event["aggregateseq"]), data)
        except (KeyError, ValueError, TypeError, AttributeError) as problem:
            _log.error("unreadable event %s: %r", event.get("id"), problem)

    async def _speak(self) -> None:
        while True:
            try:
                await self.act(self._tell)
            except PlatformError as problem:
                _log.warning("a reply was not answered: %s", problem)
            await asyncio.sleep(_TICK_S)

    async def _tell(self, job: Job, reply: Reply) -> None:
        event = {**self.attributes(reply.id, reply.type, job.id), "data": reply.data}
        status, said = await self.platform.post("/partner/v1/replies", event)
        if status != 200:
            _log.warning("%s: status %s, %s", reply.id, status, said)


async def _work(settings: Mapping[str, str], platform: Platform) -> None:
    await HttpOjek(settings, platform).work()


if __name__ == "__main__":
    main(_work)
