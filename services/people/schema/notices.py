"""What somebody was told, for them to read, and how they want to hear of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from services.graph import Payload
from services.kit.database.db import Transaction, transaction
from services.kit.graphql.enums import described
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import MAX_FIRST, PAGED, Connection, Page, sized
from services.kit.graphql.refusals import refusable
from services.people.commands import sessions
from services.people.domain.ids import NoticeId
from services.people.domain.notices import NoticeChannel, NoticeKind, NoticeOutcome
from services.people.domain.push import MOST_BROWSERS, Browser, address
from services.people.schema.context import Info
from services.people.store import notices
from services.people.store.notices import Shown

described(
    NoticeKind,
    "What a notice is about. New kinds may come: show its text.",
    SELLER_ORDER_NEW="To a seller: an order waits for the answer.",
    SELLER_ORDER_DEADLINE="To a seller: the time to answer runs out.",
    SELLER_ORDER_CANCELLED="To a seller: the order was cancelled.",
    SELLER_ORDER_LATER="To a seller: an order of a later time waits for the answer.",
    ORDER_PART_LEFT="To the buyer: the order goes on without one seller's part.",
    ORDER_ASKS="To the buyer: some sellers could not; the rest goes on unless it is cancelled in time.",
    ORDER_ACCEPTED="To the buyer: all sellers have accepted.",
    ORDER_LATER="To the buyer: all sellers have accepted, and it will be brought later.",
    ORDER_TO_COLLECT="To the buyer: the seller has accepted, and it is to be collected.",
    ORDER_READY="To the buyer: what is to be collected is packed.",
    ORDER_QUESTION="To the buyer: a seller who packs asks something.",
    ORDER_CHANGED="To the buyer: a line is short, was dropped or replaced.",
    PAYMENT_ASKED="To the buyer: it is to be paid by QRIS, until when.",
    REFUND_COMING="To the buyer: so much goes back, and why.",
    REFUND_BY_HAND="To the buyer: no provider gives it back, a person does.",
    REFUND_DONE="To the buyer: it has gone back.",
    CLAIM_OPENED="To a seller: a buyer claims something back.",
    CLAIM_OFFERED="To the buyer: the seller offers a part.",
    CLAIM_DECLINED="To the buyer: the seller refuses the claim.",
    CLAIM_ESCALATED="To buyer and seller: an officer decides the claim.",
    CLAIM_GRANTED="To the buyer: the claim was granted.",
    CLAIM_REFUSED="To the buyer: the claim was not granted.",
    CLAIM_DECIDED="To a seller: an officer has decided the claim.",
    CLAIM_PAID="To the buyer: the seller says that the money was given.",
    CLAIM_SETTLED="To the buyer: the claim is settled.",
    ORDER_ON_THE_WAY="To the buyer: the rider has the goods.",
    ORDER_AT_THE_DOOR="To the buyer: the rider is there.",
    ORDER_CANCELLED="To the buyer: why the order ended, and who pays.",
    ORDER_DELIVERED="To the buyer: the goods were handed over.",
    APPLICATION_WAITING="To an officer: somebody asks to sell.",
    APPLICATION_VERIFIED="To who applied: they may open.",
    APPLICATION_SENT_BACK="To who applied: what has to be corrected.",
    LICENCE_WAITING="To an officer: a licence waits to be looked at.",
    LICENCE_VERIFIED="To a merchant's owners: their licence is in order.",
    LICENCE_REJECTED="To a merchant's owners: their licence is not in order.",
    LICENCE_REVOKED="To a merchant's owners: their licence is accepted no more.",
    LICENCE_DUE="To a merchant's owners: a licence ends in two months.",
    LICENCE_DUE_SOON="To a merchant's owners: a licence ends in two weeks.",
    LICENCE_EXPIRED="To a merchant's owners: a licence is over.",
    LICENCE_NEEDED="To a merchant's owners: some goods are for sale no more until they have a licence.",
    JOB_OFFERED="To a company's people and riders on shift: a job may be had.",
    JOB_OFFER_OVER="To the same: that offer has ended.",
    TRIP_ASSIGNED="To a rider: the trip is theirs.",
    TRIP_CANCELLED="To a rider under way: the order was cancelled.",
    WEBHOOK_FAILS="To a company's people: nothing gets through to its webhook.",
    WEBHOOK_WORKS="To a company's people: its webhook can be reached again.",
    PARTNER_PAUSED="To a company's owners: it gets no jobs, and why.",
    PARTNER_RESUMED="To a company's owners: it gets jobs again.",
    REPORT_OVERDUE="To a company's people: nothing was heard of a trip for long.",
    EXPORT_READY="A copy of what is kept about them can be fetched.",
    KASBON_ASKED="To a merchant's people: a buyer asks for a kasbon.",
    KASBON_OFFERED="To a buyer: a merchant offers a kasbon.",
    KASBON_OPENED="To both: a kasbon is open.",
    KASBON_LIMIT="To both: a kasbon has another limit.",
    KASBON_CLOSED="To both: nothing new is bought on a kasbon.",
    KASBON_PAID="To both: a payment of a kasbon was noted.",
    KASBON_TAKEN_BACK="To both: a payment of a kasbon was taken back.",
    KASBON_DISPUTED="To the other side: an entry of a kasbon is said to be wrong.",
    WLIJO_NEAR="To who asked: a wlijo on her round is near their place.",
)
described(
    NoticeOutcome,
    "What became of it by the channels. New values may come.",
    WAITING="It is to be sent.",
    TOLD="A provider has taken it.",
    FAILED="No channel has taken it, or none has delivered it.",
    LATE="It mattered no more.",
    OFF="By no channel, as preferred.",
    UNREACHABLE="There is no number and no browser.",
)
described(
    NoticeChannel,
    "A way to somebody. New ways may come.",
    WHATSAPP="WhatsApp.",
    SMS="A short message.",
    MAIL="Mail, to the address of the number.",
    PUSH="A browser that has subscribed.",
)


@strawberry.type(description="Something that somebody was told.")
class Notice:
    id: strawberry.ID = strawberry.field(description="Opaque; `markNoticesRead` takes it.")
    kind: NoticeKind = strawberry.field(description="What it is about.")
    about: strawberry.ID = strawberry.field(
        description="Of the order, its part, the claim, the refund, the offer, the trip, the company, the merchant or the licence."
    )
    text: str = strawberry.field(description="In the person's language, with the facts.")
    made_at: datetime = strawberry.field(description="When it came up.")
    read_at: datetime | None = strawberry.field(description="When it was marked read; null until then.")
    outcome: NoticeOutcome = strawberry.field(description="Whether it was sent as well.")

    @classmethod
    def of(cls, row: Shown) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            kind=row.kind,
            about=strawberry.ID(row.about.partition("/")[0]),
            text=row.text,
            made_at=row.made_at,
            read_at=row.read_at,
            outcome=row.outcome,
        )


@strawberry.type(description="By which channels somebody wants to hear of a kind, beside reading it here.")
class NoticePreference:
    kind: NoticeKind = strawberry.field(description="Of what.")
    channels: list[NoticeChannel] | None = strawberry.field(
        description="The first that works; by none when empty, and as the platform has it when null."
    )


@strawberry.input(description="By which channels to hear of a kind.")
class NoticePreferenceInput:
    kind: NoticeKind = strawberry.field(description="Of what.")
    channels: list[NoticeChannel] | None = strawberry.field(
        default=None, description="The first choice first; by none when empty, and as the platform has it when null."
    )


@strawberry.type(description="What somebody was told, and how they want to hear of it.")
class Notices:
    """Of whoever asks."""

    @strawberry.field(description="What they were told, the newest first.", directives=[PAGED])
    async def notices(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[Notice]:
        page = Page(first, after, tuple[datetime, UUID])
        subject, rows = info.context.subject, []
        if subject is not None:
            async with info.context.db.acquire() as conn:
                rows = await notices.of_subject(conn, subject, page.after, page.limit)
        return page.connection(rows, key=lambda row: (row.made_at, row.id.uuid), node=Notice.of)

    @strawberry.field(description="How they want to hear, of each kind there is.", directives=[sized(len(NoticeKind))])
    async def notice_preferences(self, info: Info) -> list[NoticePreference]:
        if (subject := info.context.subject) is None:
            return []
        async with info.context.db.acquire() as conn:
            found = await notices.preferences(conn, subject)
        return _preferences(found)


def _preferences(found: Mapping[NoticeKind, Sequence[str]]) -> list[NoticePreference]:
    known = list(NoticeChannel)
    return [
        NoticePreference(
            kind=kind,
            channels=[NoticeChannel(name) for name in found[kind] if name in known] if kind in found else None,
        )
        for kind in NoticeKind
    ]


@strawberry.type
class MarkNoticesReadPayload(Payload):
    notices: list[Notice] | None = strawberry.field(
        default=None, description="Those of them that are the caller's, the newest first; null when there are problems."
    )


@strawberry.type
class SetNoticePreferencesPayload(Payload):
    preferences: list[NoticePreference] | None = strawberry.field(
        default=None, description="Of each kind, as it is now; null when there are problems."
    )


@strawberry.type
class SubscribeToPushPayload(Payload):
    done: bool | None = strawberry.field(default=None, description="True; null when there are problems.")


@strawberry.type
class UnsubscribeFromPushPayload(Payload):
    done: bool | None = strawberry.field(
        default=None, description="True, also when it was not subscribed; null when there are problems."
    )


_Ids = Annotated[list[strawberry.ID], strawberry.argument(description="Of notices; those of others are passed over.")]
_Preferences = Annotated[list[NoticePreferenceInput], strawberry.argument(description="Each kind once.")]
_Endpoint = Annotated[str, strawberry.argument(description="`endpoint` of the browser's PushSubscription.")]
_Key = Annotated[str, strawberry.argument(description="Of `keys` of the PushSubscription, in base64url.")]


async def _check(info: Info, conn: Transaction) -> None:
    """Whoever signed in here has a session still. Raises SessionHasEnded."""
    if (person_id := info.context.person_id) is not None:
        await sessions.check_to_write(conn, person_id, info.context.session_id)


@strawberry.type
class NoticeMutations:
    @refusable(description="Mark notices read; at most 100. Read before, they keep their time.")
    async def mark_notices_read(self, info: Info, ids: _Ids) -> MarkNoticesReadPayload | None:
        subject = info.context.require_subject()
        if len(ids) > MAX_FIRST:
            raise BadUserInput(f"ids are at most {MAX_FIRST}")
        wanted = [NoticeId.parse(each) for each in ids]
        async with transaction(info.context.db) as conn:
            await _check(info, conn)
            found = await notices.mark_read(conn, subject, wanted)
        return MarkNoticesReadPayload(notices=[Notice.of(each) for each in found])

    @refusable(description="Say by which channels to hear. Kinds that are left out stay.")
    async def set_notice_preferences(self, info: Info, preferences: _Preferences) -> SetNoticePreferencesPayload | None:
        subject = info.context.require_subject()
        kinds = [each.kind for each in preferences]
        if len(set(kinds)) < len(kinds):
            raise BadUserInput("preferences name a kind twice")
        async with transaction(info.context.db) as conn:
            await _check(info, conn)
            for each in sorted(preferences, key=lambda one: one.kind):
                channels = None if each.channels is None else list(dict.fromkeys(each.channels))
                await notices.prefer(conn, subject, each.kind, channels)
            found = await notices.preferences(conn, subject)
        return SetNoticePreferencesPayload(preferences=_preferences(found))

    @refusable(description=f"Let a browser be told; of one person the newest {MOST_BROWSERS} are.")
    async def subscribe_to_push(
        self, info: Info, endpoint: _Endpoint, p256dh: _Key, auth: _Key
    ) -> SubscribeToPushPayload | None:
        person_id = info.context.require_person()
        browser = Browser.of(endpoint, p256dh, auth)
        async with transaction(info.context.db) as conn:
            await sessions.check_to_write(conn, person_id, info.context.session_id)
            await notices.subscribe(conn, person_id, browser.endpoint, browser.p256dh, browser.auth, most=MOST_BROWSERS)
        return SubscribeToPushPayload(done=True)

    @refusable(description="Let a browser be told no more.")
    async def unsubscribe_from_push(self, info: Info, endpoint: _Endpoint) -> UnsubscribeFromPushPayload | None:
        person_id, known = info.context.require_person(), address(endpoint)
        async with transaction(info.context.db) as conn:
            await sessions.check_to_write(conn, person_id, info.context.session_id)
            await notices.unsubscribe(conn, person_id, known)
        return UnsubscribeFromPushPayload(done=True)
