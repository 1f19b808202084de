"""Delivery's HTTP address for partners, and what a test does there."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette

from services.contracts.delivery import SOURCE, DeliveryId, PartnerId
from services.contracts.partner import Addressed, JobChange, JobChanged
from services.delivery.commands.budget import Patience
from services.delivery.commands.positions import Places
from services.delivery.partner_api import PartnerApi
from services.delivery.partner_feed import Feed
from services.kit.database.db import Transaction
from services.kit.database.live import Live
from services.kit.http.over import SessionsOver
from services.kit.messaging import outbox
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.relay import LogProgress
from tests.worlds.asgi import Answer, request
from tests.worlds.delivery import SEMERU, World
from tests.worlds.tokens import Issuer
from tests.worlds.waiting import until


class Counter:
    """Delivery's HTTP address for partners, with an issuer of its own."""

    def __init__(
        self,
        world: World,
        *,
        burst: int = 200,
        patience: Patience | None = None,
        over: SessionsOver | None = None,
        places: Places | None = None,
    ) -> None:
        self.world = world
        self.issuer = Issuer()
        self.live = Live(world.db)
        feed = Feed(world.db, self.live, settle_s=0.2)
        self.app = Starlette(
            routes=PartnerApi(
                world.db,
                self.issuer.verifier(over=over),
                feed,
                world.rules,
                places or Places(world.db, every_s=0),
                burst=burst,
                patience=patience,
            ).routes()
        )

    def token(self, partner: object, *roles: str, **claims: Any) -> str:
        return self.issuer.token(sub="usr_ojek", roles=list(roles or ("partner",)), partner_id=partner, **claims)

    async def ask(
        self,
        method: str,
        path: str,
        partner: PartnerId | None = SEMERU,
        *,
        query: str = "",
        body: bytes = b"",
        media_type: str = "application/cloudevents+json",
        token: str | None = None,
    ) -> Answer:
        headers = {"content-type": media_type}
        if token or partner:
            headers["authorization"] = f"Bearer {token or self.token(str(partner))}"
        return await request(self.app, method, f"/partner/v1/{path}", query=query, headers=headers, body=body)

    async def read(self, partner: PartnerId, after: str = "", wait: int = 0) -> tuple[list[dict[str, Any]], str]:
        answer = await self.ask("GET", "events", partner, query=f"after={after}&wait={wait}")
        assert answer.status == 200, answer.body
        said = answer.json()
        return said["events"], said["cursor"]

    async def readers(self, partner: PartnerId, count: int) -> None:
        """Until so many requests of this partner's wait."""

        async def they_wait() -> bool:
            return len(self.live._watchers.get(str(partner), ())) == count

        await until(they_wait)

    async def post(self, partner: PartnerId, kind: str, reply_id: str, **data: Any) -> Answer:
        return await self.ask("POST", "replies", partner, body=an_event(kind, reply_id, **data))


def an_event(kind: str, reply_id: str, **data: Any) -> bytes:
    attributes = {"specversion": "1.0", "id": reply_id, "type": f"partner.{kind}.v1", "source": "/partners/x"}
    return json.dumps({**attributes, "data": data}).encode()


async def sent(world: World) -> None:
    """The relay has sent all that waits, and archived it."""
    port, log = PostgresOutbox(world.db, SOURCE), uuid4()
    await port.set_progress(LogProgress(log, True, 0), was=await port.progress())
    pending = await port.pending(1_000)
    assert await port.archive([each.seq for each in pending], log=log) == len(pending)


async def changed(conn: Transaction, partner: PartnerId, job: DeliveryId) -> None:
    event = JobChanged(
        test=False, sent_at=await conn.fetchval("SELECT now()"), job_id=job, change=JobChange.GOODS_READY
    )
    await outbox.append(conn, Addressed(partner, event, job))


def numbers(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(event["data"]["job_id"], event["aggregateseq"]) for event in events]
