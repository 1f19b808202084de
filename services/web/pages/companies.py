"""Companies that bring goods: one's own, and asking to be one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from starlette.responses import Response

from services.contracts.places import KECAMATAN
from services.web.answers_crews import Companies
from services.web.visit import Notes, Visit
from services.web.words import N_

STATUS: Mapping[str, str] = {
    "INVITED": N_("Menunggu diperiksa"),
    "SENT_BACK": N_("Perlu diperbaiki"),
    "SANDBOX": N_("Masa percobaan"),
    "ACTIVE": N_("Mengantar"),
    "PAUSED": N_("Berhenti sementara"),
    "LEFT": N_("Sudah berakhir"),
}
_FIELDS = ("name", "kecamatan", "contact", "phone", "licence")


async def mine(visit: Visit) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("companies", Companies)
    return visit.page("companies.html", companies=answer.data.my_partners or [], states=STATUS, partial=answer.partial)


async def form(visit: Visit) -> Response:
    return _form(visit, Notes())


def _form(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    return visit.page(
        "company_apply.html",
        status=status,
        kecamatan=sorted(KECAMATAN.values(), key=lambda each: each.name),
        typed={name: visit.typed(name) for name in _FIELDS},
        key=visit.typed("key") or secrets.token_hex(16),
        notes=notes,
    )


async def apply(visit: Visit) -> Response:
    visit.must_be_signed_in()
    asked = {
        "name": visit.typed("name"),
        "kecamatanCode": visit.typed("kecamatan"),
        "contactName": visit.typed("contact"),
        "phone": visit.typed("phone"),
        "licenceNumber": visit.typed("licence") or None,
    }
    outcome = await visit.change("apply_company", input=asked, key=visit.typed("key"))
    if outcome.problems:
        return _form(visit, visit.notes(outcome.problems), 422)
    said = N_("Pendaftaran terkirim. Petugas akan memeriksa, dan Anda diberi tahu.")
    return visit.go("/jasa-antar", visit.speaking(said))
