"""What travels in the log and only people can read: a JWE (RFC 7516, compact, ECDH-ES with A256GCM) for a key that lives as long as the
copy is being made."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from typing import Any, Final

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

_CURVE: Final = "X25519"
_HEADER: Final = {"alg": "ECDH-ES", "enc": "A256GCM"}
PIECE_BYTES: Final = 480_000
"""Sealed it is a third more, which an event has room for."""


class Unreadable(Exception):
    """It was not sealed for this key."""


class _Registry(jwe.JWERegistry):
    max_ciphertext_length = 2 * PIECE_BYTES  # the library's own bound is 64 KiB


_REGISTRY: Final = _Registry(algorithms=list(_HEADER.values()))


def key_pair() -> tuple[str, str]:
    """Private and public, each a JWK as JSON."""
    key = OKPKey.generate_key(_CURVE, private=True)
    return json.dumps(key.as_dict(private=True)), json.dumps(key.as_dict(private=False))


def packed(section: Any) -> bytes:
    return gzip.compress(orjson.dumps(section), compresslevel=6, mtime=0)


def unpacked(packed: bytes) -> Any:
    """Raises Unreadable."""
    try:
        return orjson.loads(gzip.decompress(packed))
    except (OSError, EOFError, ValueError) as error:
        raise Unreadable(f"not what a service packs: {error}") from error


def sealed(packed: bytes, public_key: str) -> Sequence[str]:
    """In pieces, at least one."""
    key = OKPKey.import_key(json.loads(public_key))
    pieces = [packed[at : at + PIECE_BYTES] for at in range(0, len(packed), PIECE_BYTES)]
    return [jwe.encrypt_compact(dict(_HEADER), each, key, registry=_REGISTRY) for each in pieces]


def opened(sealed: str, private_key: str) -> bytes:
    """Raises Unreadable."""
    try:
        plain = jwe.decrypt_compact(sealed, OKPKey.import_key(json.loads(private_key)), registry=_REGISTRY).plaintext
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"not sealed for this key: {type(error).__name__}") from error
    if plain is None:
        raise Unreadable("there is nothing in it")
    return plain
