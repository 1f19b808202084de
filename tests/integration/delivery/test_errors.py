"""Every kind of reply × every kind of wrongness × both channels: a code, the field, and words that an engineer can act on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from services.contracts.delivery import DeliveryId, OfferId, RiderId
from services.contracts.partner import REPLIES, DropCode, RefusalCode
from services.delivery.commands.budget import Patience
from services.delivery.partner_event import MAX_EVENT_BYTES
from services.delivery.partner_topics import Replies
from services.kit.messaging.consumer import Record
from tests.worlds.delivery import AGUS, CASH, SEMERU, World
from tests.worlds.delivery_counter import Counter

# What is right of each kind, with a placeholder for what only a world knows.
RIGHT: Mapping[str, dict[str, Any]] = {
    "accept": {"job_id": "JOB", "offer_id": "OFFER", "rider_id": str(AGUS)},
    "decline": {"job_id": "JOB", "offer_id": "OFFER", "reason": "busy"},
    "arrived": {"job_id": "JOB", "at": "pickup"},
    "picked_up": {"job_id": "JOB"},
    "delivered": {"job_id": "JOB", "pin": "123456", "cash_collected_rupiah": CASH},
    "failed": {"job_id": "JOB", "code": "ACCIDENT"},
    "status": {"job_id": "JOB", "status": "ASSIGNED"},
    "rider_changed": {"job_id": "JOB", "rider_id": str(AGUS)},
}
OPTIONAL = {("decline", "reason")}
BESIDE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("accept", "rider_changed"), ("external_id", "rider")),
    **dict.fromkeys(("arrived", "picked_up", "failed"), ("stop",)),
    "delivered": ("proof_id",),
}
"""What may be said too, or in place of `rider_id` or `pin`."""
WRONG_VALUES: Mapping[str, list[Any]] = {
    "job_id": [None, 7, "", "JOB ", "dlv_x", str(RiderId.new()), []],
    "offer_id": [None, 7, "", "off_x", str(DeliveryId.new())],
    "rider_id": [None, 7, "agus", str(OfferId.new())],
    "reason": [None, 7, "x" * 201],
    "at": [None, 7, "home", "PICKUP"],
    "pin": [None, 123456, "1" * 17],
    "cash_collected_rupiah": [None, "65000", -1, 1.5, 2**53, 10**400, True],
    "code": [None, "TIRED", 7],
    "status": [None, "ASLEEP", 7],
    "external_id": [7, "", "x" * 41],
    "rider": [7, "Agus", []],
    "stop": ["1", 1.5, -1, []],
    "proof_id": [7, "", "prf_x", str(DeliveryId.new())],
}
RAW = [b"", b"not json", b"\xff\xfe", b"[" * 5_000, b"[]", b'"text"', b"7", b"null", b'{"job_id":']


def spoilt() -> list[tuple[str, str, bytes | dict[str, Any], str]]:
    """Kind, field at fault, the data."""
    found: list[tuple[str, str, bytes | dict[str, Any], str]] = []
    for kind, right in RIGHT.items():
        for field in right:
            if (kind, field) not in OPTIONAL:
                found.append((kind, field, {key: right[key] for key in right if key != field}, "missing"))
            found += [(kind, field, {**right, field: value}, "wrong") for value in WRONG_VALUES[field]]
        for field in BESIDE.get(kind, ()):
            rest = {key: right[key] for key in right if field == "stop" or key not in ("rider_id", "pin")}
            found += [(kind, field, {**rest, field: value}, "wrong") for value in WRONG_VALUES[field]]
        found += [(kind, "data", raw, "raw") for raw in RAW]
    return found


def test_the_table_is_of_every_kind_and_every_field() -> None:
    assert {f"partner.{kind}.v1" for kind in RIGHT} == set(REPLIES)
    for kind, right in RIGHT.items():
        assert {*right, *BESIDE.get(kind, ())} == set(REPLIES[f"partner.{kind}.v1"].__struct_fields__)


async def by_topic(world: World, reply_id: str, kind: str, body: bytes) -> dict[str, Any]:
    headers: list[tuple[str, bytes | None]] = [("ce_id", reply_id.encode()), ("ce_type", kind.encode())]
    topic = f"partner.{SEMERU}.replies.v1"
    await Replies(world.db, world.rules).take(Record(topic, 0, 0, b"job", body, headers, None))
    told = (await world.told_to(SEMERU))[-1]
    assert told.type == "partner.reply_refused.v1"
    return told.data


async def by_http(counter: Counter, reply_id: str, kind: str, body: bytes) -> tuple[int, dict[str, Any]]:
    event = json.dumps({"specversion": "1.0", "id": reply_id, "type": kind}).encode()[:-1]
    answer = await counter.ask("POST", "replies", body=event + (b',"data":' + body if body else b"") + b"}")
    return answer.status, answer.json()


async def test_what_is_wrong_in_the_data_is_named_on_both_channels(world: World) -> None:
    counter = Counter(world, burst=1_000, patience=Patience(at_once=1_000))
    job = await world.trip(SEMERU, "picked_up")
    offer = (await world.offers(job))[-1].id
    before = await world.state()
    for number, (kind, field, given, how) in enumerate(spoilt()):
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        body = body.replace(b"JOB", str(job).encode()).replace(b"OFFER", str(offer).encode())
        where = f"{kind}, {field} {how}: {body[:80]!r}"
        said = await by_topic(world, f"t{number}", f"partner.{kind}.v1", body)
        assert (said["code"], said["field"]) == ("MALFORMED", field), where
        assert field in said["message"], where
        status, answered = await by_http(counter, f"h{number}", f"partner.{kind}.v1", body)
        if status == 200:
            # The very same words, whatever the channel.
            assert {key: answered[key] for key in ("code", "field", "message")} == {
                key: said[key] for key in ("code", "field", "message")
            }, where
        else:  # the data breaks the event around it
            assert how == "raw", where
            assert (status, answered["code"]) == (400, "MALFORMED"), where
            assert "CloudEvent" in answered["detail"], where
    assert await world.state() == before


async def test_words_say_what_would_be_right(world: World) -> None:
    job = await world.trip(SEMERU)
    for kind, body, words in (
        ("arrived", {"job_id": str(job), "at": "home"}, ("home", "pickup", "dropoff")),
        ("failed", {"job_id": str(job), "code": "TIRED"}, ("TIRED", "RIDER_GAVE_UP", "LOST_IN_TRANSIT")),
        ("delivered", {"job_id": str(job)}, ("pin", "is missing", "cash_collected_rupiah")),
        ("accept", {"job_id": str(AGUS)}, ("dlv_", str(AGUS))),
        ("delivered", {"job_id": str(job), "pin": "1", "cash_collected_rupiah": CASH}, ("ASSIGNED", "send this again")),
        ("status", {"job_id": str(job), "status": "DELIVERED"}, ("ASSIGNED",)),
        ("partner.sing.v1", {"job_id": str(job)}, ("partner.sing.v1", *REPLIES)),
        ("picked_up", b"", ("no data", "job_id")),
        ("picked_up", b" " * 16_385, ("16385", "16384")),
    ):
        message = (await world.reply(SEMERU, kind, body)).message
        assert [word for word in words if word not in message] == [], message
        assert len(message) <= 300


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"id": "r", "type": "t", "data": {}}, "specversion"),
        ({"specversion": 1.0, "id": "r", "type": "t"}, "specversion"),
        ({"specversion": "0.3", "id": "r", "type": "t"}, "specversion"),
        ({"specversion": "1.0", "type": "t"}, "id"),
        ({"specversion": "1.0", "id": 7, "type": "t"}, "id"),
        ({"specversion": "1.0", "id": "", "type": "t"}, "id"),
        ({"specversion": "1.0", "id": "a\nb", "type": "t"}, "id"),
        ({"specversion": "1.0", "id": "r"}, "type"),
        ({"specversion": "1.0", "id": "r", "type": None}, "type"),
        ({"specversion": "1.0", "id": "r", "type": "t", "traceparent": 7}, "traceparent"),
        ([], None),
        ("event", None),
    ],
)
@pytest.mark.parametrize("path", ["replies", "locations"])
async def test_what_is_wrong_around_the_data_is_named(
    counter: Counter, path: str, event: object, field: str | None
) -> None:
    answer = await counter.ask("POST", path, body=json.dumps(event).encode())
    said = answer.json()
    assert (answer.status, said["code"], said.get("field")) == (400, "MALFORMED", field)
    assert (field or "CloudEvent") in said["detail"]


async def test_each_way_to_ask_wrongly_has_its_status(counter: Counter) -> None:
    for method, path, query, body, media_type, status, code, word in (
        ("GET", "events", "wait=31", b"", "", 400, "MALFORMED", "0 to 30"),
        ("POST", "replies", "", b"{}", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE", "application/cloudevents+json"),
        ("POST", "replies", "", b"{}", "", 415, "UNSUPPORTED_MEDIA_TYPE", "application/cloudevents+json"),
        ("POST", "replies", "", b"x" * 5_000_000, "application/json", 413, "TOO_LARGE", str(MAX_EVENT_BYTES)),
        ("POST", "locations", "", b"x" * 5_000_000, "application/json", 413, "TOO_LARGE", str(MAX_EVENT_BYTES)),
        ("PUT", "replies", "", b"{}", "", 405, "METHOD_NOT_ALLOWED", "POST"),
        ("POST", "replies/r1", "", b"{}", "", 405, "METHOD_NOT_ALLOWED", "GET"),
        ("GET", "replies/r1", "", b"", "", 404, "NOT_FOUND", "no reply of yours"),
        ("GET", "position", "", b"", "", 404, "NOT_FOUND", "/partner/v1/locations"),
        ("GET", "a\nb", "", b"", "", 404, "NOT_FOUND", "/partner/v1/events"),
    ):
        answer = await counter.ask(method, path, query=query, body=body, media_type=media_type)
        said = answer.json()
        assert (answer.status, said["status"], said["code"]) == (status, status, code), path
        assert answer.headers["content-type"] == "application/problem+json"
        assert word in said["detail"], said


def test_codes_of_positions_that_mean_the_same_are_called_the_same() -> None:
    assert {str(code) for code in DropCode} & {str(code) for code in RefusalCode} == {
        "NOT_YOUR_JOB", "NOT_YOUR_RIDER", "ALREADY_DONE", "RATE_LIMITED",
    }  # fmt: skip
