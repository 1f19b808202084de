"""A seller fills her shop from a list of usual goods: a price each, and what she has of it."""

from __future__ import annotations

import secrets
from typing import Final

from starlette.responses import Response

from services.web import saying
from services.web.answers_bulk import Copied, CopyTemplateGoods, TemplateGoods
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

_MOST: Final = 40
_MOST_BASE: Final = 1_000_000


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200, done: list[Copied] | None = None) -> Response:
    visit.must_be_signed_in()
    text, category = visit.query("q")[:100], visit.query("jenis")[:40]
    answer = await visit.ask(
        "template_goods",
        TemplateGoods,
        slug=visit.path("shop")[:80],
        text=text or None,
        category=category or None,
        language=visit.language,
        after=visit.query("sesudah") or None,
    )
    shop, listed = answer.data.merchant_by_slug, answer.data.template_goods
    if shop is None or listed is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    return visit.page(
        "shop_list.html",
        status=status,
        shop=shop,
        listed=listed,
        kinds=answer.data.categories or [],
        units={each.code: each for each in answer.data.sale_units or []},
        text=text,
        category=category,
        notes=notes,
        done=done or [],
        key=secrets.token_hex(16),
        partial=answer.partial,
    )


async def fill(visit: Visit) -> Response:
    """Those that were given a price; what was typed wrongly stays to be mended, and nothing is made before."""
    visit.must_be_signed_in()
    notes, items = Notes(), list[dict[str, object]]()
    for name in visit.form:
        code = name.removeprefix("price-")[:40]
        if not name.startswith("price-") or not visit.typed(name) or len(items) == _MOST:
            continue
        price = saying.money_of(visit.typed(name))
        typed = visit.typed(f"amount-{code}")
        base = visit.typed(f"base-{code}")
        known = base.isascii() and base.isdecimal() and len(base) < 8 and 1 <= int(base) <= _MOST_BASE
        amount = saying.base_of(typed, int(base) if known else 1) if typed else 0
        if price is None:
            notes.add(code, visit.speaking(N_("Tulis harganya dengan angka, misalnya 12.500.")))
        elif amount is None:
            notes.add(code, visit.speaking(N_("Tulis jumlahnya dengan angka, misalnya 2 atau 1,5.")))
        else:
            items.append({"code": code, "price": price, **({"quantity": amount} if typed else {})})
    if not items and not notes:
        notes.add("", visit.speaking(N_("Isi harga barang yang Anda jual dulu.")))
    if notes:
        return await _page(visit, notes, 422)
    asked = {"shop": visit.typed("id")[:64], "items": items, "key": visit.typed("key")[:64]}
    answer = (await visit.ask("copy_template_goods", CopyTemplateGoods, **asked)).data.copy_template_goods
    if answer is None:
        raise NoAnswer(Trouble.AWAY)
    if answer.problems:
        return await _page(visit, visit.notes(answer.problems), 422)
    return await _page(visit, Notes(), done=answer.results)
