"""The cart: a guest's in the cookie, a buyer's in the graph."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from services.web import saying
from services.web.answers import Answered, CartPage, Problem, Product, Unit, Variant
from services.web.graph import NoAnswer, Trouble
from services.web.session import MOST_GUEST_LINES, GuestLine
from services.web.visit import Notes, Visit, local
from services.web.words import N_

_MOST_BASE = 1_000_000
_BASES = (1, 100, 1000)
_LONGEST_ID = 64


class GuestCart(Answered, frozen=True, kw_only=True):
    """By place of the document, null where the product is gone."""

    l0: Product | None = None
    l1: Product | None = None
    l2: Product | None = None
    l3: Product | None = None
    l4: Product | None = None
    l5: Product | None = None
    l6: Product | None = None
    l7: Product | None = None
    l8: Product | None = None
    l9: Product | None = None
    l10: Product | None = None
    l11: Product | None = None


class Line(msgspec.Struct, frozen=True):
    """As the page shows it, whoever's it is. `unit` is null when it can only be taken out."""

    product: str
    variant: str
    name: str
    merchant: str
    slug: str
    quantity: int
    quantity_text: str
    price_text: str
    total: int | None
    unit: Unit | None
    problems: list[str]
    cap_total: int | None = None


async def show(visit: Visit) -> Response:
    return await page(visit, Notes())


async def page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    if visit.session.signed_in:
        lines, total, mass, partial = await _buyers(visit)
    else:
        lines, total, mass, partial = await _guests(visit)
    return visit.page(
        "cart.html",
        status=status,
        lines=lines,
        total=total,
        mass=mass,
        notes=notes,
        cart_size=len(lines),
        partial=partial,
        stuck=any(line.problems for line in lines),
    )


async def _buyers(visit: Visit) -> tuple[list[Line], int, int, bool]:
    answer = await visit.ask("cart", CartPage, language=visit.language)
    if answer.data.me is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    cart = answer.data.me.cart
    lines = [
        Line(
            "",
            each.variant.id if each.variant else "",
            each.name,
            each.merchant.name if each.merchant else "",
            each.merchant.slug if each.merchant else "",
            each.quantity,
            each.quantity_text,
            each.price_text,
            each.total,
            each.unit,
            visit.notes(each.problems, each.unit).but(),
            each.cap_total,
        )
        for each in cart.lines
    ]
    return lines, cart.goods_total, cart.mass_gram, answer.partial


async def _guests(visit: Visit) -> tuple[list[Line], int, int, bool]:
    kept = visit.session.lines[:MOST_GUEST_LINES]
    if not kept:
        return [], 0, 0, False
    asked: dict[str, Any] = {}
    for place in range(MOST_GUEST_LINES):
        there = place < len(kept)
        asked |= {f"p{place}": kept[place if there else 0].product, f"has{place}": there}
    answer = await visit.ask("guest_cart", GuestCart, language=visit.language, **asked)
    lines = [_guest_line(visit, each, getattr(answer.data, f"l{place}")) for place, each in enumerate(kept)]
    return lines, sum(line.total or 0 for line in lines), 0, answer.partial


def _guest_line(visit: Visit, kept: GuestLine, product: Product | None) -> Line:
    variant = next((each for each in product.variants if each.id == kept.variant), None) if product else None
    say = visit.speaking
    if product is None or variant is None:
        gone = say(N_("Barang ini tidak dijual lagi. Keluarkan dari keranjang."))
        name = say(N_("Barang yang sudah tidak ada"))
        return Line(kept.product, kept.variant, name, "", "", kept.quantity, "", "", None, None, [gone])
    seller = product.merchant
    notes = Notes()
    if seller is not None and not seller.open_now:
        until = seller.opens_next_at
        for text in visit.notes([_problem("MERCHANT_CLOSED", until=until)]).but():
            notes.add("", text)
    if variant.available < kept.quantity:
        for text in visit.notes(
            [_problem("OUT_OF_STOCK", limit=variant.available, unit="BASE_UNIT")], variant.unit
        ).but():
            notes.add("", text)
    return Line(
        kept.product,
        kept.variant,
        product.name,
        seller.name if seller else "",
        seller.slug if seller else "",
        kept.quantity,
        say.amount(kept.quantity, variant.unit),
        variant.price_text,
        total_of(variant, kept.quantity),
        variant.unit,
        notes.but(),
    )


def total_of(variant: Variant, quantity: int) -> int:
    """Half a rupiah and more is a rupiah, as the graph has it."""
    return (2 * variant.price * quantity + variant.price_basis) // (2 * variant.price_basis)


def _problem(code: str, *, until: Any = None, limit: int | None = None, unit: str | None = None) -> Problem:
    return Problem(
        code=code, field=None, line_id=None, variant_id=None, minimum=None, limit=limit, step=None, unit=unit,
        total=None, status=None, until=until, retry_after_ms=None,
    )  # fmt: skip


async def change(visit: Visit) -> Response:
    """Puts, sets or takes out one line."""
    variant, product = visit.typed("variant")[:_LONGEST_ID], visit.typed("product")[:_LONGEST_ID]
    back = local(visit.typed("back") or "/keranjang")
    out = visit.typed("do") == "out"
    quantity = 0 if out else _quantity(visit)
    notes = Notes()
    if quantity is None or quantity > _MOST_BASE or not variant:
        notes.add(variant, visit.speaking(N_("Tulis jumlahnya dengan angka, misalnya 2 atau 1,5.")))
        return await page(visit, notes, 422)
    unit = _unit(visit)
    if visit.session.signed_in:
        if quantity == 0:
            outcome = await visit.change("remove_line", variant=variant)
        else:
            outcome = await visit.change("set_line", variant=variant, quantity=quantity)
        for text in visit.notes(outcome.problems, unit).but():
            notes.add(variant, text)
    elif unit is not None and quantity and (quantity < unit.min or (quantity - unit.min) % unit.step):
        found = msgspec.structs.replace(
            _problem("INVALID_QUANTITY", unit="BASE_UNIT"), minimum=unit.min, step=unit.step
        )
        notes.add(variant, visit.notes([found], unit).but()[0])
    elif not visit.session.put(product, variant, quantity):
        notes.add(variant, visit.speaking(N_("Keranjang tamu penuh. Masuk dulu supaya muat lebih banyak.")))
    if notes:
        return await page(visit, notes, 422)
    said = N_("Sudah dikeluarkan dari keranjang.") if quantity == 0 else N_("Sudah masuk keranjang.")
    return visit.go(back, visit.speaking(said))


def _quantity(visit: Visit) -> int | None:
    base = visit.typed("base")
    return saying.base_of(visit.typed("quantity"), int(base)) if base.isdecimal() and int(base) in _BASES else None


def _unit(visit: Visit) -> Unit | None:
    """As the form said it, to check a guest's and to say limits: the graph checks a buyer's, and a guest's at the end."""
    numbers = [visit.typed(name) for name in ("min", "step", "base")]
    if not all(each.isdecimal() and 0 < int(each) <= _MOST_BASE for each in numbers):
        return None
    least, step, base = map(int, numbers)
    return Unit(min=least, step=step, base_per_unit=base, label=visit.typed("label")[:40])
