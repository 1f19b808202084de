"""One order as its seller packs it, line by line: weighed, short, not there, or something else instead."""

from __future__ import annotations

from starlette.responses import Response

from services.web import saying
from services.web.answers import Outcome, Unit, Variant
from services.web.answers_packing import PackLine, Part, ShopPack
from services.web.graph import NoAnswer, Trouble
from services.web.pages.riding import PROVEN
from services.web.visit import Notes, Visit
from services.web.words import N_

_NUMBER = N_("Isi dengan angka.")
_PACKED = ("ACCEPTED", "PACKING")


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _found(visit: Visit) -> tuple[ShopPack, Part, bool]:
    """Raises NoAnswer, SignInNeeded."""
    visit.must_be_signed_in()
    answer = await visit.ask(
        "shop_pack", ShopPack, slug=visit.path("shop")[:80], part=visit.path("part")[:64], language=visit.language
    )
    part = answer.data.node
    if answer.data.merchant_by_slug is None or part is None or not part.id:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    return answer.data, part, answer.partial


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    data, part, partial = await _found(visit)
    return visit.page(
        "shop_pack.html",
        status=status,
        shop=data.merchant_by_slug,
        part=part,
        asked={each.line_id: each for each in part.questions if each.state == "OPEN"},
        goods=_for_sale(data),
        packing=part.status in _PACKED,
        proven=PROVEN,
        notes=notes,
        partial=partial,
    )


def _for_sale(data: ShopPack) -> list[tuple[str, Variant]]:
    """What may come in a line's place, by what it is called."""
    edges = data.merchant_by_slug.products.edges if data.merchant_by_slug else []
    return [
        (edge.node.name, variant) for edge in edges if edge.node.status == "PUBLISHED" for variant in edge.node.variants
    ]


async def change(visit: Visit) -> Response:
    visit.must_be_signed_in()
    data, part, _ = await _found(visit)
    line_id, notes, done = visit.typed("line")[:64], Notes(), N_("Sudah dicatat.")
    line = next((each for each in part.lines if each.id == line_id), None)
    outcome: Outcome | None = None
    match visit.typed("do"):
        case "ready":
            outcome, done = await visit.change("ready_order", id=part.id), N_("Pengantar tahu barangnya sudah siap.")
            if not outcome.problems:
                return visit.go(f"/jualan/{visit.path('shop')[:80]}", visit.speaking(done))
        case "weigh" if line:
            if (gram := _gram(visit.typed("gram"))) is None:
                notes.add(line.id, visit.speaking(_NUMBER))
            else:
                outcome = await visit.change("weigh_line", line=line.id, gram=gram)
        case "none" if line:
            outcome = await visit.change("pack_line", line=line.id, quantity=0)
        case "pack" if line:
            if (base := saying.base_of(visit.typed("quantity"), line.unit.base_per_unit)) is None:
                notes.add(line.id, visit.speaking(_NUMBER))
            else:
                outcome = await visit.change("pack_line", line=line.id, quantity=base)
        case "replace" if line:
            outcome = await _replaced(visit, data, line, notes)
        case _:
            return visit.go(visit.here)
    for text in visit.notes(outcome.problems, line.unit if line else None).but() if outcome else ():
        notes.add(line.id if line else "", text)
    if notes:
        return await _page(visit, notes, 422)
    return visit.go(visit.here, visit.speaking(done))


def _gram(typed: str) -> int | None:
    """Whole grams; none of them is typed with a unit."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 7 else None


async def _replaced(visit: Visit, data: ShopPack, line: PackLine, notes: Notes) -> Outcome | None:
    variant = next((each for _, each in _for_sale(data) if each.id == visit.typed("variant")[:64]), None)
    unit = variant.unit if variant else Unit(min=1)
    base = saying.base_of(visit.typed("quantity"), unit.base_per_unit)
    if variant is None:
        notes.add(line.id, visit.speaking(N_("Pilih gantinya.")))
    elif base is None:
        notes.add(line.id, visit.speaking(_NUMBER))
    else:
        return await visit.change("replace_line", line=line.id, variant=variant.id, quantity=base)
    return None
