"""Orders that want a person, for operators: which and why, one order's whole life, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.responses import Response

from services.contracts.delivery import FailureCode
from services.contracts.reasons import OF_FAILURE, REASONS
from services.web import saying
from services.web.answers_ops import OpsOrder, OpsOrders, WholeOrder
from services.web.graph import NoAnswer, Trouble
from services.web.pages import ops_words
from services.web.visit import Notes, Visit
from services.web.words import N_

_FILTERS: Final = ("sebab", "menit", "penjual", "jasa")
_OUTCOMES: Final[Mapping[str, str]] = {
    "DELIVERED": N_("Sudah di tangan pembeli"),
    "RETURNED": N_("Kembali di tempat penjual"),
    "DISPOSED": N_("Rusak dan dibuang"),
    "LOST": N_("Hilang: jasa antar menggantinya"),
    "CANCELLED": N_("Belum diambil: antaran dan pesanannya batal"),
}
_FAILURES: Final[Mapping[str, str]] = {
    "RIDER_GAVE_UP": N_("Pengantar tidak melanjutkan"),
    "ACCIDENT": N_("Kecelakaan"),
    "BREAKDOWN": N_("Kendaraan rusak"),
    "LOST_IN_TRANSIT": N_("Barang hilang"),
    "SPOILED_IN_TRANSIT": N_("Barang rusak di jalan"),
    "GOODS_NOT_READY": N_("Barang belum siap"),
    "MERCHANT_CLOSED": N_("Tempat penjual tutup"),
    "BUYER_UNREACHABLE": N_("Pembeli tidak bisa dihubungi"),
    "BUYER_REFUSED": N_("Pembeli menolak"),
    "ADDRESS_NOT_FOUND": N_("Alamat tidak ketemu"),
    "AREA_CLOSED": N_("Daerah ditutup karena bahaya"),
}
_FOR: Final[Mapping[str, str]] = {
    "BUYER": N_("Pembeli memintanya; ditanggung pembeli bila sudah terlambat"),
    "MERCHANT": N_("Barangnya tidak ada dan penjual tidak bisa bilang sendiri; ditanggung penjual"),
}
_CAN_CALL_OFF: Final = (
    *("AWAIT_STOCK", "ACCEPTED_EARLY", "AWAIT_MERCHANTS", "AWAIT_BUYER", "AWAIT_PAYMENT", "AGREED", "AT_COUNTER"),
    *("CONFIRMED", "ASSIGNED", "UNASSIGNED"),
)
"""States of ordering's process before the pickup in which nobody has called it off yet."""
_BORNE: Final[Mapping[str, str]] = {
    "MERCHANT": N_("ditanggung penjual"),
    "PARTNER": N_("ditanggung jasa antar"),
    "BUYER": N_("ditanggung pembeli"),
    "PLATFORM": N_("ditanggung Wlijo"),
    "NOBODY": N_("tidak ditanggung siapa pun"),
}
_NOT_FETCHED: Final = ("WAITING", "REQUESTED", "OFFERED", "ASSIGNED", "AT_PICKUP")
_ENDED: Final = ("DELIVERED", "RETURNED", "DISPOSED", "CANCELLED", "UNASSIGNABLE")
_HAS_RIDER: Final = ("ASSIGNED", "AT_PICKUP", "PICKED_UP", "AT_DROPOFF", "FAILED_ATTEMPT", "RETURNING")
_MOST_MINUTES: Final = 366 * 24 * 60


async def listed(visit: Visit) -> Response:
    visit.must_be_signed_in()
    given = {name: visit.query(name)[:200] for name in _FILTERS}
    code = visit.query("kode").upper()[:40]
    if code:
        return visit.go(f"/petugas/pesanan/{quote(code, safe='')}")
    minutes = saying.money_of(given["menit"])
    answer = await visit.ask(
        "ops_orders",
        OpsOrders,
        after=visit.query("lanjut") or None,
        mark=given["sebab"] or None,
        minutes=min(minutes, _MOST_MINUTES) if minutes is not None else None,
        merchant=given["penjual"] or None,
        partner=given["jasa"] or None,
    )
    found = answer.data.orders_wanting_a_person
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    kept = urlencode({name: value for name, value in given.items() if value})
    return visit.page(
        "ops_orders.html",
        orders=[edge.node for edge in found.edges],
        after=found.page_info.end_cursor if found.page_info.has_next_page else None,
        companies=[edge.node for edge in answer.data.partners.edges] if answer.data.partners else [],
        given=given,
        codes=ops_words,
        kept=kept,
        partial=answer.partial,
    )


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    company = (visit.query("jasa") or visit.typed("jasa"))[:64]
    named = company.startswith("ptn_")
    answer = await visit.ask(
        "ops_order", OpsOrder, code=visit.path("code")[:40], partner=company if named else "-", named=named
    )
    order = answer.data.order_by_code
    if order is None or order.life is None:  # its buyer sees it elsewhere, and not this
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    trip = order.delivery
    return visit.page(
        "ops_order.html",
        status=status,
        order=order,
        trip=trip,
        fetched=trip is not None and trip.status not in _NOT_FETCHED,
        can_end=trip is not None and trip.status not in _ENDED,
        has_rider=trip is not None and trip.status in _HAS_RIDER,
        can_call_off=order.life.state in _CAN_CALL_OFF,
        call_off_for=_FOR,
        outcomes=_OUTCOMES,
        failures={code: (text, _BORNE[_borne(code)]) for code, text in _FAILURES.items()},
        borne=_BORNE,
        codes=ops_words,
        names=_names(order),
        companies=[edge.node for edge in answer.data.partners.edges] if answer.data.partners else [],
        company=answer.data.partner,
        typed={
            name: visit.typed(name)
            for name in (
                "because",
                "outcome",
                "failure",
                "cash",
                "why",
                "rider",
                "new_failure",
                "new_why",
                "for",
                "off_why",
            )
        },
        notes=notes,
        partial=answer.partial,
    )


def _names(order: WholeOrder) -> Mapping[str, str]:
    """Of those whom the books name by their ids, as far as the order knows them."""
    known = [part.merchant for part in order.seller_orders]
    known.append(order.delivery.partner if order.delivery else None)
    return {each.id: each.name for each in known if each}


def _borne(code: str) -> str:
    return REASONS[OF_FAILURE[FailureCode(code)]].borne_by.value


async def act(visit: Visit) -> Response:
    visit.must_be_signed_in()
    notes, what = Notes(), visit.typed("do")
    found = {"mark": _settled, "end": _ended, "reassign": _reassigned, "call_off": _called_off}.get(what)
    sent = found(visit, notes) if found else None
    if not notes and sent is not None:
        document, given, told = sent
        outcome = await visit.change(document, **given)
        for texts in visit.notes(outcome.problems).said.values():
            for text in texts:
                notes.add(what, text)
        if not notes:
            return visit.go(f"/petugas/pesanan/{quote(visit.path('code'), safe='')}", visit.speaking(told))
    return await _page(visit, notes, 422)


_Sent = tuple[str, dict[str, Any], str]


def _settled(visit: Visit, notes: Notes) -> _Sent:
    if not visit.typed("because"):
        notes.add("mark", visit.speaking(N_("Tulis apa yang ditemukan dan dilakukan.")))
    given = {"id": visit.typed("id")[:64], "mark": visit.typed("mark"), "because": visit.typed("because")}
    return "settle_order_mark", given, N_("Tercatat. Tandanya hilang.")


def _ended(visit: Visit, notes: Notes) -> _Sent:
    outcome, failure, cash = visit.typed("outcome"), visit.typed("failure"), visit.typed("cash")
    if outcome not in _OUTCOMES:
        notes.add("end", visit.speaking(N_("Pilih apa yang terjadi dengan barangnya.")))
    if failure and failure not in _FAILURES:
        notes.add("end", visit.speaking(N_("Pilih sebabnya.")))
    if not visit.typed("why"):
        notes.add("end", visit.speaking(N_("Tulis alasannya.")))
    rupiah = saying.money_of(cash) if cash else None
    if cash and rupiah is None:
        notes.add("end", visit.speaking(N_("Tulis jumlah tunainya dengan angka.")))
    given = {
        "id": visit.typed("trip")[:64],
        "outcome": outcome,
        "reason": visit.typed("why"),
        "failure": failure or None,
        "cash": rupiah if outcome == "DELIVERED" else None,
    }
    return "end_delivery", given, N_("Antaran diakhiri; pesanan, pembukuan dan stok menyusul.")


def _called_off(visit: Visit, notes: Notes) -> _Sent:
    if visit.typed("for") not in _FOR:
        notes.add("call_off", visit.speaking(N_("Pilih untuk siapa.")))
    if not visit.typed("off_why"):
        notes.add("call_off", visit.speaking(N_("Tulis alasannya.")))
    given = {"id": visit.typed("id")[:64], "for": visit.typed("for"), "reason": visit.typed("off_why")}
    return (
        "call_off_order",
        given,
        N_("Pesanan dibatalkan, atau antarannya sedang dihentikan dulu. Uang yang sudah dibayar kembali."),
    )


def _reassigned(visit: Visit, notes: Notes) -> _Sent:
    if visit.typed("new_failure") not in _FAILURES:
        notes.add("reassign", visit.speaking(N_("Pilih sebabnya.")))
    if not visit.typed("new_why"):
        notes.add("reassign", visit.speaking(N_("Tulis alasannya.")))
    given = {
        "id": visit.typed("trip")[:64],
        "failure": visit.typed("new_failure"),
        "reason": visit.typed("new_why"),
        "rider": visit.typed("rider")[:64] or None,
    }
    return "reassign_delivery", given, N_("Antaran dipindahkan; yang lama sudah diberi tahu.")
