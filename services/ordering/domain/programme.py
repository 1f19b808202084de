"""What a promotion may be, before it runs, and how it comes to its end. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.contracts import regency
from services.contracts.catalog import MerchantId
from services.kit.text import NotText, line
from services.ordering.domain.cart import MAX_GOODS_RUPIAH
from services.ordering.domain.promotion import DiscountBorneBy, PromotionKind, PromotionStatus
from services.ordering.domain.refusal import Gathered, Refused, WrongState

MAX_NAME: Final = 60
MAX_OPEN_OF_MERCHANT: Final = 20
MAX_OPEN_PROGRAMMES: Final = 50
"""Of platform and regency together: every cart is held against those that run."""
MAX_MERCHANTS: Final = 50
MAX_CATEGORIES: Final = 20
MAX_AHEAD: Final = timedelta(days=366)
MAX_USES: Final = 1_000_000
MAX_BUDGET_RUPIAH: Final = 1_000_000_000_000
_CODE: Final = re.compile(r"[A-Z0-9]{6,20}", re.ASCII)
SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,38}[a-z0-9]", re.ASCII)


class TermIsInvalid(Refused):
    """`field` is its name in the input; `minimum` and `maximum` are there where it is a number out of its range."""

    def __init__(self, field: str, reason: str, minimum: int | None = None, maximum: int | None = None) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.minimum = minimum
        self.maximum = maximum


class CodeIsTaken(Refused):
    pass


class PromotionsAreTooMany(Refused):
    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} promotions have not ended, and no more may be")
        self.limit = limit


class PromotionInput(StrEnum):
    START = "START"
    PAUSE = "PAUSE"
    END = "END"
    CHANGE = "CHANGE"


@dataclass(frozen=True, slots=True)
class Terms:
    """`merchant_id` is whose promotion it is, None for a programme; `programme` names the regency's budget account."""

    name_id: str
    name_en: str
    kind: PromotionKind
    value: int
    cap_rupiah: int | None
    minimum_rupiah: int
    merchants: Sequence[MerchantId]
    categories: Sequence[str]
    kecamatan: Sequence[str]
    first_order: bool
    borne_by: DiscountBorneBy
    merchant_id: MerchantId | None
    programme: str | None
    code: str | None
    starts_at: datetime
    ends_at: datetime
    budget_rupiah: int | None
    uses: int | None
    per_buyer: int | None


def normal_code(typed: str) -> str:
    """People write codes in letters of any case, with gaps: `hemat 10` is HEMAT10."""
    return "".join(typed[:80].upper().replace("-", "").split())


def is_code(code: str) -> bool:
    return _CODE.fullmatch(code) is not None


def checked(terms: Terms, at: datetime) -> Terms:
    """The terms with their texts and code as they are kept. Raises TermIsInvalid, or a group of it."""
    refused = Gathered()
    with refused.here():
        name_id = _name("nameId", terms.name_id)
    with refused.here():
        name_en = _name("nameEn", terms.name_en)
    with refused.here():
        _check_value(terms)
    for field, given, most in (
        ("cap", terms.cap_rupiah, MAX_GOODS_RUPIAH),
        ("budget", terms.budget_rupiah, MAX_BUDGET_RUPIAH),
        ("uses", terms.uses, MAX_USES),
        ("usesPerBuyer", terms.per_buyer, MAX_USES),
    ):
        with refused.here():
            if given is not None:
                _check_range(field, given, 1, most)
    with refused.here():
        _check_range("minimum", terms.minimum_rupiah, 0, MAX_GOODS_RUPIAH)
    with refused.here():
        _check_bearer(terms)
    with refused.here():
        _check_conditions(terms)
    with refused.here():
        if not terms.starts_at < terms.ends_at or terms.ends_at <= at or terms.ends_at > at + MAX_AHEAD:
            raise TermIsInvalid("endsAt", "after its start, not over, and within a year")
    code = normal_code(terms.code) if terms.code is not None else None
    with refused.here():
        if code is not None and not is_code(code):
            raise TermIsInvalid("code", "6 to 20 letters of A to Z and digits")
    refused.tell()
    return replace(
        terms,
        name_id=name_id,
        name_en=name_en,
        code=code,
        merchants=sorted(set(terms.merchants)),
        categories=sorted(set(terms.categories)),
        kecamatan=sorted(set(terms.kecamatan)),
    )


def _name(field: str, given: str) -> str:
    try:
        return line(given, longest=MAX_NAME)
    except NotText as error:
        raise TermIsInvalid(field, str(error), 1, MAX_NAME) from error


def _check_value(terms: Terms) -> None:
    match terms.kind:
        case PromotionKind.PERCENT:
            _check_range("value", terms.value, 1, 100)
        case PromotionKind.AMOUNT:
            _check_range("value", terms.value, 1, MAX_GOODS_RUPIAH)
        case PromotionKind.FREE_DELIVERY:
            _check_range("value", terms.value, 0, 0)


def _check_bearer(terms: Terms) -> None:
    """A merchant gives of its own goods; what others give has a budget, and the regency's an account of its own."""
    own = terms.borne_by is DiscountBorneBy.MERCHANT
    if own and terms.kind is PromotionKind.FREE_DELIVERY:
        raise TermIsInvalid("kind", "a trip brings others' goods too: a merchant gives of its own goods alone")
    if not own and terms.budget_rupiah is None:
        raise TermIsInvalid("budget", "what a programme may cost in all is said")
    regencys = terms.borne_by is DiscountBorneBy.REGENCY
    if regencys != (terms.programme is not None) or (terms.programme and not SLUG.fullmatch(terms.programme)):
        raise TermIsInvalid("programme", "the regency's alone has one: 3 to 40 of a to z, digits and hyphens")


def _check_conditions(terms: Terms) -> None:
    if len(terms.merchants) > (0 if terms.merchant_id else MAX_MERCHANTS):
        raise TermIsInvalid("merchantIds", "a programme may name some", 0, MAX_MERCHANTS)
    if len(terms.categories) > MAX_CATEGORIES or not all(SLUG.fullmatch(each) for each in terms.categories):
        raise TermIsInvalid("categories", "codes of categories", 0, MAX_CATEGORIES)
    if not all(regency.is_kecamatan(each) for each in terms.kecamatan):
        raise TermIsInvalid("kecamatanCodes", "codes of kecamatan of Lumajang")


def _check_range(field: str, given: int, least: int, most: int) -> None:
    if not least <= given <= most:
        raise TermIsInvalid(field, f"from {least} to {most}", least, most)


_S = PromotionStatus
_NEXT: Final = {
    PromotionInput.START: {_S.DRAFT: _S.RUNNING, _S.PAUSED: _S.RUNNING, _S.RUNNING: _S.RUNNING},
    PromotionInput.PAUSE: {_S.RUNNING: _S.PAUSED, _S.PAUSED: _S.PAUSED},
    PromotionInput.END: dict.fromkeys(_S, _S.ENDED),
    PromotionInput.CHANGE: {_S.DRAFT: _S.DRAFT},
}


def next_status(status: PromotionStatus, given: PromotionInput) -> PromotionStatus:
    """Terms change before it has run alone: orders are kept by them. Raises WrongState."""
    try:
        return _NEXT[given][status]
    except KeyError as error:
        raise WrongState(status, given) from error
