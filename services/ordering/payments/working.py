"""The worker's part: asks providers what is due, outside of any transaction, and tells the commands what came of it. Any number of
workers may do it side by side; one that dies leaves what it had to the next, as something of which nobody knows the outcome."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from prometheus_client import Gauge

from services.contracts.places import WIB
from services.kit import tasks
from services.kit.database.db import TRANSIENT, Database, statement, transaction
from services.kit.observe import telemetry
from services.kit.process.service import Worker
from services.ordering.commands import payments, refunds
from services.ordering.domain.attempt import AttemptState, pause
from services.ordering.domain.refund import GIVE_UP_AFTER, SETTLES_WITHIN, RefundInput, RefundState
from services.ordering.payments.emv import CodeIsWrong, check
from services.ordering.payments.port import Acquirer, NotDone, Standing, Unclear
from services.ordering.payments.profile import Profile, Refunds, read
from services.ordering.store import payments as store
from services.ordering.store import refunds as refund_store
from services.ordering.store.payments import Attempt
from services.ordering.store.refunds import Task

_log = logging.getLogger(__name__)
_EVERY_S: Final = 0.5
_AT_ONCE: Final = 16
_LEASE: Final = timedelta(seconds=60)
_WITHIN_S: Final = 45.0
"""All that is asked for one code or refund, a new token included: well within the lease."""
LATE = Gauge(
    "wlijo_payment_codes_late",
    "Codes that should have been asked about five minutes ago, or whose provider is not configured",
    registry=telemetry.REGISTRY,
)
BY_HAND = Gauge("wlijo_refunds_by_hand", "Refunds that a person has to make", registry=telemetry.REGISTRY)


async def run(worker: Worker) -> None:
    """Until the worker stops."""
    acquirers: dict[str, Acquirer] = {each.name: _asking(each) for each in read(worker.settings.qris_providers)}
    try:
        async with asyncio.TaskGroup() as turns:
            for name, each in acquirers.items():
                turns.create_task(_turn(worker, partial(_codes, worker.db, {name: each})))
                turns.create_task(_turn(worker, partial(_refunds, worker.db, {name: each})))
            turns.create_task(_turn(worker, partial(_refunds_of_nobody, worker.db, list(acquirers))))
    finally:
        for each in acquirers.values():
            await each.close()


def _asking(provider: Profile) -> Acquirer:
    from services.ordering.payments.snap import Snap  # an HTTP client, which a worker without providers does not need

    return Snap(provider)


async def _turn(worker: Worker, once: Callable[[], Awaitable[int]]) -> None:
    """Again and again until the worker stops. Each provider has a turn of its own for codes, and one for refunds: one that hangs holds
    nobody else's."""
    while not worker.stopping.is_set():
        try:
            if await once():
                continue
        except TRANSIENT as error:
            _log.warning("payments pause: %s", error)
        await tasks.pause(_EVERY_S, worker.stopping)


async def watch(worker: Worker) -> None:
    """Until the worker stops: what ops are alarmed by."""
    names = [each.name for each in read(worker.settings.qris_providers)]
    while not worker.stopping.is_set():
        try:
            async with worker.db.acquire() as conn:
                late, by_hand = await store.count_waiting(conn, names)
            LATE.set(late)
            BY_HAND.set(by_hand)
        except TRANSIENT as error:
            _log.warning("counting payments pauses: %s", error)
        await tasks.pause(15.0, worker.stopping)


async def work(db: Database, acquirers: Mapping[str, Acquirer]) -> int:
    """What is due now, side by side; how many there were."""
    return sum(
        await asyncio.gather(_codes(db, acquirers), _refunds(db, acquirers), _refunds_of_nobody(db, list(acquirers)))
    )


async def _codes(db: Database, acquirers: Mapping[str, Acquirer]) -> int:
    profiles = [each.profile for each in acquirers.values()]
    async with statement(db) as conn:
        attempts = await store.claim(
            conn,
            [each.name for each in profiles],
            limit=_AT_ONCE,
            lease=_LEASE,
            least=[each.valid_at_least for each in profiles],
            most=[each.valid_at_most for each in profiles],
        )
    await asyncio.gather(*(_safely(_code(db, acquirers[each.provider], each), str(each.id)) for each in attempts))
    return len(attempts)


async def _refunds(db: Database, acquirers: Mapping[str, Acquirer]) -> int:
    async with statement(db) as conn:
        due = await refund_store.claim(conn, list(acquirers), limit=_AT_ONCE, lease=_LEASE)
    await asyncio.gather(
        *(_safely(_refund(db, acquirers.get(each.provider or ""), each), str(each.id)) for each in due)
    )
    return len(due)


async def _refunds_of_nobody(db: Database, names: Sequence[str]) -> int:
    """Those whose provider is not configured (any more): a person makes them."""
    async with statement(db) as conn:
        due = await refund_store.claim(conn, names, others=True, limit=_AT_ONCE, lease=_LEASE)
    await asyncio.gather(*(_safely(_refund(db, None, each), str(each.id)) for each in due))
    return len(due)


async def _safely(job: Awaitable[None], what: str) -> None:
    """One that fails stays as it was, and its turn comes again with the end of its lease."""
    try:
        await job
    except TRANSIENT as error:
        _log.warning("what came of a payment could not be kept: %s", error, extra={"what": what})
    except Exception:  # noqa: BLE001 - one that fails must not stop the others
        _log.exception("a payment could not be looked after", extra={"what": what})


async def _code(db: Database, acquirer: Acquirer, attempt: Attempt) -> None:
    if attempt.state is AttemptState.REQUESTED:
        await _generate(db, acquirer, attempt)
        return
    try:
        async with asyncio.timeout(_WITHIN_S):
            found = await acquirer.query(attempt.reference)
    except (Unclear, NotDone, TimeoutError) as error:
        async with transaction(db) as conn:
            await payments.unheard(conn, attempt, str(error) or "no answer in time")
        return
    async with transaction(db) as conn:
        if found.standing is Standing.PAID:
            await payments.is_paid(conn, attempt, found.amount_rupiah, acquirer.profile.merchant_class)
        else:
            await payments.is_unpaid(conn, attempt, over=found.standing is Standing.OVER, said=found.said)


async def _generate(db: Database, acquirer: Acquirer, attempt: Attempt) -> None:
    assert attempt.expires_at is not None
    try:
        async with asyncio.timeout(_WITHIN_S):
            code = await acquirer.generate(attempt.reference, attempt.amount_rupiah, attempt.expires_at)
        check(code.content, attempt.amount_rupiah)
    except NotDone as error:
        async with transaction(db) as conn:
            await payments.there_is_none(conn, attempt, str(error))
    except CodeIsWrong as error:
        _log.error("a provider's code is not what was asked for", extra={"attempt": str(attempt.id), "why": str(error)})
        async with transaction(db) as conn:
            await payments.is_of_no_use(conn, attempt, str(error))
    except (Unclear, TimeoutError) as error:
        async with transaction(db) as conn:
            await payments.unheard(conn, attempt, str(error) or "no answer in time")
    else:
        async with transaction(db) as conn:
            await payments.there_is(conn, attempt, reference=code.reference, content=code.content)


async def _refund(db: Database, acquirer: Acquirer | None, task: Task) -> None:
    by_hand = _why_by_hand(acquirer, task)
    if acquirer is None or (by_hand and task.state is RefundState.REQUESTED):
        sent = task.state is not RefundState.REQUESTED
        await _moved(
            db, task, RefundInput.REFUSE, f"{by_hand}; it may have done it: see its statement" if sent else by_hand
        )
        return
    try:
        async with asyncio.timeout(_WITHIN_S):
            if task.state is not RefundState.REQUESTED:
                await _ask_about(db, acquirer, task)
                return
            done = await acquirer.refund(
                task.reference or "",
                task.our_reference,
                task.refund.amount_rupiah,
                task.attempt_received_rupiah or 0,
                task.refund.reason,
            )
    except NotDone as error:
        given = RefundInput.REFUSE if error.for_good else RefundInput.RETRY
        await _moved(db, task, given, str(error))
    except (Unclear, TimeoutError) as error:
        given = RefundInput.REFUSE if task.at - task.requested_at > GIVE_UP_AFTER else RefundInput.LOSE
        await _moved(db, task, given, str(error) or "no answer in time")
    else:
        async with transaction(db) as conn:
            await refunds.confirm(conn, task, done)


async def _ask_about(db: Database, acquirer: Acquirer, task: Task) -> None:
    """A refund of which nobody knows: never sent again before the provider has said that it has none such. Where it cannot say, a person
    looks into its statement."""
    found = await acquirer.query(task.reference or "")
    listed = next((each for each in found.refunds or () if each.reference == task.our_reference), None)
    async with db.acquire() as conn:
        alone = await refund_store.is_alone(conn, task.refund)
    whole = alone and task.refund.amount_rupiah == task.attempt_received_rupiah
    if (listed and listed.done) or (listed is None and whole and found.all_back):
        async with transaction(db) as conn:
            await refunds.confirm(conn, task, None)
    elif listed is not None:
        await _moved(db, task, RefundInput.LOSE, "the provider has not done it yet")
    elif found.refunds is not None or (whole and found.standing is Standing.PAID and not found.all_back):
        slow = task.sent_at is not None and task.at - task.sent_at < SETTLES_WITHIN
        await _moved(db, task, RefundInput.LOSE if slow else RefundInput.RETRY, "the provider has none such")
    else:
        await _moved(
            db, task, RefundInput.REFUSE, "nobody can tell whether the provider has done it: see its statement"
        )


async def _moved(db: Database, task: Task, given: RefundInput, said: str) -> None:
    tries = task.tries + 1
    async with transaction(db) as conn:
        await refunds.moved(conn, task, given, task.at + pause(tries), said=said, tries=tries)


def _why_by_hand(acquirer: Acquirer | None, task: Task) -> str:
    """Why its provider is not asked; nothing where it is."""
    if acquirer is None:
        return "its provider is not configured"
    profile = acquirer.profile
    if profile.refunds is Refunds.NONE:
        return "its provider gives nothing back"
    if profile.refunds is Refunds.WHOLE and task.refund.amount_rupiah != task.attempt_received_rupiah:
        return "its provider gives nothing back in part"
    if profile.refunds_same_day_only and task.came_at.astimezone(WIB).date() != task.at.astimezone(WIB).date():
        return "its provider gives back on the same day only"
    return ""
