"""What every robot of an ojek company does, whatever the channel: keeps its jobs, and says in time what follows from each.

It knows the partner contract alone (docs/partners.md) and imports nothing of the platform. Settings by environment: PARTNER_ID, RIDERS
(ids, comma between), PLATFORM_URL, CLIENT_ID and CLIENT_SECRET (or TOKEN_URL and TOKEN_AS of the development issuer), PIN, STEP_S,
DECLINE_EVERY, IGNORE_EVERY. A note of the contact that says
PACE=20 has this one order carried with so many seconds between its steps, so that people can watch it.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import os
import re
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from infra.local.robots.job import Job, Manners, Reply, Step
from infra.local.robots.platform import Client, Credentials, Machine, Platform, PlatformError

_log = logging.getLogger("ojek")
_SAY_AGAIN_AFTER_S, _AT_MOST_S = 5.0, 60.0
_CONTACT_TRIES = 5
_CONTACT_AGAIN_AFTER_S = 0.2
_PACE = re.compile(r"\bPACE=(\d{1,3})\b")


class Company:
    """Jobs by id, and when to act on each. Everything here is forgotten at the end: the channel tells it again."""

    def __init__(self, settings: Mapping[str, str], platform: Platform) -> None:
        self.partner_id = settings["PARTNER_ID"]
        self.riders = tuple(settings["RIDERS"].split(","))
        self.pin = settings.get("PIN", "000000")
        self.step_s = float(settings.get("STEP_S", "1"))
        self.manners = Manners(int(settings.get("DECLINE_EVERY", "0")), int(settings.get("IGNORE_EVERY", "0")))
        self.jobs: dict[str, Job] = {}
        self.platform = platform
        self._act_at: dict[str, float] = {}
        self._said: dict[str, tuple[str, float]] = {}  # what was said last of a job, and when it is said again
        self._contact_tries: dict[str, int] = {}
        self._pace_s: dict[str, float] = {}

    def forget(self) -> None:
        self.jobs.clear()
        self._act_at.clear()
        self._said.clear()

    def hear(self, event_id: str, event_type: str, job_id: str, sequence: int, data: dict[str, Any]) -> None:
        kind = event_type.removeprefix("partner.").removesuffix(".v1")
        job = self.jobs.setdefault(job_id, Job(job_id, self.riders, self.pin, self.manners))
        before, reporting = job.step, job.report
        if not job.hear(sequence, event_id, kind, data):
            return
        _log.info("%s heard %s: %s", job_id, kind, job.step)
        if job.trouble:
            _log.error("%s: our reply was refused for good: %s", job_id, job.trouble)
        now = asyncio.get_running_loop().time()
        if kind == "reply_refused" and data.get("code") == "RATE_LIMITED":
            self._act_at[job_id] = now + _SAY_AGAIN_AFTER_S  # hurry would make it worse
        elif job.step is not before or kind == "reply_refused":
            self._act_at[job_id] = now + self._pause_s(job_id)
        elif job.report != reporting:
            self._act_at[job_id] = now
        else:
            self._act_at.setdefault(job_id, now)

    def is_busy(self) -> bool:
        """Whether there is a job of which something is still to be said."""
        return bool(self._act_at)

    async def act(self, tell: Callable[[Job, Reply], Awaitable[None]]) -> None:
        """Say of each job whose time has come what is to be said; it is said again until its outcome is heard."""
        now = asyncio.get_running_loop().time()
        for job_id in [job_id for job_id, at in self._act_at.items() if at <= now]:
            job = self.jobs[job_id]
            reply = job.next_reply()
            if reply is None:
                del self._act_at[job_id]
                self._said.pop(job_id, None)
                continue
            if job.step is Step.ASSIGNED and self._contact_tries.get(job_id, 0) < _CONTACT_TRIES:
                # Ordering may hear of the assignment a moment later than we do.
                self._contact_tries[job_id] = self._contact_tries.get(job_id, 0) + 1
                if not await self._read_contact(job_id, last=self._contact_tries[job_id] == _CONTACT_TRIES):
                    self._act_at[job_id] = now + _CONTACT_AGAIN_AFTER_S * self._contact_tries[job_id]
                    continue
                self._contact_tries[job_id] = _CONTACT_TRIES
                if self._pause_s(job_id) > self.step_s:
                    self._act_at[job_id] = now + self._pause_s(job_id)
                    continue
            self._act_at[job_id] = now + self._again_after_s(job_id, reply.id)
            await tell(job, reply)
            _log.info("%s told %s", job_id, reply.id)

    def _again_after_s(self, job_id: str, reply_id: str) -> float:
        """Twice as long each time: what a platform that is late has not heard yet only grows by what is sent again."""
        said, after_s = self._said.get(job_id, ("", 0.0))
        again_after_s = min(2 * after_s, _AT_MOST_S) if said == reply_id else _SAY_AGAIN_AFTER_S
        self._said[job_id] = (reply_id, again_after_s)
        return again_after_s

    def _pause_s(self, job_id: str) -> float:
        """As the platform's other jobs, unless the buyer asked for a slower pace."""
        return max(self.step_s, self._pace_s.get(job_id, 0.0))

    async def _read_contact(self, job_id: str, *, last: bool) -> bool:
        """Whom to bring it to; False when it is to be asked again. A real company would show it to its rider; it is never logged."""
        try:
            status, said = await self.platform.get(f"/partner/v1/jobs/{job_id}/contact")
        except PlatformError as problem:
            _log.warning("%s: no contact: %s", job_id, problem)
            return last
        if status != 200 and last:
            _log.warning("%s: no contact: status %s", job_id, status)
        if status == 200 and (asked := _PACE.search(said["dropoff"]["note"] or "")):
            self._pace_s[job_id] = float(asked[1])
        return status == 200 or last

    def attributes(self, event_id: str, kind: str, job_id: str) -> dict[str, str]:
        """CloudEvents 1.0, but for the data."""
        return {
            "specversion": "1.0",
            "id": event_id,
            "type": f"partner.{kind}.v1",
            "source": f"/partners/{self.partner_id}",
            "subject": job_id,
            "time": now_text(),
        }


def now_text() -> str:
    now = datetime.datetime.now(datetime.UTC)
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _credentials(settings: Mapping[str, str]) -> Credentials:
    if client := settings.get("CLIENT_ID"):
        return Client(settings["PLATFORM_URL"].rstrip("/"), client, settings["CLIENT_SECRET"])
    return Machine(settings["TOKEN_URL"], "partner", settings["TOKEN_AS"])


async def run(settings: Mapping[str, str], work: Callable[[Platform], Awaitable[None]]) -> None:
    """Work until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
    async with Platform(settings["PLATFORM_URL"], _credentials(settings)) as platform:
        working = asyncio.ensure_future(work(platform))
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        if working in done and not working.cancelled():
            working.result()


def main(work: Callable[[Mapping[str, str], Platform], Awaitable[None]]) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings = os.environ
    asyncio.run(run(settings, lambda platform: work(settings, platform)))
