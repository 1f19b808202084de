"""The contract page and the code say the same."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from services.delivery.dispatch import Policy
from services.delivery.domain import RefusalCode
from services.delivery.events import FailureCode
from services.delivery.partner_events import (
    MAX_REPLY_BYTES,
    REPLIES,
    TOLD,
    JobChange,
    JobPlace,
    ReportedStatus,
    WithdrawnReason,
)
from services.delivery.pins import MAX_TRIES

PAGE = (Path(__file__).parents[2] / "docs" / "partners.md").read_text("utf-8")
WORDS = set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)))


@pytest.mark.parametrize("event_type", sorted({each.type for each in TOLD} | set(REPLIES)))
def test_every_event_and_reply_is_on_the_page(event_type: str) -> None:
    assert event_type in WORDS


def test_every_field_is_on_the_page() -> None:
    structs: list[type[msgspec.Struct]] = [*TOLD, *REPLIES.values(), JobPlace]
    fields = {name for each in structs for name in each.__struct_fields__}
    assert fields - WORDS == set()


@pytest.mark.parametrize("codes", [RefusalCode, FailureCode, WithdrawnReason, JobChange, ReportedStatus])
def test_every_code_is_on_the_page(codes: type[RefusalCode]) -> None:
    assert {str(code) for code in codes} - WORDS == set()


def test_no_type_is_on_the_page_that_is_not_in_the_contract() -> None:
    said = set(re.findall(r"partner\.[a-z_]+\.v1", PAGE)) - {"partner.position.v1"}
    assert said == {each.type for each in TOLD} | set(REPLIES)


def test_the_numbers_on_the_page_are_the_policys() -> None:
    policy = Policy()
    assert (policy.offer_s, policy.rounds, policy.assign_within_s, policy.silent_s) == (30, 3, 600, 600)
    assert (MAX_REPLY_BYTES, MAX_TRIES) == (16 * 1024, 5)
