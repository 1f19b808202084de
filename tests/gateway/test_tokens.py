"""One token, one answer: the gateway and a subgraph say the same of it, status and code."""

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import strawberry
import uvicorn
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from starlette.applications import Starlette

from services.kit.graphql.app import graphql_routes
from services.kit.graphql.context import RequestContext
from services.kit.graphql.schema import federation_schema
from services.kit.http.tokens import TokenVerifier
from services.kit.http.trust import Issuers, Trust, Trusted
from services.kit.observe.telemetry import Telemetry
from tests.gateway.kit.network import SubgraphServer, gateway
from tests.gateway.kit.waiting import until
from tests.worlds.issuers import ForeignIssuer, keycloak_claims

ISSUER = "http://issuer.test"
Key = RSAKey | ECKey | OKPKey | OctKey
Answer = tuple[int, str]

GOOD: Answer = (200, "")
REFUSED: Answer = (401, "UNAUTHENTICATED")
EXPIRED: Answer = (401, "TOKEN_EXPIRED")

RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = {curve: ECKey.generate_key(curve, {"kid": curve}) for curve in ("P-256", "P-384", "P-521")}
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
KEYS: tuple[Key, ...] = (RSA, *EC.values(), ED)

ALGORITHMS: dict[str, Key] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSA),
    "ES256": EC["P-256"],
    "ES384": EC["P-384"],
    "ES512": EC["P-521"],
    "EdDSA": ED,
    "Ed25519": ED,
}


@dataclass(slots=True)
class Published:
    """An issuer's keys, as it publishes them."""

    keys: list[Any] = field(default_factory=lambda: [key.as_dict(private=False) for key in KEYS])
    url: str = ""

    async def jwks(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": self.keys})


def token(
    claims: Mapping[str, Any] | None = None,
    *,
    algorithm: str = "EdDSA",
    key: Key = ED,
    header: Any = None,
    raw: str = "",
) -> str:
    """Signed; a claim of None is left out. `raw`: a payload that no JSON writer would write."""
    now = int(time.time())
    full = {"iss": ISSUER, "aud": "wlijo", "sub": "usr_budi", "roles": ["buyer"], "exp": now + 300, **(claims or {})}
    text = raw or json.dumps({name: value for name, value in full.items() if value is not None})
    head = {"alg": algorithm, "kid": key.kid, **(header or {})}
    head = {name: value for name, value in head.items() if value is not None}
    return "Bearer " + jws.serialize_compact(head, text.encode(), key, algorithms=[algorithm])


def foreign_rows(sso: ForeignIssuer) -> dict[str, tuple[str | None, Answer]]:
    """Beside the home issuer one as Keycloak is, found by discovery, whose key has the id of one of the home issuer's."""
    made: dict[str, tuple[dict[str, Any], Answer]] = {
        "a foreign issuer's": ({}, GOOD),
        "a foreign issuer's without roles": ({"realm_access": None}, GOOD),
        "a foreign issuer's with roles of ours": ({"realm_access": {"roles": ["ops"]}}, GOOD),
        "a foreign issuer's expired": ({"exp": int(time.time()) - 90}, EXPIRED),
        "a foreign issuer's lightweight token": ({"sub": None}, REFUSED),
        "a foreign issuer's for its own console": ({"aud": "account"}, REFUSED),
        "a foreign issuer's realm is a text": ({"realm_access": "ops"}, REFUSED),
        "a foreign issuer's roles are lists of lists": ({"realm_access": {"roles": [["pasar-operator"]]}}, REFUSED),
        "a foreign issuer's with a slash more": ({"iss": f"{sso.url}/"}, REFUSED),
        "a foreign issuer's with a realm less": ({"iss": sso.url.rpartition("/")[0]}, REFUSED),
        "a foreign issuer's in a list": ({"iss": [sso.url]}, REFUSED),
        "a foreign issuer's that names two": ({"iss": [ISSUER, sso.url]}, REFUSED),
        "a foreign issuer's key under the home issuer's name": ({"iss": ISSUER}, REFUSED),
    }
    rows: dict[str, tuple[str | None, Answer]] = {
        name: ("Bearer " + sso.token(**keycloak_claims(**claims)), answer) for name, (claims, answer) in made.items()
    }
    home = {"the home issuer's key under a foreign name": {"iss": sso.url}, "of a foreign subject": {"sub": "sso:x"}}
    rows |= {name: (token(claims, algorithm="ES256", key=EC["P-256"]), REFUSED) for name, claims in home.items()}
    embedded = {"jwk": ED.as_dict(private=False), "kid": "mine"}
    rows["a key in the header"] = by_hand({"alg": "EdDSA", **embedded}, part({"iss": sso.url, "sub": "x"})), REFUSED
    return rows


def part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def by_hand(header: object, body: str) -> str:
    """Well signed, with a header that the library would not sign."""
    signed = f"{part(header)}.{body}"
    assert isinstance(ED.private_key, Ed25519PrivateKey)
    return f"Bearer {signed}.{base64.urlsafe_b64encode(ED.private_key.sign(signed.encode())).decode().rstrip('=')}"


def raw_exp(literal: str) -> str:
    return f'{{"iss":"{ISSUER}","aud":"wlijo","sub":"usr_budi","exp":{literal}}}'


def matrix() -> dict[str, tuple[str | None, Answer]]:
    now = int(time.time())
    public = OctKey.import_key(json.dumps(RSA.as_dict(private=False)))
    head, body, signature = token().removeprefix("Bearer ").split(".")
    forged = part({"iss": ISSUER, "aud": "wlijo", "sub": "usr_ops", "roles": ["ops"], "exp": now + 300})
    rows: dict[str, tuple[str | None, Answer]] = {
        f"algorithm {name}": (token(algorithm=name, key=key), GOOD) for name, key in ALGORITHMS.items()
    }
    refused = {
        "HS256 with the public key as its secret": token(algorithm="HS256", key=public, header={"kid": "rsa"}),
        "algorithm none": f"Bearer {part({'alg': 'none', 'kid': 'ed'})}.{body}.",
        "no algorithm": f"Bearer {part({'kid': 'ed'})}.{body}.{signature}",
        "an algorithm of another kind of key": token(header={"kid": "rsa"}),
        "an extension that must be understood": by_hand({"alg": "EdDSA", "kid": "ed", "crit": ["new"], "new": 1}, body),
        "no sub": token({"sub": None}),
        "empty sub": token({"sub": ""}),
        "sub of 256 characters": token({"sub": "u" * 256}),
        "sub is a number": token({"sub": 7}),
        "roles are a text": token({"roles": "ops"}),
        "roles are a list of lists": token({"roles": [["ops"]]}),
        "roles are an object": token({"roles": {"ops": True}}),
        "exp NaN": token(raw=raw_exp("NaN")),
        "exp Infinity": token(raw=raw_exp("Infinity")),
        "exp beyond floats": token(raw=raw_exp("1e999")),
        "exp missing": token({"exp": None}),
        "exp is a text": token({"exp": str(now + 300)}),
        "exp is true": token({"exp": True}),
        "nbf an hour ahead": token({"nbf": now + 3_600}),
        "nbf is a text": token({"nbf": "now"}),
        "iss of another": token({"iss": "http://elsewhere.test"}),
        "no iss": token({"iss": None}),
        "aud of another": token({"aud": "other"}),
        "aud a list of others": token({"aud": ["other"]}),
        "no aud": token({"aud": None}),
        "a kid of a wrong key": token(header={"kid": "P-256"}),
        "a kid that is unknown": token(header={"kid": "nobody"}),
        "a kid that is a number": f"Bearer {part({'alg': 'EdDSA', 'kid': 5})}.{body}.{signature}",
        "no kid among several keys": token(header={"kid": None}),
        "a key of nobody under a known kid": token(key=OKPKey.generate_key("Ed25519", {"kid": "ed"})),
        "other claims under the signature": f"Bearer {head}.{forged}.{signature}",
        "no signature": f"Bearer {head}.{body}.",
        "two parts": f"Bearer {head}.{body}",
        "claims that are no object": token(raw="[]"),
        "claims that are no JSON": token(raw="exp"),
        "a header that is no object": f"Bearer {part(['alg'])}.{body}.{signature}",
        "oversized": token({"more": "x" * 8_192}),
        "not a JWT": "Bearer x",
        "dots alone": "Bearer ..",
        "no token": "Bearer",
        "another scheme": "Basic dXNlcg==",
    }
    rows |= {name: (made, REFUSED) for name, made in refused.items()}
    rows |= {
        "no header": (None, GOOD),
        "sub of 255 characters": (token({"sub": "u" * 255}), GOOD),
        "no roles": (token({"roles": None}), GOOD),
        "a role that nobody knows": (token({"roles": ["wizard"]}), GOOD),
        "aud is a list": (token({"aud": ["other", "wlijo"]}), GOOD),
        "exp with a fraction": (token({"exp": now + 300.5}), GOOD),
        "nbf within the skew": (token({"nbf": now + 30}), GOOD),
        "expired within the skew": (token({"exp": now - 30}), GOOD),
        "expired beyond the skew": (token({"exp": now - 90}), EXPIRED),
        "expired, of another issuer": (token({"exp": now - 90, "iss": "http://elsewhere.test"}), REFUSED),
    }
    return rows


@strawberry.type
class Query:
    @strawberry.field(description="A word.")  # type: ignore[untyped-decorator]  # strawberry gives Any
    def hello(self) -> str:
        return "hello"


@dataclass(slots=True)
class Both:
    """A gateway, whose subgraph looks at no token, and a subgraph of the kit."""

    client: aiohttp.ClientSession
    gateway_url: str
    subgraph_url: str

    async def answers(self, authorization: str | None) -> tuple[Answer, Answer]:
        return (
            await self._ask(self.gateway_url, "{ products { id } }", authorization),
            await self._ask(self.subgraph_url, "{ hello }", authorization),
        )

    async def _ask(self, url: str, query: str, authorization: str | None) -> Answer:
        headers = {"authorization": authorization} if authorization is not None else {}
        async with self.client.post(f"{url}/graphql", json={"query": query}, headers=headers) as answer:
            body = await answer.json(content_type=None)
            code = body["errors"][0]["extensions"]["code"] if "errors" in body else ""
            assert (answer.headers.get("www-authenticate") == "Bearer") is (answer.status == 401)
            return answer.status, code


@pytest.fixture
async def published() -> AsyncIterator[Published]:
    made = Published()
    application = web.Application()
    application.router.add_get("/jwks", made.jwks)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/jwks"
    try:
        yield made
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def a_subgraph(trusted: Trusted) -> AsyncIterator[str]:
    verifier = TokenVerifier.of(trusted)
    routes = graphql_routes(federation_schema(query=Query), verifier=verifier, context=RequestContext)
    config = uvicorn.Config(
        Telemetry(Starlette(routes=routes)), port=0, lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        await serving
        await verifier.close()


@pytest.fixture
async def sso() -> AsyncIterator[ForeignIssuer]:
    async with ForeignIssuer(kid="P-256", realm="/realms/lumajang").listening() as made:
        yield made


@pytest.fixture
async def both(published: Published, sso: ForeignIssuer, subgraphs: dict[str, SubgraphServer]) -> AsyncIterator[Both]:
    urls = {name: server.url for name, server in subgraphs.items()}
    keycloak = Trust(issuer=sso.url, subjects="sso", roles_claim="realm_access.roles", roles={"pasar-operator": "ops"})
    told: dict[str, Any] = {"jwks_url": published.url, "jwt_issuer": ISSUER, "jwt_issuers": Issuers([keycloak])}
    async with gateway(urls, **told) as running, a_subgraph(running.serving.settings.issuers) as url:
        yield Both(running.client, running.url, url)


async def test_gateway_and_subgraph_say_the_same_of_every_token(both: Both, sso: ForeignIssuer) -> None:
    rows = matrix() | foreign_rows(sso)
    expected = {name: (answer, answer) for name, (_, answer) in rows.items()}
    assert {name: await both.answers(authorization) for name, (authorization, _) in rows.items()} == expected


async def test_keys_that_cannot_be_used_spoil_none_of_those_beside_them(both: Both, published: Published) -> None:
    published.keys[:0] = [
        "no object",
        {"kty": "EC", "kid": "curve", "crv": "P-1024", "x": "AA", "y": "AA"},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
        {"kty": "RSA", "kid": "half"},
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"},
        {"kty": "NEW", "kid": "new"},
        {**RSA.as_dict(private=False), "kid": "encrypts", "use": "enc"},
    ]
    assert await both.answers(token()) == (GOOD, GOOD)
    assert await both.answers(token(key=RSA, algorithm="PS256")) == (GOOD, GOOD)
    assert await both.answers(token(key=RSA, algorithm="RS256", header={"kid": "encrypts"})) == (REFUSED, REFUSED)


async def test_a_withdrawn_key_takes_every_token_along(both: Both, published: Published) -> None:
    signed = token(key=RSA, algorithm="RS256")
    assert await both.answers(signed) == (GOOD, GOOD)
    published.keys[:] = [ED.as_dict(private=False)]
    await asyncio.sleep(3.1)  # between two looks at the issuer's keys
    assert await both.answers(token(header={"kid": "nobody"})) == (REFUSED, REFUSED)
    assert await both.answers(signed) == (REFUSED, REFUSED)
    assert await both.answers(token()) == (GOOD, GOOD)


async def test_an_issuer_that_is_away_is_no_fault_of_the_caller(both: Both, published: Published) -> None:
    published.keys.clear()
    away = (503, "SERVICE_UNAVAILABLE")
    assert await both.answers(token()) == (away, away)


async def test_an_issuer_that_says_nothing_true_is_away_for_its_own_tokens_alone(
    both: Both, sso: ForeignIssuer
) -> None:
    sso.said = {"issuer": "http://another.test"}
    away = (503, "SERVICE_UNAVAILABLE")
    assert await both.answers(f"Bearer {sso.token()}") == (away, away)
    assert await both.answers(token()) == (GOOD, GOOD)
