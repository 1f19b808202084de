"""Who is of a company: owners, who decide, dispatchers, who take jobs, and riders. People come by a code that is handed on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from services.contracts.delivery import PartnerRole
from services.contracts.delivery import VehicleKind as VehicleKind
from services.delivery.domain.caller import Caller, NotFound
from services.delivery.domain.company import read_text
from services.kit.ids import Id
from services.kit.invalid import FieldInvalid, all_of, gathered

MAX_NAME_CHARACTERS: Final = 60
MAX_PLATE_CHARACTERS: Final = 15
MAX_EXTERNAL_ID_CHARACTERS: Final = 40
MAX_CASH_LIMIT_RUPIAH: Final = 100_000_000
CARRIES_GRAM: Final[Mapping[VehicleKind, int]] = {
    VehicleKind.MOTORBIKE: 20_000,
    VehicleKind.CARGO_TRICYCLE: 300_000,
    VehicleKind.CAR: 300_000,
    VehicleKind.BICYCLE: 10_000,
}
"""What a rider takes along unless their company says so: of a motorbike all that an order may weigh, of a bicycle half."""
MAX_CARRIES_GRAM: Final = 1_000_000
INLINE_CASH_LIMIT_RUPIAH: Final = 500_000
"""Of a rider whom an acceptance named by themself: as ordering lets one rider carry of a company that has said nothing."""
MAX_MEMBERS: Final = 20
"""Of one company: they are told whole with every change of it."""
MAX_INVITATIONS: Final = 10
"""Of one company at a time."""
MAX_RIDERS: Final = 200
"""Of one company, those who ended left out."""


class MemberId(Id, prefix="pmb"):
    """Somebody at one company."""


class InvitationId(Id, prefix="pnv"):
    pass


class InvitationIsUnknown(Exception):
    """No such code, or it has been used, withdrawn or is over: which, nobody is told."""

    def __init__(self) -> None:
        super().__init__("the code is wrong or over; ask who invited you for another")


class InvitationsAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"a company has at most {MAX_INVITATIONS} open invitations")


class MembersAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"a company has at most {MAX_MEMBERS} people beside its riders")


class RidersAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"a company has at most {MAX_RIDERS} riders")


class LastOwner(Exception):
    def __init__(self) -> None:
        super().__init__("a company keeps an owner: make somebody else one first")


class RidesAlready(Exception):
    def __init__(self) -> None:
        super().__init__("you ride for a company already: end that first")


class CashLimitOutOfRange(Exception):
    def __init__(self) -> None:
        super().__init__(f"a cash limit is 0 to {MAX_CASH_LIMIT_RUPIAH} rupiah")


class CarriesOutOfRange(Exception):
    def __init__(self) -> None:
        super().__init__(f"a rider carries 1 to {MAX_CARRIES_GRAM} grams")


@dataclass(frozen=True, slots=True)
class Member:
    id: MemberId
    subject: str
    role: PartnerRole


@dataclass(frozen=True, slots=True)
class RiderDetails:
    """`cash_limit_rupiah`: the most that a job may have them collect; None is no limit. `carries_gram`: the most that they take along; None
    is what their vehicle does."""

    name: str
    plate: str
    vehicle: VehicleKind
    has_box: bool
    cash_limit_rupiah: int | None
    carries_gram: int | None = None


def checked(external_id: str, given: RiderDetails) -> tuple[str, RiderDetails]:
    """As they are kept. Raises TextIsInvalid, or a group of it, CashLimitOutOfRange and CarriesOutOfRange."""
    found: list[FieldInvalid] = []
    called = gathered(found, lambda: read_text("externalId", external_id, MAX_EXTERNAL_ID_CHARACTERS))
    name = gathered(found, lambda: read_text("input.name", given.name, MAX_NAME_CHARACTERS))
    plate = gathered(found, lambda: read_text("input.plate", given.plate, MAX_PLATE_CHARACTERS))
    if called is None or name is None or plate is None:
        raise all_of(found)
    if given.cash_limit_rupiah is not None and not 0 <= given.cash_limit_rupiah <= MAX_CASH_LIMIT_RUPIAH:
        raise CashLimitOutOfRange
    if given.carries_gram is not None and not 1 <= given.carries_gram <= MAX_CARRIES_GRAM:
        raise CarriesOutOfRange
    return called, replace(given, name=name, plate=plate.upper())


def check_leads(members: Collection[Member], caller: Caller) -> None:
    """An owner, or operators, who help a company that has lost its own. Raises NotFound."""
    if not caller.ops and not any(each.subject == caller.person and each.role is PartnerRole.OWNER for each in members):
        raise NotFound


def check_is_of(members: Collection[Member], caller: Caller) -> None:
    """Any of its people, or operators. Raises NotFound."""
    if not caller.ops and not any(each.subject == caller.person for each in members):
        raise NotFound


def check_stays_owned(members: Collection[Member], but: Member) -> None:
    """When `but` is an owner no more. Raises LastOwner."""
    if but.role is PartnerRole.OWNER and not any(
        each.role is PartnerRole.OWNER and each.id != but.id for each in members
    ):
        raise LastOwner


def check_room(members: Collection[Member]) -> None:
    """For one more. Raises MembersAreTooMany."""
    if len(members) >= MAX_MEMBERS:
        raise MembersAreTooMany


def find(members: Collection[Member], member_id: MemberId) -> Member:
    """Raises NotFound."""
    for each in members:
        if each.id == member_id:
            return each
    raise NotFound
