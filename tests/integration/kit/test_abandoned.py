"""A client that goes away takes its work with it: what the database does for it ends, and the connection serves the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest
import strawberry
import uvicorn
from starlette.applications import Starlette

from services.kit.database import db as kit_db
from services.kit.database.db import Database, transaction
from services.kit.graphql.app import graphql_routes
from services.kit.graphql.context import RequestContext
from services.kit.graphql.schema import federation_schema
from services.kit.http.identity import Identity
from services.kit.http.limits import bounded
from tests.worlds.servers import TestDatabase
from tests.worlds.tokens import Issuer
from tests.worlds.waiting import until


class Context(RequestContext):
    def __init__(self, identity: Identity, db: Database) -> None:
        super().__init__(identity)
        self.db = db


Info = strawberry.Info[Context, None]


@strawberry.type
class Query:
    @strawberry.field
    async def slow(self, info: Info) -> int:
        async with info.context.db.acquire() as conn:
            await conn.fetchval("SELECT pg_sleep(3600)")
        return 1

    @strawberry.field
    async def pid(self, info: Info) -> int:
        async with info.context.db.acquire() as conn:
            return int(await conn.fetchval("SELECT pg_backend_pid()"))


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def slow(self, info: Info) -> int:
        async with transaction(info.context.db) as conn:
            await conn.execute("SELECT pg_advisory_xact_lock(1)")
            await conn.fetchval("SELECT pg_sleep(3600)")
        return 1


@asynccontextmanager
async def serving(db: Database) -> AsyncIterator[int]:
    schema = federation_schema(query=Query, mutation=Mutation)
    routes = graphql_routes(schema, verifier=Issuer().verifier(), context=lambda identity: Context(identity, db))
    config = uvicorn.Config(Starlette(routes=routes), port=0, http=bounded(), log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


async def sent(port: int, document: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = orjson.dumps({"query": document})
    head = f"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    return reader, writer


@pytest.mark.parametrize("document", ["{ slow }", "mutation { slow }"])
async def test_what_nobody_waits_for_is_cancelled_on_the_server_and_its_connection_is_used_again(
    thing_database: TestDatabase, document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit_db, "_STATEMENT_WITHIN_MS", 0)  # nothing else ends it
    monkeypatch.setattr(kit_db, "_COMMAND_WITHIN_S", 3_600)
    db, looking = Database(thing_database.url, size=2), Database(thing_database.url)  # a caller has one of two
    await db.open()
    await looking.open()

    async def sleeping() -> list[int]:
        async with looking.acquire() as conn:
            rows = await conn.fetch(
                "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
            )
        return [row["pid"] for row in rows]

    async def no_more() -> bool:
        return not await sleeping()

    try:
        async with serving(db) as port:
            _, writer = await sent(port, document)
            (pid,) = await until(sleeping)
            writer.close()
            await until(no_more)
            reader, writer = await sent(port, "{ pid }")
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in head
            assert orjson.loads(await reader.readuntil(b"}}")) == {"data": {"pid": pid}}
            writer.close()
            async with looking.acquire() as conn:
                assert not await conn.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
    finally:
        await db.close()
        await looking.close()
