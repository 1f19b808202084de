"""What happens when an event is heard or a timer is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from joserfc.jwk import KeySet

from services.contracts.catalog import MerchantChanged
from services.contracts.delivery import DeliveryExportPart, DeliveryId, OfferId
from services.contracts.ordering import (
    CancellationRequested,
    HandoverWay,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderRepriced,
    SellerOrderLeft,
    SellerOrderReady,
)
from services.contracts.people import ExportRequested, PersonErased
from services.delivery.commands import crews, hazards, orders, proofs, rehearsals, reports, search
from services.delivery.domain import quote
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.tariff import Shares
from services.delivery.domain.trip import Stop, Wake
from services.delivery.settings import DeliveryWorker
from services.delivery.store import following, merchants
from services.delivery.store import proofs as stored_proofs
from services.delivery.store.personal import PERSONAL
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.timers import TimerHandler, Together
from services.personal import answering

HANDLERS = Handlers()
MEMBERS = Handlers()
"""Read by a consumer of its own from the beginning: when it began, merchants that were known had been told long ago."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a running worker has: how riders are sought, and the public keys of quotes."""

    policy: Policy
    quote_keys: KeySet


def given(settings: DeliveryWorker) -> tuple[Given]:
    """Raises SettingsError when the quote keys or the key of the PINs cannot be used."""
    rules = settings.trips.rules(settings.mode)
    return (Given(rules.policy, settings.quote_keys()),)


@HANDLERS.on(MerchantChanged)
async def know_merchant(conn: Transaction, event: MerchantChanged, _: Given) -> None:
    await merchants.save(
        conn,
        event.merchant_id,
        name=event.name,
        status=event.status,
        kecamatan_code=event.kecamatan_code,
        point=event.pickup_point,
    )


@MEMBERS.on(MerchantChanged)
async def know_its_people(conn: Transaction, event: MerchantChanged) -> None:
    await merchants.save_members(conn, event.merchant_id, [member.subject for member in event.members])


@HANDLERS.on(PersonErased)
async def person_erased(conn: Transaction, event: PersonErased, _: Given) -> None:
    # Who is of a merchant, catalog tells anew.
    await crews.erase(conn, str(event.person_id))
    await following.erase_links(conn, str(event.person_id))
    await stored_proofs.drop_of_person(conn, str(event.person_id))
    await idempotency.forget(conn, str(event.person_id))


@HANDLERS.on(ExportRequested)
async def copy_wanted(conn: Transaction, event: ExportRequested, _: Given) -> None:
    await answering.answer(conn, event, PERSONAL, DeliveryExportPart)


@HANDLERS.on(OrderPlaced, in_step=True)
async def plan_delivery(conn: Transaction, event: OrderPlaced, given: Given) -> None:
    if event.way is not HandoverWay.DELIVERY:
        return  # there is no trip: it is collected
    # Our own quote is honoured however late it comes. One that no key of ours has signed is a fault to be seen: the order waits.
    promised = quote.read(event.quote, given.quote_keys)
    dropoff = Stop(event.dropoff_kecamatan_code, event.dropoff.rounded())
    parts = {each.merchant_id: each.seller_order_id for each in event.seller_orders}
    await orders.plan_delivery(conn, event.order_id, promised, dropoff, parts)


@HANDLERS.on(OrderConfirmed, looks_first=True)
async def request_rider(conn: Transaction, event: OrderConfirmed, given: Given) -> None:
    ready = {each.merchant_id: each.ready_at for each in event.parts_ready}
    await orders.request_rider(conn, event.order_id, event.cash_to_collect_rupiah, event.ready_at, given.policy, ready)


@HANDLERS.on(SellerOrderLeft)
async def leave_out_its_stop(conn: Transaction, event: SellerOrderLeft, given: Given) -> None:
    await orders.leave_out(conn, event.order_id, event.merchant_id, given.policy)


@HANDLERS.on(OrderRepriced)
async def other_sums(conn: Transaction, event: OrderRepriced, _: Given) -> None:
    if event.way is not HandoverWay.DELIVERY:
        return  # there is no trip
    shares = Shares(event.rider_share_rupiah, event.partner_share_rupiah, event.platform_share_rupiah)
    await orders.reprice(conn, event.order_id, shares, event.cash_to_collect_rupiah)


@HANDLERS.on(SellerOrderReady)
async def tell_goods_ready(conn: Transaction, event: SellerOrderReady, given: Given) -> None:
    await orders.tell_goods_ready(conn, event.order_id, event.merchant_id, given.policy)


@HANDLERS.on(CancellationRequested)
async def call_off(conn: Transaction, event: CancellationRequested, _: Given) -> None:
    await orders.call_off(conn, event.order_id, event.reason)


@HANDLERS.on(OrderCancelled)
async def cancel_delivery(conn: Transaction, event: OrderCancelled, _: Given) -> None:
    await orders.cancel_delivery(conn, event.order_id, event.reason)


def timers(settings: DeliveryWorker) -> Mapping[str, TimerHandler]:
    return timers_of(settings.trips.policy())


def timers_of(policy: Policy) -> Mapping[str, TimerHandler]:
    async def look_for_riders(conn: Transaction, subjects: Sequence[UUID]) -> None:
        await search.look_for_riders(conn, [DeliveryId(each) for each in subjects], policy)

    async def end_offer(conn: Transaction, subject: UUID) -> None:
        await search.end_offer(conn, OfferId(subject), policy)

    async def want_person(conn: Transaction, subject: UUID) -> None:
        await search.want_person(conn, DeliveryId(subject))

    async def end_search(conn: Transaction, subject: UUID) -> None:
        await search.end_search(conn, DeliveryId(subject))

    async def ask_for_report(conn: Transaction, subject: UUID) -> None:
        await reports.ask_for_report(conn, DeliveryId(subject), policy)

    async def play(conn: Transaction, subject: UUID) -> None:
        await rehearsals.play(conn, DeliveryId(subject), policy)

    async def end_test(conn: Transaction, subject: UUID) -> None:
        await rehearsals.over(conn, DeliveryId(subject))

    return {
        Wake.DISPATCH: Together(look_for_riders),
        Wake.OFFER: end_offer,
        Wake.LONG: want_person,
        Wake.TIME_UP: end_search,
        Wake.SILENT: ask_for_report,
        Wake.HAZARD: hazards.look,
        Wake.REHEARSAL: play,
        Wake.REHEARSAL_OVER: end_test,
        proofs.GOES: proofs.go,
    }
