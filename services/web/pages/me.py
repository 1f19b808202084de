"""Somebody's own page: how they are called, where they are signed in, a copy of what is kept, and being forgotten."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response, StreamingResponse

from services.web.answers import Outcome
from services.web.answers_me import Me, MePage
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

PAGES: Mapping[str, str] = {
    "MERCHANT": "/jualan",
    "COMPANY_OWNER": "/jasa-antar",
    "DISPATCHER": "/jasa-antar",
    "RIDER": "/antar",
}
_SAID: Mapping[str, str] = {
    "name": N_("Sudah disimpan."),
    "end": N_("Ponsel itu sudah keluar."),
    "end-others": N_("Semua ponsel lain sudah keluar."),
    "copy-code": N_("Kode terkirim. Masukkan di bawah ini."),
    "copy": N_("Salinan sedang dibuat. Muat ulang sebentar lagi."),
    "erase-code": N_("Kode terkirim. Masukkan di bawah ini."),
    "stay": N_("Anda tetap di sini."),
}


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    found, partial = await _me(visit)
    return visit.page(
        "me.html", status=status, me=found, pages=PAGES, asked=visit.query("kode"), notes=notes, partial=partial
    )


async def _me(visit: Visit) -> tuple[Me, bool]:
    visit.must_be_signed_in()
    answer = await visit.ask("me", MePage)
    if answer.data.viewer is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    return answer.data.viewer, answer.partial


async def change(visit: Visit) -> Response:
    visit.must_be_signed_in()
    what, code = visit.typed("do"), "".join(each for each in visit.typed("code") if each.isdigit())[:12]
    outcome: Outcome | None = None
    asked = ""
    match what:
        case "name":
            language = visit.typed("language") if visit.typed("language") in ("ID", "EN") else None
            outcome = await visit.change("update_me", name=visit.typed("name") or None, language=language)
        case "end":
            outcome = await visit.change("end_session", id=visit.typed("id")[:64])
        case "end-others":
            outcome = await visit.change("end_other_sessions")
        case "copy-code":
            outcome, asked = await visit.change("request_copy_code"), "?kode=salinan"
        case "copy":
            outcome = await visit.change("request_copy", code=code)
        case "erase-code":
            outcome, asked = await visit.change("request_erasure_code"), "?kode=hapus"
        case "erase" if visit.typed("sure") != "yes":
            notes = Notes()
            notes.add("erase", visit.speaking(N_("Centang dulu bahwa Anda yakin.")))
            return await _page(visit, notes, 422)
        case "erase":
            outcome = await visit.change("erase_me", code=code)
        case "stay":
            outcome = await visit.change("cancel_erasure")
    if outcome and outcome.problems:
        notes = Notes()
        for text in visit.notes(outcome.problems).but():
            notes.add(what.removesuffix("-code"), text)
        return await _page(visit, notes, 422)
    if what == "erase":
        visit.session.sign_out()
        return visit.go(
            "/", visit.speaking(N_("Permintaan Anda diterima. Data Anda dihapus begitu tidak ada pesanan berjalan."))
        )
    return visit.go(f"/saya{asked}", visit.speaking(_SAID.get(what, "")))


async def copy(visit: Visit) -> Response:
    """The file itself, as the gateway has it: it asks for a token, which a link cannot carry."""
    found, _ = await _me(visit)
    for each in found.exports:
        if each.id == visit.path("copy") and each.path:
            parts = await visit.graph.fetch(visit.caller, each.path)
            headers = {"content-disposition": f'attachment; filename="wlijo-{each.id}.json"'}
            return StreamingResponse(parts, media_type="application/json", headers=headers)
    raise NoAnswer(Trouble.GONE)
