"""How much is done for replies that change nothing: refusals, and what is known already said again.

Each takes a transaction, so that a company's haste would take everybody's time; and what is kept of it is a row, an event and a record for
two weeks, so that it would fill everybody's disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from services.contracts.delivery import DeliveryId, PartnerId
from services.kit.database.db import TRANSIENT
from services.kit.http.rate import RateLimit, RateLimited

AT_ONCE = 1_000
PER_MINUTE = 12
JUDGED_AT_ONCE = 200
JUDGED_PER_SECOND = 5
JUDGED_OF_A_JOB_AT_ONCE = 20
JUDGED_OF_A_JOB_PER_MINUTE = 12


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


@dataclass(slots=True)
class Judging:
    """`changed` is for the one who judges to say: that it came to something."""

    changed: bool = False


class Patience:
    """How many replies that change nothing are judged, in each process for itself. One is taken before a reply is looked at, and given back
    when it changed something, or was not judged for a fault that passes.

    Each job has some of its own: what is said of it in the midst of a flood about others can still be judged.
    """

    def __init__(
        self,
        *,
        at_once: int = JUDGED_AT_ONCE,
        per_second: float = JUDGED_PER_SECOND,
        of_a_job: int = JUDGED_OF_A_JOB_AT_ONCE,
    ) -> None:
        self._of_companies = RateLimit(burst=at_once, per_second=per_second)
        self._of_jobs = RateLimit(burst=of_a_job, per_second=JUDGED_OF_A_JOB_PER_MINUTE / 60)

    def judging(self, partner_id: PartnerId) -> AbstractContextManager[Judging]:
        """Entering raises RateLimited."""
        return _one_of(self._of_companies, str(partner_id))

    def judging_of(self, partner_id: PartnerId, job_id: DeliveryId) -> AbstractContextManager[Judging]:
        """Entering raises RateLimited."""
        return _one_of(self._of_jobs, f"{partner_id}:{job_id}")


@contextmanager
def _one_of(left: RateLimit, whose: str) -> Iterator[Judging]:
    judging = Judging()
    left.take(whose)
    try:
        yield judging
    except TRANSIENT:
        left.give_back(whose)
        raise
    if judging.changed:
        left.give_back(whose)
