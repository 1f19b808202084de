"""Test jobs of a company: it orders one for itself, a robot plays the rest, and what was expected stands beside what came."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from starlette.responses import Response

from services.web.answers_tests import CompanyTests
from services.web.graph import NoAnswer, Trouble
from services.web.pages.riding import STATUS
from services.web.visit import Notes, Visit
from services.web.words import N_

SCENARIOS: Mapping[str, str] = {
    "PLAIN": N_("Biasa: satu penjual, tidak ada uang yang ditagih"),
    "CASH": N_("Dengan tunai yang ditagih"),
    "SEVERAL_PICKUPS": N_("Tiga penjual"),
    "GOODS_LATE": N_("Barang terlambat siap"),
    "CASH_CHANGED": N_("Tunai yang ditagih berkurang"),
    "STOP_LEFT_OUT": N_("Satu penjual tidak jadi didatangi"),
    "CANCELLED_AT_ONCE": N_("Batal saat ditawarkan"),
    "CANCELLED_BEFORE_PICKUP": N_("Batal sebelum barang diambil"),
    "CANCELLED_ON_THE_WAY": N_("Batal di jalan"),
    "PIN_LOCKED": N_("PIN terkunci: barang dibawa kembali"),
    "HAZARD": N_("Ada bahaya di jalan, lalu selesai"),
    "HAZARD_BEFORE_PICKUP": N_("Ada bahaya sebelum barang diambil"),
    "REPORT_REQUESTED": N_("Laporan diminta"),
}
VERDICTS: Mapping[str, str] = {
    "RUNNING": N_("berjalan"),
    "PASSED": N_("lulus"),
    "FAILED": N_("belum lulus"),
}
EXPECTED: Mapping[str, str] = {
    "OFFERED": N_("Bisa ditawarkan"),
    "ACCEPTED": N_("Diterima pada waktunya"),
    "PLAYED": N_("Kejadiannya sempat dikabarkan"),
    "DELIVERED": N_("Diserahkan"),
    "BROUGHT_BACK": N_("Barang dibawa kembali"),
    "DELIVERED_OR_BROUGHT_BACK": N_("Diserahkan, atau barang dibawa kembali"),
    "LET_GO": N_("Dilepas setelah batal"),
    "CASH_AS_ASKED": N_("Tunai sesuai yang ditagih"),
    "REPORTED": N_("Laporan yang diminta dijawab"),
    "NOTHING_REFUSED": N_("Tidak ada jawaban yang ditolak"),
}


async def show(visit: Visit) -> Response:
    return await _show(visit, Notes())


async def _show(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("company_tests", CompanyTests, id=visit.path("company")[:64])
    found = answer.data.partner
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    if found.is_connected is None and not answer.partial:
        raise NoAnswer(Trouble.REFUSED)  # somebody else's
    return visit.page(
        "company_tests.html",
        status=status,
        company=found,
        scenarios=SCENARIOS,
        verdicts=VERDICTS,
        expected=EXPECTED,
        states=STATUS,
        key=secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


async def change(visit: Visit) -> Response:
    """Orders a test job, or ends one."""
    visit.must_be_signed_in()
    company, notes = visit.path("company")[:64], Notes()
    if visit.typed("do") == "end":
        where, done = visit.typed("job")[:64], N_("Uji coba diakhiri.")
        outcome = await visit.change("end_test_job", id=where)
    elif (scenario := visit.typed("scenario")) in SCENARIOS:
        where, done = "order", N_("Uji coba dipesan. Tawarannya datang seperti tugas biasa.")
        outcome = await visit.change(
            "request_test_job", company=company, scenario=scenario, key=visit.typed("key")[:64]
        )
    else:
        return visit.go(f"/jasa-antar/{company}/uji")
    for text in visit.notes(outcome.problems).but():
        notes.add(where, text)
    if notes:
        return await _show(visit, notes, 422)
    return visit.go(f"/jasa-antar/{company}/uji", visit.speaking(done))
