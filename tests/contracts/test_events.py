"""Samples of what the services have told: whatever they are changed to, they still understand them, in the same words."""

from __future__ import annotations

import json

import pytest

from services.contracts import cash, catalog, claims, kasbon, ordering, refunds
from services.contracts.registry import SERVICES, Registered
from services.kit.ids import Id
from services.kit.messaging.envelope import Envelope, Event, Malformed, decode, source_of
from tests.contracts import samples

CLASSES: dict[str, type[Event]] = {event.type: event for service in SERVICES for event in service.events()}
TYPES = sorted(CLASSES)
PERSONAL = {"phone", "recipient", "line", "note", "contact", "email", "birth_date"}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_each_event_has_a_sample_and_each_sample_an_event(service: Registered) -> None:
    assert samples.of(service.name) == sorted(event.type for event in service.events())


@pytest.mark.parametrize("event_type", TYPES)
def test_a_sample_is_a_record_that_goes_where_it_did(event_type: str) -> None:
    sample = samples.sample(event_type)
    headers = [(name, text.encode()) for name, text in sample["headers"].items()]
    envelope = Envelope.from_record(
        sample["topic"], sample["key"].encode(), headers, json.dumps(sample["data"]).encode()
    )
    event = decode(CLASSES[event_type], envelope.data)
    where = event.destination()
    told_by = source_of(event_type.partition(".")[0])
    assert (envelope.type, envelope.source, envelope.stream, event.source) == (
        event_type,
        told_by,
        event.stream,
        told_by,
    )
    assert (where.topic, where.key, where.aggregate) == (sample["topic"], sample["key"], envelope.aggregate)
    assert envelope.headers() == headers


@pytest.mark.parametrize("event_type", TYPES)
def test_what_a_sample_says_is_said_in_the_same_words_today(event_type: str) -> None:
    sample = samples.sample(event_type)["data"]
    today = json.loads(decode(CLASSES[event_type], json.dumps(sample).encode()).payload())
    assert {name: today[name] for name in sample} == sample


@pytest.mark.parametrize("event_type", TYPES)
def test_an_event_with_fields_of_tomorrow_is_understood(event_type: str) -> None:
    sample = samples.sample(event_type)["data"]
    assert decode(CLASSES[event_type], json.dumps({**sample, "of_tomorrow": 1}).encode()) == decode(
        CLASSES[event_type], json.dumps(sample).encode()
    )


@pytest.mark.parametrize("event_type", TYPES)
def test_nothing_personal_is_told(event_type: str) -> None:
    assert set(CLASSES[event_type].__struct_fields__) & PERSONAL == set()


@pytest.mark.parametrize("event_type", TYPES)
def test_an_aggregate_tells_into_one_topic(event_type: str) -> None:
    told = CLASSES[event_type]
    kin = {each.topic for each in CLASSES.values() if each.aggregate is told.aggregate}
    assert kin == {told.topic}


class Foreign(Id, prefix="xxx"):
    pass


@pytest.mark.parametrize("event_type", TYPES)
def test_an_aggregates_id_of_another_kind_is_not_understood(event_type: str) -> None:
    found = samples.sample(event_type)
    own = next(name for name, value in found["data"].items() if value == found["key"])
    with pytest.raises(Malformed):
        decode(CLASSES[event_type], json.dumps({**found["data"], own: str(Foreign.new())}).encode())


def test_no_sample_holds_a_place_finer_than_a_hundred_metres() -> None:
    for event_type in samples.of("ordering"):
        for degrees in samples.sample(event_type)["data"].get("dropoff", {}).values():
            assert round(degrees, 3) == degrees


def test_orders_and_payments_each_tell_into_one_topic() -> None:
    payments = {
        each.type
        for each in (
            ordering.CashDue, ordering.CashCollected, ordering.PaymentVoided, ordering.PaymentRequested, ordering.PaymentReceived,
            ordering.PaymentExpired, ordering.RefundRequested, ordering.RefundCompleted, refunds.RefundByHand,
        )
    }  # fmt: skip
    after = {each for each in CLASSES if CLASSES[each].__module__ in (claims.__name__, cash.__name__, kasbon.__name__)}
    told = [each for each in samples.of("ordering") if each not in {ordering.OrderingExportPart.type, *after}]
    assert {each: CLASSES[each].topic for each in told} == {
        each: "ordering.payments" if each in payments else "ordering.orders" for each in told
    }


def test_a_release_told_before_it_said_whether_goods_came_back_means_that_they_did() -> None:
    sample = samples.sample(catalog.StockReleased.type)["data"]
    del sample["restocked"]
    assert decode(catalog.StockReleased, json.dumps(sample).encode()).restocked
