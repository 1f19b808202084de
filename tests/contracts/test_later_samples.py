"""What events have said since they got more fields: understood, in the same words, and more than the first sample says."""

from __future__ import annotations

import json

import pytest

from services.contracts.partner import TOLD
from services.contracts.registry import SERVICES
from services.kit.messaging.envelope import Event, decode
from tests.contracts import samples

CLASSES: dict[str, type[Event]] = {
    **{each.type: each for each in TOLD},
    **{event.type: event for service in SERVICES for event in service.events()},
}


@pytest.mark.parametrize("name", samples.later())
def test_what_a_later_sample_says_is_said_in_the_same_words_today(name: str) -> None:
    sample = samples.sample(name)["data"]
    today = json.loads(decode(CLASSES[samples.type_of(name)], json.dumps(sample).encode()).payload())
    assert {each: today[each] for each in sample} == sample


@pytest.mark.parametrize("name", samples.later())
def test_a_later_sample_says_what_the_first_did_not(name: str) -> None:
    first, later = samples.sample(samples.type_of(name))["data"], samples.sample(name)["data"]
    assert json.dumps(later, sort_keys=True) != json.dumps(first, sort_keys=True)
    assert later.keys() - first.keys()
