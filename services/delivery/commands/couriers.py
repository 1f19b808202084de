"""What becomes of a job that an outside courier was offered. Each step is one transaction: the job's row, and what is replied for the
company, by the path of all replies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec

from services.contracts import partner
from services.contracts.delivery import FailureCode, OfferId, PartnerId, RiderId
from services.contracts.partner import JobOffered, JobWithdrawn, ReportedStatus, ReportRequested
from services.contracts.partner import Reply as PartnerReply
from services.delivery.commands import replies
from services.delivery.commands.replies import Answer
from services.delivery.domain import courier
from services.delivery.domain.courier import JobState, Report, Unwanted
from services.delivery.domain.crew import RiderDetails, VehicleKind
from services.delivery.domain.reply import Rules
from services.delivery.domain.trip import DeliveryStatus
from services.delivery.store import couriers, riders
from services.delivery.store.answers import Came
from services.delivery.store.couriers import Job
from services.kit.database.db import Transaction
from services.kit.messaging import outbox
from services.kit.messaging.envelope import Envelope, Malformed, decode

NOBODY_YET: Final = RiderDetails("Kurir luar (mencari pengemudi)", "-", VehicleKind.MOTORBIKE, False, 0)


async def take_in(
    conn: Transaction, partner_id: PartnerId, before: str, cursor: str, events: Sequence[Envelope]
) -> None:
    """What the company was told, up to the cursor; nothing when another worker has taken it in."""
    if not await couriers.go_on(conn, partner_id, before, cursor):
        return
    for event in events:
        try:
            await _take(conn, partner_id, event)
        except Malformed:
            continue  # of a release to come


async def _take(conn: Transaction, partner_id: PartnerId, event: Envelope) -> None:
    match event.type:
        case JobOffered.type:
            job = decode(JobOffered, event.data)
            await couriers.take_offer(conn, partner_id, job.offer_id, job.job_id, event.data)
        case JobWithdrawn.type:
            over = decode(JobWithdrawn, event.data)
            await couriers.withdraw(conn, partner_id, over.job_id, over.offer_id)
        case ReportRequested.type:
            await couriers.ask(conn, partner_id, decode(ReportRequested, event.data).job_id)
        case _:
            pass


async def decline(conn: Transaction, rules: Rules, offer_id: OfferId, why: str) -> None:
    job = await couriers.lock(conn, offer_id)
    if job is None or job.state is not JobState.OFFERED:
        return
    if job.unwanted is None:
        told = _offer(job)
        await _reply(
            conn, rules, job, "decline", partner.Decline(job_id=told.job_id, offer_id=offer_id, reason=why[:200])
        )
    await _end(conn, job, why)


async def accept(conn: Transaction, rules: Rules, offer_id: OfferId, price_rupiah: int) -> None:
    """With a rider of the company's own for this job, who is nobody yet: drivers change, and the trip's rider does not."""
    job = await couriers.lock(conn, offer_id)
    if job is None or job.state is not JobState.OFFERED:
        return
    if job.unwanted is not None:
        await _end(conn, job, "withdrawn")
        return
    rider_id = RiderId.new()
    await riders.add(conn, rider_id, job.partner_id, str(offer_id), NOBODY_YET)
    reply = partner.Accept(job_id=job.delivery_id, offer_id=offer_id, rider_id=rider_id)
    answer = await _reply(conn, rules, job, "accept", reply)
    if answer.code is not None:
        await riders.end(conn, rider_id)
        await _end(conn, job, f"{answer.code}: {answer.message}")
        return
    await outbox.append(conn, await riders.told(conn, rider_id))
    await couriers.save(
        conn, replace(job, state=JobState.ACCEPTED, rider_id=rider_id, price_rupiah=price_rupiah, tries=0), 0.0
    )


async def about_to_place(conn: Transaction, offer_id: OfferId, quotation_id: str, price_rupiah: int) -> bool:
    """Committed before the order is asked for: from then on nobody knows whether there is one. False when it is not to be asked for."""
    job = await couriers.lock(conn, offer_id)
    if job is None or job.state is not JobState.ACCEPTED or job.unwanted is not None:
        return False
    placing = replace(
        job, state=JobState.PLACING, quotation_id=quotation_id, price_rupiah=price_rupiah, sent_at=job.now
    )
    await couriers.save(conn, placing, 60.0)
    return True


async def is_placed(conn: Transaction, offer_id: OfferId, order_id: str, price_rupiah: int | None) -> None:
    job = await couriers.lock(conn, offer_id)
    if job is None or job.state is not JobState.PLACING:
        return
    price = job.price_rupiah if price_rupiah is None else price_rupiah
    placed = replace(job, state=JobState.PLACED, order_id=order_id, price_rupiah=price, placed_at=job.now, tries=0)
    await couriers.save(conn, placed, 0.0)


async def is_not_placed(conn: Transaction, rules: Rules, offer_id: OfferId, why: str, *, again: bool) -> None:
    """It is certain. `again`: it may be tried once more, with a new quotation, a few times."""
    job = await couriers.lock(conn, offer_id)
    if job is None or job.state not in (JobState.ACCEPTED, JobState.PLACING):
        return
    if job.unwanted is not None or not again or job.tries + 1 >= courier.MOST_TRIES:
        await _give_back(conn, rules, job, why)
        return
    tries = job.tries + 1
    await couriers.save(conn, replace(job, state=JobState.ACCEPTED, tries=tries, said=why), courier.pause_s(tries - 1))


async def nobody_knows(conn: Transaction, offer_id: OfferId, why: str) -> None:
    """Nothing is asked for again; the courier's own word is waited for, or a person's."""
    job = await couriers.lock(conn, offer_id)
    if job is not None and job.state in (JobState.PLACING, JobState.PLACED):
        await couriers.save(conn, replace(job, tries=job.tries + 1, said=why), courier.pause_s(job.tries))


async def settle(conn: Transaction, rules: Rules, offer_id: OfferId, order_id: str | None) -> bool:
    """A person has looked at the courier's own list: this is the order, or there is none. False where it is not in doubt."""
    job = await couriers.lock(conn, offer_id)
    if job is None or job.state is not JobState.PLACING:
        return False
    if order_id is not None:
        await is_placed(conn, offer_id, order_id, None)
    else:
        await _give_back(conn, rules, job, "a person has found no order")
    return True


async def is_unwanted(conn: Transaction, offer_id: OfferId, why: Unwanted | None) -> None:
    """Or, with None, is wanted all the same: somebody has come to drive it."""
    job = await couriers.lock(conn, offer_id)
    if job is not None and job.state is JobState.PLACED and job.unwanted is not Unwanted.TRIP:
        await couriers.save(conn, replace(job, unwanted=why), courier.pause_s(1) if why is None else 60.0)


async def saw(
    conn: Transaction,
    rules: Rules,
    offer_id: OfferId,
    found: DeliveryStatus | None,
    price_rupiah: int | None,
    driver: tuple[str, RiderDetails] | None,
    next_s: float,
) -> None:
    """What the courier says of its order now, said on for the company. It is read again after `next_s`, or at once when something was told
    of it while it was read: what was found may be older than that."""
    job = await couriers.lock(conn, offer_id)
    if job is None or job.state is not JobState.PLACED or job.placed_at is None:
        return
    job = replace(job, tries=0, price_rupiah=job.price_rupiah if price_rupiah is None else price_rupiah)
    if driver is not None and job.rider_id is not None and driver[0] != job.driver_id:
        await riders.change(conn, job.rider_id, driver[1])
        conn.wake(str(job.delivery_id))
        job = replace(job, driver_id=driver[0])
    if found is None:
        await couriers.save(conn, job, 0.0 if job.due else next_s)
        return
    if found is DeliveryStatus.CANCELLED and job.gone_at is None:
        job = replace(job, gone_at=job.now)
    if not courier.may_be_believed(seen(job), found, job.now):
        await couriers.save(conn, job, 0.0 if job.due else courier.REPLACED_WITHIN.total_seconds())
        return
    if job.unwanted is not Unwanted.TRIP:
        for report in courier.reports_due(job.reported, found):
            job = await _report(conn, rules, job, report)
    if found in courier.OVER or found is DeliveryStatus.DELIVERED:
        await _end(conn, job, found)
        return
    if job.asked:
        status = ReportedStatus.PICKED_UP if job.reported is DeliveryStatus.PICKED_UP else ReportedStatus.ASSIGNED
        await _reply(
            conn,
            rules,
            job,
            f"status:{job.now:%Y%m%dT%H%M%S%f}",
            partner.Status(job_id=job.delivery_id, status=status),
        )
        job = replace(job, asked=False)
    await couriers.save(conn, job, 0.0 if job.due else next_s)


def seen(job: Job) -> courier.Seen:
    told = _offer(job)
    assert job.placed_at is not None
    return courier.Seen(
        reported=job.reported,
        unwanted=job.unwanted,
        placed_at=job.placed_at,
        gone_at=job.gone_at,
        price_rupiah=job.price_rupiah or 0,
        company_rupiah=told.rider_share_rupiah + told.partner_share_rupiah,
    )


def _offer(job: Job) -> JobOffered:
    return decode(JobOffered, job.offered)


async def _report(conn: Transaction, rules: Rules, job: Job, report: Report) -> Job:
    """A refusal changes nothing here: the trip went another way, by a person's word, and the courier rides on."""
    match report:
        case Report.PICKED_UP:
            await _reply(conn, rules, job, "picked_up", partner.PickedUp(job_id=job.delivery_id))
            return replace(job, reported=DeliveryStatus.PICKED_UP)
        case Report.DELIVERED:
            # Its driver has no page of ours to enter the buyer's PIN in. The courier's own proof of delivery stands for it, and it is
            # this program that vouches.
            pin = rules.pins.of(job.delivery_id, test=_offer(job).test)
            await _reply(
                conn,
                rules,
                job,
                "delivered",
                partner.Delivered(job_id=job.delivery_id, pin=pin, cash_collected_rupiah=0),
            )
            return replace(job, reported=DeliveryStatus.DELIVERED)
        case Report.FAILED:
            failed = partner.Failed(job_id=job.delivery_id, code=FailureCode.RIDER_GAVE_UP)
            await _reply(conn, rules, job, "failed", failed)
            return job


async def _give_back(conn: Transaction, rules: Rules, job: Job, why: str) -> None:
    """Nobody of the courier's rides; the trip is offered anew."""
    if job.unwanted is not Unwanted.TRIP:
        await _report(conn, rules, job, Report.FAILED)
    await _end(conn, job, why)


async def _end(conn: Transaction, job: Job, why: str) -> None:
    await couriers.save(conn, replace(job, state=JobState.ENDED, said=why), 0.0)
    if job.rider_id is not None and not job.stray:
        await riders.end(conn, job.rider_id)
        await outbox.append(conn, await riders.told(conn, job.rider_id))


async def _reply(conn: Transaction, rules: Rules, job: Job, kind: str, reply: PartnerReply) -> Answer:
    """Once, however often it is said: its id is of the offer and the kind."""
    return await replies.receive_reply(
        conn,
        rules,
        job.partner_id,
        f"courier:{job.offer_id}:{kind}",
        msgspec.json.encode(reply, enc_hook=str),
        reply.type,
        Came(),
        carried_back=True,
    )
