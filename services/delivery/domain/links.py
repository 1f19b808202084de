"""Links by which a buyer lets others follow a trip: whoever has the token sees a little, until the trip ends or the buyer says so."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from services.contracts.delivery import DeliveryId
from services.kit.secret import Secret

NONCE_BYTES = 16
MAX_TOKEN = 64


@dataclass(frozen=True, slots=True)
class Links:
    """Tokens of 144 bits by HMAC of the trip and a nonce: the buyer is shown the same one again, and the database has its digest alone."""

    key: Secret | None

    def token(self, delivery_id: DeliveryId, nonce: bytes) -> str:
        key = self.key.reveal().encode() if self.key else b""
        made = hmac.new(key, b"track:%b:%b" % (str(delivery_id).encode(), nonce), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made[:18]).decode()


def a_nonce() -> bytes:
    return secrets.token_bytes(NONCE_BYTES)


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def first_name(name: str) -> str:
    """What a stranger is told of a rider."""
    return name.split(maxsplit=1)[0] if name.split() else name
