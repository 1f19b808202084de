"""Notices as rules: words in both languages, quiet hours, and what no longer matters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.contracts.amounts import Language
from services.contracts.catalog import ApplicationFault
from services.contracts.claims import ClaimKind
from services.contracts.licences import LicenceKind
from services.contracts.ordering import BorneBy, CancelReason, HandoverWay
from services.contracts.packing import LineChange, QuestionKind
from services.people.domain.notices import Facts, NoticeKind, matters_until, superseded, words

FACTS: Facts = {
    "code": "LMJ-261128-0001",
    "merchant": "Warung Bu Sri",
    "goods_rupiah": 55_000,
    "limit_rupiah": 50_000,
    "owed_rupiah": 17_400,
    "amount_rupiah": 20_000,
    "cash_rupiah": 63_500,
    "minutes": 10,
    "company": "Ojek Senduro",
    "until": "09:30:00",
    "why": "izin habis",
    "reason": CancelReason.MERCHANT_TIMEOUT,
    "borne_by": BorneBy.NOBODY,
    "since": "2026-11-28T20:30:00+00:00",
    "fault": ApplicationFault.PLACE,
    "when": "2026-11-29T23:30:00+00:00",
    "answer_by": "2026-11-29T15:00:00+00:00",
    "way": HandoverWay.ROUTE_STOP,
    "licence": LicenceKind.BPOM_MD,
    "expires_on": "2031-05-01",
    "name": "Ayam kampung",
    "question": QuestionKind.OVERWEIGHT,
    "change": LineChange.DROPPED,
    "refund": "PAID_LATE",
    "by_hand": 1,
    "claim": ClaimKind.SHORT,
}


def test_words_have_the_facts_in_both_languages() -> None:
    assert words(NoticeKind.SELLER_ORDER_NEW, FACTS, Language.ID) == (
        "Pesanan baru LMJ-261128-0001 untuk Warung Bu Sri, barang Rp55.000. Jawab dalam 10 menit."
    )
    assert words(NoticeKind.ORDER_CANCELLED, FACTS, Language.EN) == (
        "Order LMJ-261128-0001 was cancelled: a seller did not answer. Nobody pays."
    )
    assert words(NoticeKind.ORDER_AT_THE_DOOR, FACTS, Language.ID).endswith(" Bayar Rp63.500.")
    assert "Rp" not in words(NoticeKind.ORDER_AT_THE_DOOR, {**FACTS, "cash_rupiah": 0}, Language.ID)


def test_times_are_said_as_clocks_of_wib() -> None:
    assert words(NoticeKind.SELLER_ORDER_LATER, FACTS, Language.ID) == (
        "Pesanan LMJ-261128-0001 untuk Warung Bu Sri, barang Rp55.000, diambil di pemberhentian 30-11 06.30 WIB. "
        "Jawab sebelum 29-11 22.00 WIB."
    )
    assert words(NoticeKind.ORDER_TO_COLLECT, FACTS, Language.EN).endswith(
        "Collect it from 30-11 06.30 (Jakarta) on; place and code are in Wlijo. Have Rp63,500 in cash."
    )


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", CancelReason)
@pytest.mark.parametrize("borne_by", BorneBy)
def test_every_kind_has_words_without_gaps(
    kind: NoticeKind, language: Language, reason: CancelReason, borne_by: BorneBy
) -> None:
    said = words(kind, {**FACTS, "reason": reason, "borne_by": borne_by}, language)
    others = ("APPLICATION_", "EXPORT_", "KASBON_", "LICENCE_", "PARTNER_", "WEBHOOK_", "WLIJO_")
    assert ("LMJ-261128-0001" in said) != kind.startswith(others)
    assert ("Ojek Senduro" in said) or not kind.startswith("PARTNER_")
    assert "{" not in said
    assert len(said) < 160, "one SMS"


@pytest.mark.parametrize("fault", ApplicationFault)
def test_what_is_to_be_corrected_is_said_and_since_when_one_waits(fault: ApplicationFault) -> None:
    said = {words(NoticeKind.APPLICATION_SENT_BACK, {"fault": fault}, language) for language in Language}
    assert len(said) == 2
    waits = words(NoticeKind.APPLICATION_WAITING, FACTS, Language.ID)
    assert waits.startswith("Pendaftaran usaha menunggu diperiksa sejak 29-11-2026 03:30 WIB.")


@pytest.mark.parametrize("licence", LicenceKind)
@pytest.mark.parametrize("language", Language)
def test_a_licence_is_named_and_when_it_ends(licence: LicenceKind, language: Language) -> None:
    facts: Facts = {"licence": licence, "merchant": "", "expires_on": ""}
    said = words(NoticeKind.LICENCE_VERIFIED, facts, language)
    assert ("usaha Anda" if language is Language.ID else "your business") in said
    ends = words(NoticeKind.LICENCE_VERIFIED, {**facts, "merchant": "Kios", "expires_on": "2031-05-01"}, language)
    assert "Kios" in ends
    assert "01-05-2031" in ends


def test_a_licence_waits_in_words() -> None:
    assert words(NoticeKind.LICENCE_WAITING, {**FACTS, "licence": LicenceKind.PIRT}, Language.ID).startswith(
        "Nomor P-IRT menunggu diperiksa sejak 29-11-2026 03:30 WIB."
    )
    assert words(NoticeKind.LICENCE_DUE, {**FACTS, "licence": LicenceKind.HALAL}, Language.EN) == (
        "The halal certificate of Warung Bu Sri holds until 01-05-2031, 60 days from now. Renew it, then submit it in Wlijo."
    )


def test_a_name_with_braces_is_only_a_name() -> None:
    assert "{code}" in words(NoticeKind.SELLER_ORDER_NEW, {**FACTS, "merchant": "{code} {0.x}"}, Language.ID)


def test_what_comes_after_makes_what_was_before_late() -> None:
    assert NoticeKind.ORDER_ON_THE_WAY in superseded(NoticeKind.ORDER_DELIVERED)
    assert superseded(NoticeKind.SELLER_ORDER_NEW) == ()
    at = datetime(2026, 11, 28, tzinfo=UTC)
    assert matters_until(NoticeKind.ORDER_AT_THE_DOOR, at) == at + timedelta(minutes=15)


@pytest.mark.parametrize(
    "reason", ["CANCELLED", "PAID_LATE", "PAID_TWICE", "PAID_SHORT", "PAID_OVER", "GOODS_CHANGED", "CLAIM", "NEW"]
)
@pytest.mark.parametrize("language", Language)
def test_why_money_goes_back_is_said_also_for_a_reason_to_come(reason: str, language: Language) -> None:
    said = words(NoticeKind.REFUND_COMING, {**FACTS, "refund": reason}, language)
    assert "{" not in said
    assert ("Wlijo" in said) == (reason == "NEW")
