"""The cookie that holds a session: JWE (RFC 7516), `dir` with A256GCM, so that nobody reads it and nobody makes one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from services.web.session import Session

MOST_BYTES = 3_900
"""Browsers keep 4,096 bytes of name, value and attributes; a larger one is dropped silently."""
_HEADER = {"alg": "dir", "enc": "A256GCM"}
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Session)


class TooLarge(Exception):
    """More than a browser keeps."""


class Sealing:
    """By the first of the keys; opened by any of them."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [OctKey.import_key(hashlib.sha256(key.encode()).digest()) for key in keys]

    def seal(self, session: Session) -> str:
        """Raises TooLarge."""
        text = jwe.encrypt_compact(_HEADER, _ENCODER.encode(session), self._keys[0])
        if len(text) > MOST_BYTES:
            raise TooLarge
        return text

    def open(self, text: str) -> Session | None:
        """None for what is not ours, or no longer."""
        if not text or len(text) > MOST_BYTES:
            return None
        for key in self._keys:
            try:
                opened = jwe.decrypt_compact(text, key, algorithms=["dir", "A256GCM"])
                return _DECODER.decode(opened.plaintext or b"")
            except (JoseError, ValueError, msgspec.DecodeError):
                continue
        return None
