"""What a company may try, drawn at random: mostly replies that are nearly right, which go deeper than noise."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import Any

from services.contracts.delivery import DeliveryId, FailureCode, OfferId, PartnerId, RiderId
from services.contracts.partner import REPLIES, Delivered, ReportedStatus

_TEXTS = ["", "\0", "a\nb", "\u202e", "é" * 40, "x" * 200, "{{7*7}}", "' OR 1=1 --", "null"]
_VALUES: list[Any] = [None, True, 0, -1, 1.5, 2**63, 1e308, [], {}, [[[]]], *_TEXTS]
_RAW = [b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b"[" * 3_000, b'{"job_id":' * 900, b" " * 17_000, b"{}"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """`channel` is `http` or `topic`; over HTTP a whole request (`path`, `body`), by topic a record (`body`, `headers`).

    `reply_id` is None for what is no reply, or none that can be answered.
    """

    kind: str
    channel: str
    path: str
    body: bytes
    reply_id: str | None = None
    reply_type: str = ""
    headers: tuple[tuple[str, bytes | None], ...] = ()
    method: str = "POST"
    query: str = ""
    media_type: str = "application/cloudevents+json"


@dataclass(slots=True)
class Known:
    """What the company can name: its own, its ended, its rival's, and what is nobody's."""

    jobs: list[DeliveryId]
    offers: list[OfferId]
    riders: list[RiderId]
    pin: str
    asked_rupiah: int
    rival: PartnerId


class Draw:
    """Attempts of one session. What was sent before may come again, as it was or under the same id with another body."""

    def __init__(self, random: Random, known: Known, session: str) -> None:
        self._random = random
        self._known = known
        self._session = session
        self._sent: list[Attempt] = []

    def next(self) -> Attempt:
        attempt = self._random.choice(
            [self._reply] * 6 + [self._spoilt] * 3 + [self._again] * 3 + [self._id_reused, self._position, self._position,
             self._nameless, self._large, self._request]
        )()  # fmt: skip
        if attempt.reply_id is not None:
            self._sent.append(attempt)
        return attempt

    def _id(self) -> str:
        return f"{self._session}.{self._random.getrandbits(48):x}"

    def _data(self, kind: str) -> dict[str, Any]:
        pick, known = self._random.choice, self._known
        data: dict[str, Any] = {"job_id": str(pick(known.jobs))}
        match kind.split(".")[1]:
            case "accept":
                data |= {"offer_id": str(pick(known.offers)), "rider_id": str(pick(known.riders))}
            case "decline":
                data |= {"offer_id": str(pick(known.offers)), "reason": pick(_TEXTS)}
            case "arrived":
                data["at"] = pick(["pickup", "dropoff", "home"])
            case "delivered":
                asked = known.asked_rupiah
                cash = pick([asked, asked, 0, asked - 100, asked + 31, asked + 1_000_001, 2**53 - 1, -1])
                data |= {"pin": pick([known.pin, known.pin, known.pin, "000001", ""]), "cash_collected_rupiah": cash}
            case "failed":
                data["code"] = pick([*FailureCode, "TIRED"])
            case "status":
                data["status"] = pick([*ReportedStatus, "ASLEEP"])
        if self._random.random() < 0.2:
            data |= {"partner_id": str(known.rival), "note": pick(_TEXTS)}
        return data

    def _reply(self) -> Attempt:
        kind = self._random.choice([*sorted(REPLIES), Delivered.type, Delivered.type])
        return self._said("reply", kind, json.dumps(self._data(kind)).encode(), self._id())

    def _spoilt(self) -> Attempt:
        kind = self._random.choice([*REPLIES, "partner.sing.v1", ""])
        if self._random.random() < 0.4:
            return self._said("junk", kind, self._random.choice(_RAW), self._id())
        data = self._data(kind if kind in REPLIES else "partner.status.v1")
        field = self._random.choice(sorted(data))
        if self._random.random() < 0.4:
            del data[field]
        else:
            data[field] = self._random.choice(_VALUES)
        return self._said("spoilt", kind, json.dumps(data).encode(), self._id())

    def _again(self) -> Attempt:
        if not self._sent:
            return self._reply()
        was = self._random.choice(self._sent)
        assert was.reply_id is not None
        return self._said("again", was.reply_type, was.body, was.reply_id)

    def _id_reused(self) -> Attempt:
        if not self._sent:
            return self._reply()
        reply_id = self._random.choice(self._sent).reply_id
        assert reply_id is not None
        kind = self._random.choice(sorted(REPLIES))
        return self._said("id reused", kind, json.dumps(self._data(kind)).encode(), reply_id)

    def _said(self, kind: str, reply_type: str, data: bytes, reply_id: str) -> Attempt:
        """By either channel: the same reply is the same on both."""
        if self._random.random() < 0.5:
            more: list[tuple[str, bytes | None]] = [("ce_specversion", b"1.0"), ("ce_source", None)]
            if self._random.random() < 0.5:
                more += [("ce_traceparent", None), ("x", None), ("ce_time", b"\xff")]
            headers = (("ce_id", reply_id.encode()), ("ce_type", reply_type.encode()), *more)
            return Attempt(kind, "topic", "replies", data, reply_id, reply_type, headers)
        event = {"specversion": "1.0", "id": reply_id, "type": reply_type}
        body = json.dumps(event).encode()[:-1] + (b',"data":' + data if data else b"") + b"}"
        return Attempt(kind, "http", "replies", data, reply_id, reply_type, (("body", body),))

    def _nameless(self) -> Attempt:
        """Without an id that can be answered to."""
        reply_id: bytes | None = self._random.choice([None, b"", b"x" * 129, b"a\nb", b"\xff\x00"])
        data = json.dumps(self._data("partner.picked_up.v1")).encode()
        headers = (("ce_id", reply_id), ("ce_type", b"partner.picked_up.v1"))
        return Attempt("nameless", "topic", "replies", data, headers=headers if self._random.random() < 0.8 else ())

    def _large(self) -> Attempt:
        return Attempt("large", "http", "replies", b"x" * self._random.choice([20_481, 300_000, 5_000_000]))

    def _position(self) -> Attempt:
        pick = self._random.choice
        near, wrong = (-8.13, 113.22), [(-6.2, 106.8), (0, 0), (-8.13, -113.22), (91, 0), (113.2, -8.1), ("x", None)]
        lat, lng = near if self._random.random() < 0.5 else pick(wrong)
        data = {
            "job_id": str(pick(self._known.jobs)),
            "rider_id": str(pick(self._known.riders)),
            "lat": lat,
            "lng": lng,
        }
        good = f"2026-02-01T03:30:{self._random.randrange(60):02}Z"
        data["at"] = pick([good, good, good, "2999-01-01T00:00:00Z", "2026-02-01T03:30:00", "now", ""])
        raw = json.dumps(data).encode() if self._random.random() < 0.8 else pick(_RAW)
        if self._random.random() < 0.5:
            return Attempt("position", "topic", "locations", raw)
        event = b'{"specversion":"1.0","id":"p","type":"partner.position.v1","data":' + (raw or b"0") + b"}"
        return Attempt("position", "http", "locations", event)

    def _request(self) -> Attempt:
        """What is no reply, or not said as one."""
        pick = self._random.choice
        method = pick(["GET", "POST", "PUT", "DELETE"])
        path = pick(["events", "replies", "replies/x", "replies/a\nb", "locations", "jobs", "", "../x", "\0"])
        query = pick(["", "wait=0", "wait=-1", "wait=x", "after=evt_x&wait=0", "after=%00", "wait=0&wait=0"])
        media_type = pick(["application/json", "text/plain", "", "application/cloudevents-batch+json"])
        return Attempt("request", "http", path, pick(_RAW), method=method, query=query, media_type=media_type)
