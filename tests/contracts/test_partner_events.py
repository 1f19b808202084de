"""Samples of what partners were told and replied: all still understood, in the same words, and nothing personal in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.contracts.delivery import SOURCE, DeliveryId, PartnerId
from services.contracts.job_place import JobPlace
from services.contracts.partner import REPLIES, TOLD, Addressed, JobEvent, Location
from services.kit.messaging.envelope import Envelope, Malformed, decode
from tests.contracts import samples

TO_PARTNERS: dict[str, type[JobEvent]] = {each.type: each for each in TOLD}
FROM_PARTNERS: dict[str, type[Any]] = {**REPLIES, Location.type: Location}
CLASSES: dict[str, type[Any]] = {**TO_PARTNERS, **FROM_PARTNERS}


def test_each_event_has_a_sample_and_each_sample_an_event() -> None:
    assert samples.of("partner") == sorted(CLASSES)


@pytest.mark.parametrize("event_type", sorted(TO_PARTNERS))
def test_a_sample_is_a_record_that_goes_where_it_did(event_type: str) -> None:
    sample = samples.sample(event_type)
    headers = [(name, text.encode()) for name, text in sample["headers"].items()]
    envelope = Envelope.from_record(
        sample["topic"], sample["key"].encode(), headers, json.dumps(sample["data"]).encode()
    )
    partner, job = envelope.aggregate.split(":")
    about = None if job == partner else DeliveryId.parse(job)
    event = Addressed(PartnerId.parse(partner), decode(TO_PARTNERS[event_type], envelope.data), about)
    where = event.destination()
    assert (envelope.type, envelope.source, envelope.stream) == (event_type, SOURCE, event.stream)
    assert (where.topic, where.key, where.aggregate) == (sample["topic"], sample["key"], envelope.aggregate)
    assert envelope.headers() == headers


@pytest.mark.parametrize("event_type", sorted(TO_PARTNERS))
def test_what_a_sample_says_is_said_in_the_same_words_today(event_type: str) -> None:
    sample = samples.sample(event_type)["data"]
    today = json.loads(decode(TO_PARTNERS[event_type], json.dumps(sample).encode()).payload())
    assert {name: today[name] for name in sample} == sample


@pytest.mark.parametrize("event_type", sorted(CLASSES))
def test_fields_of_tomorrow_are_ignored(event_type: str) -> None:
    sample = samples.sample(event_type)["data"]
    today = decode(CLASSES[event_type], json.dumps(sample).encode())
    assert decode(CLASSES[event_type], json.dumps({**sample, "of_tomorrow": 1}).encode()) == today


@pytest.mark.parametrize("event_type", sorted(FROM_PARTNERS))
def test_a_reply_without_one_of_its_fields_is_malformed(event_type: str) -> None:
    sample = samples.sample(event_type)["data"]
    for name in sample.keys() - {"reason"} - ({"job_id"} if event_type == Location.type else set()):
        with pytest.raises(Malformed):
            decode(CLASSES[event_type], json.dumps({key: sample[key] for key in sample if key != name}).encode())


def test_partners_are_told_nothing_personal_and_nothing_of_rivals() -> None:
    allowed = {
        "test", "sent_at", "job_id", "offer_id", "rider_id", "pickups", "dropoff", "distance_m", "fee_rupiah",
        "rider_share_rupiah", "partner_share_rupiah", "cash_to_collect_rupiah", "expires_at", "change", "reason",
        "status", "reply_id", "code", "message", "field", "merchant_name",
        "area", "stop", "weight_limit_gram", "parcels", "stops", "wait_limit_s", "joins_job_id", "added_m", "proofs",
    }  # fmt: skip
    assert {field for each in TOLD for field in each.__struct_fields__} == allowed
    assert set(JobPlace.__struct_fields__) == {
        "kecamatan_code", "kecamatan", "point", "merchant_name", "stop", "ready_at", "packed_at",
    }  # fmt: skip
