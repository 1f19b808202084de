"""How files of photos are called: by the photo, and by what is in them. A name never has another content, and no two photos share a
file, so that one can go without the other."""

from __future__ import annotations

import hashlib
import re
from typing import Final
from uuid import UUID

SUFFIX: Final = ".webp"
_NAME: Final = re.compile(r"([0-9a-f]{32})-[0-9a-f]{24}\.webp")
_KEY: Final = re.compile(r"[a-z]+/([0-9a-f]{2})/([0-9a-f]{32}-[0-9a-f]{24}\.webp)")


def name_of(photo: UUID, content: bytes) -> str:
    return f"{photo.hex}-{hashlib.sha256(content).hexdigest()[:24]}{SUFFIX}"


def photo_of(name: str) -> UUID | None:
    """Whose file it is; None when it can be nobody's."""
    found = _NAME.fullmatch(name)
    return UUID(found[1]) if found else None


def key_of(name: str, room: str) -> str:
    """Where it is kept. Rooms are of one owner of rows each, and of who may see what is in them."""
    return f"{room}/{name[30:32]}/{name}"


def name_in(key: str) -> str | None:
    """The file's name, if it is one of ours and lies where it should."""
    found = _KEY.fullmatch(key)
    return found[2] if found and found[2][30:32] == found[1] else None
