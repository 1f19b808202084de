"""Access tokens: signed with the newest key, verified by anybody with any of the published ones."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from services.contracts.delivery import PartnerId
from services.contracts.people import PersonId, StaffRole
from services.people.domain import client, session
from services.people.domain.ids import ClientId, SessionId

ALGORITHM = "Ed25519"  # EdDSA with its curve said: RFC 9864 has deprecated the name that leaves it open


@dataclass(frozen=True, slots=True)
class Signer:
    """The first of `keys` signs. Others were the first, or are to be: a key is published before it signs, and until its last token is
    over."""

    keys: Sequence[OKPKey]
    issuer: str
    audience: str
    clock: Callable[[], float] = time.time  # noqa: TID251  tokens are judged by the wall clock of whoever verifies them

    def access(self, person_id: PersonId, session_id: SessionId, roles: Sequence[StaffRole]) -> str:
        return self._signed(session.claims(person_id, session_id, roles, int(self.clock())))

    def machine(self, client_id: ClientId, partner_id: PartnerId) -> str:
        """Of a company's machine."""
        return self._signed(client.claims(client_id, partner_id, int(self.clock())))

    def _signed(self, said: Mapping[str, Any]) -> str:
        key = self.keys[0]
        header = {"alg": ALGORITHM, "kid": key.kid, "typ": "JWT"}
        return jwt.encode(header, {"iss": self.issuer, "aud": self.audience, **said}, key, [ALGORITHM])

    def jwks(self) -> dict[str, Any]:
        return {"keys": [{**key.as_dict(private=False), "use": "sig", "alg": ALGORITHM} for key in self.keys]}


def signing_keys(text: str) -> list[OKPKey]:
    """Of a private Ed25519 JWK, or a JWKS of several, as JSON; each has a `kid` of its own. Raises ValueError."""
    document = json.loads(text)
    listed = document.get("keys", [document]) if isinstance(document, dict) else None
    if not isinstance(listed, list) or not listed:
        raise ValueError("neither a JWK nor a JWKS")
    keys = [_imported(each) for each in listed]
    if len({key.kid for key in keys}) < len(keys):
        raise ValueError("two keys have one kid")
    return keys


def _imported(data: Any) -> OKPKey:
    if not isinstance(data, dict) or data.get("crv") != "Ed25519" or not data.get("kid"):
        raise ValueError("not an Ed25519 JWK with a kid")
    try:
        key = OKPKey.import_key({name: value for name, value in data.items() if name not in ("alg", "use", "key_ops")})
    except (JoseError, TypeError) as error:
        raise ValueError(f"not an Ed25519 JWK: {error}") from error
    if not key.is_private:
        raise ValueError("a signing key is not private")
    return key
