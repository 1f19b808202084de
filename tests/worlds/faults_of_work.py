"""Faults for the doctor to find: of processes, databases and the broker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiokafka import AIOKafkaProducer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.local.free_ports import free_port
from infra.ops.addresses import variable
from infra.ops.doctor.place import Place
from services.contracts.delivery import PartnerId
from services.contracts.registry import topics
from services.kit.observe.readiness import Readiness
from services.kit.observe.version import VERSION
from tests.worlds import doctored, servers
from tests.worlds.doctored import Doctored, elsewhere, plants


@plants("name-unresolved", "process-away")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.place(DOCTOR_PROCESSES="ordering-api=http://ordering-api.invalid:8000")


@plants("process-away")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.place(DOCTOR_PROCESSES=f"gateway=http://127.0.0.1:{free_port()}")


@plants("process-not-ready")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with _said(world.readiness):
        world.readiness.report("issuer", False, "its keys cannot be had")
        yield world.place()


@plants("process-note")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with _said(world.readiness):
        world.readiness.note("delivery", "topics are missing: partner.ptn_1.jobs.v1")
        yield world.place()


@contextmanager
def _said(readiness: Readiness) -> Iterator[None]:
    try:
        yield
    finally:
        readiness.report("issuer", True)
        readiness.note("delivery", "")


@plants("gateway-degraded")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    body = {
        "version": VERSION,
        "ready": True,
        "state": "degraded",
        "missing": [{"part": "ordering", "reason": "away", "for_s": 40}],
    }

    async def readyz(_: Request) -> JSONResponse:
        return JSONResponse(body)

    with doctored.answering(Starlette(routes=[Route("/readyz", readyz)])) as port:
        yield world.place(DOCTOR_PROCESSES=f"gateway=http://127.0.0.1:{port}")


@plants("process-silent")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.spoilt("catalog", "UPDATE process_seen SET at = now() - interval '10 minutes' WHERE part = 'worker'")


@plants("process-version")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.spoilt("catalog", "UPDATE process_seen SET version = '0.0.9' WHERE part = 'api'")


@plants("database-away")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.place(**{variable("people"): elsewhere(world.databases["people"].url, free_port())})


@plants("database-password")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    url = world.databases["people"].url
    yield world.place(**{variable("people"): url.replace("for-tests-only", "another")})


@plants("migration-missing")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    last = (
        "DELETE FROM schema_migration WHERE name = (SELECT max(name) FROM schema_migration WHERE name LIKE 'insight/%')"
    )
    yield world.spoilt("insight", last, owner=True)


@plants("database-newer")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    later = "INSERT INTO schema_migration (name, checksum) VALUES ('insight/9999_later.sql', 'x')"
    yield world.spoilt("insight", later, owner=True)


@plants("migration-changed")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    other = "UPDATE schema_migration SET checksum = 'x' WHERE name LIKE 'insight/0001%'"
    yield world.spoilt("insight", other, owner=True)


@plants("database-release")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.spoilt(
        "insight", "INSERT INTO release_applied (version, at) VALUES ('0.0.8', now() + interval '1 s')", owner=True
    )


@plants("clock-skew")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    ahead = """CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
               $$ SELECT pg_catalog.clock_timestamp() + interval '5 minutes' $$"""
    database = world.fresh("people")
    asyncio.run(doctored.done(database.owner_url, ahead))
    url = f"{database.url}?options=-c%20search_path%3Dpublic,pg_catalog"
    asyncio.run(doctored.heard(url))
    yield world.place(**{variable("people"): url})


@plants("outbox-old")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    told = """INSERT INTO outbox (id, topic, aggregate, aggregateseq, key, type, stream, epoch, payload, created_at)
              VALUES (gen_random_uuid(), 'catalog.products', 'a', 1, 'a', 'x', 'facts', 1, '', now() - interval '10 minutes')"""
    yield world.spoilt("catalog", told)


@plants("timers-late")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    late = "INSERT INTO timer (kind, subject, due_at) VALUES ('order', gen_random_uuid(), now() - interval '1 hour')"
    yield world.spoilt("ordering", late)


_WAITS = """INSERT INTO inbox_waiting (consumer, source, topic, aggregate, seq, id, record, since, error)
            VALUES ('delivery', 'wlijo/ordering', 'ordering.orders', 'a', 2, 'x', '', now() - interval '5 minutes', {})"""


@plants("parked-keys")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.spoilt("delivery", _WAITS.format("'no rider'"))


@plants("gap-in-events")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.spoilt("delivery", _WAITS.format("NULL"))


@plants("dead-letters")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    dead = """INSERT INTO dead_letter (consumer, topic, reason, headers, record, digest, at)
              VALUES ('delivery', 'ordering.orders', 'unreadable', '[]', '', '', now())"""
    yield world.spoilt("delivery", dead)


_ORDER = """ALTER TABLE orders DISABLE TRIGGER USER;
DO $$ DECLARE each record; BEGIN
  FOR each IN SELECT conname FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype = 'f' LOOP
    EXECUTE format('ALTER TABLE orders DROP CONSTRAINT %I', each.conname);
  END LOOP; END $$;
INSERT INTO orders (id, code, buyer_id, contact_id, dropoff_kecamatan_code, status, state, slot, goods_rupiah, delivery_rupiah,
    total_rupiah, rider_share_rupiah, partner_share_rupiah, platform_share_rupiah, test, placed_at, hold_until, attention, ended_at,
    quote_jti)
VALUES (gen_random_uuid(), 'LMJ-261130-0001', gen_random_uuid(), gen_random_uuid(), '35.08.01', '{status}', '{state}', 'NOW', 1000, 0,
    1000, 0, 0, 0, false, now(), now(), {mark}, {ended}, 'q')"""


@plants("orders-want-a-person")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.spoilt(
        "ordering",
        _ORDER.format(status="COMPLETED", state="COMPLETED", mark="'it contradicts'", ended="now()"),
        owner=True,
    )


@plants("orders-without-timer")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.spoilt(
        "ordering", _ORDER.format(status="PLACED", state="RESERVING", mark="NULL", ended="NULL"), owner=True
    )


@plants("consumer-lags")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    database = world.fresh("delivery")
    asyncio.run(doctored.heard(database.url, unread=50_000))
    yield world.place(**{variable("delivery"): database.url})


@plants("broker-away")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.place(KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{free_port()}")


@plants("topics-missing")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.spoilt(
        "delivery", f"INSERT INTO partner (id, name, status) VALUES ('{PartnerId.new().uuid}', 'Ojek Baru', 'ACTIVE')"
    )


@plants("broker-clock")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with servers.broker() as another:
        another.create_topics(topics([]))

        async def append() -> None:
            producer = AIOKafkaProducer(**another.cluster.options())
            await producer.start()
            await producer.send_and_wait("ordering.orders", b"x", timestamp_ms=int((time.time() + 3_600) * 1000))
            await producer.stop()

        asyncio.run(append())
        yield world.place(KAFKA_BOOTSTRAP_SERVERS=another.cluster.bootstrap_servers)
