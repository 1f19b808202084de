"""A licence's way: submitted, verified or rejected, over; what it is for, how long it holds, and what goods need."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from services.catalog.domain import halal, licence_number
from services.contracts.catalog import MediaId, ProductId
from services.contracts.licences import LicenceKind
from services.contracts.places import WIB
from services.kit.invalid import FieldInvalid, all_of, gathered

MAX_LICENCES: Final = 200
"""Of one merchant that hold or wait."""
MAX_WAITING: Final = 20
"""Of one merchant: what it can put before officers at a time."""
MOST_A_DAY: Final = 50
"""Of one merchant, withdrawn ones too: each leaves rows for ever."""
MAX_PRODUCTS: Final = 100
"""Of one licence."""
MAX_REASON_CHARACTERS: Final = 500
MAX_YEARS: Final = 20
MAX_KEEPS_DAYS: Final = 365
REMINDED_DAYS: Final = (60, 14)
"""Before it ends, once each."""


class LicenceStatus(StrEnum):
    SUBMITTED = "SUBMITTED"
    VERIFIED = "VERIFIED"
    REJECTED = "REJECTED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


class LicenceAction(StrEnum):
    SUBMIT = "SUBMIT"
    WITHDRAW = "WITHDRAW"
    VERIFY = "VERIFY"
    REJECT = "REJECT"
    REVOKE = "REVOKE"
    EXPIRE = "EXPIRE"


_S, _A, _K = LicenceStatus, LicenceAction, LicenceKind

TABLE: Final[Mapping[tuple[LicenceStatus, LicenceAction], LicenceStatus]] = {
    (_S.SUBMITTED, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.SUBMITTED, _A.VERIFY): _S.VERIFIED,
    (_S.SUBMITTED, _A.REJECT): _S.REJECTED,
    (_S.VERIFIED, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.VERIFIED, _A.REVOKE): _S.REVOKED,
    (_S.VERIFIED, _A.EXPIRE): _S.EXPIRED,
}
"""What is not here is refused, also to decide once more as it was decided: of two officers one has decided."""

DECISIONS: Final = frozenset((_A.VERIFY, _A.REJECT, _A.REVOKE))
"""Officers', on others' matters."""

OF_THE_MERCHANT: Final = frozenset((_K.NIB, _K.QRIS_NMID))
"""For all that it does."""
OF_GOODS: Final = frozenset((_K.PIRT, _K.BPOM_MD))
"""For goods that are named: the number says which. A halal certificate may be either."""
ENDS: Final = frozenset((_K.PIRT, _K.BPOM_MD))
"""Five years, both. A halal certificate may end: those before UU 6/2023 do."""
LASTS_YEARS: Final = 5
PUBLIC: Final = (_K.NIB, _K.PIRT, _K.HALAL, _K.BPOM_MD)
"""Shown to buyers: PP 80/2019, article 11, and Permendag 31/2023 want it. How a merchant is paid is not."""
MEETS: Final[Mapping[LicenceKind, tuple[LicenceKind, ...]]] = {
    **{kind: (kind,) for kind in _K},
    _K.PIRT: (_K.PIRT, _K.BPOM_MD),  # what BPOM itself has registered needs no registration of the regency
}


class LicenceInState(Exception):
    def __init__(self, state: LicenceStatus) -> None:
        super().__init__(f"the licence is {state}")
        self.state = state


class LicencesAreTooMany(Exception):
    def __init__(self, limit: int) -> None:
        super().__init__(f"at most {limit} of them")
        self.limit = limit


class DateIsInvalid(FieldInvalid):
    pass


class GoodsDoNotFit(FieldInvalid):
    """It is for other things than were named, or for none."""

    def __init__(self, field: str, kind: LicenceKind, reason: str) -> None:
        super().__init__(field, reason)
        self.kind = kind


class ProductIsUnknown(FieldInvalid):
    """No such product of that merchant."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "no product of the merchant has this id")


class LicenceMissing(FieldInvalid):
    """Goods may not be for sale without it. `halal` says more where it is a halal certificate."""

    def __init__(self, kind: LicenceKind, applies_from: date, halal_status: halal.HalalStatus | None) -> None:
        why = f"goods of this kind need {kind}, verified and not over, since {applies_from}"
        if halal_status is halal.HalalStatus.NOT_CERTIFIABLE_NAME:
            why += "; no certificate is given to this name: take another, or declare them not halal"
        super().__init__("id", why)
        self.kind = kind
        self.halal_status = halal_status


@dataclass(frozen=True, slots=True)
class Submitted:
    """As it is asked for, then as it is kept. Of no `products` it is the merchant's own, for all of its goods. Days are WIB;
    `expires_on` is the last on which it holds."""

    kind: LicenceKind
    number: str
    issued_on: date
    expires_on: date | None
    products: tuple[ProductId, ...]
    document_photo_id: MediaId | None


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a kind of goods needs from a day on: of goods that keep for so many days or more, of all when it is None. Of what nobody
    said how long it keeps, it is taken to keep so long."""

    kind: LicenceKind
    applies_from: date
    keeps_days: int | None

    def asks_of(self, keeps_for_s: int | None) -> bool:
        return self.keeps_days is None or keeps_for_s is None or keeps_for_s >= self.keeps_days * 86_400


@dataclass(frozen=True, slots=True)
class Good:
    """What decides whether a product may be for sale: `held` are kinds that hold and cover it, `waiting` those that wait."""

    name: str
    declared_not_halal: bool
    keeps_for_s: int | None
    requirements: Sequence[Requirement]
    held: Collection[LicenceKind]
    waiting: Collection[LicenceKind]


@dataclass(frozen=True, slots=True)
class Need:
    """Of one product. `applies` from its day on; `met` when nothing is missing."""

    requirement: Requirement
    met: bool
    applies: bool


def after(state: LicenceStatus, action: LicenceAction) -> LicenceStatus:
    """Raises LicenceInState."""
    to = TABLE.get((state, action))
    if to is None:
        raise LicenceInState(state)
    return to


def checked(given: Submitted, today: date) -> Submitted:
    """With its number as it is kept. Raises FieldInvalid, or a group of it, one for each field."""
    found: list[FieldInvalid] = []
    number = gathered(found, lambda: licence_number.checked(given.kind, given.number, at="input.number"))
    gathered(found, lambda: _check_days(given, number, today))
    gathered(found, lambda: _check_goods(given))
    if number is None or found:
        raise all_of(found)
    return Submitted(
        given.kind, number, given.issued_on, given.expires_on, tuple(sorted(given.products)), given.document_photo_id
    )


def check_names(kind: LicenceKind, names: Sequence[tuple[int, str]]) -> None:
    """That goods of these names, by their place in the input, can have one. Raises GoodsDoNotFit or a group of it."""
    found: list[FieldInvalid] = [
        GoodsDoNotFit(f"input.productIds.{place}", kind, "no halal certificate is given to this name")
        for place, name in names
        if kind is _K.HALAL and not halal.is_certifiable(name)
    ]
    if found:
        raise all_of(found)


def needs(good: Good, today: date) -> list[Need]:
    """All that its kind of goods asks of it, also from a day to come."""
    return [
        Need(each, _is_met(good, each.kind), each.applies_from <= today)
        for each in good.requirements
        if each.asks_of(good.keeps_for_s)
    ]


def missing(good: Good, today: date) -> list[Requirement]:
    """What it lacks today."""
    return [each.requirement for each in needs(good, today) if each.applies and not each.met]


def check_may_be_sold(good: Good, today: date) -> None:
    """Raises LicenceMissing, or a group of it, one for each kind."""
    found: list[FieldInvalid] = [
        LicenceMissing(each.kind, each.applies_from, halal_of(good) if each.kind is _K.HALAL else None)
        for each in missing(good, today)
    ]
    if found:
        raise all_of(found)


def halal_of(good: Good) -> halal.HalalStatus:
    return halal.status(
        good.name,
        required=any(each.kind is _K.HALAL for each in good.requirements if each.asks_of(good.keeps_for_s)),
        declared=good.declared_not_halal,
        certified=_K.HALAL in good.held,
        waits=_K.HALAL in good.waiting,
    )


def begins(day: date) -> datetime:
    """Midnight WIB with which it begins."""
    return datetime.combine(day, time(), WIB)


def next_moment(expires_on: date | None, now: datetime) -> datetime | None:
    """The next after now at which something of a verified licence is due: a reminder, or its end. None when it does not end."""
    if expires_on is None:
        return None
    ends = expires_on + timedelta(days=1)
    moments = [*(begins(ends - timedelta(days=days)) for days in REMINDED_DAYS), begins(ends)]
    return next((each for each in moments if each > now), begins(ends))


def reminder(expires_on: date, today: date) -> int | None:
    """The reminder whose time it is, in days: the last of those whose day has come."""
    left = (expires_on - today).days + 1
    return min((days for days in REMINDED_DAYS if left <= days), default=None)


def _is_met(good: Good, kind: LicenceKind) -> bool:
    if kind is _K.HALAL:
        return halal_of(good) is halal.HalalStatus.CERTIFIED or good.declared_not_halal
    return any(each in good.held for each in MEETS[kind])


def _check_days(given: Submitted, number: str | None, today: date) -> None:
    issued, expires = given.issued_on, given.expires_on
    if not date(2000, 1, 1) <= issued <= today:
        raise DateIsInvalid("input.issuedOn", "a day since 2000 that is not to come")
    if expires is None:
        if given.kind in ENDS:
            raise DateIsInvalid("input.expiresOn", f"{given.kind} ends: say when")
        return
    if given.kind in OF_THE_MERCHANT:
        raise DateIsInvalid("input.expiresOn", f"{given.kind} does not end")
    years = LASTS_YEARS if given.kind in ENDS else MAX_YEARS
    if not today <= expires or not issued < expires <= _years_later(issued, years):
        raise DateIsInvalid("input.expiresOn", f"today or later, at most {years} years after it was issued")
    if number is not None and licence_number.ends_in(given.kind, number) not in (None, expires.year):
        raise DateIsInvalid("input.expiresOn", "the number ends with another year")


def _check_goods(given: Submitted) -> None:
    if given.kind in OF_THE_MERCHANT and given.products:
        raise GoodsDoNotFit("input.productIds", given.kind, f"{given.kind} is of the merchant, for all that it does")
    if given.kind in OF_GOODS and not given.products:
        raise GoodsDoNotFit("input.productIds", given.kind, f"{given.kind} is for certain goods: name them")


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # the 29th of February
        return date(day.year + years, 3, 1)
