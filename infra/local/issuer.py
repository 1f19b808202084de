"""The development issuer: tokens of the seeded people for whoever asks. Local mode and loopback only."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from infra.local import people, state

_TTL = re.compile(r"(\d{1,7})([smhd]?)")
_UNIT_S = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DEFAULT_TTL_S = 12 * 3600
_MAX_TTL_S = 30 * 86400
_MAX_BODY_BYTES = 4096


class Refused(ValueError):
    """The request for a token is wrong; the text says how."""


def ttl_s(text: str | int | None) -> int:
    """`90`, `60s`, `15m`, `8h`, `1d`; twelve hours without one. Raises Refused."""
    if text is None or text == "":
        return _DEFAULT_TTL_S
    match = _TTL.fullmatch(str(text))
    if match is None or not 1 <= (seconds := int(match[1]) * _UNIT_S[match[2]]) <= _MAX_TTL_S:
        raise Refused(f"ttl {text!r} is no time from 1s to 30d: write 60s, 15m, 8h or 1d")
    return seconds


class Issuer:
    """Signs what the services verify: iss, aud, sub, roles, partner_id, iat, exp."""

    def __init__(
        self, url: str, audience: str, key: ECKey, known: list[people.Person], names: Sequence[str] = ()
    ) -> None:
        self._names = ["127.0.0.1", "localhost", *names]
        self.url = url
        self._audience = audience
        self._key = key
        self._known = known

    def token(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Raises Refused, naming what there is."""
        role, name = asked.get("role"), asked.get("as") or None
        if role not in people.ROLES:
            raise Refused(f"role {role!r} is none of {', '.join(people.ROLES)}")
        person = people.find(self._known, str(role), name)
        if person is None:
            names = ", ".join(known.name for known in self._known if known.role == role)
            raise Refused(f"there is no {role} named {name!r}; there are {names}")
        lives_s = ttl_s(asked.get("ttl"))
        now = int(time.time())
        claims: dict[str, Any] = {"iss": self.url, "aud": self._audience, "sub": person.subject, "roles": [person.role]}
        if person.partner_id:
            claims["partner_id"] = person.partner_id
        claims |= {"iat": now, "exp": now + lives_s}
        signed = jwt.encode(
            {"alg": "ES256", "kid": self._key.kid, "typ": "JWT"}, claims, self._key, algorithms=["ES256"]
        )
        return {"access_token": signed, "token_type": "Bearer", "expires_in": lives_s, "subject": person.subject}

    def app(self) -> Starlette:
        async def discovery(_: Request) -> JSONResponse:
            urls = {"jwks_uri": f"{self.url}/jwks", "token_endpoint": f"{self.url}/token"}
            return JSONResponse({"issuer": self.url, **urls, "id_token_signing_alg_values_supported": ["ES256"]})

        async def jwks(_: Request) -> JSONResponse:
            return JSONResponse({"keys": [self._key.as_dict(private=False)]})

        async def token(request: Request) -> JSONResponse:
            try:
                body = await request.body()
                asked = json.loads(body) if len(body) <= _MAX_BODY_BYTES else None
                if not isinstance(asked, dict):
                    raise Refused('send a JSON object: {"role": "buyer", "as": "siti", "ttl": "8h"}')
                return JSONResponse(self.token(asked), headers={"cache-control": "no-store"})
            except (Refused, UnicodeDecodeError, json.JSONDecodeError) as problem:
                return JSONResponse({"error": "invalid_request", "error_description": str(problem)}, status_code=400)

        async def everyone(_: Request) -> JSONResponse:
            entries = [
                {
                    "name": p.name,
                    "role": p.role,
                    "subject": p.subject,
                    "partner_id": p.partner_id,
                    "works_for": p.partner,
                }
                for p in self._known
            ]
            return JSONResponse(entries)

        async def live(_: Request) -> JSONResponse:
            return JSONResponse({"live": True})

        async def ready(_: Request) -> JSONResponse:
            return JSONResponse({"version": state.version(), "ready": True, "checks": {}})

        async def metrics(_: Request) -> PlainTextResponse:
            return PlainTextResponse("")

        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", discovery),
                Route("/jwks", jwks),
                Route("/token", token, methods=["POST"]),
                Route("/people", everyone),
                Route("/livez", live),
                Route("/readyz", ready),
                Route("/metrics", metrics),
            ],
            middleware=[
                # A page of a foreign site must get no token, not even by a name that it points at this machine.
                Middleware(TrustedHostMiddleware, allowed_hosts=self._names),
                Middleware(
                    CORSMiddleware,
                    allow_origin_regex=r"http://(127\.0\.0\.1|localhost)(:\d+)?",
                    allow_methods=["GET", "POST"],
                    allow_headers=["content-type"],
                ),
            ],
        )


def from_environment(environment: Mapping[str, str]) -> Issuer:
    """Raises SystemExit outside local mode or when a setting is missing."""
    if environment.get("WLIJO_MODE") != "local":
        sys.exit("the development issuer gives anybody a token: it runs with WLIJO_MODE=local only")
    try:
        key = ECKey.import_key(json.loads(Path(environment["ISSUER_KEY_FILE"]).read_text()))
        names = environment.get("ISSUER_NAMES", "").split()
        return Issuer(
            environment["JWT_ISSUER"], environment.get("JWT_AUDIENCE", "wlijo"), key, people.everyone(), names
        )
    except KeyError as missing:
        sys.exit(f"{missing.args[0]} is not set")


def main() -> None:
    issuer = from_environment(os.environ)
    port = int(os.environ["PORT"])
    uvicorn.run(
        issuer.app(),
        host=os.environ.get("HOST", "127.0.0.1"),  # another one inside a container, which publishes it on loopback
        port=port,
        log_level="warning",
        access_log=False,
        loop="asyncio",
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
