"""Causes of alerts about events: records that nobody can take, that were lost, that were told twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from aiokafka import AIOKafkaConsumer

from services.kit.ids import EventId
from tests.slow.alerts.cause import called, causes
from tests.slow.alerts.world import World

_ORDERS = "ordering.orders"


@causes(
    called("DeadLetters", consumer="people"),
    wave=1,
    how="a record that is no event on a topic of people's hearing",
    ends="ops inbox people leave --because … --apply",
    brings=(called("DeadLetters"),),
)
async def _(world: World) -> AsyncIterator[None]:
    await world.write("delivery.deliveries", b"nobody", b"no event")
    yield
    for service in ("people", "insight", "ordering", "catalog"):
        await world.ops(f"inbox {service} leave --because 'written by hand, to nobody' --apply")


@causes(
    called("ParkedKeys", consumer="insight-sums"),
    wave=1,
    how="insight's handler of orders fails",
    ends="the fault is mended, then ops inbox insight unpark --apply",
)
async def _(world: World) -> AsyncIterator[None]:
    await world.owner(
        "insight",
        "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$a fault of ours$$; END'",
    )
    await world.owner("insight", "CREATE TRIGGER fails BEFORE INSERT ON working FOR EACH ROW EXECUTE FUNCTION fails()")
    await world.order()
    yield
    await world.owner("insight", "DROP TRIGGER fails ON working")
    await world.ops("inbox insight unpark --apply")


_LOST = """CREATE FUNCTION is_lost() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
    IF NEW.topic <> 'ordering.orders' OR NEW.aggregateseq <> 4 OR EXISTS (SELECT FROM was_lost) THEN RETURN NEW; END IF;
    INSERT INTO was_lost VALUES (NEW.aggregate);
    INSERT INTO outbox_archive
        (seq, id, topic, aggregate, aggregateseq, key, type, stream, epoch, traceparent, payload, created_at, sent_at)
    VALUES (NEW.seq, NEW.id, NEW.topic, NEW.aggregate, NEW.aggregateseq, NEW.key, NEW.type, NEW.stream, NEW.epoch, NEW.traceparent,
            NEW.payload, NEW.created_at, wlijo_now());
    RETURN NULL; END $$"""


@causes(
    called("GapInEvents", consumer="people"),
    wave=3,
    how="an event of an order goes to the archive and never to the log",
    ends="ops inbox ordering republish --key … --apply",
    brings=(called("GapInEvents"),),
)
async def _(world: World) -> AsyncIterator[None]:
    await world.owner("ordering", "CREATE TABLE was_lost (aggregate text NOT NULL)")
    await world.owner("ordering", _LOST)
    await world.owner(
        "ordering", "CREATE TRIGGER is_lost BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION is_lost()"
    )
    await world.order()
    yield
    (lost,) = await world.owner("ordering", "SELECT aggregate FROM was_lost")
    await world.owner("ordering", "DROP TRIGGER is_lost ON outbox")
    await world.ops(f"inbox ordering republish --key {lost['aggregate']} --apply")


@causes(
    called("NumberUsedTwice", consumer="insight-sums"),
    wave=2,
    how="an order's newest event is told again under another id",
    ends="the dead letter is left (ops inbox … leave), and ten minutes pass",
    brings=(called("NumberUsedTwice"), called("DeadLetters")),
)
async def _(world: World) -> AsyncIterator[None]:
    buyer = await world.person("buyer")
    order = await world.order(buyer)
    await buyer.until(order["id"], "COMPLETED", "CANCELLED")
    newest = await _newest(world, order["id"])
    headers = [(name, value) for name, value in newest.headers if name != "ce_id"]
    await world.write(_ORDERS, newest.key, newest.value, [*headers, ("ce_id", str(EventId.new()).encode())])
    yield
    for service in ("people", "insight", "delivery", "catalog"):
        await world.ops(f"inbox {service} leave --because 'the same number under another id' --apply")


async def _newest(world: World, order: str) -> Any:
    """Of an order's records, when no more come."""
    consumer = AIOKafkaConsumer(_ORDERS, **world.market.broker(), auto_offset_reset="earliest")
    await consumer.start()
    newest = None
    try:
        while found := await consumer.getmany(timeout_ms=3_000):
            for records in found.values():
                for each in records:
                    if order in dict(each.headers).get("ce_subject", b"").decode():
                        newest = each
    finally:
        await consumer.stop()
    assert newest is not None
    return newest


_APPLY = """mutation($input: PartnerApplicationInput!, $key: String!) {
  applyAsPartner(input: $input, idempotencyKey: $key) { problems { code } partner { id } } }"""
_VERIFY = "mutation($id: ID!) { verifyPartner(id: $id) { problems { code } partner { id } } }"


@causes(
    called("TopicsMissing", consumer="delivery-replies"),
    wave=1,
    how="a company is verified, and its topics are not made",
    ends="provision",
    brings=(called("TopicsMissing"),),
)
async def _(world: World) -> AsyncIterator[None]:
    owner, ops = await world.person("buyer"), await world.person("ops")
    application = {"name": "Ojek Baru", "kecamatanCode": "35.08.10", "contactName": "Kantor", "phone": "081234567898"}
    company = (await owner.done(_APPLY, input=application, key=EventId.new().uuid.hex))["id"]
    await ops.done(_VERIFY, id=company)
    yield
    await asyncio.to_thread(world.market.connect_company, company)
