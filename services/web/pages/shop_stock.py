"""A seller's stock: today's load, what came, was sold, spoilt and counted, where it lies, and what has moved it."""

from __future__ import annotations

import secrets

from starlette.responses import Response

from services.web import saying
from services.web.answers import Outcome, Problem, Unit
from services.web.answers_stock import ShopMovements, ShopStock
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

BASES = (1, 100, 1000)
"""Base units that a sale unit may have."""
CAUSES = {
    "OPENED": N_("Stok awal"),
    "UNEXPLAINED": N_("Tanpa keterangan"),
    "COUNTED": N_("Dihitung"),
    "RECEIVED": N_("Barang datang"),
    "SOLD": N_("Terjual di lapak"),
    "SPOILED": N_("Rusak atau hilang"),
    "MOVED": N_("Dipindah"),
    "LOADED": N_("Muatan hari ini"),
    "RESET": N_("Sisa muatan hari lain"),
    "MODE": N_("Cara mencatat diganti"),
    "ASSUMED": N_("Tidak dihitung"),
    "PLACED": N_("Dipesan"),
    "CONFIRMED": N_("Pesanan disiapkan"),
    "LEFT_OUT": N_("Batal dikemas"),
    "REPLACED": N_("Jadi pengganti"),
    "FETCHED": N_("Diambil pengantar"),
    "CANCELLED": N_("Pesanan batal"),
    "UNFETCHED": N_("Tidak diambil"),
    "TIME_IS_UP": N_("Waktu pesanan habis"),
}
_AMOUNTS = {
    "receive": "receive_stock",
    "sold": "record_sale",
    "spoiled": "record_spoiled",
    "count": "count_stock",
    "load": "set_load",
    "bring": "move_stock",
    "fetch": "move_stock",
}
_MODES = ("TRACKED", "DAILY", "UNTRACKED")


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    asked = {"slug": visit.path("shop")[:80], "after": visit.query("sesudah") or None}
    answer = await visit.ask("shop_stock", ShopStock, **asked)
    found = answer.data.merchant_by_slug
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    goods = found.products
    if goods.edges and all(variant.stock is None for edge in goods.edges for variant in edge.node.variants):
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)  # somebody else's
    return visit.page(
        "shop_stock.html",
        status=status,
        shop=found,
        goods=goods,
        notes=notes,
        key=secrets.token_hex(16),
        partial=answer.partial,
    )


async def change(visit: Visit) -> Response:
    visit.must_be_signed_in()
    notes, do = Notes(), visit.typed("do")
    shop, wanted, key = visit.typed("shop")[:64], visit.typed("id")[:64], visit.typed("key")[:64]
    outcome, unit = None, unit_of(visit)
    if do in _AMOUNTS:
        count = amount_of(visit)
        if count is None:
            notes.add(wanted, visit.speaking(N_("Tulis jumlahnya dengan angka, misalnya 2 atau 1,5.")))
        else:
            outcome = await _amount(visit, do, shop, wanted, count, key)
    elif do == "mode" and visit.typed("mode") in _MODES:
        outcome = await visit.change("set_stock_mode", id=wanted, mode=visit.typed("mode"), available=amount_of(visit))
    else:
        wanted = wanted or do
        outcome = await _whole(visit, do, shop, key)
    for problem in outcome.problems if outcome else ():
        notes.add(wanted, said(visit, problem, unit))
    if notes:
        return await _page(visit, notes, 422)
    return visit.go(visit.here, visit.speaking(N_("Sudah disimpan.")))


async def _amount(visit: Visit, do: str, shop: str, wanted: str, count: int, key: str) -> Outcome:
    items = [{"variantId": wanted, "quantity": count}]
    place = visit.typed("place")[:64] or None
    if do == "load":
        return await visit.change("set_load", id=shop, items=items, key=key)
    if do in ("bring", "fetch"):
        ends = {"from": None, "to": place} if do == "bring" else {"from": place, "to": None}
        return await visit.change("move_stock", items=items, key=key, **ends)
    note = visit.typed("note")[:120] or None
    return await visit.change(_AMOUNTS[do], items=items, key=key, place=place, note=note)


async def _whole(visit: Visit, do: str, shop: str, key: str) -> Outcome | None:
    """What is about the shop and not one of its goods."""
    which, name = visit.typed("id")[:64], visit.typed("name")[:60]
    match do:
        case "yesterday":
            return await visit.change("load_as_yesterday", id=shop, key=key)
        case "template":
            return await visit.change("load_template", id=shop, template=which, key=key)
        case "forget":
            return await visit.change("delete_template", id=shop, template=which)
        case "keep" if name:
            return await visit.change("save_template", id=shop, called=name)
        case "place" if name:
            return await visit.change("create_place", id=shop, called=name, key=key)
        case "close":
            return await visit.change("close_place", id=which)
        case "accept":
            return await visit.change("accept_shelf", id=which)
        case "end":
            return await visit.change("end_shelf", id=which)
    return None


async def movements(visit: Visit) -> Response:
    visit.must_be_signed_in()
    asked = {"slug": visit.path("shop")[:80], "variant": visit.path("variant")[:64]}
    answer = await visit.ask("shop_movements", ShopMovements, **asked, after=visit.query("sesudah") or None)
    shop, found = answer.data.merchant_by_slug, answer.data.node
    if shop is None or found is None or found.product is None or found.product.merchant.slug != shop.slug:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    if found.stock is None or found.stock_movements is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    names = {each.id: each.name for each in shop.members}
    return visit.page(
        "shop_movements.html",
        shop=shop,
        variant=found,
        listed=found.stock_movements,
        causes=CAUSES,
        names=names,
        partial=answer.partial,
    )


def amount_of(visit: Visit) -> int | None:
    """Base units of what was typed as an amount."""
    base = visit.typed("base")
    return saying.base_of(visit.typed("amount"), int(base)) if base in map(str, BASES) else None


def unit_of(visit: Visit) -> Unit:
    base = visit.typed("base")
    return Unit(min=1, label=visit.typed("unit")[:40], base_per_unit=int(base) if base in map(str, BASES) else 1)


def said(visit: Visit, problem: Problem, unit: Unit) -> str:
    """As a seller reads it, who has no cart."""
    least, most = (
        visit.speaking.amount(each, unit) if each is not None else "-" for each in (problem.minimum, problem.limit)
    )
    if problem.code == "OUT_OF_STOCK":
        return visit.speaking(N_("Dari sana tinggal %(limit)s yang bisa diambil; sisanya sudah dipesan.")) % {
            "limit": most
        }
    if problem.code == "INVALID_QUANTITY":
        return visit.speaking(N_("Jumlahnya harus dari %(minimum)s sampai %(limit)s.")) % {
            "minimum": least,
            "limit": most,
        }
    return "".join(visit.notes([problem], unit).but())
