"""Signed statements: one service says them, a client carries them, another believes them (compact JWS, Ed25519)."""

import json
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

_ALGORITHM = "Ed25519"  # RFC 9864: EdDSA leaves the curve open
_MAX_LENGTH = 8_192


class InvalidStatement(Exception):
    """Not by a key that we trust, or not of the kind asked for. Expiry is in the payload and the caller's to judge."""


def signing_key(text: str) -> OKPKey:
    """A private Ed25519 JWK, as JSON with a `kid`. Raises ValueError."""
    key = _import(json.loads(text))
    if not key.is_private:
        raise ValueError("the signing key is not private")
    return key


def trusted_keys(text: str) -> KeySet:
    """A JWKS of public Ed25519 keys, as JSON; during a rotation it holds the old key and the new. Raises ValueError."""
    document = json.loads(text)
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list) or not document["keys"]:
        raise ValueError("not a JWKS with at least one key")
    return KeySet([_import(key) for key in document["keys"]])


def _import(data: Any) -> OKPKey:
    if not isinstance(data, dict) or data.get("crv") != "Ed25519" or not data.get("kid"):
        raise ValueError("not an Ed25519 JWK with a kid")
    try:
        # A key file may still name the algorithm by its older name; here the curve decides.
        return OKPKey.import_key({name: value for name, value in data.items() if name != "alg"})
    except (JoseError, TypeError) as error:
        raise ValueError(f"not an Ed25519 JWK: {error}") from error


def sign(payload: dict[str, Any], key: OKPKey, *, kind: str) -> str:
    """`kind` is signed too, as `typ`: a statement made for one purpose proves nothing for another."""
    header = {"alg": _ALGORITHM, "kid": key.kid, "typ": kind}
    return jws.serialize_compact(header, json.dumps(payload, separators=(",", ":"), sort_keys=True), key, [_ALGORITHM])


def verify(token: str, keys: KeySet, *, kind: str) -> dict[str, Any]:
    """The payload as it was signed. Raises InvalidStatement."""
    if len(token) > _MAX_LENGTH:
        raise InvalidStatement("too long")
    try:
        found = jws.extract_compact(token.encode())
        header: Any = found.headers()  # signed by anyone: any JSON
        if not isinstance(header, dict) or header.get("typ") != kind or not isinstance(header.get("kid"), str):
            raise InvalidStatement("of another kind")
        if not jws.validate_compact(found, keys.get_by_kid(header["kid"]), [_ALGORITHM]):
            raise InvalidStatement("the signature does not fit")
        payload = json.loads(found.payload)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise InvalidStatement(type(error).__name__) from error
    if not isinstance(payload, dict):
        raise InvalidStatement("not an object")
    return payload
