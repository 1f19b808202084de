"""How the catalog's files of photos are called, and in which of its two rooms each lies."""

from __future__ import annotations

from typing import Final

from services.contracts.catalog import MediaId
from services.kit.photos import names

ROOMS: Final = ("public", "private")


def name_of(media_id: MediaId, content: bytes) -> str:
    return names.name_of(media_id.uuid, content)


def media_of(name: str) -> MediaId | None:
    """Whose file it is; None when it can be nobody's."""
    found = names.photo_of(name)
    return MediaId(found) if found else None


def part_of(media_id: MediaId) -> str:
    return media_id.uuid.hex[-2:]


def key_of(name: str, *, private: bool) -> str:
    """Where it is kept. What is not for everybody is in a room of its own, which no public address leads to."""
    return names.key_of(name, ROOMS[private])


def name_in(key: str) -> str | None:
    """The file's name, if it is one of ours and lies where it should."""
    return names.name_in(key) if key.partition("/")[0] in ROOMS else None
