"""Money as people look after it: a seller's report, a company's cash of the day, what a rider carries, and what officers pay out."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from starlette.responses import Response

from services.contracts.places import WIB
from services.web.answers import Outcome
from services.web.answers_books import (
    CompanyCash,
    CompanyCashFile,
    Line,
    PayoutsPage,
    RiderCash,
    ShopReport,
    ShopReportFile,
    ShopReportPrint,
)
from services.web.graph import NoAnswer, Trouble
from services.web.saying import money_of
from services.web.session import now_s
from services.web.visit import Notes, Visit
from services.web.words import N_

STATES: Mapping[str, str] = {
    "STATED": N_("Menunggu pihak lain"),
    "CONFIRMED": N_("Sudah diterima"),
    "DISPUTED": N_("Jumlahnya berbeda; petugas memeriksa"),
    "WITHDRAWN": N_("Dibatalkan"),
}
LEGS: Mapping[str, str] = {
    "RIDER_TO_COMPANY": N_("Pengantar ke jasa antar"),
    "COMPANY_TO_MERCHANT": N_("Jasa antar ke penjual"),
    "COMPANY_TO_PLATFORM": N_("Jasa antar ke Wlijo"),
}
METHODS: Mapping[str, str] = {"BANK": N_("Bank"), "CASH": N_("Tunai"), "KEPT": N_("Diambil dari tunai yang dipegang")}
LINES: Mapping[str, str] = {
    "ORDER": N_("Pesanan"),
    "PAYOUT": N_("Pembayaran"),
    "PAYOUT_REVERSED": N_("Pembayaran dibatalkan"),
    "CASH_HANDOVER": N_("Tunai dari jasa antar"),
}
_MOST_PRINTED: Final = 1_000
"""Lines: twenty sheets. Who has more in a period has a spreadsheet."""
_NO_MONEY = N_("Tulis jumlah uang, misalnya 300.000.")


def _today() -> date:
    return datetime.fromtimestamp(now_s(), UTC).astimezone(WIB).date()


def _day(given: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        return otherwise


def _period(visit: Visit) -> tuple[date, date]:
    """As it was asked for; else this month to today."""
    today = _today()
    first = _day(visit.query("dari"), today.replace(day=1))
    last = max(_day(visit.query("sampai"), max(today, first)), first)
    return max(first, last - timedelta(days=365)), last


def _file(name: str, text: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)


async def report(visit: Visit) -> Response:
    return await _report(visit, Notes())


async def _report(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    first, last = _period(visit)
    asked = {"slug": visit.path("shop")[:80], "from": f"{first}", "to": f"{last}"}
    answer = await visit.ask("shop_report", ShopReport, **asked, after=visit.query("sesudah") or None)
    shop = answer.data.merchant_by_slug
    if shop is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    if shop.statement is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)  # somebody else's
    return visit.page(
        "shop_report.html",
        status=status,
        shop=shop,
        found=shop.statement,
        first=first,
        last=last,
        lines=LINES,
        states=STATES,
        legs=LEGS,
        methods=METHODS,
        notes=notes,
        partial=answer.partial,
    )


async def report_print(visit: Visit) -> Response:
    """To be read, printed or kept as PDF: all lines, as far as a sheaf of paper goes."""
    visit.must_be_signed_in()
    first, last = _period(visit)
    asked = {"slug": visit.path("shop")[:80], "from": f"{first}", "to": f"{last}"}
    rows: list[Line] = []
    shop, after = None, None
    for _ in range(_MOST_PRINTED // 100):
        answer = await visit.ask("shop_report_print", ShopReportPrint, **asked, after=after)
        found = answer.data.merchant_by_slug
        if found is None or found.statement is None:
            raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
        shop = shop or found
        rows += [edge.node for edge in found.statement.lines.edges]
        after = found.statement.lines.page_info.end_cursor
        if not found.statement.lines.page_info.has_next_page:
            break
    assert shop is not None
    return visit.page(
        "shop_report_print.html", shop=shop, found=shop.statement, rows=rows, first=first, last=last, lines=LINES
    )


async def report_file(visit: Visit) -> Response:
    visit.must_be_signed_in()
    first, last = _period(visit)
    slug = visit.path("shop")[:80]
    answer = await visit.ask("shop_report_file", ShopReportFile, slug=slug, **{"from": f"{first}", "to": f"{last}"})
    found = answer.data.merchant_by_slug
    if found is None or found.statement is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    return _file(f"laporan-{first}-{last}.csv", found.statement.csv)


async def answer_report(visit: Visit) -> Response:
    """A payout came; cash of a company came, or was another sum."""
    visit.must_be_signed_in()
    notes = Notes()
    if visit.typed("do") == "received":
        id = visit.typed("id")[:64]
        _note(visit, notes, id, await visit.change("confirm_payout", id=id))
    else:
        await _answer_cash(visit, notes)
    if notes:
        return await _report(visit, notes, 422)
    return visit.go(visit.here, visit.speaking(N_("Sudah disimpan.")))


async def company_cash(visit: Visit) -> Response:
    return await _company_cash(visit, Notes())


async def _company_cash(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    day = _day(visit.query("hari"), _today())
    asked = {"id": visit.path("company")[:64], "day": f"{day}", "after": visit.query("sesudah") or None}
    answer = await visit.ask("company_cash", CompanyCash, **asked)
    found = answer.data.partner
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    if found.cash is None or found.cash_day is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    return visit.page(
        "company_cash.html",
        status=status,
        company=found,
        cash=found.cash,
        day=found.cash_day,
        states=STATES,
        legs=LEGS,
        key=secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


async def company_cash_file(visit: Visit) -> Response:
    visit.must_be_signed_in()
    day = _day(visit.query("hari"), _today())
    answer = await visit.ask("company_cash_file", CompanyCashFile, id=visit.path("company")[:64], day=f"{day}")
    found = answer.data.partner
    if found is None or found.cash_day is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    return _file(f"tunai-{day}.csv", found.cash_day.csv)


async def change_company_cash(visit: Visit) -> Response:
    """Cash came of a rider or went to the platform; what one rider may carry."""
    visit.must_be_signed_in()
    company, what, notes = visit.path("company")[:64], visit.typed("do"), Notes()
    if what in ("from-rider", "to-platform", "limit"):
        amount = money_of(visit.typed("amount"))
        if amount is None:
            notes.add(what, visit.speaking(_NO_MONEY))
        elif what == "limit":
            _note(visit, notes, what, await visit.change("set_cash_limit", id=company, limit=amount))
        elif what == "from-rider" and not visit.typed("rider"):
            notes.add(what, visit.speaking(N_("Pilih pengantarnya dulu.")))
        else:
            rider = visit.typed("rider")[:64] if what == "from-rider" else None
            asked = {"partnerId": company, "riderId": rider, "amount": amount}
            _note(visit, notes, what, await visit.change("state_cash", input=asked, key=visit.typed("key")))
    else:
        await _answer_cash(visit, notes)
    if notes:
        return await _company_cash(visit, notes, 422)
    return visit.go(visit.here, visit.speaking(N_("Sudah disimpan.")))


async def pocket(visit: Visit) -> Response:
    return await _pocket(visit, Notes())


async def _pocket(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("rider_cash", RiderCash)
    found = answer.data.my_rider
    if found is None or found.cash is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    return visit.page(
        "rider_cash.html",
        status=status,
        rider=found,
        cash=found.cash,
        states=STATES,
        legs=LEGS,
        key=secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


async def hand_in(visit: Visit) -> Response:
    """A rider gives cash to the company, or answers what the company has said."""
    visit.must_be_signed_in()
    notes = Notes()
    if visit.typed("do") == "give":
        amount = money_of(visit.typed("amount"))
        if amount is None:
            notes.add("give", visit.speaking(_NO_MONEY))
        else:
            asked = {
                "partnerId": visit.typed("company")[:64],
                "riderId": visit.typed("rider")[:64],
                "amount": amount,
            }
            _note(visit, notes, "give", await visit.change("state_cash", input=asked, key=visit.typed("key")))
    else:
        await _answer_cash(visit, notes)
    if notes:
        return await _pocket(visit, notes, 422)
    return visit.go("/antar/setor", visit.speaking(N_("Sudah disimpan.")))


async def payouts(visit: Visit) -> Response:
    return await _payouts(visit, Notes())


async def _payouts(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("payouts", PayoutsPage)
    found = answer.data
    if found.merchants is None or found.payouts is None or found.disputed_cash is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    owed = [
        edge.node
        for kind in (found.merchants, found.companies, found.riders)
        if kind is not None
        for edge in kind.edges
        if edge.node.merchant or edge.node.partner or edge.node.rider  # else the service that knows them is away
    ]
    return visit.page(
        "payouts.html",
        status=status,
        owed=owed,
        payouts=[edge.node for edge in found.payouts.edges],
        disputed=[edge.node for edge in found.disputed_cash.edges],
        legs=LEGS,
        methods=METHODS,
        key=secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


async def pay(visit: Visit) -> Response:
    """Records what was paid, takes a payout back, settles what two sides do not agree on."""
    visit.must_be_signed_in()
    notes, id, what = Notes(), visit.typed("id")[:64], visit.typed("do")
    amount = money_of(visit.typed("amount"))
    reason = visit.typed("reason")
    if what in ("pay", "settle") and amount is None:
        notes.add(id, visit.speaking(_NO_MONEY))
    elif (what in ("settle", "reverse") and not reason) or (what == "pay" and not visit.typed("reference")):
        notes.add(id, visit.speaking(N_("Tulis rujukan atau alasannya.")))
    elif what == "pay" and visit.typed("method") in METHODS:
        asked = {
            "payeeId": id,
            "method": visit.typed("method"),
            "amount": amount,
            "reference": visit.typed("reference")[:80],
            "note": visit.typed("note")[:300] or None,
        }
        _note(visit, notes, id, await visit.change("record_payout", input=asked, key=visit.typed("key")))
    elif what == "reverse":
        _note(visit, notes, id, await visit.change("reverse_payout", id=id, reason=reason[:300]))
    elif what == "settle":
        _note(visit, notes, id, await visit.change("settle_cash", id=id, amount=amount, reason=reason[:300]))
    if notes:
        return await _payouts(visit, notes, 422)
    return visit.go("/petugas/pembayaran", visit.speaking(N_("Sudah disimpan.")))


async def _answer_cash(visit: Visit, notes: Notes) -> None:
    """What the other side has said of cash."""
    id = visit.typed("id")[:64]
    match visit.typed("do"):
        case "confirm":
            _note(visit, notes, id, await visit.change("confirm_cash", id=id))
        case "withdraw":
            _note(visit, notes, id, await visit.change("withdraw_cash", id=id))
        case "dispute":
            counted, reason = money_of(visit.typed("counted")), visit.typed("reason")
            if counted is None or not reason:
                notes.add(id, visit.speaking(N_("Tulis jumlah yang Anda hitung, dan apa yang terjadi.")))
            else:
                outcome = await visit.change("dispute_cash", id=id, counted=counted, reason=reason[:300])
                _note(visit, notes, id, outcome)


def _note(visit: Visit, notes: Notes, where: str, outcome: Outcome) -> None:
    for text in visit.notes(outcome.problems).but():
        notes.add(where, text)
