"""An issuer for tests: keys of its own, tokens of any shape, and the JWKS that verifies them."""

import time
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from services.kit.http.jwks import Jwks
from services.kit.http.over import SessionsOver
from services.kit.http.tokens import TokenVerifier
from services.kit.http.trust import Trust

ISSUER = "http://issuer.test"
TRUST = Trust(issuer=ISSUER, audience="wlijo")


class Issuer:
    """One key; `away` makes its JWKS unreachable, `reads` counts how often it was asked for."""

    def __init__(self, key: RSAKey | ECKey | OKPKey | None = None, algorithm: str = "ES256") -> None:
        self.key: RSAKey | ECKey | OKPKey | OctKey = key or ECKey.generate_key("P-256", {"kid": "first"})
        self.algorithm = algorithm
        self.away = False
        self.reads = 0

    async def fetch(self) -> bytes:
        self.reads += 1
        if self.away:
            raise OSError("connection refused")
        return orjson.dumps(KeySet([self.key]).as_dict(private=False))

    def token(self, **claims: Any) -> str:
        now = int(time.time())
        full = {
            "iss": ISSUER,
            "aud": "wlijo",
            "sub": "usr_budi",
            "roles": ["buyer"],
            "exp": now + 600,
            "iat": now,
            **claims,
        }
        header = {"alg": self.algorithm, "kid": self.key.kid}
        claimed = {name: value for name, value in full.items() if value is not None}
        return jwt.encode(header, claimed, self.key, [self.algorithm])

    def verifier(self, *, look_s: float = 5, over: SessionsOver | None = None, **options: Any) -> TokenVerifier:
        heard = {TRUST.issuer: over} if over else {}
        return TokenVerifier((TRUST, Jwks(self.fetch, retry_s=0, **options)), look_s=look_s, over=heard)
