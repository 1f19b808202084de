"""What the three databases hold when all is quiet, read once into plain rows that a checker can look at without a database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer

from services.contracts.catalog import VariantId
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import OrderId, PaymentId
from services.contracts.registry import NAMES
from services.kit.messaging.envelope import unpack
from tests.e2e.installation import Installation

_SILENT_ROUNDS = 6

Place = tuple[str, str]
"""A topic and an aggregate: what events are counted by."""


@dataclass(frozen=True, slots=True)
class Order:
    id: str
    buyer: str
    status: str
    state: str
    total: int
    reason: str = ""
    timers: int = 0
    attention: str = ""
    payments: tuple[tuple[str, str, int, int], ...] = ()
    """Id, status, amount, cash collected."""


@dataclass(frozen=True, slots=True)
class Transfer:
    order: str
    kind: str
    debit: str
    credit: str
    amount: int


@dataclass(frozen=True, slots=True)
class Reservation:
    order: str
    state: str
    lines: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    id: str
    order: str
    status: str
    accepted_offers: int = 0
    open_offers: int = 0
    timers: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """One event of an archive, in the order of its outbox."""

    topic: str
    aggregate: str
    seq: int
    type: str
    order: str = ""


@dataclass(frozen=True, slots=True)
class PartnerReply:
    partner: str
    id: str
    type: str
    job: str
    code: str
    """Empty when it was applied."""


@dataclass(slots=True)
class Service:
    """The backbone of one service."""

    pending: int = 0
    told: list[Told] = field(default_factory=list)
    counted: dict[Place, int] = field(default_factory=dict)
    heard: dict[Place, int] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    parked: list[str] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Evidence:
    orders: list[Order] = field(default_factory=list)
    ledger: list[Transfer] = field(default_factory=list)
    reservations: list[Reservation] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    replies: list[PartnerReply] = field(default_factory=list)
    initial_stock: dict[str, int] = field(default_factory=dict)
    stock: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """Variant -> all that is on hand; reserved, on the counter of it."""
    moved: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """The same by the sums of the movements."""
    services: dict[str, Service] = field(default_factory=dict)
    log: list[Told] = field(default_factory=list)
    """What the broker holds of the services' topics, each partition in its order."""

    def write(self, file: Path) -> None:
        """As JSON lines, one kind of row after another."""
        with file.open("w") as stream:
            for kind in ("orders", "ledger", "reservations", "deliveries", "replies"):
                for row in getattr(self, kind):
                    stream.write(json.dumps({"kind": kind, **asdict(row)}) + "\n")
            for name, service in self.services.items():
                for event in service.told:
                    stream.write(json.dumps({"kind": "event", "service": name, **asdict(event)}) + "\n")


async def opening_stock(installation: Installation) -> dict[str, int]:
    """Before the first order; also on the schema of the release before."""
    rows = await installation.fetch("catalog", "SELECT variant_id, on_hand FROM stock_item")
    return {str(VariantId(row["variant_id"])): row["on_hand"] for row in rows}


async def _stock(installation: Installation, query: str) -> dict[str, tuple[int, int, int]]:
    rows = await installation.fetch("catalog", query)
    return {str(VariantId(row["variant_id"])): (row["n"], row["reserved"], row["on_counter"]) for row in rows}


async def gather(installation: Installation, initial_stock: Mapping[str, int]) -> Evidence:
    found = Evidence(initial_stock=dict(initial_stock))
    found.stock = await _stock(
        installation, "SELECT variant_id, on_hand + on_counter AS n, reserved, on_counter FROM stock_item"
    )
    found.moved = await _stock(
        installation,
        """SELECT variant_id, sum(on_hand + on_counter)::bigint AS n, sum(reserved)::bigint AS reserved,
                  sum(on_counter)::bigint AS on_counter FROM stock_movement GROUP BY variant_id""",
    )
    for name in NAMES:
        found.services[name] = await _service(installation, name)
    found.orders = await _orders(installation)
    found.ledger = [
        Transfer(str(OrderId(row["order_id"])), row["kind"], row["debit_account"], row["credit_account"], row["amount_rupiah"])
        for row in await installation.fetch("ordering", "SELECT * FROM ledger ORDER BY id")
    ]  # fmt: skip
    found.reservations = [
        Reservation(
            row["order_id"],
            row["state"],
            tuple((str(VariantId(variant)), quantity) for variant, quantity in zip(row["v"], row["q"], strict=True)),
        )
        for row in await installation.fetch(
            "catalog",
            """SELECT r.order_id, r.state, array_remove(array_agg(l.variant_id), NULL) AS v,
                      array_remove(array_agg(l.quantity), NULL) AS q
               FROM reservation r LEFT JOIN reservation_line l ON l.reservation_id = r.id GROUP BY r.id""",
        )
    ]
    found.deliveries = [
        Delivery(str(DeliveryId(row["id"])), str(OrderId(row["order_id"])), row["status"], row["accepted"], row["open"], row["timers"])
        for row in await installation.fetch(
            "delivery",
            """SELECT d.id, d.order_id, d.status,
                      (SELECT count(*) FROM offer o WHERE o.delivery_id = d.id AND o.state = 'ACCEPTED' AND NOT o.given_back) AS accepted,
                      (SELECT count(*) FROM offer o WHERE o.delivery_id = d.id AND o.state = 'OPEN') AS open,
                      (SELECT count(*) FROM timer t WHERE t.subject = d.id
                          OR t.subject IN (SELECT o.id FROM offer o WHERE o.delivery_id = d.id)) AS timers
               FROM delivery d""",
        )
    ]  # fmt: skip
    found.replies = [
        PartnerReply(str(row["partner_id"]), row["reply_id"], row["type"], str(row["delivery_id"] or ""), row["code"] or "")
        for row in await installation.fetch("delivery", "SELECT * FROM reply_inbox ORDER BY answered_at")
    ]  # fmt: skip
    topics = sorted({topic for service in found.services.values() for topic, _ in service.counted})
    found.log = await _log(installation.broker(), topics)
    return found


async def _log(broker: Mapping[str, Any], topics: Sequence[str]) -> list[Told]:
    consumer = AIOKafkaConsumer(**broker, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.subscribe(list(topics))  # without a group it is given every partition
        found: list[Told] = []
        silent = 0
        while silent < _SILENT_ROUNDS:
            fetched = await consumer.getmany(timeout_ms=500)
            silent = 0 if fetched else silent + 1
            for place, records in fetched.items():
                for record in records:
                    said = {name: value.decode() for name, value in record.headers}
                    found.append(Told(place.topic, said["ce_subject"], int(said["ce_aggregateseq"]), said["ce_type"]))
        return found
    finally:
        await consumer.stop()


async def _orders(installation: Installation) -> list[Order]:
    payments: dict[Any, list[tuple[str, str, int, int]]] = {}
    for row in await installation.fetch("ordering", "SELECT * FROM payment"):
        one = (str(PaymentId(row["id"])), row["status"], row["amount_rupiah"], row["collected_rupiah"] or 0)
        payments.setdefault(row["order_id"], []).append(one)
    return [
        Order(
            id=str(OrderId(row["id"])),
            buyer=row["subject"],
            status=row["status"],
            state=row["state"],
            total=row["total_rupiah"],
            reason=row["cancel_reason"] or "",
            timers=row["timers"],
            attention=row["attention"] or "",
            payments=tuple(payments.get(row["id"], ())),
        )
        for row in await installation.fetch(
            "ordering",
            """SELECT o.*, b.subject, (SELECT count(*) FROM timer t WHERE t.subject = o.id) AS timers
               FROM orders o JOIN buyer b ON b.id = o.buyer_id ORDER BY o.placed_at""",
        )
    ]


async def _service(installation: Installation, name: str) -> Service:
    archive = await installation.fetch(
        name, "SELECT topic, aggregate, aggregateseq, type, payload FROM outbox_archive ORDER BY seq"
    )
    waiting = await installation.fetch(name, "SELECT consumer, topic, aggregate, seq, error, record FROM inbox_waiting")
    (pending,) = await installation.fetch(name, "SELECT count(*) AS n FROM outbox")
    return Service(
        pending=pending["n"],
        told=[
            Told(row["topic"], row["aggregate"], row["aggregateseq"], row["type"], _order_of(row["payload"]))
            for row in archive
        ],
        counted={
            (row["topic"], row["aggregate"]): row["last"]
            for row in await installation.fetch(name, "SELECT topic, aggregate, last FROM outbox_counter")
        },
        heard={
            (row["topic"], row["aggregate"]): row["last"]
            for row in await installation.fetch(name, "SELECT topic, aggregate, last FROM inbox")
        },
        waiting=[
            f"{row['topic']} {row['aggregate']} {row['seq']} {unpack(row['record']).type}"
            for row in waiting
            if row["error"] is None
        ],
        parked=[
            f"{row['topic']} {row['aggregate']} {row['seq']}: {row['error']}"
            for row in waiting
            if row["error"] is not None
        ],
        dead=[
            f"{row['topic']} {row['event_id']}: {row['reason']}"
            for row in await installation.fetch(name, "SELECT topic, event_id, reason FROM dead_letter")
        ],
    )


class _OfAnOrder(msgspec.Struct):
    order_id: str = ""


_of_an_order = msgspec.json.Decoder(_OfAnOrder)


def _order_of(payload: bytes) -> str:
    return _of_an_order.decode(payload).order_id
