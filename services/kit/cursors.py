"""Keyset cursors as opaque text: of a list over the graph and of one over plain HTTP alike."""

from __future__ import annotations

import base64
import binascii
from typing import Final, TypeVar

import msgspec

MAX_CHARACTERS: Final = 512
K = TypeVar("K", bound=tuple[object, ...])


def written(key: tuple[object, ...]) -> str:
    """Opaque text for a key of strings, numbers, times and UUIDs."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def read(text: str, shape: type[K]) -> K:
    """The key, of the shape of this list's keys. Raises ValueError."""
    try:
        if len(text) > MAX_CHARACTERS:
            raise ValueError("too long")
        padded = text + "=" * (-len(text) % 4)
        key = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=shape)
    except (binascii.Error, msgspec.DecodeError) as error:
        raise ValueError(str(error)) from error
    if any(isinstance(part, str) and "\0" in part for part in key):
        raise ValueError("PostgreSQL's text cannot hold this")
    return key
