"""Where riders are: the newest place of each counts, many are written at once, and whatever does not fit is dropped."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter as Counts
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Final, TypeAlias

from prometheus_client import Counter, Histogram

from services.contracts.delivery import PartnerId
from services.contracts.partner import DropCode, Location, RefusalCode
from services.contracts.places import GeoPoint
from services.delivery.domain import places, reading
from services.delivery.domain.reading import DATA
from services.delivery.domain.reply import ReplyRefused
from services.delivery.store import positions
from services.delivery.store.positions import AHEAD, OLD, Found
from services.kit import tasks
from services.kit.database import fair
from services.kit.database.db import TRANSIENT, Database, reason
from services.kit.http.rate import RateLimit, RateLimited
from services.kit.observe import telemetry

_log = logging.getLogger(__name__)
MAX_LOCATION_BYTES = 4_096
MAX_WAITING: Final = 20_000
"""Places that wait to be written; more are dropped, for they would be old before it was their turn."""
AT_ONCE: Final = 2_000
EVERY_S: Final = 0.2
OF_A_RIDER_AT_ONCE: Final = 10
OF_A_RIDER_PER_SECOND: Final = 2.0
POSITIONS = Counter(
    "wlijo_partner_positions_total",
    "Positions of riders, by what became of them",
    ("outcome",),
    registry=telemetry.REGISTRY,
)
POSITIONS_FAILED = Counter(
    "wlijo_partner_positions_failed_total",
    "Positions of riders that were dropped for a fault of ours",
    registry=telemetry.REGISTRY,
)
WRITTEN_AT_ONCE = Histogram(
    "wlijo_positions_written_at_once",
    "Positions of riders that one statement wrote",
    buckets=(1, 10, 50, 200, 500, 1_000, 2_000),
    registry=telemetry.REGISTRY,
)


@dataclass(frozen=True, slots=True)
class Dropped:
    code: DropCode
    message: str
    field: str


class NotTaken(Exception):
    """A place that a person told, and that does not fit."""

    def __init__(self, dropped: Dropped) -> None:
        super().__init__(dropped.message)
        self.dropped = dropped


def read(body: bytes) -> Location:
    """Raises ReplyRefused, MALFORMED."""
    if len(body) > MAX_LOCATION_BYTES:
        message = f"a position may have {MAX_LOCATION_BYTES} bytes, this has {len(body)}"
        raise ReplyRefused(RefusalCode.MALFORMED, message, DATA)
    place = reading.read(Location, body)
    if place.at.tzinfo is None:
        raise ReplyRefused(RefusalCode.MALFORMED, "at has no time zone; end it with Z for UTC", "at")
    try:
        place.at.astimezone(UTC)
    except OverflowError as error:
        raise ReplyRefused(RefusalCode.MALFORMED, "at is beyond the years 1 to 9999", "at") from error
    return place


@dataclass(slots=True)
class _Told:
    """What somebody told at once, and waits for. `left`: of so many it is not known yet what became of them."""

    dropped: list[Dropped | None]
    left: int
    known: asyncio.Future[list[Dropped | None]]

    def settle(self, index: int, dropped: Dropped | None) -> None:
        self.dropped[index] = dropped
        self.left -= 1
        if not self.left and not self.known.done():  # whoever waited may have gone
            self.known.set_result(self.dropped)


_Waiting: TypeAlias = tuple[PartnerId, Location, _Told | None, int]
"""With where its outcome goes, if anybody waits for it. A tuple: there are thousands a second."""


class Places:
    """Gathers what is told in a fraction of a second and writes it in one statement; one is written at a time, so the busier it is the more
    is in each. In each process for itself: of one rider the database takes the newest, whoever brings it.

    Nothing here is told to others: who follows a trip looks every two seconds anyhow.
    """

    def __init__(self, db: Database, *, every_s: float = EVERY_S, burst: int = OF_A_RIDER_AT_ONCE) -> None:
        self._db = db
        self._every_s = every_s
        self._haste = RateLimit(burst=burst, per_second=OF_A_RIDER_PER_SECOND)
        self._waiting: deque[_Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None

    def take(self, partner_id: PartnerId, place: Location) -> None:
        """Nobody waits for what becomes of it."""
        self._take(partner_id, place, None, 0)

    async def put(self, partner_id: PartnerId, place: Location) -> Dropped | None:
        """Why it was dropped; None: it is the rider's place now."""
        (dropped,) = await self.tell(partner_id, [place])
        return dropped

    async def tell(self, partner_id: PartnerId, told: Sequence[Location]) -> list[Dropped | None]:
        """Of each, as `put`."""
        made = _Told([None] * len(told), len(told), asyncio.get_running_loop().create_future())
        for index, place in enumerate(told):
            self._take(partner_id, place, made, index)
        return await made.known if told else []

    async def written(self) -> None:
        """All that was told before is."""
        if self._writing is not None:
            await asyncio.wait({self._writing})

    def _take(self, partner_id: PartnerId, place: Location, told: _Told | None, index: int) -> None:
        dropped = self._refused(partner_id, place)
        if dropped is None and len(self._waiting) >= MAX_WAITING:
            dropped = Dropped(DropCode.RATE_LIMITED, "too many positions of all companies wait", DATA)
        if dropped is not None:
            POSITIONS.labels(str(dropped.code).lower()).inc()
            if told is not None:
                told.settle(index, dropped)
            return
        self._waiting.append((partner_id, place, told, index))
        if self._writing is None or self._writing.done():
            self._writing = tasks.start(self._write_all(), "write positions")

    def _refused(self, partner_id: PartnerId, place: Location) -> Dropped | None:
        if not places.is_near(GeoPoint(lat=place.lat, lng=place.lng)):
            message = f"{place.lat}, {place.lng} is far from where riders ride: WGS 84 degrees, around -8.1, 113.2"
            return Dropped(DropCode.OUT_OF_AREA, message, "lat")
        try:
            self._haste.take(partner_id.bytes + place.rider_id.bytes)
        except RateLimited as haste:
            message = f"of one rider a place a second is enough; the next counts in {haste.retry_after_ms} ms"
            return Dropped(DropCode.RATE_LIMITED, message, "rider_id")
        return None

    async def _write_all(self) -> None:
        fair.speak_for(None)  # for all who tell
        while self._waiting:
            await asyncio.sleep(self._every_s)
            await self._write(self._taken())

    def _taken(self) -> list[_Waiting]:
        return [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]

    async def _write(self, now: Sequence[_Waiting]) -> None:
        """A fault drops these; the next are newer anyhow."""
        try:
            async with self._db.acquire() as conn:  # one statement, which is all or nothing by itself
                found = await positions.move(conn, [each[0] for each in now], [each[1] for each in now])
        except TRANSIENT as error:
            _log.warning("%d positions were dropped: %s", len(now), reason(error))
            self._lose(now)
        except Exception:  # noqa: BLE001 - a bug on one place must not stop the others
            _log.exception("%d positions were dropped", len(now))
            self._lose(now)
        else:
            WRITTEN_AT_ONCE.observe(len(now))
            _settle(now, {index: _unfit(now[index][1], became) for index, became in found})

    def _lose(self, now: Sequence[_Waiting]) -> None:
        POSITIONS_FAILED.inc(len(now))
        _settle(
            now,
            dict.fromkeys(range(len(now)), Dropped(DropCode.LOST, "a fault of ours; the next position counts", DATA)),
        )


def _settle(now: Sequence[_Waiting], dropped: Mapping[int, Dropped]) -> None:
    """Those that were dropped, by their index; the others are taken."""
    for index, (_, _, told, place) in enumerate(now):
        if told is not None:
            told.settle(place, dropped.get(index))
    counted = Counts(str(each.code).lower() for each in dropped.values())
    counted["taken"] = len(now) - len(dropped)
    for outcome, many in counted.items():
        POSITIONS.labels(outcome).inc(many)


def _superseded() -> Dropped:
    return Dropped(DropCode.SUPERSEDED, "a later position is known", "at")


def _unfit(place: Location, found: Found) -> Dropped:
    match found.code:
        case DropCode.NOT_YOUR_JOB:
            return Dropped(found.code, "the job is not, or no longer, yours", "job_id")
        case DropCode.NOT_YOUR_RIDER if found.rider_id and found.rider_id != place.rider_id:
            return Dropped(found.code, f"the job is ridden by {found.rider_id}", "rider_id")
        case DropCode.NOT_YOUR_RIDER:
            return Dropped(found.code, f"{place.rider_id} is no rider of yours", "rider_id")
        case DropCode.ALREADY_DONE:
            return Dropped(found.code, f"the trip is over: it is {found.status}", "job_id")
        case DropCode.NOT_ON_SHIFT:
            return Dropped(found.code, "the rider is not on shift and has no job", "rider_id")
        case DropCode.IN_FUTURE:
            return Dropped(found.code, f"more than {AHEAD} ahead of our clock", "at")
        case DropCode.TOO_OLD:
            return Dropped(found.code, f"older than {OLD}", "at")
        case _:
            return _superseded()
