"""A wlijo's rounds: planned by her people, begun and ended by them, and told to who asked; and of whom a merchant serves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.catalog.domain import rounds
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.merchant import UNTOLD, MerchantInState
from services.catalog.domain.rounds import (
    NoRound,
    NotAWlijo,
    Progress,
    RoundsAreTooMany,
    Standing,
    StopIsUnknown,
    Wanted,
    WishesAreTooMany,
)
from services.catalog.store import goods, wishes
from services.catalog.store import rounds as stored
from services.catalog.store.rounds import Held
from services.contracts.catalog import (
    MerchantId,
    MerchantKind,
    MerchantStatus,
    RoundEnded,
    RoundId,
    RoundStarted,
    StopId,
    WishId,
    WlijoNear,
)
from services.contracts.places import WIB, GeoPoint
from services.kit.database.db import Transaction
from services.kit.messaging import outbox, timers

SILENT: Final = "catalog.round_silent"
"""The timer of a round that lasts."""


async def set_route(
    conn: Transaction, caller: Caller, merchant_id: MerchantId, weekday: int, stops: Sequence[Wanted], *, by: str
) -> None:
    """Raises NotFound, NotAWlijo, StopIsUnknown, and what `rounds.check_stops` and `check_beside` raise."""
    held = await _held(conn, caller, merchant_id, ops=True)
    _check_wlijo(held)
    rounds.check_stops(stops)
    day_before = await stored.planned(conn, merchant_id, (weekday - 1) % 7)
    day_after = await stored.planned(conn, merchant_id, (weekday + 1) % 7)
    rounds.check_beside(
        rounds.seconds_of([stop.arrives_at for stop in stops]),
        [stop.at_s for stop in day_before],
        [stop.at_s for stop in day_after],
    )
    known = await stored.stop_ids(conn, merchant_id, weekday)
    for place, stop in enumerate(stops):
        if stop.id is not None and stop.id not in known:
            raise StopIsUnknown(f"stops.{place}.id", "no stop of this day")
    await stored.save_route(conn, merchant_id, weekday, [(stop.id or StopId.new(), stop) for stop in stops])
    await stored.note(conn, merchant_id, "ROUTE", weekday, by=by)
    await _tell(conn, merchant_id, held)


async def set_serving_area(
    conn: Transaction,
    caller: Caller,
    merchant_id: MerchantId,
    radius_m: int | None,
    kecamatan: Sequence[str],
    *,
    by: str,
) -> None:
    """With neither, everywhere. Raises NotFound, NumberIsOutOfRange, KecamatanIsUnknown."""
    held = await _held(conn, caller, merchant_id, ops=True)
    rounds.check_area(radius_m, kecamatan)
    await stored.save_area(conn, merchant_id, radius_m, sorted(set(kecamatan)))
    await stored.note(conn, merchant_id, "SERVING_AREA", None, by=by)
    await _tell(conn, merchant_id, held)


async def start(conn: Transaction, caller: Caller, merchant_id: MerchantId, point: GeoPoint, *, by: str) -> None:
    """A round that lasts goes on, whichever of her people began it. Raises NotFound, NotAWlijo, MerchantInState, PlaceIsOutside,
    PlaceIsClosed, RoundsAreTooMany."""
    held = await _held(conn, caller, merchant_id, ops=False)
    _check_wlijo(held)
    rounds.check_place("point", point)
    if held.status is not MerchantStatus.ACTIVE:
        raise MerchantInState(held.status)
    if await stored.standing(conn, merchant_id) is not None:
        return
    today = held.now.astimezone(WIB).date()
    if await stored.count_started(conn, merchant_id, rounds.instant(today, 0)) >= rounds.ROUNDS_A_DAY:
        raise RoundsAreTooMany
    before = await stored.planned(conn, merchant_id, (today.weekday() - 1) % 7)
    plan = await stored.planned(conn, merchant_id, today.weekday())
    day = rounds.day_walked(held.now, [stop.at_s for stop in before], [stop.at_s for stop in plan])
    plan = before if day < today else plan
    round_id = RoundId.new()
    begun = rounds.progress(Progress(None, None, 0, None, None), plan, day, point, held.now, None)
    ends_by = rounds.ends_by(day, [stop.at_s for stop in plan], held.now)
    await stored.start(conn, merchant_id, round_id, day, ends_by, point, begun, by=by, at=held.now)
    await timers.start(conn, SILENT, round_id, min(held.now + rounds.SILENCE, ends_by))
    await outbox.append(conn, RoundStarted(merchant_id=merchant_id, round_id=round_id, day=day, started_at=held.now))
    await _report(conn, caller, merchant_id, point, None)


async def report(conn: Transaction, caller: Caller, merchant_id: MerchantId, point: GeoPoint) -> None:
    """Where she is now. One that comes within a second of another counts for nothing. Raises NotFound, NoRound, PlaceIsOutside,
    PlaceIsClosed."""
    await _report(conn, caller, merchant_id, point, None)


async def reach(conn: Transaction, caller: Caller, merchant_id: MerchantId, stop_id: StopId) -> None:
    """She is at a stop of this round, as she says. Raises NotFound, NoRound, StopIsUnknown."""
    standing = await _standing(conn, caller, merchant_id)
    point = await stored.stop_point(conn, merchant_id, stop_id, standing.day.weekday())
    if point is None:
        raise StopIsUnknown("stopId", "no stop of this round")
    await _report(conn, caller, merchant_id, point, stop_id)


async def end(conn: Transaction, caller: Caller, merchant_id: MerchantId, *, by: str) -> None:
    """One that is over is no trouble. Raises NotFound."""
    held = await _held(conn, caller, merchant_id, ops=False)
    if (standing := await stored.standing(conn, merchant_id)) is not None:
        await stored.end(conn, merchant_id, standing.id, held.now, by=by)
        await timers.stop(conn, standing.id, SILENT)
        await outbox.append(
            conn,
            RoundEnded(merchant_id=merchant_id, round_id=standing.id, ended_at=held.now, by_itself=False),
        )


async def fall_silent(conn: Transaction, subject: UUID) -> None:
    """The timer of a round: it ends when nothing was heard for long, its time is over, or she may not sell any more."""
    round_id = RoundId(subject)
    merchant_id = await stored.merchant_of(conn, round_id)
    if merchant_id is None:
        return
    await stored.lock_any(conn, merchant_id)
    found = await stored.silence(conn, round_id)
    if found is None:
        return
    standing, seen_at, now, sells = found
    due_at = min(seen_at + rounds.SILENCE, standing.ends_by)
    if sells and now < due_at:
        await timers.start(conn, SILENT, round_id, due_at)
        return
    await _end_by_itself(conn, merchant_id, round_id)


async def tell_me(conn: Transaction, subject: str, merchant_id: MerchantId, point: GeoPoint) -> None:
    """Raises NotFound, NotAWlijo, WishesAreTooMany, PlaceIsOutside, PlaceIsClosed."""
    rounded = point.rounded()
    rounds.check_place("point", rounded)
    await wishes.lock(conn, subject)
    kind = await wishes.kind_of(conn, merchant_id)
    if kind is None:
        raise NotFound
    if kind is not MerchantKind.WLIJO:
        raise NotAWlijo
    if await wishes.count_others(conn, subject, merchant_id) >= rounds.MAX_WISHES:
        raise WishesAreTooMany
    await wishes.save(conn, WishId.new(), subject, merchant_id, rounded)


async def tell_me_no_more(conn: Transaction, subject: str, merchant_id: MerchantId) -> None:
    """Who did not ask is no trouble."""
    await wishes.drop(conn, subject, merchant_id)


async def forget(conn: Transaction, subject: str) -> None:
    """Of who is erased: what they wish, and where they are."""
    await wishes.forget(conn, subject)
    for merchant_id, round_id in await stored.started_by(conn, subject):
        await _end_by_itself(conn, merchant_id, round_id)


async def _report(
    conn: Transaction, caller: Caller, merchant_id: MerchantId, point: GeoPoint, reached: StopId | None
) -> None:
    seen = await stored.lock_position(conn, caller, merchant_id)
    if seen is None:
        raise NoRound if await stored.is_members(conn, caller, merchant_id) else NotFound
    rounds.check_place("point", point)
    if not seen.counts and reached is None and seen.at != seen.round.started_at:
        return
    plan = await stored.planned(conn, merchant_id, seen.round.day.weekday())
    now = seen.now
    progress = rounds.progress(seen.progress, plan, seen.round.day, point, now, reached)
    moved = await stored.move(conn, merchant_id, point, progress, now, rounds.LOOKED_M)
    conn.wake(str(merchant_id))
    if moved:
        today = now.astimezone(WIB).date()
        near = await wishes.tell_near(conn, merchant_id, point, rounds.NEAR_M, today)
        await outbox.append(
            conn,
            *(
                WlijoNear(
                    wish_id=each.id,
                    subject=each.subject,
                    merchant_id=merchant_id,
                    round_id=seen.round.id,
                    near_at=now,
                )
                for each in near
            ),
        )


async def _end_by_itself(conn: Transaction, merchant_id: MerchantId, round_id: RoundId) -> None:
    found = await stored.silence(conn, round_id)
    if found is None:
        return
    _, _, now, _ = found
    await stored.end(conn, merchant_id, round_id, now, by=None)
    await timers.stop(conn, round_id, SILENT)
    await outbox.append(conn, RoundEnded(merchant_id=merchant_id, round_id=round_id, ended_at=now, by_itself=True))


async def _standing(conn: Transaction, caller: Caller, merchant_id: MerchantId) -> Standing:
    """Raises NotFound, NoRound."""
    seen = await stored.lock_position(conn, caller, merchant_id)
    if seen is None:
        raise NoRound if await stored.is_members(conn, caller, merchant_id) else NotFound
    return seen.round


async def _held(conn: Transaction, caller: Caller, merchant_id: MerchantId, *, ops: bool) -> Held:
    """Raises NotFound."""
    held = await stored.lock(conn, caller, merchant_id, ops=ops)
    if held is None:
        raise NotFound
    return held


def _check_wlijo(held: Held) -> None:
    """Raises NotAWlijo."""
    if held.kind is not MerchantKind.WLIJO:
        raise NotAWlijo


async def _tell(conn: Transaction, merchant_id: MerchantId, held: Held) -> None:
    if held.status not in UNTOLD:
        await outbox.append(conn, *await goods.merchant_states(conn, [merchant_id]))
