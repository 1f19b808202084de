"""How the services run, and events that are stuck in them, for operators: what to do about each, and doing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from services.contracts.registry import NAMES
from services.web.answers_running import OpsHealth, OpsStuck, StuckEvent, StuckList
from services.web.graph import NoAnswer, Trouble
from services.web.pages.companies import STATUS
from services.web.visit import Notes, Visit
from services.web.words import N_

_AT: Final = "/petugas/tersangkut"
_KINDS: Final[Mapping[str, str]] = {
    "PARKED": N_("gagal, dicoba lagi sendiri"),
    "GAP": N_("menunggu yang sebelumnya"),
    "DEAD": N_("disisihkan"),
}
ADVICE: Final[Mapping[str, str]] = {
    "HANDLER_FAILED": N_(
        "Yang memprosesnya gagal, dan akan mencoba lagi sendiri. Tunjukkan sebabnya kepada pengembang. Kalau sudah diperbaiki, coba lagi "
        "sekarang. Kalau yang menunggu di belakangnya mendesak, sisihkan: yang lain jalan, dan yang ini masih bisa dicoba nanti."
    ),
    "PREDECESSOR_MISSING": N_(
        "Kejadian sebelumnya belum datang. Lihat di Kesehatan apakah pengirimnya menyala dan mengirim. Kalau sudah dikirim dan hilang, "
        "kirim ulang dengan perintah inbox republish di pengirimnya; melewatinya hanya dengan perintah inbox skip."
    ),
    "UNREADABLE": N_(
        "Bukan kejadian dari pasar ini, atau isinya rusak. Tanyakan siapa yang menulis ke topik itu. Biasanya dibuang; dicoba lagi hanya "
        "kalau rilis baru bisa membacanya."
    ),
    "NOT_ITS_PUBLISHER": N_(
        "Dikirim oleh yang tidak berhak mengirimnya. Periksa siapa yang boleh menulis ke topik itu; kalau memang salah kirim, buang."
    ),
    "NUMBER_TAKEN": N_(
        "Nomornya sudah dipakai kejadian lain, jadi tidak bisa diproses. Tunjukkan kepada pengembang, lalu buang dengan alasannya."
    ),
    "SET_ASIDE": N_(
        "Disisihkan supaya yang lain jalan. Kalau sebabnya sudah diperbaiki, coba lagi; kalau tidak akan pernah diproses, buang."
    ),
    "GAP_PASSED": N_("Ini catatan bahwa ada yang dilewati karena tidak pernah datang. Buang kalau sudah diperiksa."),
    "INAPPLICABLE": N_(
        "Bicara tentang sesuatu yang tidak ada di sini, atau bentuknya belum dikenal. Kalau yang kurang sudah datang atau rilis baru sudah "
        "jalan, coba lagi; kalau tidak akan pernah ada, buang."
    ),
}
_UNKNOWN: Final = N_("Sebab baru yang belum dikenal halaman ini. Tanyakan kepada pengembang.")
_NEVER: Final = ("NUMBER_TAKEN", "GAP_PASSED")
_DEEDS: Final[Mapping[str, str]] = {
    "TRY_AGAIN": N_("Dicoba lagi dalam beberapa detik. Muat ulang untuk melihat hasilnya."),
    "SET_ASIDE": N_("Disisihkan. Yang menunggu di belakangnya jalan."),
    "DROP": N_("Dibuang; alasannya tercatat."),
}


async def stuck(visit: Visit) -> Response:
    return await _stuck(visit, Notes())


async def _stuck(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    after = {name: visit.query(name)[:400] for name in NAMES if visit.query(name)}
    answer = await visit.ask("ops_stuck", OpsStuck, **{name: after.get(name) for name in NAMES})
    found: dict[str, StuckList | None] = {name: getattr(answer.data, f"{name}_stuck_events", None) for name in NAMES}
    if not any(found.values()):
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    events = sorted(
        ((name, edge.node) for name, each in found.items() if each for edge in each.edges), key=lambda one: one[1].since
    )
    return visit.page(
        "ops_stuck.html",
        status=status,
        events=[(name, each, _deeds(each)) for name, each in events],
        away=[name for name, each in found.items() if each is None],
        more={
            name: urlencode({**after, name: each.page_info.end_cursor})
            for name, each in found.items()
            if each and each.page_info.has_next_page
        },
        kinds=_KINDS,
        advice=ADVICE,
        unknown=_UNKNOWN,
        typed={name: visit.typed(name) for name in ("id", "why")},
        notes=notes,
        partial=answer.partial,
    )


def _deeds(event: StuckEvent) -> list[str]:
    if event.kind == "GAP":
        return []
    tried = [] if event.reason in _NEVER or event.asked_at else ["TRY_AGAIN"]
    return [*tried, *(["SET_ASIDE"] if event.kind == "PARKED" else []), "DROP"]


async def settle(visit: Visit) -> Response:
    visit.must_be_signed_in()
    notes, service, deed, event = Notes(), visit.typed("service"), visit.typed("do"), visit.form.get("id", "")[:2_000]
    if service in NAMES and deed in _DEEDS:
        because = visit.typed("why")
        if not because and deed != "TRY_AGAIN":
            notes.add(event, visit.speaking(N_("Tulis alasannya.")))
        else:
            outcome = await visit.change(f"settle_{service}_event", id=event, deed=deed, because=because or None)
            codes = {each.code for each in outcome.problems}
            if "NOT_FOUND" in codes:  # it went on by itself, or another was quicker
                return visit.go(_AT, visit.speaking(N_("Sudah tidak tersangkut lagi.")))
            for texts in visit.notes(outcome.problems).said.values():
                for text in texts:
                    notes.add(event, text)
        if not notes:
            return visit.go(_AT, visit.speaking(_DEEDS[deed]))
    return await _stuck(visit, notes, 422)


async def health(visit: Visit) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("ops_health", OpsHealth)
    services = {name: getattr(answer.data, f"{name}_health", None) for name in NAMES}
    if not any(services.values()):
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    return visit.page(
        "ops_health.html",
        services=services,
        marked=answer.data.orders_wanting_a_person,
        company_states=STATUS,
        companies=[edge.node for edge in answer.data.partners.edges] if answer.data.partners else None,
        partial=False,  # which part is away is said where it belongs
    )
