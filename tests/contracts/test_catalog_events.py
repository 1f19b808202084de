"""Samples of what the catalog has told: whatever it is changed to, it still understands them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.contracts import catalog as contract
from services.kit.messaging.envelope import Envelope, Event, Malformed, decode

SAMPLES = Path(__file__).parent / "events"
CLASSES: dict[str, type[Event]] = {
    found.type: found
    for found in vars(contract).values()
    if isinstance(found, type) and issubclass(found, Event) and hasattr(found, "type")
}


def _sample(event_type: str) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads((SAMPLES / f"{event_type}.json").read_text("utf-8"))
    return sample


def _of_samples() -> list[str]:
    return sorted(path.stem for path in SAMPLES.glob("catalog.*.json"))


def test_each_event_has_a_sample_and_each_sample_an_event() -> None:
    assert _of_samples() == sorted(CLASSES)


@pytest.mark.parametrize("event_type", _of_samples())
def test_a_sample_is_a_record_that_is_understood(event_type: str) -> None:
    sample = _sample(event_type)
    headers = [(name, text.encode()) for name, text in sample["headers"].items()]
    envelope = Envelope.from_record(
        sample["topic"], sample["key"].encode(), headers, json.dumps(sample["data"]).encode()
    )
    event = decode(CLASSES[event_type], envelope.data)
    where = event.destination()
    assert (envelope.type, envelope.source, envelope.stream) == (event_type, contract.SOURCE, event.stream)
    assert (where.topic, where.key, where.aggregate) == (sample["topic"], sample["key"], envelope.aggregate)
    assert envelope.headers() == headers


@pytest.mark.parametrize("event_type", _of_samples())
def test_what_a_sample_says_is_said_in_the_same_words_today(event_type: str) -> None:
    sample = _sample(event_type)["data"]
    today = json.loads(decode(CLASSES[event_type], json.dumps(sample).encode()).payload())
    assert {name: today[name] for name in sample} == sample


@pytest.mark.parametrize("event_type", _of_samples())
def test_an_event_with_fields_of_tomorrow_is_understood(event_type: str) -> None:
    sample = _sample(event_type)["data"]
    assert decode(CLASSES[event_type], json.dumps({**sample, "of_tomorrow": 1}).encode()) == decode(
        CLASSES[event_type], json.dumps(sample).encode()
    )


def test_an_id_of_another_kind_is_not_understood() -> None:
    sample = _sample(contract.StockHeld.type)["data"]
    with pytest.raises(Malformed):
        decode(contract.StockHeld, json.dumps({**sample, "reservation_id": str(contract.MerchantId.new())}).encode())


def test_a_release_told_before_it_said_whether_goods_came_back_means_that_they_did() -> None:
    sample = _sample(contract.StockReleased.type)["data"]
    del sample["restocked"]
    assert decode(contract.StockReleased, json.dumps(sample).encode()).restocked
