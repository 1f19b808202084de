"""Whether a company did with a test job what it is for: what was expected, what came, and in words what to do about the difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from services.contracts.partner import (
    JobAssigned,
    JobChange,
    JobChanged,
    JobOffered,
    JobWithdrawn,
    RefusalCode,
    ReplyApplied,
    ReplyRefused,
    ReportRequested,
    WithdrawnReason,
)
from services.delivery.domain.rehearsal import TestScenario
from services.delivery.domain.trip import TERMINAL, DeliveryStatus

CROSSED: Final = timedelta(seconds=15)
"""What was under way while a job was withdrawn is nobody's mistake."""
REPORT_WITHIN: Final = timedelta(seconds=60)

_S = DeliveryStatus


@dataclass(frozen=True, slots=True)
class Offered:
    state: str
    offered_at: datetime
    expires_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Came:
    """One thing that the company was told. Of the outcome of a reply, `reply_type` is the reply's."""

    at: datetime
    type: str
    data: Mapping[str, Any]
    reply_type: str | None = None


@dataclass(frozen=True, slots=True)
class Course:
    status: DeliveryStatus
    requested_at: datetime
    now: datetime
    cash_to_collect_rupiah: int
    cash_collected_rupiah: int | None
    offers: Sequence[Offered]
    steps: Sequence[tuple[datetime, DeliveryStatus]]
    came: Sequence[Came]

    @property
    def is_over(self) -> bool:
        return self.status in TERMINAL

    def first(self, type: str, **data: Any) -> Came | None:
        return next(
            (
                each
                for each in self.came
                if each.type == type and all(each.data.get(name) == value for name, value in data.items())
            ),
            None,
        )

    def outcomes(self) -> Iterator[Came]:
        return (each for each in self.came if each.type in (ReplyApplied.type, ReplyRefused.type))


class TestExpectation(StrEnum):
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    PLAYED = "PLAYED"
    DELIVERED = "DELIVERED"
    BROUGHT_BACK = "BROUGHT_BACK"
    DELIVERED_OR_BROUGHT_BACK = "DELIVERED_OR_BROUGHT_BACK"
    LET_GO = "LET_GO"
    CASH_AS_ASKED = "CASH_AS_ASKED"
    REPORTED = "REPORTED"
    NOTHING_REFUSED = "NOTHING_REFUSED"


class TestVerdict(StrEnum):
    RUNNING = "RUNNING"
    PASSED = "PASSED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Finding:
    """`met` is None while it is not yet known. `detail` is English, for who builds the company's system."""

    expected: TestExpectation
    met: bool | None
    detail: str | None = None


_BACK_OR_DONE = frozenset({_S.DELIVERED, _S.RETURNED, _S.DISPOSED})
_ENDS: Final[Mapping[TestExpectation, frozenset[DeliveryStatus]]] = {
    TestExpectation.DELIVERED: frozenset({_S.DELIVERED}),
    TestExpectation.BROUGHT_BACK: frozenset({_S.RETURNED, _S.DISPOSED}),
    TestExpectation.DELIVERED_OR_BROUGHT_BACK: _BACK_OR_DONE,
    TestExpectation.LET_GO: frozenset({_S.CANCELLED}),
}
_END_OF: Final[Mapping[TestScenario, TestExpectation]] = {
    TestScenario.CANCELLED_AT_ONCE: TestExpectation.LET_GO,
    TestScenario.CANCELLED_BEFORE_PICKUP: TestExpectation.LET_GO,
    TestScenario.HAZARD_BEFORE_PICKUP: TestExpectation.LET_GO,
    TestScenario.CANCELLED_ON_THE_WAY: TestExpectation.DELIVERED_OR_BROUGHT_BACK,
    TestScenario.HAZARD: TestExpectation.DELIVERED_OR_BROUGHT_BACK,
    TestScenario.PIN_LOCKED: TestExpectation.BROUGHT_BACK,
}


_PLAYED: Final[Mapping[TestScenario, tuple[str, str | None, str]]] = {
    TestScenario.CASH_CHANGED: (JobChanged.type, JobChange.CASH_CHANGED, "as you take it"),
    TestScenario.STOP_LEFT_OUT: (JobChanged.type, JobChange.STOP_LEFT_OUT, "as you take it"),
    TestScenario.CANCELLED_AT_ONCE: (JobWithdrawn.type, WithdrawnReason.ORDER_CANCELLED, "a second after the offer"),
    TestScenario.CANCELLED_BEFORE_PICKUP: (JobWithdrawn.type, WithdrawnReason.ORDER_CANCELLED, "as you take it"),
    TestScenario.CANCELLED_ON_THE_WAY: (JobChanged.type, JobChange.ORDER_CANCELLED, "at your picked_up"),
    TestScenario.PIN_LOCKED: (JobChanged.type, JobChange.PIN_LOCKED, "at your picked_up"),
    TestScenario.HAZARD: (JobChanged.type, JobChange.AREA_CLOSED, "at your picked_up"),
    TestScenario.HAZARD_BEFORE_PICKUP: (JobWithdrawn.type, WithdrawnReason.AREA_CLOSED, "as you take it"),
    TestScenario.REPORT_REQUESTED: (ReportRequested.type, None, "as you take it"),
}
"""What a scenario is about: the event, its change or reason, and when the robot does it. Goods may be fetched before they are said to
be packed."""


def expected(scenario: TestScenario) -> list[TestExpectation]:
    found = [TestExpectation.OFFERED]
    if scenario is not TestScenario.CANCELLED_AT_ONCE:
        found.append(TestExpectation.ACCEPTED)
    if scenario in _PLAYED:
        found.append(TestExpectation.PLAYED)
    if scenario is TestScenario.REPORT_REQUESTED:
        found.append(TestExpectation.REPORTED)
    found.append(_END_OF.get(scenario, TestExpectation.DELIVERED))
    if scenario in (TestScenario.CASH, TestScenario.CASH_CHANGED):
        found.append(TestExpectation.CASH_AS_ASKED)
    return [*found, TestExpectation.NOTHING_REFUSED]


def judge(scenario: TestScenario, course: Course) -> tuple[TestVerdict, list[Finding]]:
    """What cannot come any more fails at once; what may still come is waited for."""
    found = [_judge_one(each, scenario, course) for each in expected(scenario)]
    if any(each.met is False for each in found):
        return TestVerdict.FAILED, found
    if all(each.met for each in found):
        return TestVerdict.PASSED, found
    return TestVerdict.RUNNING, found


def _judge_one(what: TestExpectation, scenario: TestScenario, course: Course) -> Finding:
    match what:
        case TestExpectation.OFFERED:
            return _offered(course)
        case TestExpectation.ACCEPTED:
            return _accepted(course)
        case TestExpectation.PLAYED:
            return _played(scenario, course)
        case TestExpectation.REPORTED:
            return _reported(course)
        case TestExpectation.CASH_AS_ASKED:
            return _cash(course)
        case TestExpectation.NOTHING_REFUSED:
            return _nothing_refused(scenario, course)
        case _:
            return _ended(what, course)


def _offered(course: Course) -> Finding:
    if course.offers or course.first(JobOffered.type):
        return Finding(TestExpectation.OFFERED, True)
    if course.is_over:
        why = (
            "the job was offered to nobody: none of your riders may carry the cash, or your company was paused meanwhile; "
            "look at your riders' cash limits and at your company's status"
        )
        return Finding(TestExpectation.OFFERED, False, why)
    return Finding(TestExpectation.OFFERED, None)


def _accepted(course: Course) -> Finding:
    if course.first(JobAssigned.type):
        return Finding(TestExpectation.ACCEPTED, True)
    if not course.is_over:
        return Finding(TestExpectation.ACCEPTED, None)
    expired = [each for each in course.offers if each.state == "TIMED_OUT"]
    declined = sum(each.state == "DECLINED" for each in course.offers)
    if expired:
        why = (
            f"{len(expired)} of {len(course.offers)} offers had no answer: the last was open from {_time(expired[-1].offered_at)} to "
            f"{_time(expired[-1].expires_at)}. Read your events while it is open, and reply partner.accept.v1 with its job_id, offer_id "
            "and a rider_id of yours"
        )
    elif declined:
        why = f"you declined it {declined} times: a test job is to be accepted"
    else:
        why = "no acceptance came before the job was over"
    return Finding(TestExpectation.ACCEPTED, False, why)


def _played(scenario: TestScenario, course: Course) -> Finding:
    """Whether the company was told what the scenario is about: a trip that is over before shows nothing of what it does then."""
    kind, what, when = _PLAYED[scenario]
    if any(each.type == kind and what in (None, *_words(each)) for each in course.came):
        return Finding(TestExpectation.PLAYED, True)
    if not course.is_over:
        return Finding(TestExpectation.PLAYED, None)
    named = f"{kind} {what}" if what else kind
    why = f"{named} is told {when}, and the trip was over before it: it shows nothing of what you do then"
    if course.first(JobAssigned.type):
        why += ". Give each step half a second or more, and read your events between them"
    return Finding(TestExpectation.PLAYED, False, why)


def _words(came: Came) -> tuple[Any, Any]:
    return came.data.get("change"), came.data.get("reason")


def _ended(what: TestExpectation, course: Course) -> Finding:
    if course.status in _ENDS[what]:
        return Finding(what, True)
    if not course.is_over:
        return Finding(what, None)
    words = " or ".join(sorted(_ENDS[what]))
    why = f"the job ended as {course.status}, and was to end as {words}"
    changed = [each.data.get("change") for each in course.came if each.type == JobChanged.type]
    if JobChange.PIN_LOCKED in changed:
        why += ": after PIN_LOCKED no PIN is taken; report partner.failed.v1, then partner.status.v1 RETURNING and RETURNED"
    elif course.first(JobWithdrawn.type, reason="ENDED_BY_OPERATIONS"):
        last = course.steps[-2][1] if len(course.steps) > 1 else course.status
        why += f": it lay in {last} until its hour was over. Report each step as it is done, and send a reply again until its outcome comes"
    elif course.status is _S.UNASSIGNABLE:
        why += ": nobody had it when the search was over"
    return Finding(what, False, why)


def _cash(course: Course) -> Finding:
    taken, asked = course.cash_collected_rupiah, course.cash_to_collect_rupiah
    if taken is None:
        return Finding(
            TestExpectation.CASH_AS_ASKED,
            False if course.is_over else None,
            "nothing was handed over" if course.is_over else None,
        )
    if taken == asked:
        return Finding(TestExpectation.CASH_AS_ASKED, True)
    why = f"cash_collected_rupiah was {taken}, and {asked} was to be collected"
    if course.first(JobChanged.type, change=JobChange.CASH_CHANGED):
        why += f": job_changed CASH_CHANGED said so with cash_to_collect_rupiah {asked}; it replaces what was offered"
    return Finding(TestExpectation.CASH_AS_ASKED, False, why)


def _reported(course: Course) -> Finding:
    asked = course.first(ReportRequested.type)
    if asked is None:
        return Finding(TestExpectation.REPORTED, None)  # `PLAYED` says why
    if any(each.type == ReplyApplied.type and each.at >= asked.at for each in course.outcomes()):
        return Finding(TestExpectation.REPORTED, True)
    if course.is_over or course.now > asked.at + REPORT_WITHIN:
        why = (
            f"report_requested was told at {_time(asked.at)} and no reply came within {REPORT_WITHIN.seconds} seconds: answer it with "
            "partner.status.v1 and the trip's present state"
        )
        return Finding(TestExpectation.REPORTED, False, why)
    return Finding(TestExpectation.REPORTED, None)


_WHAT_TO_DO: Final[Mapping[str, str]] = {
    RefusalCode.OFFER_EXPIRED: "accept before expires_at; the time counts at which it comes here",
    RefusalCode.OFFER_WITHDRAWN: "job_withdrawn with this offer_id ended the offer; accept no offer after it",
    RefusalCode.NOT_YOUR_JOB: "job_withdrawn ended the job; report nothing of it after that",
    RefusalCode.ALREADY_DONE: "it was reported before; send the same reply again with the same id and data, and each report once",
    RefusalCode.WRONG_ORDER: "report in the order accept, arrived, picked_up, arrived, delivered, and wait for each outcome",
    RefusalCode.WRONG_PIN: "in test jobs the PIN is 000000, as text",
    RefusalCode.PROOF_NOT_ACCEPTED: "prove it by what job_offered, job_assigned or job_changed said in proofs",
    RefusalCode.UNKNOWN_PROOF: "proof_id is what POST /partner/v1/jobs/{job_id}/proofs answered for this job and its rider",
    RefusalCode.NOT_YOUR_RIDER: "rider_id is Rider.id of a rider whom you have entered and not ended",
    RefusalCode.OVER_CASH_LIMIT: "name a rider who may carry as much cash",
    RefusalCode.ID_REUSED: "an id is for one reply: the same id always with the very same data",
    RefusalCode.RATE_LIMITED: "wait as long as the message says before you send again",
    RefusalCode.IMPLAUSIBLE: "cash_collected_rupiah is what was paid, in whole rupiah",
}


def _nothing_refused(scenario: TestScenario, course: Course) -> Finding:
    ended = course.first(JobWithdrawn.type)
    locked = course.first(JobChanged.type, change=JobChange.PIN_LOCKED)
    for each in course.outcomes():
        if each.type != ReplyRefused.type:
            continue
        code = str(each.data.get("code"))
        crossed = ended is not None and each.at <= ended.at + CROSSED
        if crossed and code in (RefusalCode.NOT_YOUR_JOB, RefusalCode.OFFER_WITHDRAWN, RefusalCode.OFFER_EXPIRED):
            continue
        if code == RefusalCode.WRONG_PIN and scenario is TestScenario.PIN_LOCKED and locked is not None:
            continue  # it is how a company finds out
        named = each.reply_type or each.data.get("reply_id")
        why = f"at {_time(each.at)} your {named} was refused, {code}: {each.data.get('message')}"
        if code in _WHAT_TO_DO:
            why += f". What to do: {_WHAT_TO_DO[code]}"
        return Finding(TestExpectation.NOTHING_REFUSED, False, why)
    settled = course.is_over and (ended is None or course.now > ended.at + timedelta(seconds=2))
    return Finding(TestExpectation.NOTHING_REFUSED, True if settled else None)


def _time(at: datetime) -> str:
    return f"{at:%H:%M:%S}Z"
