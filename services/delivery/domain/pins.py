"""The handover PIN: what the buyer shows and the rider reports. Derived, never stored."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from services.contracts.delivery import DeliveryId
from services.kit.secret import Secret

TEST_PIN = "000000"
MAX_TRIES = 5


@dataclass(frozen=True, slots=True)
class Pins:
    """Six digits by HMAC of the trip's id: whoever reads the database learns no PIN, and api and worker agree without telling each other.

    Without a key only test trips have a PIN.
    """

    key: Secret | None

    def of(self, delivery_id: DeliveryId, *, test: bool) -> str:
        if test:
            return TEST_PIN
        if self.key is None:
            raise ValueError("no key for handover PINs")
        digest = hmac.new(self.key.reveal().encode(), f"handover:{delivery_id}".encode(), hashlib.sha256).digest()
        return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"

    def fits(self, delivery_id: DeliveryId, *, test: bool, shown: str) -> bool:
        return hmac.compare_digest(self.of(delivery_id, test=test).encode(), shown.encode())
