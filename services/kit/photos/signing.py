"""Addresses that only we can make: to send a photo to, and to see one at for a while that is not for everybody."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from services.kit.photos.names import photo_of
from services.kit.secret import Secret

_DIGEST: Final = 16
_MOST_LENGTH: Final = 200


class Destination(NamedTuple):
    """`owner` is whose turn the work takes."""

    owner: UUID
    photo: UUID


class Signer:
    """`key` is of all processes that serve photos; what was signed for one `scope` opens nothing of another."""

    def __init__(self, key: Secret, scope: str = "") -> None:
        self._key = key
        self._scope = scope.encode()

    def upload(self, to: Destination) -> str:
        """Until when it is good, what for and how much may be sent there, the photo's row says."""
        return self._signed(b"upload", to.owner.bytes + to.photo.bytes)

    def destination(self, token: str) -> Destination | None:
        """None for what nobody here has signed."""
        found = self._opened(b"upload", token)
        if found is None or len(found) != 32:
            return None
        return Destination(UUID(bytes=found[:16]), UUID(bytes=found[16:]))

    def showing(self, name: str, until: datetime) -> str:
        return self._signed(b"show", int(until.timestamp()).to_bytes(8) + name.encode())

    def shown(self, token: str) -> tuple[str, datetime] | None:
        """The file, and until when it is shown."""
        found = self._opened(b"show", token)
        if found is None or len(found) < 9:
            return None
        name = found[8:].decode("ascii")
        return (name, datetime.fromtimestamp(int.from_bytes(found[:8]), UTC)) if photo_of(name) else None

    def _signed(self, kind: bytes, said: bytes) -> str:
        return base64.urlsafe_b64encode(self._digest(kind, said) + said).decode().rstrip("=")

    def _opened(self, kind: bytes, token: str) -> bytes | None:
        if len(token) > _MOST_LENGTH:
            return None
        try:
            found = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        digest, said = found[:_DIGEST], found[_DIGEST:]
        return said if hmac.compare_digest(digest, self._digest(kind, said)) else None

    def _digest(self, kind: bytes, said: bytes) -> bytes:
        return hmac.digest(self._key.reveal().encode(), self._scope + kind + b"\0" + said, hashlib.sha256)[:_DIGEST]
