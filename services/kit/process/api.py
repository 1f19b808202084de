"""A service's `api`: its routes, the issuer's keys, one LISTEN connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from starlette.applications import Starlette
from starlette.middleware import Middleware

from services.kit import tasks
from services.kit.database import migrate
from services.kit.database.db import Database
from services.kit.database.live import Live
from services.kit.database.replica import Replica
from services.kit.http import health
from services.kit.http.tokens import TokenVerifier
from services.kit.observe import telemetry
from services.kit.observe.readiness import Readiness
from services.kit.process import settings
from services.kit.process.migrated import readiness_of
from services.kit.process.seen import Seen
from services.kit.process.service import Api, Service


def api(service: Service, config: settings.ApiSettings) -> Starlette:
    db = Database(config.database_url.reveal(), application=f"{service.name}-api", one_plan=service.one_plan)
    live = Live(db)
    readiness = readiness_of(db, migrate.find(service.name, service.migrations))
    verifier = TokenVerifier.of(config.issuers)

    async def issuers() -> str | None:
        reason = await verifier.reason_down()
        readiness.note("issuer", verifier.note())
        return reason

    readiness.probe("issuer", issuers)
    replica = _replica(service, config, db, readiness)
    routes = service.routes(Api(config, db, live, verifier, readiness, replica))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await db.open()
        try:
            async with (
                tasks.running(live.run(), "live views"),
                tasks.running(verifier.hear(), "ended sessions"),
                tasks.running(Seen(db, readiness, "api").run(), "what is said of this process"),
                tasks.running(replica.run(), "the replica") if replica else nullcontext(),
            ):
                yield
        finally:
            await verifier.close()
            await db.close()

    app = Starlette(
        routes=[*health.routes(readiness), *routes], lifespan=lifespan, middleware=[Middleware(telemetry.Telemetry)]
    )
    app.state.drain = live.drain
    app.state.long_bodies = service.long_bodies
    return app


def _replica(service: Service, config: settings.ApiSettings, db: Database, readiness: Readiness) -> Replica | None:
    if not isinstance(config, settings.ReadingApiSettings) or config.replica_database_url is None:
        return None
    there = Database(
        config.replica_database_url.reveal(), application=f"{service.name}-api-reads", one_plan=service.one_plan
    )
    migrations = migrate.find(service.name, service.migrations)
    return Replica(db, there, migrations, readiness, config.replica_behind_seconds)
