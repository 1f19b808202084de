"""A seller's new good, for sale at once."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.responses import Response

from services.web import saying
from services.web.answers_goods import CreateGood, NewGood, SaleUnit
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

_FIELDS = ("name", "category", "description", "unit", "price", "gram", "stock")


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    found, partial = await _asked(visit)
    return visit.page(
        "shop_new_good.html",
        status=status,
        shop=found.merchant_by_slug,
        categories=found.categories or [],
        units=found.sale_units or [],
        typed={name: visit.typed(name) for name in _FIELDS},
        key=visit.typed("key") or secrets.token_hex(16),
        notes=notes,
        partial=partial,
    )


async def _asked(visit: Visit) -> tuple[NewGood, bool]:
    visit.must_be_signed_in()
    answer = await visit.ask("new_good", NewGood, slug=visit.path("shop")[:80], language=visit.language)
    if answer.data.merchant_by_slug is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    return answer.data, answer.partial


async def create(visit: Visit) -> Response:
    """Made and put up for sale; what may not be sold yet stays a draft, and the list of goods says why."""
    found, _ = await _asked(visit)
    assert found.merchant_by_slug is not None
    notes = Notes()
    unit = next((each for each in found.sale_units or [] if each.code == visit.typed("unit")), None)
    if unit is None:
        notes.add("unit", visit.speaking(N_("Pilih satuan jualnya.")))
    price = saying.money_of(visit.typed("price"))
    if price is None:
        notes.add("variants.0.price", visit.speaking(N_("Tulis harganya dengan angka, misalnya 12.500.")))
    variant = _variant(visit, notes, unit, price)
    if variant is None:
        return await _page(visit, notes, 422)
    asked = {
        "name": visit.typed("name"),
        "category": visit.typed("category"),
        "description": visit.typed("description"),
    }
    shop = found.merchant_by_slug
    key = visit.typed("key")
    answer = (await visit.ask("create_good", CreateGood, shop=shop.id, input=asked, variants=[variant], key=key)).data
    made = answer.create_product
    if made is None:
        raise NoAnswer(Trouble.AWAY)
    if made.product is None:
        return await _page(visit, visit.notes(made.problems), 422)
    problems = (await visit.change("publish", id=made.product.id)).problems
    said = visit.speaking(N_("Barang sudah dijual."))
    if problems:
        said = " ".join([visit.speaking(N_("Barang disimpan, tetapi belum dijual.")), *visit.notes(problems).but()])
    return visit.go(f"/jualan/{shop.slug}/barang", said)


def _variant(visit: Visit, notes: Notes, unit: SaleUnit | None, price: int | None) -> dict[str, Any] | None:
    """None when something is wrong with it, which is noted."""
    size = unit.base_per_unit if unit else 1
    stock = saying.base_of(visit.typed("stock") or "0", size)
    gram = saying.base_of(visit.typed("gram"), 1) if visit.typed("gram") else None
    if stock is None or (visit.typed("gram") and gram is None):
        at = "variants.0.onHand" if stock is None else "variants.0.gramPerUnit"
        notes.add(at, visit.speaking(N_("Tulis jumlahnya dengan angka, misalnya 2 atau 1,5.")))
    if notes or unit is None:
        return None
    made = {"label": visit.speaking(N_("per %(unit)s")) % {"unit": unit.label}, "unit": unit.code}
    return made | {"price": price, "gramPerUnit": gram, "onHand": stock}
