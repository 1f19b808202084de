"""Events heard, and the command of each. Facts of orders are counted; what is told of sellers and goods says where they count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from services.contracts import catalog, claims, delivery, licences
from services.contracts.insight import InsightExportPart
from services.contracts.people import ExportRequested, PersonErased
from services.insight.commands import complaining, counting
from services.insight.commands.counting import Heard
from services.insight.domain.known import ORDER_FACTS
from services.insight.store import due, generations, told
from services.insight.store.personal import PERSONAL
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.messaging import hearing
from services.kit.messaging.envelope import Envelope, Event
from services.kit.messaging.handlers import Handlers
from services.personal import answering

HANDLERS = Handlers()
"""What is told of whom and what; the same for every generation."""
COMPLAINTS = Handlers()
"""Of claims and tickets, by their deadlines; `counts_tests` is given."""
FACTS = Handlers()
"""Of orders: `counts_tests` is given, whether trials are what is counted here."""


@HANDLERS.on(catalog.MerchantChanged)
async def seller_is(conn: Transaction, event: catalog.MerchantChanged) -> None:
    if await told.put_seller(conn, event, hearing.current().time):
        await counting.resolve(conn, [str(event.merchant_id)])


@HANDLERS.on(catalog.ProductChanged)
async def goods_are(conn: Transaction, event: catalog.ProductChanged) -> None:
    if fresh := await told.put_goods(conn, event):
        await counting.resolve(conn, fresh)


@HANDLERS.on(delivery.PartnerChanged)
async def company_is(conn: Transaction, event: delivery.PartnerChanged) -> None:
    await told.put_company(conn, event)


@HANDLERS.on(licences.LicenceVerified)
async def licence_holds(conn: Transaction, event: licences.LicenceVerified) -> None:
    await due.holds(conn, event)


@HANDLERS.on(licences.LicenceDue)
async def licence_ends(conn: Transaction, event: licences.LicenceDue) -> None:
    """Of one that was verified before the log begins this is the first that is heard."""
    await due.holds(conn, event)


@HANDLERS.on(licences.LicenceWithdrawn)
async def licence_withdrawn(conn: Transaction, event: licences.LicenceWithdrawn) -> None:
    await due.holds_no_more(conn, str(event.licence_id))


@HANDLERS.on(licences.LicenceRejected)
async def licence_rejected(conn: Transaction, event: licences.LicenceRejected) -> None:
    await due.holds_no_more(conn, str(event.licence_id))


@HANDLERS.on(licences.LicenceExpired)
async def licence_ended(conn: Transaction, event: licences.LicenceExpired) -> None:
    await due.holds_no_more(conn, str(event.licence_id))


@HANDLERS.on(ExportRequested)
async def copy_wanted(conn: Transaction, event: ExportRequested) -> None:
    await answering.answer(conn, event, PERSONAL, InsightExportPart)


@HANDLERS.on(PersonErased)
async def person_erased(conn: Transaction, event: PersonErased) -> None:
    await counting.erase(conn, str(event.person_id))
    await idempotency.forget(conn, str(event.person_id))


async def count(conn: Transaction, event: Event, counts_tests: bool) -> None:
    into = await generations.serving(conn, counting=True)
    await counting.count(conn, into, [Heard(event, hearing.current().time)], counts_tests=counts_tests)


@FACTS.of_all
async def count_all(conn: Transaction, facts: Sequence[tuple[Envelope, Event]], counts_tests: bool) -> None:
    into = await generations.serving(conn, counting=True)
    await counting.count(conn, into, [Heard(event, told.time) for told, event in facts], counts_tests=counts_tests)


for _fact in ORDER_FACTS:
    FACTS.on(_fact)(count)


async def complaint(conn: Transaction, event: Event, counts_tests: bool) -> None:
    await complaining.hear(conn, cast(complaining.Fact, event), counts_tests=counts_tests)


for _told in (
    claims.ClaimOpened,
    claims.ClaimAnswered,
    claims.ClaimEscalated,
    claims.ClaimDecided,
    claims.ClaimWithdrawn,
    claims.TicketOpened,
    claims.TicketResolved,
):
    COMPLAINTS.on(_told)(complaint)
