"""Each service, started as its process is, refuses a token of people's whose session is over, and no other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import pytest
from joserfc.jwk import OKPKey
from ruamel.yaml import YAML
from starlette.applications import Starlette
from starlette.routing import Match, Route

from gateway.settings import RestRoutes
from infra.local.processes import _BESIDE_THE_GRAPH
from infra.local.state import ROOT
from services.contracts.people import PersonId
from services.contracts.registry import NAMES
from services.kit.process.api import api
from services.kit.process.settings import load
from services.people.domain.ids import SessionId
from services.people.tokens import Signer
from tests.worlds.asgi import request
from tests.worlds.over import Telling
from tests.worlds.waiting import until

ISSUER = "http://127.0.0.1:4000"
SIGNER = Signer([OKPKey.generate_key("Ed25519", {"kid": "people-1"})], ISSUER, "wlijo")
QUOTES = OKPKey.generate_key("Ed25519", {"kid": "quote-1"})
ELSEWHERE = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "QUOTE_SIGNING_KEY": json.dumps(QUOTES.as_dict(private=True)),
    "QUOTE_JWKS": json.dumps({"keys": [QUOTES.as_dict(private=False)]}),
    "HANDOVER_PIN_KEY": "of-the-tests",
    "SIGN_IN_CODE_KEY": "of-the-tests",
    "PEOPLE_ISSUER": ISSUER,
    "TOKEN_SIGNING_KEYS": json.dumps(SIGNER.keys[0].as_dict(private=True)),
}


def trusting(keys: Path, ended_url: str) -> dict[str, str]:
    keys.write_bytes(orjson.dumps(SIGNER.jwks()))
    return {"HOME_ISSUER": ISSUER, "HOME_JWKS_URL": keys.as_uri(), "HOME_ENDED_URL": ended_url}


async def answered(app: Starlette, token: str) -> tuple[int, str]:
    """Status and code; no service needs its database to say who calls."""
    headers: Mapping[str, str] = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    answer = await request(app, "POST", "/graphql", headers=headers, body=b'{"query": "{ __typename }"}')
    errors: Any = answer.json().get("errors", [])
    return answer.status, errors[0]["extensions"]["code"] if errors else ""


@pytest.mark.parametrize("name", NAMES)
async def test_a_service_refuses_a_token_whose_session_is_over(name: str, tmp_path: Path) -> None:
    service = import_module(f"services.{name}.app").SERVICE
    telling = Telling()
    over, going_on = SessionId.new(), SessionId.new()
    tokens = {each: SIGNER.access(PersonId.new(), each, ()) for each in (over, going_on)}
    async with telling.served() as url:
        environment = {"WLIJO_MODE": "test", "PORT": "0", **ELSEWHERE, **trusting(tmp_path / "keys.json", url)}
        app = api(service, load(service.api_settings, environment))
        async with app.router.lifespan_context(app):
            for token in tokens.values():
                assert await answered(app, token) == (200, "")
            telling.end(str(over))

            async def is_refused() -> bool:
                return await answered(app, tokens[over]) == (401, "TOKEN_EXPIRED")

            await until(is_refused)
            assert await answered(app, tokens[going_on]) == (200, "")


@pytest.mark.parametrize("path", ["/ended-sessions", "/oauth2/token", "/receipts/whatsapp"])
def test_where_it_is_told_is_reached_from_inside_alone(path: str) -> None:
    compose = YAML(typ="safe", pure=True).load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    for said in (compose["gateway"]["environment"], _BESIDE_THE_GRAPH):
        scope = {"type": "http", "method": "GET", "path": path, "headers": []}
        passed_on = [
            each
            for each in [*RestRoutes.of_text(said["REST_ROUTES"]).owners, *said["PEOPLE_PATHS"].split(",")]
            if Route(each, Starlette()).matches(scope)[0] is not Match.NONE
        ]
        assert bool(passed_on) == (path != "/ended-sessions")
