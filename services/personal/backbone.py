"""The list's part for what every service has from the kit."""

from __future__ import annotations

from typing import Final

from services.personal.columns import Fate, Table, nobody

_EVENTS: Final = "events name a person by the subject alone; what is told for a copy is sealed, and its key goes when the copy is made"
_EVENT = "seq id topic aggregateseq type stream epoch traceparent created_at"


def _told(name: str, more: str) -> Table:
    return Table(
        name=name,
        rows=f"FROM {name} t WHERE t.aggregate = {{subject}}",
        kept=dict.fromkeys(("aggregate", "key", "payload"), _EVENTS),
        nobody=f"{_EVENT} {more}",
        fate=Fate.STAYS,
        because=_EVENTS,
    )


BACKBONE: Final = (
    _told("outbox", "again"),
    _told("outbox_archive", "sent_at"),
    _told("outbox_kept", "sent_at"),
    Table(
        name="outbox_counter",
        rows="FROM outbox_counter t WHERE t.aggregate = {subject}",
        kept={"aggregate": "how many events were told"},
        nobody="topic last",
        fate=Fate.STAYS,
        because=_EVENTS,
    ),
    Table(
        name="inbox",
        rows="FROM inbox t WHERE t.aggregate = {subject}",
        kept={"aggregate": "how far events were heard"},
        nobody="consumer source topic epoch last last_id",
        fate=Fate.STAYS,
        because=_EVENTS,
    ),
    Table(
        name="inbox_waiting",
        rows="FROM inbox_waiting t WHERE t.aggregate = {subject}",
        kept={"aggregate": _EVENTS, "record": _EVENTS},
        nobody="consumer source topic seq id since error attempts retry_at epoch",
        fate=Fate.STAYS,
        because=_EVENTS,
    ),
    Table(
        name="dead_letter",
        rows="FROM dead_letter t WHERE t.aggregate = {subject}",
        kept=dict.fromkeys(("aggregate", "key", "headers", "record"), _EVENTS),
        nobody="id consumer reason topic partition position event_id at source aggregateseq digest times replayed_at asked_at "
        "answered tries",
        fate=Fate.STAYS,
        because=_EVENTS,
    ),
    Table(
        name="event_deed",
        title=("Kejadian tersangkut yang Anda selesaikan sebagai petugas", "Stuck events that you settled as staff"),
        rows="FROM event_deed t WHERE t.actor = {subject} ORDER BY t.id",
        shown={"at": "kapan", "deed": "tindakan", "because": "alasan", "consumer": "yang mendengar", "topic": "topik"},
        kept={"actor": "who asks", "about": _EVENTS},
        nobody="id seq reason",
        fate=Fate.STAYS,
        because="what staff did is kept under their subject, which names nobody",
    ),
    Table(
        name="idempotency",
        title=("Permintaan yang diingat tujuh hari", "Requests that are remembered for seven days"),
        rows="FROM idempotency t WHERE t.caller = {subject} ORDER BY t.created_at",
        shown={"mutation": "apa yang diminta", "created_at": "kapan"},
        kept={
            "caller": "the subject of whoever asked",
            "key": "made up by the app",
            "body_hash": "a digest of what was asked",
            "answer": "ids of what came of it, which stands elsewhere",
        },
        fate=Fate.DELETED,
    ),
    *nobody(
        consumer_log="consumer log",
        process_seen="process part version at missing unread",
        relay_lease="only_row holder until",
        relay_log="only_row log filled filled_to filled_from",
        release_applied="version at",
        schema_migration="name checksum applied_at",
        stream_epoch="only_row epoch",
        timer="kind subject due_at attempts error",
    ),
)
"""Partitions of outbox_archive are it. `timer.subject` is an order's, a trip's, a reservation's."""
