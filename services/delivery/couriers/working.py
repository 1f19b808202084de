"""The worker's part: reads the company's feed, and asks the courier what is due, outside of any transaction. Any number of workers may do
it side by side; one that dies leaves what it had to the next: an order that it was about to ask for as one of which nobody knows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeVar

from prometheus_client import Counter, Gauge

from services.contracts import places as regions
from services.contracts.job_place import JobPlace
from services.contracts.partner import JobOffered, Location, Topics
from services.contracts.places import GeoPoint
from services.delivery.commands import couriers
from services.delivery.commands.positions import Places
from services.delivery.couriers.doors import Door, DoorIsShut, Doors, DoorsOfTheMarket
from services.delivery.couriers.lalamove import LalamoveV3
from services.delivery.couriers.port import Courier, Driver, NotDone, Place, Quotation, Ride, Unclear
from services.delivery.couriers.profile import Profile
from services.delivery.domain import courier
from services.delivery.domain.courier import JobState, Unwanted
from services.delivery.domain.crew import MAX_NAME_CHARACTERS, MAX_PLATE_CHARACTERS, RiderDetails, VehicleKind
from services.delivery.domain.reply import Rules
from services.delivery.domain.trip import DeliveryStatus
from services.delivery.partner_feed import Feed
from services.delivery.store import couriers as store
from services.delivery.store import webhooks
from services.delivery.store.couriers import Job
from services.kit import tasks, text
from services.kit.database.db import TRANSIENT, Database, reason, transaction
from services.kit.database.live import Live
from services.kit.messaging.envelope import decode
from services.kit.observe import telemetry
from services.kit.process.service import Worker

_log = logging.getLogger(__name__)
T = TypeVar("T")
_EVERY_S: Final = 0.5
_WAIT_S: Final = 5.0
_AGAIN_S: Final = 15.0
_LOOK_S: Final = 20.0
_AT_ONCE: Final = 16
_LEASE: Final = timedelta(seconds=120)
_WITHIN_S: Final = 60.0
"""All that is asked for one job in its turn: well within the lease."""
_WORDS_AT_ONCE: Final = 20
ASKED = Counter(
    "wlijo_courier_requests_total",
    "What was asked of the courier from outside, by what it came to: done, refused, unclear",
    ("call", "outcome"),
    registry=telemetry.REGISTRY,
)
OVER_FEE = Counter(
    "wlijo_courier_over_fee_rupiah_total",
    "What orders at the courier cost above what rider and company get of the fee: the platform bears it",
    registry=telemetry.REGISTRY,
)
BY_HAND = Gauge(
    "wlijo_courier_jobs_by_hand",
    "Jobs of which nobody knows whether the courier has an order, or whose order nobody waits for and cannot be cancelled",
    registry=telemetry.REGISTRY,
)


@dataclass(frozen=True, slots=True)
class Desk:
    """The courier's program: whose company it is, by what rules replies are judged, and whom it speaks to."""

    db: Database
    profile: Profile
    rules: Rules
    api: Courier
    doors: Doors
    places: Places

    async def enter(self) -> bool:
        """False when there is no such company."""
        async with transaction(self.db) as conn:
            read_to = await webhooks.newest(conn, Topics.of(self.profile.company).jobs)
            return (
                await store.enter(conn, self.profile.company, tests=self.profile.tests, read_to=read_to)
            ) is not None

    async def read(self, feed: Feed, wait_s: float) -> None:
        company = self.profile.company
        async with self.db.acquire() as conn:
            before = await store.read_to(conn, company)
        page = await feed.read(company, before, wait_s)
        if page.events:
            async with transaction(self.db) as conn:
                await couriers.take_in(conn, company, before, page.cursor, page.events)

    async def work(self) -> int:
        """What is due now, side by side; how many there were."""
        async with transaction(self.db) as conn:
            due = await store.claim(conn, self.profile.company, limit=_AT_ONCE, lease=_LEASE)
        await asyncio.gather(*(self._safely(each) for each in due))
        return len(due)

    async def count(self) -> None:
        async with self.db.acquire() as conn:
            live = await store.live(conn, self.profile.company)
            await store.forget_words(conn, self.profile.company)
        BY_HAND.set(sum(is_by_hand(each) for each in live))

    async def _safely(self, job: Job) -> None:
        """One that fails stays as it was, and its turn comes again with the end of its lease."""
        try:
            async with asyncio.timeout(_WITHIN_S):
                await self._one(job)
        except TRANSIENT as error:
            _log.warning("what came of a courier's job could not be kept: %s", reason(error))
        except TimeoutError:
            _log.warning("a courier's job took too long: %s", job.offer_id)
        except Exception:  # noqa: BLE001 - one that fails must not stop the others
            _log.exception("a courier's job could not be looked after: %s", job.offer_id)

    async def _one(self, job: Job) -> None:
        match job.state:
            case JobState.OFFERED:
                await self._offered(job)
            case JobState.ACCEPTED:
                await self._accepted(job)
            case JobState.PLACING:
                await self._in_doubt(job)
            case JobState.PLACED:
                await self._placed(job)
            case JobState.ENDED:
                pass

    async def _offered(self, job: Job) -> None:
        """Accepted when there is a price for it that may be paid; nobody has been ordered yet. Its doors are told to whoever has the job:
        this price is for the way between the rounded places."""
        told = decode(JobOffered, job.offered)
        if job.unwanted is not None or (why := self._not_for_it(told)):
            await self._decline(job, why if job.unwanted is None else "withdrawn")
            return
        try:
            quotation = await self._quote(_rough(told.pickups[0]), _rough(told.dropoff))
        except (NotDone, Unclear) as error:
            await self._decline(job, str(error))
            return
        if why := self._too_dear(told, quotation.price_rupiah):
            await self._decline(job, why)
            return
        async with transaction(self.db) as conn:
            await couriers.accept(conn, self.rules, job.offer_id, quotation.price_rupiah)

    def _not_for_it(self, told: JobOffered) -> str:
        """Whatever the dispatch asks: no real driver goes for a test, and none collects cash or fetches at several doors."""
        if told.test is not self.profile.tests:
            return "test jobs alone" if self.profile.tests else "no test jobs"
        if told.cash_to_collect_rupiah:
            return "no cash is collected"
        return "one pickup alone" if len(told.pickups) != 1 else ""

    def _too_dear(self, told: JobOffered, price_rupiah: int) -> str:
        company = told.rider_share_rupiah + told.partner_share_rupiah
        if courier.is_too_dear(price_rupiah, company, self.profile.most_over_rupiah):
            return f"the price is {price_rupiah}, and at most {company + self.profile.most_over_rupiah} may be paid"
        return ""

    async def _accepted(self, job: Job) -> None:
        told = decode(JobOffered, job.offered)
        if job.unwanted is not None:
            await self._not_placed(job, "withdrawn", again=False)
            return
        try:
            door = await self.doors.of(job.delivery_id)
        except DoorIsShut as error:
            await self._not_placed(job, f"the door is not told: {error}", again=True)
            return
        pickup, dropoff = self._pickup(told.pickups[0], door), _dropoff(told.dropoff, door)
        try:
            quotation = await self._quote(pickup, dropoff)
        except NotDone as error:
            await self._not_placed(job, str(error), again=not error.for_good)
            return
        except Unclear as error:
            await self._not_placed(job, str(error), again=True)  # a quotation more is no harm
            return
        if why := self._too_dear(told, quotation.price_rupiah):
            await self._not_placed(job, why, again=False)
            return
        async with transaction(self.db) as conn:
            if not await couriers.about_to_place(conn, job.offer_id, quotation.id, quotation.price_rupiah):
                return
        try:
            ride = await self._call(
                "place", self.api.place(quotation, pickup, dropoff, str(job.delivery_id)), counts=True
            )
        except NotDone as error:
            await self._not_placed(job, str(error), again=not error.for_good)
        except Unclear as error:
            await self._nobody_knows(job, str(error))
        else:
            await self._is_placed(job, told, ride, quotation.price_rupiah)

    async def _in_doubt(self, job: Job) -> None:
        """Never asked for again. Orders that the courier told of and that nobody knows are looked at: one is of this quotation, or none
        is yet."""
        async with self.db.acquire() as conn:
            words = await store.words(conn, job.partner_id, _WORDS_AT_ONCE)
        for order_id in words:
            try:
                ride = await self._call("ride", self.api.ride(order_id))
            except (NotDone, Unclear):
                continue
            if ride.quotation_id == job.quotation_id:
                await self._is_placed(job, decode(JobOffered, job.offered), ride, job.price_rupiah or 0)
                return
        await self._nobody_knows(job, job.said or "nobody knows whether there is an order")

    async def _placed(self, job: Job) -> None:
        assert job.order_id is not None
        try:
            ride = await self._call("ride", self.api.ride(job.order_id))
            status = ride.status
            price = job.price_rupiah if ride.price_rupiah is None else ride.price_rupiah
            if status in courier.CAN_BE_CANCELLED and (why := self._unwanted(job, status, price or 0)):
                status = await self._cancelled(job, status, why)
            driver = (
                await self._driver(job, ride) if status in (DeliveryStatus.ASSIGNED, DeliveryStatus.PICKED_UP) else None
            )
        except (NotDone, Unclear) as error:
            await self._nobody_knows(job, str(error))
            return
        known = (ride.driver_id or "", _details(driver)) if driver else None
        async with transaction(self.db) as conn:
            await couriers.saw(conn, self.rules, job.offer_id, status, ride.price_rupiah, known, _LOOK_S)
        if driver and driver.point and driver.at and job.rider_id and job.unwanted is None:
            at = Location(
                job_id=job.delivery_id, rider_id=job.rider_id, lat=driver.point.lat, lng=driver.point.lng, at=driver.at
            )
            await self.places.tell(job.partner_id, [at])

    def _unwanted(self, job: Job, status: DeliveryStatus, price_rupiah: int) -> Unwanted | None:
        return courier.wanted_no_more(
            replace(couriers.seen(job), price_rupiah=price_rupiah),
            status,
            job.now,
            most_over_rupiah=self.profile.most_over_rupiah,
            driver_within=timedelta(seconds=self.profile.driver_within_s),
        )

    async def _cancelled(self, job: Job, status: DeliveryStatus, why: Unwanted) -> DeliveryStatus:
        """What is then known of it. That it is to be cancelled is kept first: read as cancelled later, it was by us. Raises NotDone,
        Unclear."""
        assert job.order_id is not None
        async with transaction(self.db) as conn:
            await couriers.is_unwanted(conn, job.offer_id, why)
        if await self._call("cancel", self.api.cancel(job.order_id)):
            return DeliveryStatus.CANCELLED
        if why is not Unwanted.TRIP:  # somebody has come to drive it in this moment
            async with transaction(self.db) as conn:
                await couriers.is_unwanted(conn, job.offer_id, None)
        return status

    async def _driver(self, job: Job, ride: Ride) -> Driver | None:
        """A driver whom one cannot read of now is read of the next time."""
        if ride.driver_id is None:
            return None
        try:
            return await self._call("driver", self.api.driver(ride.id, ride.driver_id))
        except (NotDone, Unclear):
            return None

    async def _is_placed(self, job: Job, told: JobOffered, ride: Ride, quoted_rupiah: int) -> None:
        price = quoted_rupiah if ride.price_rupiah is None else ride.price_rupiah
        async with transaction(self.db) as conn:
            await couriers.is_placed(conn, job.offer_id, ride.id, price)
        OVER_FEE.inc(max(0, price - told.rider_share_rupiah - told.partner_share_rupiah))

    async def _not_placed(self, job: Job, why: str, *, again: bool) -> None:
        async with transaction(self.db) as conn:
            await couriers.is_not_placed(conn, self.rules, job.offer_id, why, again=again)

    async def _nobody_knows(self, job: Job, why: str) -> None:
        async with transaction(self.db) as conn:
            await couriers.nobody_knows(conn, job.offer_id, why)

    async def _decline(self, job: Job, why: str) -> None:
        async with transaction(self.db) as conn:
            await couriers.decline(conn, self.rules, job.offer_id, why)

    async def _quote(self, pickup: Place, dropoff: Place) -> Quotation:
        return await self._call("quote", self.api.quote(pickup, dropoff), counts=True)

    async def _call(self, call: str, asked: Awaitable[T], *, counts: bool = False) -> T:
        """Raises NotDone, Unclear. `counts`: as a word on whether new jobs are any use."""
        outcome, wrong = "done", False
        try:
            return await asked
        except NotDone as error:
            outcome, wrong = "refused", error.away
            raise
        except Unclear:
            outcome, wrong = "unclear", True
            raise
        finally:
            ASKED.labels(call, outcome).inc()
            if counts:
                await self._note(wrong=wrong)

    async def _note(self, *, wrong: bool) -> None:
        try:
            async with self.db.acquire() as conn:
                await (store.went_wrong if wrong else store.went_well)(conn, self.profile.company)
        except TRANSIENT as error:
            _log.warning("how the courier does is not kept: %s", reason(error))

    def _pickup(self, told: JobPlace, door: Door) -> Place:
        rough = _rough(told)
        return replace(rough, name=f"{told.merchant_name or 'Wlijo'} ({door.order_code})", phone=self.profile.phone)


def is_by_hand(job: Job) -> bool:
    doubtful = job.state is JobState.PLACING and job.sent_at is not None
    if doubtful and job.sent_at is not None:
        return job.now > job.sent_at + courier.BY_HAND_AFTER
    rides_for_nobody = job.state is JobState.PLACED and job.unwanted is Unwanted.TRIP and job.placed_at is not None
    return bool(rides_for_nobody and job.placed_at and job.now > job.placed_at + courier.BY_HAND_AFTER)


def _rough(told: JobPlace) -> Place:
    where = f"Kecamatan {regions.name_of(told.kecamatan_code)}, Kabupaten Lumajang"
    address = f"{told.merchant_name}, {where}" if told.merchant_name else where
    return Place(GeoPoint(lat=told.point.lat, lng=told.point.lng), address)


def _dropoff(told: JobPlace, door: Door) -> Place:
    address = f"{door.line}, {_rough(told).address}"
    return Place(
        door.point, address, name=door.recipient, phone=door.phone, remarks=f"{door.order_code} {door.note}".strip()
    )


def _details(driver: Driver) -> RiderDetails:
    name = _one_line(driver.name, MAX_NAME_CHARACTERS) or couriers.NOBODY_YET.name
    plate = _one_line(driver.plate, MAX_PLATE_CHARACTERS) or couriers.NOBODY_YET.plate
    return RiderDetails(name, plate.upper(), VehicleKind.MOTORBIKE, False, 0)


def _one_line(given: str, longest: int) -> str:
    try:
        return text.line(given[:longest], longest=longest)
    except text.NotText:
        return ""


async def run(worker: Worker) -> None:
    """Until the worker stops; nothing where no courier is configured."""
    profile = worker.settings.trips.courier()
    if profile is None:
        await worker.stopping.wait()
        return
    api, doors, live = LalamoveV3(profile), DoorsOfTheMarket(profile), Live(worker.db)
    rules = worker.settings.trips.rules(worker.settings.mode)
    desk = Desk(worker.db, profile, rules, api, doors, Places(worker.db))
    try:
        async with tasks.running(live.run(), "courier: news"), asyncio.TaskGroup() as turns:
            turns.create_task(_read(worker, desk, Feed(worker.db, live)))
            turns.create_task(_work(worker, desk))
    finally:
        await api.close()
        await doors.close()


async def _read(worker: Worker, desk: Desk, feed: Feed) -> None:
    entered = False
    while not worker.stopping.is_set():
        try:
            entered = entered or await desk.enter()
            if entered:
                await desk.read(feed, _WAIT_S)
                await desk.count()
                continue
            _log.error("COURIER_PROFILE names a company that is not here", extra={"partner": desk.profile.partner_id})
        except TRANSIENT as error:
            _log.warning("the courier's feed is not read now: %s", reason(error))
        await tasks.pause(_AGAIN_S, worker.stopping)


async def _work(worker: Worker, desk: Desk) -> None:
    while not worker.stopping.is_set():
        try:
            if await desk.work():
                continue
        except TRANSIENT as error:
            _log.warning("the courier's jobs pause: %s", reason(error))
        await tasks.pause(_EVERY_S, worker.stopping)
