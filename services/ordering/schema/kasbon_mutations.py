"""Mutations of kasbons, and the query of one."""

from typing import Annotated, Final

import strawberry

from services.contracts.catalog import MerchantId
from services.contracts.kasbon import KasbonEntryId, KasbonId
from services.contracts.ordering import SellerOrderId
from services.contracts.roles import Role
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line
from services.ordering.commands import kasbons
from services.ordering.domain.refusal import Unknown
from services.ordering.schema.context import Info
from services.ordering.schema.types.kasbons import (
    AcceptKasbonPayload,
    AskKasbonPayload,
    CloseKasbonPayload,
    DeclineKasbonPayload,
    DisputeKasbonEntryPayload,
    ForgiveKasbonPayload,
    Kasbon,
    NoteKasbonPaymentPayload,
    OfferKasbonPayload,
    SetKasbonLimitPayload,
    TakeBackKasbonPaymentPayload,
)
from services.ordering.store import kasbons as store

LONGEST_NAME: Final = 60
LONGEST: Final = 200
Id = Annotated[strawberry.ID, strawberry.argument(description="A kasbon's.")]
EntryId = Annotated[strawberry.ID, strawberry.argument(description="Of a line of its book.")]
Limit = Annotated[Rupiah, strawberry.argument(description="Up to so much may be owed: 0 to 100,000,000.")]
Why = Annotated[
    str | None, strawberry.argument(description=f"For the other side to read: one line, up to {LONGEST} characters.")
]
Words = Annotated[
    str, strawberry.argument(description=f"For the other side to read: one line, up to {LONGEST} characters.")
]
Name = Annotated[
    str | None,
    strawberry.argument(
        description=f"By what the merchant knows the buyer: one line, up to {LONGEST_NAME} characters."
    ),
]


@strawberry.type
class KasbonQueries:
    @strawberry.field(description="For its buyer and its merchant's people.")
    async def kasbon(self, info: Info, id: strawberry.ID) -> Kasbon | None:
        subject = info.context.identity.require()
        kasbon_id = KasbonId.parse(id)
        async with info.context.db.acquire() as conn:
            found = await store.shown(conn, [kasbon_id], subject)
        return Kasbon.of(found[kasbon_id]) if kasbon_id in found else None


@strawberry.type
class KasbonMutations:
    @refusable(
        description="By a buyer: to have a kasbon with this merchant. Where one is offered this says yes to it; where one was asked for "
        "already it changes nothing."
    )
    async def ask_kasbon(
        self,
        info: Info,
        merchant_id: Annotated[strawberry.ID, strawberry.argument(description="With whom.")],
        called: Annotated[
            str,
            strawberry.argument(
                description=f"By what the merchant knows the buyer: one line, up to {LONGEST_NAME} characters."
            ),
        ],
    ) -> AskKasbonPayload | None:
        subject = info.context.identity.require(Role.BUYER)
        merchant, name = MerchantId.parse(merchant_id), read_line("called", called, longest=LONGEST_NAME)
        async with transaction(info.context.db) as conn:
            made = await kasbons.ask(conn, subject, merchant, called=name, test=info.context.tests_only)
        return AskKasbonPayload(kasbon=await _shown(info, made))

    @refusable(
        description="By the merchant's owner, to who has bought there: a kasbon up to a limit. Who has asked for one has it by this; "
        "offering another limit takes the place of the offer before."
    )
    async def offer_kasbon(
        self,
        info: Info,
        seller_order_id: Annotated[
            strawberry.ID, strawberry.argument(description="What the buyer bought of the merchant at some time.")
        ],
        limit: Limit,
        called: Name = None,
    ) -> OfferKasbonPayload | None:
        subject = info.context.identity.require(Role.MERCHANT)
        sold = SellerOrderId.parse(seller_order_id)
        name = read_line("called", called, longest=LONGEST_NAME) if called else None
        async with transaction(info.context.db) as conn:
            made = await kasbons.offer(conn, subject, sold, limit, called=name, test=info.context.tests_only)
        return OfferKasbonPayload(kasbon=await _shown(info, made))

    @refusable(
        description="By who was asked: the merchant's owner gives what is asked for, up to `limit`; the buyer takes what is offered."
    )
    async def accept_kasbon(
        self,
        info: Info,
        id: Id,
        limit: Annotated[Rupiah | None, strawberry.argument(description="The merchant's; null by the buyer.")] = None,
    ) -> AcceptKasbonPayload | None:
        subject, kasbon_id = _caller(info, id)
        async with transaction(info.context.db) as conn:
            await kasbons.accept(conn, subject, kasbon_id, limit)
        return AcceptKasbonPayload(kasbon=await _shown(info, kasbon_id))

    @refusable(
        description="By who was asked, buyer or merchant's owner; or by who asked, who does not want it any more."
    )
    async def decline_kasbon(self, info: Info, id: Id, reason: Why = None) -> DeclineKasbonPayload | None:
        subject, kasbon_id = _caller(info, id)
        async with transaction(info.context.db) as conn:
            await kasbons.decline(conn, subject, kasbon_id, _why(reason))
        return DeclineKasbonPayload(kasbon=await _shown(info, kasbon_id))

    @refusable(
        description="By the merchant's owner. Below what is owed and held nothing new is bought; nothing is demanded by that."
    )
    async def set_kasbon_limit(self, info: Info, id: Id, limit: Limit) -> SetKasbonLimitPayload | None:
        subject, kasbon_id = _caller(info, id)
        async with transaction(info.context.db) as conn:
            await kasbons.set_limit(conn, subject, kasbon_id, limit)
        return SetKasbonLimitPayload(kasbon=await _shown(info, kasbon_id))

    @refusable(
        description="By the buyer, or the merchant's owner: nothing new is bought on it. What is placed goes on, what is owed stays."
    )
    async def close_kasbon(self, info: Info, id: Id, reason: Why = None) -> CloseKasbonPayload | None:
        subject, kasbon_id = _caller(info, id)
        async with transaction(info.context.db) as conn:
            await kasbons.close(conn, subject, kasbon_id, _why(reason))
        return CloseKasbonPayload(kasbon=await _shown(info, kasbon_id))

    @refusable(
        description="By any of the merchant's people: so much was paid, in cash or otherwise. Never more than is owed. A repeat with the "
        "same key and input changes nothing."
    )
    async def note_kasbon_payment(
        self,
        info: Info,
        id: Id,
        amount: Annotated[Rupiah, strawberry.argument(description="What was paid.")],
        idempotency_key: str,
        note: Why = None,
    ) -> NoteKasbonPaymentPayload | None:
        subject, kasbon_id = _caller(info, id)
        async with transaction(info.context.db) as conn:
            await kasbons.note_payment(conn, subject, kasbon_id, amount, _why(note), idempotency_key=idempotency_key)
        return NoteKasbonPaymentPayload(kasbon=await _shown(info, kasbon_id))

    @refusable(
        description="By the merchant's owner, in writing: so much is asked for no more. A repeat with the same key changes nothing."
    )
    async def forgive_kasbon(
        self,
        info: Info,
        id: Id,
        amount: Annotated[Rupiah, strawberry.argument(description="No more than is owed.")],
        reason: Words,
        idempotency_key: str,
    ) -> ForgiveKasbonPayload | None:
        subject, kasbon_id = _caller(info, id)
        said = read_line("reason", reason, longest=LONGEST)
        async with transaction(info.context.db) as conn:
            await kasbons.forgive(conn, subject, kasbon_id, amount, said, idempotency_key=idempotency_key)
        return ForgiveKasbonPayload(kasbon=await _shown(info, kasbon_id))

    @refusable(
        description="By either side: a payment that was noted was none, or another. It is owed again, by a line against it; once."
    )
    async def take_back_kasbon_payment(
        self, info: Info, id: EntryId, reason: Words
    ) -> TakeBackKasbonPaymentPayload | None:
        subject, entry_id = info.context.identity.require(), KasbonEntryId.parse(id)
        said = read_line("reason", reason, longest=LONGEST)
        async with transaction(info.context.db) as conn:
            kasbon_id = await kasbons.take_back(conn, subject, entry_id, said)
        return TakeBackKasbonPaymentPayload(kasbon=await _shown(info, kasbon_id))

    @refusable(
        description="By either side: a line is wrong, or one is missing after it. It is written beside it for both to read."
    )
    async def dispute_kasbon_entry(self, info: Info, id: EntryId, reason: Words) -> DisputeKasbonEntryPayload | None:
        subject, entry_id = info.context.identity.require(), KasbonEntryId.parse(id)
        said = read_line("reason", reason, longest=LONGEST)
        async with transaction(info.context.db) as conn:
            kasbon_id = await kasbons.dispute(conn, subject, entry_id, said)
        return DisputeKasbonEntryPayload(kasbon=await _shown(info, kasbon_id))


def _caller(info: Info, id: str) -> tuple[str, KasbonId]:
    return info.context.identity.require(), KasbonId.parse(id)


def _why(said: str | None) -> str | None:
    return read_line("reason", said, longest=LONGEST) if said else None


async def _shown(info: Info, kasbon_id: KasbonId) -> Kasbon:
    async with info.context.db.acquire() as conn:
        found = await store.shown(conn, [kasbon_id], info.context.identity.subject)
    if kasbon_id not in found:
        raise Unknown
    return Kasbon.of(found[kasbon_id])
