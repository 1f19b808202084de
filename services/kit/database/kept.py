"""What bounds each table of a database: every service says so in `store/kept.py`, and what it has from the kit is said here.

A table has a row for each thing that somebody entered (`of_things`), or rows until what they are for is done (`until_done`), or for so
many days (`for_days`), or for ever, and then why (`for_ever`). tests/integration/test_kept.py holds it against the real schemas, with
what is said to remove rows; infra/bench/storage.py says what an order leaves in each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Bound(StrEnum):
    THINGS = "as many as there are"
    DONE = "until it is done"
    DAYS = "for days"
    EVER = "for ever"


@dataclass(frozen=True, slots=True)
class Kept:
    """`by` removes rows: a function by its path, `sql <function>` of the database, or `with <table>` whose rows take these along."""

    bound: Bound
    why: str
    by: str = ""
    days: float = 0.0

    def __post_init__(self) -> None:
        if bool(self.by) != (self.bound in (Bound.DONE, Bound.DAYS)) or bool(self.days) != (self.bound is Bound.DAYS):
            raise ValueError(f"{self.bound}, but removed by {self.by!r} after {self.days} days")


def of_things(what: str) -> Kept:
    """A row, or a stated number of them, for each."""
    return Kept(Bound.THINGS, what)


def until_done(by: str, what: str) -> Kept:
    return Kept(Bound.DONE, what, by)


def for_days(days: float, by: str, what: str = "") -> Kept:
    return Kept(Bound.DAYS, what, by, days)


def for_ever(why: str) -> Kept:
    return Kept(Bound.EVER, why)


ARCHIVE_DAYS: Final = 14
QUIET_DAYS: Final = 90
JOINED: Final = for_days(
    QUIET_DAYS,
    "services.kit.messaging.inbox_forgetting.forget_quiet",
    "how far each aggregate was heard, as long as anything of it can come twice; who joins an aggregate where it finds it needs no more",
)
"""The inbox of a service of which each consumer is `joining`. Of states it has a row for each thing."""

_ENTERED = "what was done by hand, of which the law or an officer may ask"
HISTORY: Final = for_ever(_ENTERED)
"""Of things, not of orders: a row for each deed."""

BACKBONE: Final[Mapping[str, Kept]] = {
    "outbox": until_done("services.kit.messaging.outbox_store.PostgresOutbox", "until it is sent"),
    "outbox_archive": for_days(
        ARCHIVE_DAYS, "sql outbox_archive_partitions", "what was sent, a partition a day; a new log is filled from it"
    ),
    "outbox_kept": of_things("the newest state of each thing that is told by its state"),
    "outbox_counter": for_ever(
        "how many events an aggregate told: one that goes on after years goes on counting, and is known to be new by its number"
    ),
    "inbox": for_ever("how far each aggregate was heard: a repeat is known by it, and what comes next by its number"),
    "inbox_waiting": until_done("services.kit.messaging.inbox_store.PostgresInbox", "until its predecessor comes"),
    "dead_letter": until_done(
        "services.kit.messaging.inbox_forgetting.forget_settled",
        f"until somebody has settled it, and {ARCHIVE_DAYS} days more",
    ),
    "event_deed": for_ever("what was done by hand with events that were stuck"),
    "consumer_log": of_things("a consumer"),
    "timer": until_done("services.kit.messaging.timers.stop", "until it is due, or stopped"),
    "idempotency": for_days(7, "services.kit.graphql.idempotency.purge", "the answer to who asks again"),
    "stream_epoch": of_things("one row"),
    "relay_lease": of_things("one row"),
    "relay_log": of_things("one row"),
    "clock_shift": of_things("one row, in local and test mode"),
    "schema_migration": of_things("a file of migrations"),
    "release_applied": of_things("a release"),
    "process_seen": until_done("services.kit.messaging.running_store.say", "while the process lives"),
}
