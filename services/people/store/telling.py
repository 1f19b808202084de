"""SQL of telling: one statement decides how everybody is reached who is to be told something, writes it down and gives it to the channels,
and withdraws what no longer matters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from services.contracts.people import PersonId
from services.kit.database.db import Transaction
from services.kit.database.writes import Write
from services.people.domain.ids import MessageId, NoticeId
from services.people.domain.notices import QUIET_FROM, QUIET_UNTIL, Facts, NoticeKind

# Who is not erased stays so until the transaction ends. Channels NULL are those of the installation. What comes after a notice in the same
# breath has made it late before it was sent.
_TELL: Final = """
asked AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                         $10::text[], $11::timestamptz[], $12::timestamptz[], $13::boolean[], $14::float8[], $15::boolean[])
    WITH ORDINALITY AS t (id, message_id, subject, person_id, kind, about, event_id, facts, indonesian, english, happened_at, until,
                          may_wait, apart_s, is_overtaken, n)
), person_asked AS MATERIALIZED (
    SELECT id, language, erased_at IS NOT NULL AS is_erased FROM person
    WHERE id = ANY(ARRAY(SELECT person_id FROM asked)) ORDER BY id FOR KEY SHARE
), reached AS MATERIALIZED (
    SELECT a.*, coalesce(p.language, 'ID') AS language, preference.channels, earliest.at, earliest.at AT TIME ZONE 'Asia/Jakarta' AS wib,
           EXISTS (SELECT FROM phone WHERE phone.person_id = a.person_id)
           OR EXISTS (SELECT FROM push_subscription s WHERE s.person_id = a.person_id) AS has_way
    FROM asked a LEFT JOIN person_asked p ON p.id = a.person_id
    LEFT JOIN notice_preference preference ON preference.subject = a.subject AND preference.kind = a.kind
    CROSS JOIN LATERAL (SELECT greatest(wlijo_now(), CASE WHEN a.apart_s IS NOT NULL THEN (
        SELECT max(coalesce(m.sent_at, m.not_before)) FROM messages m
        WHERE m.person_id = a.person_id AND m.kind = lower(a.kind) AND m.created_at > wlijo_now() - interval '2 days'
        AND (m.failed_at IS NULL OR m.sent_at IS NOT NULL)) + a.apart_s * interval '1 second' END) AS at) AS earliest
    WHERE NOT coalesce(p.is_erased, false)
), timed AS MATERIALIZED (
    SELECT r.*, CASE WHEN NOT may_wait OR (wib::time >= $20 AND wib::time < $19) THEN at
                ELSE (date_trunc('day', wib) + CASE WHEN wib::time < $20 THEN interval '0' ELSE interval '1 day' END + $20)
                     AT TIME ZONE 'Asia/Jakarta' END AS not_before FROM reached r
), withdrawn AS MATERIALIZED (
    SELECT n.id, n.outcome FROM unnest($16::text[], $17::text[], $18::text[]) AS w (subject, kind, about)
    JOIN notice n ON n.subject = w.subject AND n.kind = w.kind AND n.about = w.about
), late AS (
    UPDATE messages SET failed_at = wlijo_now(), text = '' WHERE id = ANY(ARRAY(
        SELECT m.id FROM messages m JOIN withdrawn n ON n.id = m.notice_id WHERE n.outcome = 'WAITING'
        AND m.sent_at IS NULL AND m.failed_at IS NULL AND (m.leased_until IS NULL OR m.leased_until <= wlijo_now())
        ORDER BY m.id FOR UPDATE OF m SKIP LOCKED)) RETURNING notice_id
), sent AS (
    UPDATE messages SET receipt_by = NULL, text = '' WHERE id = ANY(ARRAY(
        SELECT m.id FROM messages m JOIN withdrawn n ON n.id = m.notice_id WHERE m.receipt_by IS NOT NULL
        ORDER BY m.id FOR UPDATE OF m SKIP LOCKED))
), made_late AS (
    UPDATE notice SET outcome = 'LATE' WHERE id IN (SELECT notice_id FROM late)
), noticed AS (
    INSERT INTO notice (id, subject, kind, about, event_id, facts, language, text, happened_at, made_at, outcome)
    SELECT id, subject, kind, about, event_id, facts::jsonb, language, CASE language WHEN 'ID' THEN indonesian ELSE english END,
           happened_at, wlijo_now(), CASE WHEN NOT has_way THEN 'UNREACHABLE' WHEN channels = '{}' THEN 'OFF'
               WHEN not_before >= until OR is_overtaken THEN 'LATE' ELSE 'WAITING' END
    FROM timed ORDER BY n
    ON CONFLICT (subject, kind, about) DO NOTHING RETURNING id, language, text, outcome
), given_out AS (
    INSERT INTO messages (id, person_id, notice_id, kind, language, text, channels, created_at, not_before, expires_at)
    SELECT t.message_id, t.person_id, t.id, lower(t.kind), lower(n.language), n.text, t.channels, wlijo_now(), t.not_before, t.until
    FROM noticed n JOIN timed t USING (id) WHERE n.outcome = 'WAITING' ORDER BY t.n
)"""


@dataclass(frozen=True, slots=True)
class Notice:
    """In both languages: who reads it, and until when they are to be let sleep, is known to the database. `apart_s` lies between two
    messages of its kind to one person."""

    subject: str
    person_id: PersonId | None
    kind: NoticeKind
    about: str
    facts: Facts
    indonesian: str
    english: str
    happened_at: datetime
    matters_until: datetime
    may_wait: bool
    apart_s: float | None


@dataclass(frozen=True, slots=True)
class Telling(Write):
    """What a transaction tells and withdraws, until it is written."""

    places: dict[tuple[str, str, str], int] = field(default_factory=dict)

    @classmethod
    async def of(cls, conn: Transaction) -> Telling:
        found = conn.waiting(cls)
        if found is None:
            arguments = [*([] for _ in range(18)), QUIET_FROM, QUIET_UNTIL]
            found = cls(_TELL, arguments, frozenset({"notice"}))
            await conn.later(found)
        return found

    def column(self, number: int) -> list[object]:
        found = self.arguments[number - 1]
        assert isinstance(found, list)
        return found

    def paces(self, person_id: PersonId | None, kind: NoticeKind) -> bool:
        """Whether one of the kind, to them, is in it."""
        return (person_id, kind) in zip(self.column(4), self.column(5), strict=True)


async def tell(conn: Transaction, notice: Notice, event_id: str | None, *, supersedes: Sequence[NoticeKind]) -> None:
    """With its message, at the latest when the transaction ends, unless they were told of this before: nothing is written then. Those kinds
    of the matter that it supersedes are withdrawn anyhow."""
    telling = await Telling.of(conn)
    if notice.apart_s is not None and telling.paces(notice.person_id, notice.kind):
        conn.takes_more()  # the second has to see the first
        await conn.written()
        telling = await Telling.of(conn)
    _withdraw(telling, notice.subject, [notice.about], supersedes)
    place = (notice.subject, notice.kind, notice.about)
    if place in telling.places:
        return
    telling.places[place] = len(telling.places)
    row = (
        NoticeId.new(),
        MessageId.new(),
        notice.subject,
        notice.person_id,
        notice.kind,
        notice.about,
        event_id,
        msgspec.json.encode(notice.facts).decode(),
        notice.indonesian,
        notice.english,
        notice.happened_at,
        notice.matters_until,
        notice.may_wait,
        notice.apart_s,
        False,
    )
    for number, value in enumerate(row, 1):
        telling.column(number).append(value)


async def withdraw(conn: Transaction, subject: str, about: Iterable[str], kinds: Iterable[NoticeKind]) -> None:
    """Notices that were not sent yet and no longer matter. One that is being sent is left; one that was sent is not said again, whatever
    its provider tells of it."""
    _withdraw(await Telling.of(conn), subject, about, kinds)


def _withdraw(telling: Telling, subject: str, about: Iterable[str], kinds: Iterable[NoticeKind]) -> None:
    for matter in about:
        for kind in kinds:
            if (told := telling.places.get((subject, kind, matter))) is not None:
                telling.column(15)[told] = True
            for number, value in zip((16, 17, 18), (subject, kind, matter), strict=True):
                telling.column(number).append(value)
