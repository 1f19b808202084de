"""The delivery part of the graph, asked over ASGI by people of every kind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from services.contracts.people import PersonId
from services.delivery.app import SERVICE, routes
from services.delivery.settings import DeliveryApi, TripSettings, WebhookSettings
from services.kit.database.live import Live
from services.kit.observe.readiness import Readiness
from services.kit.photos.settings import MediaSettings, PhotoSettings
from services.kit.process.service import Api
from services.kit.process.settings import Mode
from services.kit.secret import Secret
from tests.worlds import asgi, servers, tokens
from tests.worlds.delivery import (
    BUYER,
    KONCAR,
    SEMERU,
    World,
    a_world,
)


def subject(name: str) -> str:
    return f"per_{name}"


@dataclass
class Graph:
    world: World
    app: Starlette
    issuer: tokens.Issuer

    def token(self, who: str) -> str | None:
        claims: dict[str, dict[str, Any]] = {
            "buyer": {"sub": BUYER, "roles": ["buyer"]},
            "stranger": {"sub": "usr_stranger", "roles": ["buyer"]},
            "merchant": {"sub": BUYER, "roles": ["merchant"]},
            "rider": {"sub": "usr_agus", "roles": ["rider"]},
            "seeded rider": {"sub": str(PersonId.seeded("agus")), "roles": ["buyer", "rider"]},
            "partner": {"sub": "usr_semeru", "roles": ["partner"], "partner_id": str(SEMERU)},
            "rival": {"sub": "usr_koncar", "roles": ["partner"], "partner_id": str(KONCAR)},
            "pretender": {"sub": "usr_pretender", "roles": ["buyer"], "partner_id": str(SEMERU)},
            "lost partner": {"sub": "usr_lost", "roles": ["partner"], "partner_id": "semeru"},
            "government": {"sub": "usr_pemkab", "roles": ["government"]},
            "ops": {"sub": "usr_ops", "roles": ["ops"]},
            "officer": {"sub": "per_officer", "roles": ["buyer", "merchant", "officer"]},
        }
        if who == "nobody":
            return None
        if who.startswith("ops "):
            return self.issuer.token(sub=who, roles=["ops"])
        # Whoever else signs in: people's tokens say no more of anybody.
        return self.issuer.token(**claims.get(who, {"sub": subject(who), "roles": ["buyer", "merchant"]}))

    async def ask(self, who: str, document: str, **variables: Any) -> Any:
        return await asgi.ask(self.app, document, token=self.token(who), **variables)

    async def data(self, who: str, document: str, **variables: Any) -> Any:
        answer = await self.ask(who, document, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def shown_to_staff(self) -> list[tuple[str, str]]:
        """Who of the staff was shown whom, by the service's own log."""
        said: list[Any] = []
        assert await SERVICE.by_hand["audit"](self.world.db, [], said.append) == 0
        return sorted((each["actor"], each["subject"]) for each in said)


@asynccontextmanager
async def a_graph(own: servers.TestDatabase, media: Path | None = None) -> AsyncIterator[Graph]:
    """`media`: where photos are, if there is a place for them."""
    async with a_world(own.url) as world:
        issuer, live = tokens.Issuer(), Live(world.db)
        assert world.pins.key
        settings = DeliveryApi(
            mode=Mode.PRODUCTION,
            port=0,
            database_url=Secret(own.url),
            jwt_issuer=tokens.ISSUER,
            jwks_url="https://issuer.test/jwks",
            quote_signing_key=Secret(json.dumps(world.key.as_dict(private=True))),
            trips=TripSettings(handover_pin_key=world.pins.key),
            webhooks=WebhookSettings(),
            media=MediaSettings(media_path=media),
            sent=PhotoSettings(media_key=Secret("k" * 32)),
        )
        api = Api(settings, world.db, live, issuer.verifier(), Readiness())
        listening = asyncio.create_task(live.run())
        try:
            yield Graph(world, Starlette(routes=routes(api)), issuer)
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
