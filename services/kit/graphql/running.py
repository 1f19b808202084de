"""How a service runs, as its graph tells operators: each service has it under a name of its own, all of one shape."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

import strawberry

from services.kit.database.db import Database, transaction
from services.kit.graphql.enums import described
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import Page, PageInfo, cursor, sized
from services.kit.graphql.texts import read_line
from services.kit.messaging import running_store, stuck
from services.kit.messaging.running_store import ConsumerState, Missing, Process, Running
from services.kit.messaging.stuck import Stuck, StuckDeed, StuckKey, StuckKind, StuckReason

_LONGEST = 500
_MOST_CHECKS = 10

described(
    StuckKind,
    "How an event is stuck. New values may come.",
    PARKED="Its handler failed; it is tried again with growing pauses, and later events of its aggregate wait.",
    GAP="Its predecessor has not come for a minute; later events of its aggregate wait.",
    DEAD="It was put away; its aggregate goes on without it.",
)
described(
    StuckReason,
    "Why an event is stuck. New values may come.",
    HANDLER_FAILED="A fault of ours, or of what it needs; `error` says which.",
    PREDECESSOR_MISSING="What came before it was never told, or not yet.",
    UNREADABLE="It is none of our events, or is broken.",
    NOT_ITS_PUBLISHER="Somebody told it who does not publish it.",
    NUMBER_TAKEN="Another event came under the same number; it cannot be applied.",
    SET_ASIDE="Somebody set it aside so that its aggregate goes on.",
    GAP_PASSED="Somebody went on past events that never came; there is nothing to apply.",
    INAPPLICABLE="It speaks of what is not there, or its data have a shape that is not known.",
)
described(
    StuckDeed,
    "What is done with a stuck event. New values may come.",
    TRY_AGAIN="It is tried now: a parked one by the next round, a dead one once, within seconds.",
    SET_ASIDE="Of a parked one: it becomes a dead one, that can still be tried, and its aggregate goes on.",
    DROP="It is never applied; its aggregate goes on.",
)


@strawberry.federation.type(shareable=True, description="Something that a process needs and has not.")
class MissingPart:
    name: str = strawberry.field(description="Like database, relay, or a consumer's name.")
    why: str | None = strawberry.field(description="What it says itself, in English.")
    since: datetime = strawberry.field(description="Since when, within ten seconds.")

    @classmethod
    def of(cls, row: Missing) -> Self:
        return cls(name=row.name, why=stuck.without_facts(row.why), since=row.since)


@strawberry.federation.type(shareable=True, description="A process of a service, as it says every ten seconds.")
class ServiceProcess:
    part: str = strawberry.field(description="api or worker.")
    version: str = strawberry.field(description="Its release.")
    heard_at: datetime = strawberry.field(description="When it said so last.")
    is_alive: bool = strawberry.field(
        description="Whether that was within the last minute. Of a part of which none is, the last is there."
    )
    missing: list[MissingPart] = strawberry.field(
        description="What it needs and has not; it is ready when there is none.", directives=[sized(_MOST_CHECKS)]
    )

    @classmethod
    def of(cls, row: Process) -> Self:
        return cls(
            part=row.part,
            version=row.version,
            heard_at=row.at,
            is_alive=row.alive,
            missing=[MissingPart.of(each) for each in row.missing[:_MOST_CHECKS]],
        )


@strawberry.federation.type(shareable=True, description="How far a consumer of a service is with what it hears.")
class ConsumerHealth:
    name: str = strawberry.field(description="Its name keys the inbox.")
    unread: int | None = strawberry.field(
        description="Records of the log that it has not read, as its processes said last; null when none has said."
    )
    waiting: int = strawberry.field(description="Events that wait for their predecessor.")
    waiting_since: datetime | None = strawberry.field(description="Since when the first of them does.")
    parked: int = strawberry.field(description="Keys whose head is tried again and again.")
    parked_since: datetime | None = strawberry.field(description="Since when the first of them is.")
    dead: int = strawberry.field(description="Dead letters that nobody has settled.")

    @classmethod
    def of(cls, row: ConsumerState) -> Self:
        return cls(
            name=row.name,
            unread=row.unread,
            waiting=row.waiting,
            waiting_since=row.waiting_since,
            parked=row.parked,
            parked_since=row.parked_since,
            dead=row.dead,
        )


@strawberry.federation.type(shareable=True, description="How a service runs; for operators.")
class ServiceHealth:
    processes: list[ServiceProcess] = strawberry.field(
        description="Of each part those that are alive.", directives=[sized(running_store.MOST_PROCESSES)]
    )
    consumers: list[ConsumerHealth] = strawberry.field(
        description="By name.", directives=[sized(running_store.MOST_CONSUMERS)]
    )
    untold: int = strawberry.field(description="Events that are told and not on the broker yet; at most 10,000.")
    untold_since: datetime | None = strawberry.field(description="When the first of them was told.")
    overdue_timers: int = strawberry.field(description="Timers that should have rung five seconds ago; at most 10,000.")
    overdue_since: datetime | None = strawberry.field(description="When the first of them was due.")
    overdue_kind: str | None = strawberry.field(description="What that one is for.")

    @classmethod
    def of(cls, found: Running) -> Self:
        return cls(
            processes=[ServiceProcess.of(each) for each in found.processes],
            consumers=[ConsumerHealth.of(each) for each in found.consumers],
            untold=found.pending,
            untold_since=found.pending_since,
            overdue_timers=found.overdue,
            overdue_since=found.overdue_since,
            overdue_kind=found.overdue_kind,
        )


@strawberry.federation.type(
    shareable=True, description="An event that does not go on by itself. Nothing of what it says."
)
class StuckEvent:
    id: strawberry.ID = strawberry.field(description="Opaque, and of its service alone.")
    kind: StuckKind = strawberry.field(description="How it is stuck.")
    reason: StuckReason = strawberry.field(description="Why; what to do goes by it.")
    consumer: str = strawberry.field(description="Who was to hear it.")
    source: str | None = strawberry.field(description="Who told it, null when it does not say.")
    topic: str = strawberry.field(description="Where it was told.")
    about: str | None = strawberry.field(description="The id of what it is about; null when it does not say.")
    count: int | None = strawberry.field(description="Which it is of those about that: 1, 2, 3 …")
    since: datetime = strawberry.field(description="Since when it is stuck.")
    error: str | None = strawberry.field(
        description="What went wrong, in English, without what came with the event; null of a gap."
    )
    attempts: int = strawberry.field(description="How often it was tried in vain.")
    behind: int = strawberry.field(description="How many later events wait for it.")
    next_try_at: datetime | None = strawberry.field(
        description="When a parked one is tried next by itself; null of others."
    )
    asked_at: datetime | None = strawberry.field(
        description="When somebody asked for a dead one to be tried; null when it is not to be."
    )
    answered: str | None = strawberry.field(description="What came of the last time that somebody asked.")

    @classmethod
    def of(cls, row: Stuck) -> Self:
        return cls(
            id=strawberry.ID(str(row.key)),
            kind=row.kind,
            reason=row.reason,
            consumer=row.consumer,
            source=row.source,
            topic=row.topic,
            about=row.aggregate,
            count=row.seq,
            since=row.since,
            error=row.error,
            attempts=row.attempts,
            behind=row.behind,
            next_try_at=row.retry_at,
            asked_at=row.asked_at,
            answered=row.answered,
        )


@strawberry.federation.type(shareable=True, description="One element of a list and where it stands.")
class StuckEventEdge:
    cursor: str = strawberry.field(description="Opaque; give it as `after` to go on from here.")
    node: StuckEvent


@strawberry.federation.type(shareable=True, description="A page of a list.")
class StuckEventConnection:
    edges: list[StuckEventEdge]
    page_info: PageInfo


Because = Annotated[
    str | None,
    strawberry.argument(description="Why, for those who ask later; needed for what is not TRY_AGAIN."),
]
Deed = Annotated[StuckDeed, strawberry.argument(description="What is to be done.")]
Id = Annotated[strawberry.ID, strawberry.argument(description="Of the event, as the list has it.")]


async def health(db: Database) -> ServiceHealth:
    async with db.acquire() as conn:
        return ServiceHealth.of(await running_store.running(conn))


async def stuck_events(db: Database, first: int | None, after: str | None) -> StuckEventConnection:
    page = Page(first, after, tuple[datetime, str])
    async with db.acquire() as conn:
        rows = await stuck.listed(conn, page.after, page.limit)
    edges = [
        StuckEventEdge(cursor=cursor((row.since, row.order)), node=StuckEvent.of(row)) for row in rows[: page.first]
    ]
    return StuckEventConnection(edges=edges, page_info=page.info(len(rows), [each.cursor for each in edges]))


async def settle(db: Database, id: str, deed: StuckDeed, because: str | None, actor: str) -> None:
    """Raises BadUserInput, NoLongerStuck or DeedDoesNotFit."""
    try:
        key = StuckKey.parse(id)
    except ValueError as error:
        raise BadUserInput("id is not the id of a stuck event") from error
    if because is not None:
        because = read_line("because", because, longest=_LONGEST)
    if not because and deed is not StuckDeed.TRY_AGAIN:
        raise BadUserInput("because says why")
    async with transaction(db) as conn:
        await stuck.settle(conn, key, deed, because, actor)
