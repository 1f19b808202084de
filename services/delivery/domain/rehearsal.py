"""Test jobs that a company orders for itself: what a robot plays of the buyer's and the merchants' side, as the trip goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from services.contracts.places import KECAMATAN, GeoPoint
from services.delivery.domain.trip import NOT_FETCHED, ON_TRIP, SEEKING, DeliveryStatus

ROBOT: Final = "robot"
"""Who buys, and who ends a test job that nobody ends: the subject of no token."""
MAX_OPEN: Final = 5
"""Test jobs of one company at a time."""
MAX_AN_HOUR: Final = 60
OVER_AFTER: Final = timedelta(hours=1)
"""A test job that was left lying ends by itself."""
KEPT_DAYS: Final = 14
FEE_RUPIAH, RIDER_RUPIAH, PARTNER_RUPIAH, PLATFORM_RUPIAH = 10_000, 8_000, 1_500, 500
CASH_RUPIAH: Final = 65_200
LESS_RUPIAH: Final = 15_000
"""By so much a cash sum that changes becomes less."""
WEIGHT_LIMIT_GRAM: Final = 5_000
AREA: Final = "Kawasan uji coba"
DOOR_CODE: Final = "35.08.15"


class TestScenario(StrEnum):
    PLAIN = "PLAIN"
    CASH = "CASH"
    SEVERAL_PICKUPS = "SEVERAL_PICKUPS"
    GOODS_LATE = "GOODS_LATE"
    CASH_CHANGED = "CASH_CHANGED"
    STOP_LEFT_OUT = "STOP_LEFT_OUT"
    CANCELLED_AT_ONCE = "CANCELLED_AT_ONCE"
    CANCELLED_BEFORE_PICKUP = "CANCELLED_BEFORE_PICKUP"
    CANCELLED_ON_THE_WAY = "CANCELLED_ON_THE_WAY"
    PIN_LOCKED = "PIN_LOCKED"
    HAZARD = "HAZARD"
    HAZARD_BEFORE_PICKUP = "HAZARD_BEFORE_PICKUP"
    REPORT_REQUESTED = "REPORT_REQUESTED"


class Deed(StrEnum):
    PACK = "PACK"  # the first merchant who has not
    CANCEL = "CANCEL"
    LESS_CASH = "LESS_CASH"
    LEAVE_OUT = "LEAVE_OUT"  # the last merchant
    LOCK_PIN = "LOCK_PIN"
    CLOSE_AREA = "CLOSE_AREA"
    OPEN_AREA = "OPEN_AREA"
    END_FOR_HAZARD = "END_FOR_HAZARD"
    ASK_FOR_REPORT = "ASK_FOR_REPORT"


_FETCHING = NOT_FETCHED & ON_TRIP
_CARRYING = frozenset({DeliveryStatus.PICKED_UP, DeliveryStatus.AT_DROPOFF})


@dataclass(frozen=True, slots=True)
class Act:
    """Done `after_s` after the trip came to one of these states, or after the act before it."""

    during: frozenset[DeliveryStatus]
    after_s: int
    deed: Deed


# At once: a system that reports a step a second is not to outrun the robot, whose time begins anew with each step.
_PACK = Act(_FETCHING, 0, Deed.PACK)
SCRIPTS: Final[Mapping[TestScenario, tuple[Act, ...]]] = {
    TestScenario.PLAIN: (_PACK,),
    TestScenario.CASH: (_PACK,),
    TestScenario.SEVERAL_PICKUPS: (_PACK, _PACK, _PACK),
    TestScenario.GOODS_LATE: (Act(_FETCHING, 30, Deed.PACK),),
    TestScenario.CASH_CHANGED: (Act(_FETCHING | _CARRYING, 0, Deed.LESS_CASH), _PACK),
    TestScenario.STOP_LEFT_OUT: (Act(_FETCHING, 0, Deed.LEAVE_OUT), _PACK),
    # Whoever takes it within the second, and goes on, has it cancelled as they do.
    TestScenario.CANCELLED_AT_ONCE: (Act(SEEKING, 1, Deed.CANCEL), Act(_FETCHING, 0, Deed.CANCEL)),
    TestScenario.CANCELLED_BEFORE_PICKUP: (Act(_FETCHING, 0, Deed.CANCEL),),
    TestScenario.CANCELLED_ON_THE_WAY: (_PACK, Act(_CARRYING, 0, Deed.CANCEL)),
    TestScenario.PIN_LOCKED: (_PACK, Act(_CARRYING, 0, Deed.LOCK_PIN)),
    TestScenario.HAZARD: (_PACK, Act(_CARRYING, 0, Deed.CLOSE_AREA), Act(_CARRYING, 10, Deed.OPEN_AREA)),
    TestScenario.HAZARD_BEFORE_PICKUP: (Act(_FETCHING, 0, Deed.END_FOR_HAZARD),),
    TestScenario.REPORT_REQUESTED: (_PACK, Act(_FETCHING | _CARRYING, 0, Deed.ASK_FOR_REPORT)),
}

_SHOPS: Final = (
    ("Toko Uji Coba Satu", GeoPoint(lat=-8.1359, lng=113.2247)),
    ("Toko Uji Coba Dua", GeoPoint(lat=-8.1301, lng=113.2249)),
    ("Toko Uji Coba Tiga", GeoPoint(lat=-8.1275, lng=113.2291)),
)
_PICKUPS: Final = {TestScenario.SEVERAL_PICKUPS: 3, TestScenario.STOP_LEFT_OUT: 2}
_COLLECTS: Final = frozenset({TestScenario.CASH, TestScenario.CASH_CHANGED})
_READY_IN_S: Final = {TestScenario.GOODS_LATE: 20}


def shops(scenario: TestScenario) -> tuple[tuple[str, GeoPoint], ...]:
    """Where the goods of a test job lie: names of no merchant, points of the town."""
    return _SHOPS[: _PICKUPS.get(scenario, 1)]


def door() -> GeoPoint:
    return KECAMATAN[DOOR_CODE].centre.rounded()


def cash_rupiah(scenario: TestScenario) -> int:
    return CASH_RUPIAH if scenario in _COLLECTS else 0


def ready_in(scenario: TestScenario) -> timedelta:
    return timedelta(seconds=_READY_IN_S.get(scenario, 5))


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Of a trip that is one: `acted` of the robot's acts are behind it."""

    scenario: TestScenario
    acted: int = 0

    def next_act(self, status: DeliveryStatus) -> tuple[int, Act] | None:
        """What is to be done in this state, and its place in the script. Acts of states that were passed are never done."""
        script = SCRIPTS[self.scenario]
        for place in range(self.acted, len(script)):
            if status in script[place].during:
                return place, script[place]
        return None


class RehearsalsAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"a company has at most {MAX_OPEN} test jobs open; end one, or let it come to its end")


class RehearsalsAreTooFast(Exception):
    """`wait_s` until the next may be ordered."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"a company orders at most {MAX_AN_HOUR} test jobs an hour")
        self.wait_s = wait_s
