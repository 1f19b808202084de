"""Notices: what each says in both languages, whether it may wait for the morning, and how long it matters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final

from services.contracts.amounts import Language, rupiah_text
from services.contracts.catalog import ApplicationFault
from services.contracts.claims import ClaimKind
from services.contracts.licences import LicenceKind
from services.contracts.ordering import BorneBy, CancelReason, HandoverWay
from services.contracts.packing import LineChange, QuestionKind
from services.contracts.places import WIB
from services.people.domain import notice_words
from services.people.domain.notice_kinds import NoticeKind as NoticeKind
from services.people.domain.notice_kinds import Rule as Rule
from services.people.domain.notice_rules import RULES as RULES

QUIET_FROM: Final = time(22)
QUIET_UNTIL: Final = time(5)

Facts = Mapping[str, str | int]
"""By name: texts, and amounts and counts as numbers. No name and no number of a person."""


class NoticeChannel(StrEnum):
    """What people may choose by; the values are those of the port."""

    WHATSAPP = "whatsapp"
    SMS = "sms"
    MAIL = "mail"
    PUSH = "push"


class NoticeOutcome(StrEnum):
    """What became of a notice by the channels; it can be read in any case."""

    WAITING = "WAITING"
    TOLD = "TOLD"
    FAILED = "FAILED"
    LATE = "LATE"
    OFF = "OFF"
    UNREACHABLE = "UNREACHABLE"


def words(kind: NoticeKind, facts: Facts, language: Language) -> str:
    """What is told. Raises KeyError for a fact that the kind needs."""
    rule, place = RULES[kind], 0 if language is Language.ID else 1
    said = {name: str(value) for name, value in facts.items()}
    if "goods_rupiah" in facts:
        said["goods"] = rupiah_text(int(facts["goods_rupiah"]), language)
    if "reason" in facts:
        said["reason"] = notice_words.REASONS[CancelReason(str(facts["reason"]))][place]
    if "borne_by" in facts:
        said["bearer"] = notice_words.BEARERS[BorneBy(str(facts["borne_by"]))][place]
    if "refund" in facts:
        said["why"] = notice_words.REFUNDS.get(str(facts["refund"]), notice_words.ANY_REFUND)[place]
    if "by_hand" in facts:
        said["hand"] = notice_words.BY_HAND[place] if facts["by_hand"] else ""
    if "claim" in facts:
        said["claim"] = notice_words.CLAIMS[ClaimKind(str(facts["claim"]))][place]
    if "since" in facts:
        at = datetime.fromisoformat(str(facts["since"])).astimezone(WIB)
        said["since"] = f"{at:%d-%m-%Y %H:%M}"
    for name in ("limit", "owed", "amount"):
        if f"{name}_rupiah" in facts:
            said[name] = rupiah_text(int(facts[f"{name}_rupiah"]), language)
    for name in ("when", "answer_by"):
        if name in facts:
            said[name] = f"{datetime.fromisoformat(str(facts[name])).astimezone(WIB):%d-%m %H.%M}"
    if "way" in facts:
        said["how"] = notice_words.WAYS[HandoverWay(str(facts["way"]))][place]
    if "question" in facts:
        said["question"] = notice_words.QUESTIONS[QuestionKind(str(facts["question"]))][place]
    if "change" in facts:
        said["change"] = notice_words.CHANGES[LineChange(str(facts["change"]))][place]
    if "fault" in facts:
        said["fault"] = notice_words.FAULTS[ApplicationFault(str(facts["fault"]))][place]
    if "licence" in facts:
        said["licence"] = notice_words.LICENCES[LicenceKind(str(facts["licence"]))][place]
        said["merchant"] = str(facts["merchant"]) or ("usaha Anda", "your business")[place]
        day = str(facts.get("expires_on", ""))
        said["ends"] = f" {('sampai', 'until')[place]} {date.fromisoformat(day):%d-%m-%Y}" if day else ""
    cash = int(facts.get("cash_rupiah", 0))
    said["cash"] = rule.cash[place].format(amount=rupiah_text(cash, language)) if cash else ""
    return (rule.indonesian, rule.english)[place].format_map(said)


def matters_until(kind: NoticeKind, happened_at: datetime) -> datetime:
    return happened_at + RULES[kind].matters_for


def superseded(kind: NoticeKind) -> tuple[NoticeKind, ...]:
    """Those of the same matter that no longer matter once this one is told."""
    return _SUPERSEDED.get(kind, ())


_BEFORE_THE_END: Final = (
    NoticeKind.PAYMENT_ASKED,
    NoticeKind.ORDER_ACCEPTED,
    NoticeKind.ORDER_LATER,
    NoticeKind.ORDER_TO_COLLECT,
    NoticeKind.ORDER_READY,
    NoticeKind.ORDER_ON_THE_WAY,
    NoticeKind.ORDER_AT_THE_DOOR,
)
_SUPERSEDED: Final[Mapping[NoticeKind, tuple[NoticeKind, ...]]] = {
    NoticeKind.SELLER_ORDER_CANCELLED: (
        NoticeKind.SELLER_ORDER_NEW,
        NoticeKind.SELLER_ORDER_LATER,
        NoticeKind.SELLER_ORDER_DEADLINE,
    ),
    NoticeKind.REFUND_BY_HAND: (NoticeKind.REFUND_COMING,),
    NoticeKind.REFUND_DONE: (NoticeKind.REFUND_COMING, NoticeKind.REFUND_BY_HAND),
    NoticeKind.CLAIM_ESCALATED: (NoticeKind.CLAIM_OFFERED, NoticeKind.CLAIM_DECLINED),
    NoticeKind.CLAIM_GRANTED: (NoticeKind.CLAIM_OFFERED, NoticeKind.CLAIM_DECLINED, NoticeKind.CLAIM_ESCALATED),
    NoticeKind.CLAIM_REFUSED: (NoticeKind.CLAIM_DECLINED, NoticeKind.CLAIM_ESCALATED),
    NoticeKind.CLAIM_DECIDED: (NoticeKind.CLAIM_OPENED, NoticeKind.CLAIM_ESCALATED),
    NoticeKind.CLAIM_SETTLED: (NoticeKind.CLAIM_GRANTED, NoticeKind.CLAIM_PAID),
    NoticeKind.ORDER_LATER: (NoticeKind.PAYMENT_ASKED,),
    NoticeKind.ORDER_TO_COLLECT: (NoticeKind.PAYMENT_ASKED,),
    NoticeKind.ORDER_ACCEPTED: (NoticeKind.ORDER_LATER, NoticeKind.PAYMENT_ASKED),
    NoticeKind.ORDER_READY: (NoticeKind.ORDER_TO_COLLECT,),
    NoticeKind.ORDER_ON_THE_WAY: (NoticeKind.ORDER_ACCEPTED,),
    NoticeKind.ORDER_AT_THE_DOOR: (NoticeKind.ORDER_ACCEPTED, NoticeKind.ORDER_ON_THE_WAY),
    NoticeKind.ORDER_CANCELLED: _BEFORE_THE_END,
    NoticeKind.ORDER_DELIVERED: _BEFORE_THE_END,
    NoticeKind.JOB_OFFER_OVER: (NoticeKind.JOB_OFFERED,),
    NoticeKind.LICENCE_DUE_SOON: (NoticeKind.LICENCE_DUE,),
    NoticeKind.LICENCE_EXPIRED: (NoticeKind.LICENCE_DUE, NoticeKind.LICENCE_DUE_SOON),
    NoticeKind.LICENCE_REVOKED: (NoticeKind.LICENCE_VERIFIED, NoticeKind.LICENCE_DUE, NoticeKind.LICENCE_DUE_SOON),
}
