"""Coming to the market: asking to sell, and being of a shop or a company by a code that somebody of it handed on."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.responses import Response

from services.contracts.places import KECAMATAN
from services.web.app import Web
from services.web.pages import places, regions
from services.web.pages.officer import KINDS
from services.web.saying import money_of
from services.web.visit import Notes, Visit
from services.web.words import N_

_FIELDS = ("name", "kind", "desa", "contact", "phone", "sales", "capital")


async def shop_form(shared: Web, visit: Visit) -> Response:
    return await _shop_form(shared, visit, Notes())


async def _shop_form(shared: Web, visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    return visit.page(
        "shop_apply.html",
        status=status,
        regions=await regions.all_of(shared, visit),
        kinds=KINDS,
        typed={name: visit.typed(name) for name in _FIELDS},
        spot=places.spot(visit.typed("lat"), visit.typed("lng")),
        key=visit.typed("key") or secrets.token_hex(16),
        notes=notes,
    )


async def apply_for_shop(shared: Web, visit: Visit) -> Response:
    visit.must_be_signed_in()
    notes = Notes()
    kecamatan, _, _ = visit.typed("desa").rpartition(".")
    point = await regions.point(shared, visit, visit.typed("desa"))
    if kecamatan not in KECAMATAN or point is None:
        notes.add("desa", visit.speaking(N_("Pilih desa atau kelurahan tempat berjualan.")))
    if visit.typed("kind") not in KINDS:
        notes.add("kind", visit.speaking(N_("Pilih jenis usahanya.")))
    sizes = {name: money_of(visit.typed(name)) for name in ("sales", "capital") if visit.typed(name)}
    if None in sizes.values():
        notes.add("input.yearlySales", visit.speaking(N_("Tulis jumlah uang, misalnya 24.000.000.")))
    if notes:
        return await _shop_form(shared, visit, notes, 422)
    asked: dict[str, Any] = {
        "name": visit.typed("name"),
        "kind": visit.typed("kind"),
        "kecamatanCode": kecamatan,
        "desaCode": visit.typed("desa"),
        "point": point,
        "contactName": visit.typed("contact"),
        "phone": visit.typed("phone"),
        "yearlySales": sizes.get("sales"),
        "capital": sizes.get("capital"),
    }
    outcome = await visit.change("apply_shop", input=asked, key=visit.typed("key"))
    if outcome.problems:
        return await _shop_form(shared, visit, visit.notes(outcome.problems), 422)
    said = N_("Pendaftaran terkirim. Petugas akan memeriksa, dan Anda diberi tahu.")
    return visit.go("/jualan", visit.speaking(said))


async def code_form(visit: Visit) -> Response:
    return _code_form(visit, Notes())


def _code_form(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    typed = {name: visit.typed(name) or visit.query(name) for name in ("code", "name", "of")}
    return visit.page("join.html", status=status, typed=typed, notes=notes)


async def join(visit: Visit) -> Response:
    visit.must_be_signed_in()
    given = {"code": "".join(visit.typed("code").split()), "name": visit.typed("name")}
    match visit.typed("of"):
        case "shop":
            document, following = "join_shop", "/jualan"
        case "company":
            document, following = "join_company", "/jasa-antar"
        case "rider":
            document, following = "join_company", "/antar"
        case _:
            notes = Notes()
            notes.add("of", visit.speaking(N_("Pilih kodenya untuk apa.")))
            return _code_form(visit, notes, 422)
    outcome = await visit.change(document, **given)
    if outcome.problems:
        return _code_form(visit, visit.notes(outcome.problems), 422)
    return visit.go(following, visit.speaking(N_("Anda sudah bergabung.")))
