"""Test jobs as the company that ordered them sees them: what is played, what was expected, and what came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from services.contracts.delivery import DeliveryId, PartnerId
from services.contracts.partner import JobAssigned, JobChanged, JobOffered, JobWithdrawn, ReplyApplied, ReplyRefused
from services.delivery.domain import rehearsal, verdict
from services.delivery.domain.pins import TEST_PIN
from services.delivery.domain.rehearsal import TestScenario
from services.delivery.domain.verdict import TestExpectation, TestVerdict
from services.delivery.schema.context import Info
from services.delivery.schema.trip_status import DeliveryStatus
from services.delivery.store import rehearsals as stored
from services.delivery.store.rehearsals import MOST_SHOWN, RehearsalView
from services.kit.graphql.enums import described
from services.kit.graphql.pages import sized
from services.kit.graphql.scalars import Rupiah

_MOST_MOMENTS = 200
described(
    TestScenario,
    "What a robot plays in a test job. New values may come.",
    PLAIN="One pickup, nothing to collect, the goods are packed at once.",
    CASH="Cash is to be collected.",
    SEVERAL_PICKUPS="Three merchants; each says by itself that its goods are packed.",
    GOODS_LATE="The goods are packed later than was promised.",
    CASH_CHANGED="Less cash is to be collected than was offered.",
    STOP_LEFT_OUT="One of two merchants is left out after the job was taken.",
    CANCELLED_AT_ONCE="The order is cancelled while the job is offered, or just taken.",
    CANCELLED_BEFORE_PICKUP="The order is cancelled before the goods are fetched.",
    CANCELLED_ON_THE_WAY="The order is cancelled with the goods on their way: carry on, or bring them back.",
    PIN_LOCKED="The PIN is locked: no PIN is taken, and the goods go back.",
    HAZARD="A hazard is told with the goods on their way, and lifted ten seconds later.",
    HAZARD_BEFORE_PICKUP="A hazard ends the job before the goods are fetched.",
    REPORT_REQUESTED="A report is asked for, as of a trip that was silent.",
)
described(
    TestExpectation,
    "What a company is to do with a test job. New values may come.",
    OFFERED="The job could be offered to it.",
    ACCEPTED="It was accepted in time.",
    PLAYED="The company was told what the scenario is about, before the trip was over.",
    DELIVERED="It ended as delivered.",
    BROUGHT_BACK="The goods were brought back.",
    DELIVERED_OR_BROUGHT_BACK="It ended as delivered, or the goods were brought back.",
    LET_GO="It was over, and nothing more was said of it.",
    CASH_AS_ASKED="What was to be collected, at last, was collected.",
    REPORTED="A report that was asked for came.",
    NOTHING_REFUSED="No reply was refused.",
)
described(
    TestVerdict,
    "What a test job comes to.",
    RUNNING="Not everything has come that may.",
    PASSED="All that was expected came.",
    FAILED="Something did not; the findings say what, and what to do.",
)


@strawberry.type(description="One thing that was expected of a company.")
class TestFinding:
    expected: TestExpectation = strawberry.field(description="What.")
    met: bool | None = strawberry.field(description="Whether it came; null while that is not known.")
    detail: str | None = strawberry.field(
        description="Why not and what to do, in English, for who builds the company's system."
    )


@strawberry.type(description="One thing that the company was told of a test job, the outcomes of its replies included.")
class TestMoment:
    at: datetime = strawberry.field(description="When.")
    type: str = strawberry.field(description="The event's, like partner.job_offered.v1.")
    what: str | None = strawberry.field(
        description="Of a change what changed, of a withdrawal why, of an outcome the reply's type or else its id."
    )
    code: str | None = strawberry.field(description="Of a refusal its code.")
    message: str | None = strawberry.field(
        description="Of a refusal what was wrong and what would be right, in English."
    )

    @classmethod
    def of(cls, came: verdict.Came) -> TestMoment:
        said: Mapping[str, Any] = came.data
        match came.type:
            case JobChanged.type:
                what = said.get("change")
            case JobWithdrawn.type:
                what = said.get("reason")
            case JobOffered.type | JobAssigned.type:
                what = said.get("offer_id") or said.get("rider_id")
            case ReplyApplied.type | ReplyRefused.type:
                what = came.reply_type or said.get("reply_id")
            case _:
                what = None
        return cls(at=came.at, type=came.type, what=what, code=said.get("code"), message=said.get("message"))


@strawberry.type(
    description="A test job that a company ordered for itself. No real rider is sent, and it counts for nothing."
)
class TestJob:
    view: strawberry.Private[RehearsalView]
    id: strawberry.ID = strawberry.field(description="The job's, `job_id` in the company's events.")
    scenario: TestScenario = strawberry.field(description="What the robot plays.")
    status: DeliveryStatus = strawberry.field(description="How far the trip is.")
    requested_at: datetime = strawberry.field(description="When it was ordered.")
    cash_to_collect: Rupiah = strawberry.field(description="What is to be collected now.")
    cash_collected: Rupiah | None = strawberry.field(description="What was said to be collected; null before.")
    pin: str = strawberry.field(description="What the robot shows at the door.")
    verdict: TestVerdict = strawberry.field(description="What it comes to so far.")
    findings: list[TestFinding] = strawberry.field(description="What was expected, at most 10.", directives=[sized(10)])

    @classmethod
    def of(cls, view: RehearsalView) -> TestJob:
        found, findings = verdict.judge(view.scenario, view.course)
        taken = view.course.cash_collected_rupiah
        return cls(
            view=view,
            id=strawberry.ID(str(view.id)),
            scenario=view.scenario,
            status=view.status,
            requested_at=view.requested_at,
            cash_to_collect=Rupiah(view.course.cash_to_collect_rupiah),
            cash_collected=None if taken is None else Rupiah(taken),
            pin=TEST_PIN,
            verdict=found,
            findings=[TestFinding(expected=each.expected, met=each.met, detail=each.detail) for each in findings],
        )

    @strawberry.field(
        description=f"What the company was told, the outcomes of its replies included, at most {_MOST_MOMENTS}, the first first.",
        directives=[sized(_MOST_MOMENTS)],
    )
    def course(self) -> list[TestMoment]:
        return [TestMoment.of(each) for each in self.view.course.came[:_MOST_MOMENTS]]


@strawberry.type
class RehearsalFields:
    """The field of `Partner` that this is about."""

    if TYPE_CHECKING:
        key: PartnerId

    @strawberry.field(
        description=f"Test jobs that it ordered, the newest first, at most {MOST_SHOWN}; for its people, its machine and operators, "
        f"else empty. Kept for {rehearsal.KEPT_DAYS} days.",
        directives=[sized(MOST_SHOWN)],
    )
    async def test_jobs(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="This one alone.")] = None,
    ) -> list[TestJob]:
        only = DeliveryId.parse(id) if id is not None else None
        async with info.context.db.acquire() as conn:
            rows = await stored.of_partner(conn, self.key, info.context.viewer, only)
        return [TestJob.of(each) for each in rows]
