"""One of a seller's goods: when it was harvested, what it says of itself, how it is weighed and how much of it one order may have."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from starlette.responses import Response

from services.web import saying
from services.web.answers import Outcome
from services.web.answers_orders import Detailed, ShopProduct
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

_NUMBER = N_("Tulis jumlahnya dengan angka, misalnya 2 atau 1,5.")


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _asked(visit: Visit) -> tuple[ShopProduct, Detailed, bool]:
    visit.must_be_signed_in()
    answer = await visit.ask(
        "shop_product",
        ShopProduct,
        shop=visit.path("shop")[:80],
        slug=visit.path("product")[:200],
        language=visit.language,
    )
    product = answer.data.product_by_slug
    if product is None or answer.data.merchant_by_slug is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    if product.variants and all(variant.stock is None for variant in product.variants):
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)  # somebody else's
    return answer.data, product, answer.partial


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    found, product, partial = await _asked(visit)
    values = {each.attribute.code: each.value for each in product.attributes}
    return visit.page(
        "shop_product.html",
        status=status,
        shop=found.merchant_by_slug,
        good=product,
        values=values,
        key=visit.typed("key") or secrets.token_hex(16),
        notes=notes,
        partial=partial,
    )


async def change(visit: Visit) -> Response:
    _, product, _ = await _asked(visit)
    wanted = visit.typed("id")[:64]
    notes = Notes()
    outcome: Outcome | None = None
    match visit.typed("do"):
        case "harvest":
            on = _day(visit.typed("on"))
            if visit.typed("on") and on is None:
                notes.add("on", visit.speaking(N_("Pilih tanggal panennya.")))
            else:
                outcome = await visit.change("set_harvested", ids=[product.id], on=on)
        case "attributes":
            typed = [(each.code, visit.typed(f"a-{each.code}")[:60]) for each in product.category.attributes]
            said = [{"code": code, "value": text} for code, text in typed if text]
            outcome = await visit.change("set_attributes", id=product.id, said=said)
        case "variant":
            given = _variant(visit, product, wanted, notes)
            if given:
                outcome = await visit.change("change_variant", id=wanted, input=given)
        case "weighed":
            new = _weighed(visit, notes)
            if new:
                outcome = await visit.change(
                    "add_variant", product=product.id, variant=new, key=visit.typed("key")[:64]
                )
        case "retire":
            outcome = await visit.change("retire_variant", id=wanted)
        case "offer":
            outcome = await visit.change("restore_variant", id=wanted)
        case "archive":
            outcome = await visit.change("archive", id=product.id)
        case "restore":
            outcome = await visit.change("restore", id=product.id)
    for text in visit.notes(outcome.problems).but() if outcome else ():
        notes.add("", text)
    if notes:
        return await _page(visit, notes, 422)
    return visit.go(visit.here, visit.speaking(N_("Sudah disimpan.")))


def _day(typed: str) -> str | None:
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        return None


def _variant(visit: Visit, product: Detailed, wanted: str, notes: Notes) -> dict[str, Any] | None:
    """What of a variant is to be otherwise; an empty limit is none."""
    variant = next((each for each in product.variants if each.id == wanted), None)
    if variant is None:
        notes.add("", visit.speaking(N_("Ini sudah tidak ada, atau bukan milik Anda. Muat ulang halaman ini.")))
        return None
    most = saying.base_of(visit.typed("max"), variant.unit.base_per_unit) if visit.typed("max") else 0
    given: dict[str, Any] = {"max": most}
    if variant.catch_weight:
        given |= {"gramPerUnit": _whole(visit, "gram"), "overrunPercent": _whole(visit, "overrun")}
    if None in given.values():
        notes.add(wanted, visit.speaking(_NUMBER))
        return None
    return given


def _weighed(visit: Visit, notes: Notes) -> dict[str, Any] | None:
    """One more way in which it is sold: by the piece, priced by the kilogram."""
    price = saying.money_of(visit.typed("price"))
    gram, stock = _whole(visit, "gram"), _whole(visit, "stock")
    overrun = _whole(visit, "overrun") if visit.typed("overrun") else None
    if None in (price, gram, stock) or (visit.typed("overrun") and overrun is None):
        notes.add("weighed", visit.speaking(_NUMBER))
        return None
    return {
        "label": visit.typed("label")[:60],
        "unit": visit.typed("unit")[:40],
        "price": price,
        "pricedBy": "MASS",
        "gramPerUnit": gram,
        "overrunPercent": overrun,
        "onHand": stock,
    }


def _whole(visit: Visit, name: str) -> int | None:
    return saying.base_of(visit.typed(name), 1)
