"""One run over one stack: its load, its foreign partner, and what was found wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from infra.local.people import partner_id
from tests.compose.load import Load
from tests.compose.partner import Listener
from tests.compose.stack import Stack
from tests.slow.chaos.evidence import Evidence

_PARTNER = "ojek-semeru"


@dataclass(slots=True)
class Run:
    stack: Stack
    load: Load
    said: Callable[[str], None]
    wrong: list[str]
    listener: Listener | None = None
    _listening: asyncio.Task[None] | None = None
    before: Path | None = None
    """The compose file of the image that is upgraded from, when that is to be done."""

    def listen(self) -> Listener:
        if self.listener is None:
            self.listener = Listener(self.stack.partner(_PARTNER))
            self._listening = asyncio.create_task(self.listener.listen())
        return self.listener

    async def close(self) -> None:
        with suppress(Exception):
            await self.load.end()
        if self._listening:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        self.load.history.close()

    async def judge(self) -> Evidence:
        """Nobody orders any more; quiet, evidence, the checker's verdict, and what the foreign partner heard beside what it was told."""
        verdict = await self.load.verdict()
        self.wrong += verdict.wrong
        self.said(str(verdict))
        if self.listener:
            await self._judge_listener(self.listener)
        return verdict.evidence

    async def _judge_listener(self, listener: Listener) -> None:
        topic = f"partner.{partner_id(_PARTNER)}.jobs.v1"
        rows = await self.stack.fetch(
            "delivery",
            "SELECT aggregate, max(aggregateseq) AS last, max(epoch) AS epoch FROM outbox_archive WHERE topic = $1 GROUP BY 1",
            topic,
        )
        told = {row["aggregate"].rpartition(":")[2]: row["last"] for row in rows}
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and any(  # noqa: ASYNC110
            listener.last.get(job, (0, 0))[1] < last for job, last in told.items()
        ):
            await asyncio.sleep(0.2)  # the partner reads on by itself
        missed = [f"{job} to {last}" for job, last in told.items() if listener.last.get(job, (0, 0))[1] != last]
        twice = [f"{place}" for place, times in listener.applied.items() if times > 1]
        self.said(
            f"foreign partner: {len(told)} jobs, {sum(listener.applied.values())} events took effect, {listener.repeats} repeats dropped, "
            f"{listener.logs} logs read; missed {len(missed)}, twice {len(twice)}, out of order {len(listener.early)}"
        )
        self.wrong += [f"the partner missed {each}" for each in missed]
        self.wrong += [f"the partner applied {each} twice" for each in twice]
        self.wrong += [f"the partner heard {each}" for each in listener.early]
