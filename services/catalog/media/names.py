"""How files of photos are called: by the photo, and by what is in them. A name never has another content, and no two photos share a
file, so that one can go without the other."""

from __future__ import annotations

import hashlib
import re
from typing import Final
from uuid import UUID

from services.contracts.catalog import MediaId

SUFFIX: Final = ".webp"
_NAME: Final = re.compile(r"([0-9a-f]{32})-[0-9a-f]{24}\.webp")
_KEY: Final = re.compile(r"(public|private)/([0-9a-f]{2})/([0-9a-f]{32}-[0-9a-f]{24}\.webp)")
ROOMS: Final = ("public", "private")


def name_of(media_id: MediaId, content: bytes) -> str:
    return f"{media_id.uuid.hex}-{hashlib.sha256(content).hexdigest()[:24]}{SUFFIX}"


def media_of(name: str) -> MediaId | None:
    """Whose file it is; None when it can be nobody's."""
    found = _NAME.fullmatch(name)
    return MediaId(UUID(found[1])) if found else None


def part_of(media_id: MediaId) -> str:
    return media_id.uuid.hex[-2:]


def key_of(name: str, *, private: bool) -> str:
    """Where it is kept. What is not for everybody is in a room of its own, which no public address leads to."""
    return f"{ROOMS[private]}/{name[30:32]}/{name}"


def name_in(key: str) -> str | None:
    """The file's name, if it is one of ours and lies where it should."""
    found = _KEY.fullmatch(key)
    return found[3] if found and found[3][30:32] == found[2] else None
