"""An ojek company's way: applied, sent back to be corrected, in its sandbox, active, paused, left; and who may lead it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.contracts import phones, regency
from services.contracts.delivery import PartnerStatus
from services.delivery.domain.caller import Caller
from services.kit.invalid import FieldInvalid, all_of, gathered
from services.kit.text import NotText, line

MAX_NAME_CHARACTERS: Final = 60
MAX_CONTACT_CHARACTERS: Final = 80
MAX_LICENCE_CHARACTERS: Final = 60
MAX_REASON_CHARACTERS: Final = 500
MAX_OWN: Final = 3
"""Companies of one owner that have not left, or left within OWN_DAYS: what they cost is bounded, and so is the officers' work."""
OWN_DAYS: Final = 30


class PartnerAction(StrEnum):
    APPLY = "APPLY"
    VERIFY = "VERIFY"
    SEND_BACK = "SEND_BACK"
    ACTIVATE = "ACTIVATE"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    LEAVE = "LEAVE"
    SET = "SET"
    INVITE = "INVITE"
    WITHDRAW = "WITHDRAW"
    JOIN = "JOIN"
    CHANGE_MEMBER = "CHANGE_MEMBER"
    REMOVE_MEMBER = "REMOVE_MEMBER"
    SAVE_RIDER = "SAVE_RIDER"
    END_RIDER = "END_RIDER"


class PartnerInState(Exception):
    """The company's status forbids what was asked."""

    def __init__(self, status: PartnerStatus) -> None:
        super().__init__(f"the company is {status}")
        self.status = status


class OwnMatter(Exception):
    """Who decides is of the company's people."""

    def __init__(self) -> None:
        super().__init__("nobody decides on a company of their own")


class OwnPartnersAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"one person has at most {MAX_OWN} delivery companies")


class ApplicationInvalid(FieldInvalid):
    """`field` is the name in the input."""


class TextIsInvalid(ApplicationInvalid):
    def __init__(self, field: str, reason: str, longest: int) -> None:
        super().__init__(field, reason)
        self.longest = longest


class PhoneIsInvalid(ApplicationInvalid):
    pass


class RegionIsUnknown(ApplicationInvalid):
    pass


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody declares who would bring goods with a company; of no company one has to be told which it is."""

    name: str
    kecamatan_code: str
    contact_name: str
    phone: str
    licence_number: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a company stands. `paused_from` is where a resumption leads; None: its sandbox, for a resumption promotes nobody."""

    status: PartnerStatus
    paused_from: PartnerStatus | None = None
    paused_by_company: bool = False


_S, _A = PartnerStatus, PartnerAction

# What is not here is refused; a state that is already what was asked for stays.
TABLE: Final[Mapping[tuple[PartnerStatus, PartnerAction], PartnerStatus]] = {
    (_S.INVITED, _A.VERIFY): _S.SANDBOX,
    (_S.INVITED, _A.SEND_BACK): _S.SENT_BACK,
    (_S.INVITED, _A.LEAVE): _S.LEFT,
    (_S.SENT_BACK, _A.APPLY): _S.INVITED,
    (_S.SENT_BACK, _A.SEND_BACK): _S.SENT_BACK,
    (_S.SENT_BACK, _A.LEAVE): _S.LEFT,
    (_S.SANDBOX, _A.VERIFY): _S.SANDBOX,
    (_S.SANDBOX, _A.ACTIVATE): _S.ACTIVE,
    (_S.SANDBOX, _A.PAUSE): _S.PAUSED,
    (_S.SANDBOX, _A.RESUME): _S.SANDBOX,
    (_S.SANDBOX, _A.LEAVE): _S.LEFT,
    (_S.ACTIVE, _A.ACTIVATE): _S.ACTIVE,
    (_S.ACTIVE, _A.PAUSE): _S.PAUSED,
    (_S.ACTIVE, _A.RESUME): _S.ACTIVE,
    (_S.ACTIVE, _A.LEAVE): _S.LEFT,
    (_S.PAUSED, _A.PAUSE): _S.PAUSED,
    (_S.PAUSED, _A.RESUME): _S.SANDBOX,
    (_S.PAUSED, _A.LEAVE): _S.LEFT,
    (_S.LEFT, _A.LEAVE): _S.LEFT,
}

DECISIONS = frozenset((_A.VERIFY, _A.SEND_BACK, _A.ACTIVATE))
"""The platform's, on others' matters."""
UNTOLD = frozenset((_S.INVITED, _S.SENT_BACK))
"""Nobody but delivery has to know who only asks."""


def after(standing: Standing, action: PartnerAction, *, by_company: bool) -> Standing:
    """A pause of the platform's is not the company's to undo. Raises PartnerInState."""
    to = TABLE.get((standing.status, action))
    paused = standing.status is _S.PAUSED
    if to is None or (paused and action is _A.RESUME and by_company and not standing.paused_by_company):
        raise PartnerInState(standing.status)
    if action is _A.PAUSE:
        held_by_platform = paused and not standing.paused_by_company
        came_from = standing.paused_from if paused else standing.status
        return Standing(_S.PAUSED, came_from, paused_by_company=by_company and not held_by_platform)
    if paused and action is _A.RESUME:
        return Standing(standing.paused_from or to)
    return Standing(to)


def of_any(caller: Caller, action: PartnerAction) -> bool:
    """Whether the caller may do so to companies that are not theirs."""
    return caller.staff if action in DECISIONS else caller.ops and action is not _A.APPLY


def is_told(before: PartnerStatus, to: PartnerStatus) -> bool:
    """Who was never more than an applicant ends untold."""
    return to not in UNTOLD and not (before in UNTOLD and to is _S.LEFT)


def check_room(own: int) -> None:
    """For one more, when a person has this many. Raises OwnPartnersAreTooMany."""
    if own >= MAX_OWN:
        raise OwnPartnersAreTooMany


def checked(given: Application) -> Application:
    """Its texts as they are kept, its phone in E.164. Raises ApplicationInvalid, or a group of it, one for each field."""
    found: list[FieldInvalid] = []
    name = gathered(found, lambda: read_text("name", given.name, MAX_NAME_CHARACTERS))
    contact = gathered(found, lambda: read_text("contactName", given.contact_name, MAX_CONTACT_CHARACTERS))
    phone = gathered(found, lambda: _phone(given.phone))
    licence = gathered(found, lambda: _licence(given.licence_number))
    gathered(found, lambda: _check_region(given.kecamatan_code))
    if name is None or contact is None or phone is None or found:
        raise all_of(found)
    return Application(name, given.kecamatan_code, contact, phone, licence)


def read_text(field: str, given: str, longest: int) -> str:
    """One line, as it is kept. Raises TextIsInvalid."""
    try:
        return line(given, longest=longest)
    except NotText as error:
        raise TextIsInvalid(field, str(error), longest) from error


def _licence(given: str | None) -> str | None:
    return None if given is None else read_text("licenceNumber", given, MAX_LICENCE_CHARACTERS)


def _phone(given: str) -> str:
    number = phones.e164(given)
    if number is None:
        raise PhoneIsInvalid("phone", "a phone number like 0812… or +62812…")
    return number


def _check_region(code: str) -> None:
    if not regency.is_kecamatan(code):
        raise RegionIsUnknown("kecamatanCode", "not the code of a kecamatan of Lumajang")
