"""A hub's counter: what lies on its shelf, whose it is, and who is offered a place on it."""

from __future__ import annotations

import secrets

from starlette.responses import Response

from services.web.answers import Outcome
from services.web.answers_stock import Seller, ShopShelf
from services.web.graph import NoAnswer, Trouble
from services.web.pages.shop_stock import amount_of, said, unit_of
from services.web.visit import Notes, Visit
from services.web.words import N_

_DO = {"sold": "record_sale", "count": "count_stock"}


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    after, offers = visit.query("sesudah") or None, visit.query("penjual") or None
    answer = await visit.ask("shop_shelf", ShopShelf, slug=visit.path("shop")[:80], after=after, offers=offers)
    found = answer.data.merchant_by_slug
    if found is None or found.kind != "HUB":
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    return visit.page(
        "shop_shelf.html",
        status=status,
        shop=found,
        notes=notes,
        key=secrets.token_hex(16),
        partial=answer.partial,
    )


async def change(visit: Visit) -> Response:
    visit.must_be_signed_in()
    notes, do, wanted = Notes(), visit.typed("do"), visit.typed("id")[:64]
    outcome: Outcome | None = None
    if do in _DO:
        count = amount_of(visit)
        if count is None:
            notes.add(wanted, visit.speaking(N_("Tulis jumlahnya dengan angka, misalnya 2 atau 1,5.")))
        else:
            items = [{"variantId": wanted, "quantity": count}]
            place, note = visit.typed("place")[:64], visit.typed("note")[:120] or None
            key = visit.typed("key")[:64]
            outcome = await visit.change(_DO[do], items=items, key=key, place=place, note=note)
    elif do == "end":
        outcome = await visit.change("end_shelf", id=wanted)
    elif do == "offer":
        wanted = "offer"
        slug = visit.typed("slug")[:200].rstrip("/").rpartition("/")[2][:80]
        seller = (await visit.ask("seller", Seller, slug=slug)).data.merchant_by_slug
        if seller is None:
            notes.add(wanted, visit.speaking(N_("Penjual itu tidak ada. Salin alamat tokonya.")))
        else:
            outcome = await visit.change("offer_shelf", hub=visit.typed("shop")[:64], id=seller.id)
    for problem in outcome.problems if outcome else ():
        notes.add(wanted, said(visit, problem, unit_of(visit)))
    if notes:
        return await _page(visit, notes, 422)
    return visit.go(visit.here, visit.speaking(N_("Sudah disimpan.")))
