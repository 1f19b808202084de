"""The contract page and the code say the same."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from services.contracts.delivery import FailureCode
from services.contracts.job_place import JobPlace
from services.contracts.partner import (
    MAX_REPLY_BYTES,
    REPLIES,
    TOLD,
    DropCode,
    JobChange,
    Location,
    RefusalCode,
    ReportedStatus,
    WithdrawnReason,
)
from services.delivery import partner_api, partner_event, partner_feed
from services.delivery.commands import budget
from services.delivery.domain.cash import MOST_OVER_RUPIAH
from services.delivery.domain.dispatch import MAX_GIVEN_BACK, Policy
from services.delivery.domain.pins import MAX_TRIES
from services.delivery.domain.places import NEAR_M
from services.delivery.domain.reply import TELL_AGAIN_AFTER
from services.kit.messaging.envelope import Envelope, Stream
from services.ordering.domain.cash import CASH_STEP_RUPIAH

PAGE = (Path(__file__).parents[3] / "docs" / "partners.md").read_text("utf-8")
DELIVERY = Path(__file__).parents[3] / "services" / "delivery"
SOURCE = "".join((DELIVERY / name).read_text("utf-8") for name in ("partner_api.py", "partner_event.py"))
WORDS = set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)))


@pytest.mark.parametrize("event_type", sorted({each.type for each in TOLD} | set(REPLIES)))
def test_every_event_and_reply_is_on_the_page(event_type: str) -> None:
    assert event_type in WORDS


def test_every_field_is_on_the_page() -> None:
    structs: list[type[msgspec.Struct]] = [*TOLD, *REPLIES.values(), JobPlace]
    fields = {name for each in structs for name in each.__struct_fields__}
    assert fields - WORDS == set()


@pytest.mark.parametrize("codes", [RefusalCode, DropCode, FailureCode, WithdrawnReason, JobChange, ReportedStatus])
def test_every_code_is_on_the_page(codes: type[RefusalCode]) -> None:
    assert {str(code) for code in codes} - WORDS == set()


def test_no_type_is_on_the_page_that_is_not_in_the_contract() -> None:
    said = set(re.findall(r"partner\.[a-z_]+\.v1", PAGE))
    assert said == {each.type for each in TOLD} | set(REPLIES) | {Location.type}


def test_the_numbers_on_the_page_are_the_policys() -> None:
    policy = Policy()
    assert (policy.offer_s, policy.rounds, policy.assign_within_s, policy.silent_s) == (30, 4, 600, 600)
    assert (policy.pause_s, policy.held_s, MAX_GIVEN_BACK) == (60, 15, 2)
    assert (budget.AT_ONCE, budget.PER_MINUTE) == (1_000, 12)
    assert (budget.JUDGED_AT_ONCE, budget.JUDGED_PER_SECOND) == (200, 5)
    assert (budget.JUDGED_OF_A_JOB_AT_ONCE, budget.JUDGED_OF_A_JOB_PER_MINUTE) == (20, 12)
    assert (MAX_REPLY_BYTES, MAX_TRIES) == (16 * 1024, 5)


def test_the_http_channel_on_the_page_is_the_codes() -> None:
    routed = {"/partner/v1/events": "GET", "/partner/v1/replies": "POST", "/partner/v1/locations": "POST",
              "/partner/v1/riders": "GET", "/partner/v1/jobs": "GET"}  # fmt: skip
    assert {f"/partner/v1/{path}": method for path, method in partner_api.PATHS.items()} == routed
    assert {f"{method} {path}" for path, method in routed.items()} | {"GET /partner/v1/replies/{reply_id}"} <= WORDS
    assert TELL_AGAIN_AFTER.total_seconds() == 30
    assert (NEAR_M, CASH_STEP_RUPIAH, MOST_OVER_RUPIAH) == (32_000, 100, 1_000_000)
    assert set(re.findall(r'HttpProblem\(\s*\d{3}, "([A-Z_]+)"', SOURCE)) <= WORDS
    assert partner_event.MEDIA_TYPES <= WORDS
    numbers = (partner_feed.PAGE, partner_api.MAX_WAIT_S, partner_api.READERS_AT_ONCE, partner_event.MAX_EVENT_BYTES)
    assert numbers == (100, 30, 8, 20 * 1024)


def test_every_attribute_of_an_event_over_http_is_on_the_page() -> None:
    event = Envelope(
        id="evt", source="s", type="t", topic="p", aggregate="a", seq=1, epoch=1, key="k",
        time=datetime(2026, 1, 1, tzinfo=UTC), stream=Stream.FACTS, traceparent="tp", data=b"{}",
    )  # fmt: skip
    shown = json.loads(event.structured())
    assert {name for name in shown if f'"{name}"' not in PAGE and name not in WORDS} == set()
