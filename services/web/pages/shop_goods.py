"""A seller's goods: stock, price, sold out, hidden or for sale."""

from __future__ import annotations

from starlette.responses import Response

from services.web import saying
from services.web.answers import Outcome
from services.web.answers_orders import ShopGoods
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

_BASES = (1, 100, 1000)


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    asked = {"slug": visit.path("shop")[:80], "after": visit.query("sesudah") or None, "language": visit.language}
    answer = await visit.ask("shop_goods", ShopGoods, **asked)
    found = answer.data.merchant_by_slug
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    goods = found.products
    if goods.edges and all(variant.stock is None for edge in goods.edges for variant in edge.node.variants):
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)  # somebody else's
    return visit.page("shop_goods.html", status=status, shop=found, goods=goods, notes=notes, partial=answer.partial)


async def change(visit: Visit) -> Response:
    visit.must_be_signed_in()
    wanted = visit.typed("id")[:64]
    notes = Notes()
    outcome: Outcome | None = None
    match visit.typed("do"):
        case "stock":
            base = visit.typed("base")
            count = saying.base_of(visit.typed("stock"), int(base)) if base in map(str, _BASES) else None
            if count is None:
                notes.add(wanted, visit.speaking(N_("Tulis jumlahnya dengan angka, misalnya 2 atau 1,5.")))
            else:
                outcome = await visit.change("set_stock", id=wanted, onHand=count)
        case "out":
            outcome = await visit.change("set_stock", id=wanted, onHand=0)
        case "price":
            price = saying.money_of(visit.typed("price"))
            if price is None:
                notes.add(wanted, visit.speaking(N_("Tulis harganya dengan angka, misalnya 12.500.")))
            else:
                outcome = await visit.change("change_price", id=wanted, price=price)
        case "publish":
            outcome = await visit.change("publish", id=wanted)
        case "hide":
            outcome = await visit.change("hide", id=wanted)
        case "unphoto":
            outcome = await visit.change("remove_photo", product=wanted, photo=visit.typed("photo")[:64])
    for text in visit.notes(outcome.problems).but() if outcome else ():
        notes.add(wanted, text)
    if notes:
        return await _page(visit, notes, 422)
    return visit.go(visit.here, visit.speaking(N_("Sudah disimpan.")))
