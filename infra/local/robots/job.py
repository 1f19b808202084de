"""One delivery as an ojek company sees it: a fold of what it was told, and the reply that follows from it.

No input or output here. Reply ids are made of the offer's id and the kind of reply, so a robot that starts anew, with
no memory but the topic, sends the very same replies again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from zlib import crc32


class Step(StrEnum):
    """How far the job has come, as replies that were applied say."""

    OFFERED = "OFFERED"
    UNWANTED = "UNWANTED"
    ASSIGNED = "ASSIGNED"
    AT_PICKUP = "AT_PICKUP"
    PICKED_UP = "PICKED_UP"
    AT_DROPOFF = "AT_DROPOFF"
    DELIVERED = "DELIVERED"
    FAILED_ATTEMPT = "FAILED_ATTEMPT"
    RETURNING = "RETURNING"
    ENDED = "ENDED"


# What to tell next, and where the job stands once that is applied.
_NEXT: dict[Step, tuple[str, Step]] = {
    Step.OFFERED: ("accept", Step.OFFERED),  # job_assigned moves it on
    Step.UNWANTED: ("decline", Step.ENDED),
    Step.ASSIGNED: ("arrived.pickup", Step.AT_PICKUP),
    Step.AT_PICKUP: ("picked_up", Step.PICKED_UP),
    Step.PICKED_UP: ("arrived.dropoff", Step.AT_DROPOFF),
    Step.AT_DROPOFF: ("delivered", Step.DELIVERED),
    Step.FAILED_ATTEMPT: ("status.RETURNING", Step.RETURNING),
    Step.RETURNING: ("status.RETURNED", Step.ENDED),
}
_LOCKED: dict[Step, tuple[str, Step]] = {**_NEXT, Step.AT_DROPOFF: ("failed", Step.FAILED_ATTEMPT)}
"""Where no PIN is taken any more the goods go back."""
_LATER = frozenset({"WRONG_ORDER", "RATE_LIMITED"})
_LOST = frozenset({"OFFER_EXPIRED", "OFFER_TAKEN", "OFFER_WITHDRAWN", "NOT_YOUR_JOB"})


@dataclass(frozen=True, slots=True)
class Reply:
    """What the company tells: `type` is the event's, without `partner.` and version."""

    id: str
    type: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Manners:
    """Which offers are not taken: one in so many is declined, of the others one in so many is let expire; 0 is none.

    Told by the offer's id, so that a robot that starts anew means the same of the same offer.
    """

    decline_every: int = 0
    ignore_every: int = 0

    def step(self, offer_id: str) -> Step:
        drawn = crc32(offer_id.encode())
        if self.decline_every and drawn % self.decline_every == 0:
            return Step.UNWANTED
        if self.ignore_every and (drawn >> 8) % self.ignore_every == 0:
            return Step.ENDED
        return Step.OFFERED


_NOT_OURS = (Step.OFFERED, Step.UNWANTED, Step.ENDED)


@dataclass(slots=True)
class Job:
    """Told in order; a repeat changes nothing."""

    id: str
    riders: tuple[str, ...]
    pin: str
    manners: Manners = field(default_factory=Manners)
    step: Step = Step.ENDED
    offer_id: str = ""
    rider_id: str = ""
    cash_to_collect_rupiah: int = 0
    dropoff: dict[str, Any] = field(default_factory=dict)
    pickup: dict[str, Any] = field(default_factory=dict)
    report: Reply | None = None
    trouble: str = ""
    locked: bool = False
    last: int = 0

    def hear(self, sequence: int, event_id: str, kind: str, data: dict[str, Any]) -> bool:
        """Whether anything changed. `kind` is the type without `partner.` and version; unknown ones are ignored."""
        if sequence <= self.last:
            return False
        self.last = sequence
        match kind:
            case "job_offered":
                self._offered(data)
            case "job_assigned":
                if self.step in _NOT_OURS:
                    self.step = Step.ASSIGNED
                self.rider_id = str(data.get("rider_id") or self.rider_id or self._rider())
                self._collect(data)
            case "job_changed":
                self._collect(data)
                self.locked = self.locked or data.get("change") == "PIN_LOCKED"
            case "job_withdrawn":
                if data.get("offer_id") in (None, self.offer_id):
                    self.step = Step.ENDED
            case "report_requested":
                if self.step in _NOT_OURS:
                    return False  # of a job that is not ours there is nothing to report
                status = {"job_id": self.id, "status": self.step.value}
                self.report = Reply(f"{event_id}.status", "status", status)
            case "reply_applied":
                self._applied(str(data.get("reply_id")))
            case "reply_refused":
                self._refused(str(data.get("reply_id")), str(data.get("code")))
            case _:
                return False
        return True

    def next_reply(self) -> Reply | None:
        """What the company should say now; said again until its outcome is heard."""
        if self.report:
            return self.report
        if self.step not in _NEXT or self.trouble:
            return None
        kind = self._ahead[self.step][0]
        return Reply(self._reply_id(kind), kind.partition(".")[0], self._data(kind))

    def position(self) -> dict[str, Any] | None:
        """Where the rider is, roughly; None when nobody rides."""
        match self.step:
            case Step.ASSIGNED | Step.AT_PICKUP:
                return self.pickup or None
            case Step.PICKED_UP | Step.AT_DROPOFF:
                return self.dropoff or None
        return None

    def _offered(self, data: dict[str, Any]) -> None:
        if self.step not in _NOT_OURS:
            return  # an offer for a job that is ours already
        self.offer_id = str(data["offer_id"])
        self.rider_id = self._rider()
        self.cash_to_collect_rupiah = int(data.get("cash_to_collect_rupiah") or 0)
        self.dropoff = dict(data.get("dropoff", {}).get("point") or {})
        pickups = data.get("pickups") or [{}]
        self.pickup = dict(pickups[0].get("point") or {})
        self.step, self.trouble = self.manners.step(self.offer_id), ""

    @property
    def _ahead(self) -> dict[Step, tuple[str, Step]]:
        return _LOCKED if self.locked else _NEXT

    def _collect(self, data: dict[str, Any]) -> None:
        """What is said last is what is to be collected."""
        if data.get("cash_to_collect_rupiah") is not None:
            self.cash_to_collect_rupiah = int(data["cash_to_collect_rupiah"])

    def _rider(self) -> str:
        return self.riders[crc32(self.id.encode()) % len(self.riders)]

    def _reply_id(self, kind: str) -> str:
        return f"{self.offer_id}.{kind}"

    def _data(self, kind: str) -> dict[str, Any]:
        data: dict[str, Any] = {"job_id": self.id}
        match kind:
            case "accept":
                data |= {"offer_id": self.offer_id, "rider_id": self.rider_id}
            case "decline":
                data |= {"offer_id": self.offer_id, "reason": "no rider is free"}
            case "arrived.pickup" | "arrived.dropoff":
                data["at"] = kind.partition(".")[2]
            case "failed":
                data["code"] = "BUYER_UNREACHABLE"
            case "status.RETURNING" | "status.RETURNED":
                data["status"] = kind.partition(".")[2]
            case "delivered":
                data |= {"pin": self.pin, "cash_collected_rupiah": self.cash_to_collect_rupiah}
        return data

    def _applied(self, reply_id: str) -> None:
        if self.report and reply_id == self.report.id:
            self.report = None
        elif self.step in _NEXT and reply_id == self._reply_id(self._ahead[self.step][0]):
            self.step = self._ahead[self.step][1]

    def _refused(self, reply_id: str, code: str) -> None:
        if self.report and reply_id == self.report.id:
            self.report = None
        elif self.step not in _NEXT or reply_id != self._reply_id(self._ahead[self.step][0]):
            return
        elif code == "ALREADY_DONE":
            self.step = self._ahead[self.step][1]
        elif code in _LOST:
            self.step = Step.ENDED
        elif code not in _LATER:
            self.trouble = code  # a robot cannot mend what it says
