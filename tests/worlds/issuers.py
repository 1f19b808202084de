"""A foreign OIDC issuer on a socket: discovery document, keys and tokens, and what such an issuer can do wrong."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.worlds.http_server import served

DISCOVERY, JWKS = "/.well-known/openid-configuration", "/jwks"


class ForeignIssuer:
    """`reads` counts requests by path; `instead` answers a path in another way; `document` is what discovery says."""

    def __init__(self, kid: str = "first", realm: str = "") -> None:
        self.key = ECKey.generate_key("P-256", {"kid": kid})
        self.realm = realm
        self.url = ""
        self.said: dict[str, Any] = {}
        self.reads: Counter[str] = Counter()
        self.instead: dict[str, Callable[[], Awaitable[Response]]] = {}

    @property
    def document(self) -> dict[str, Any]:
        return {"issuer": self.url, "jwks_uri": f"{self.url}{JWKS}", **self.said}

    def token(self, *, key: ECKey | None = None, **claims: Any) -> str:
        """A claim of None is left out."""
        now = int(time.time())
        full = {"iss": self.url, "aud": "wlijo", "sub": "usr_budi", "exp": now + 600, "iat": now, **claims}
        signing = key or self.key
        said = {name: value for name, value in full.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": signing.kid}, said, signing, ["ES256"])

    def app(self) -> Starlette:
        def route(path: str) -> Route:
            async def answer(_: Request) -> Response:
                self.reads[path] += 1
                return await self.instead[path]() if path in self.instead else JSONResponse(self.usual(path))

            return Route(f"{self.realm}{path}", answer)

        def moved(path: str) -> Route:
            return Route(f"{self.realm}/moved{path}", lambda _: JSONResponse(self.usual(path)))

        return Starlette(routes=[each(path) for each in (route, moved) for path in (DISCOVERY, JWKS)])

    def usual(self, path: str) -> dict[str, Any]:
        """What is there by right; below `/moved` it is also where a redirect may lead."""
        return self.document if path == DISCOVERY else dict(KeySet([self.key]).as_dict(private=False))

    @asynccontextmanager
    async def listening(self, **options: Any) -> AsyncIterator[ForeignIssuer]:
        async with served(self.app(), **options) as port:
            scheme, host = ("https", "localhost") if "ssl_certfile" in options else ("http", "127.0.0.1")
            self.url = f"{scheme}://{host}:{port}{self.realm}"
            yield self


def keycloak_claims(**claims: Any) -> Mapping[str, Any]:
    """What an access token of Keycloak has beside `iss`, `exp` and `iat`; its audience mapper named `wlijo`."""
    return {
        "jti": "onrtac:0b3d8b2e-8f6c-4d13-9a58-0a4c3c0a7f11",
        "aud": ["wlijo", "account"],
        "sub": "36fa0f91-f94d-4a0c-afed-6b7d952e47da",
        "typ": "Bearer",
        "azp": "wlijo-web",
        "sid": "d58f5dc8-fd8f-462b-8a19-716f8f83985b",
        "acr": "1",
        "allowed-origins": ["http://127.0.0.1:4000"],
        "realm_access": {"roles": ["default-roles-lumajang", "offline_access", "uma_authorization", "pasar-operator"]},
        "resource_access": {"account": {"roles": ["manage-account", "view-profile"]}},
        "scope": "profile email",
        "email_verified": True,
        "preferred_username": "budi",
        **claims,
    }
