"""How much is kept of replies that change nothing: refusals, and the present state said again. Each is a row, an event and a record for two
weeks, so that a company's haste would fill everybody's disk."""

from __future__ import annotations

from services.contracts.delivery import PartnerId
from services.kit.http.rate import RateLimit, RateLimited

AT_ONCE = 1_000
PER_MINUTE = 12


class KeptOfNoEffect:
    """Implements `reply.Budget`, in each process for itself. Beyond it a reply is judged and takes effect like any other, and the answer
    to a request carries its outcome; when it changed nothing, nothing is written."""

    def __init__(self, *, at_once: int = AT_ONCE, per_minute: float = PER_MINUTE) -> None:
        self._left = RateLimit(burst=at_once, per_second=per_minute / 60)

    def allows(self, partner_id: PartnerId) -> bool:
        try:
            self._left.take(str(partner_id))
        except RateLimited:
            return False
        return True
