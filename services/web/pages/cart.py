"""The cart: a buyer's, or a guest's."""

from __future__ import annotations

from starlette.responses import Response

from services.contracts.problems import ProblemCode
from services.web import saying
from services.web.answers import Problem, Unit
from services.web.answers_cart import Cart, CartPage, GuestCartPage
from services.web.graph import NoAnswer, Trouble
from services.web.pages import guests
from services.web.visit import Notes, Visit, local
from services.web.words import N_

_MOST_BASE = 1_000_000
_BASES = (1, 100, 1000)
_LONGEST_ID = 64
WISHES = {
    "ASK": N_("Tanya saya dulu"),
    "SIMILAR": N_("Ganti yang mirip"),
    "DROP": N_("Tidak usah"),
}
"""What is to become of a line of which there is less."""
_ELSEWHERE = (ProblemCode.MERCHANT_CLOSED, ProblemCode.OUT_OF_SERVING_AREA)
"""What another time or way gets over."""
_COUNTER = ("PICKUP", "ROUTE_STOP")


async def show(visit: Visit) -> Response:
    return await page(visit, Notes())


async def page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    cart, partial = await (_buyers(visit, notes) if visit.session.signed_in else _guests(visit, notes))
    lines = cart.lines if cart else []
    found = {line.id: [*line.problems] for line in lines}
    checkout = cart.checkout if cart else None
    for problem in checkout.problems if checkout else []:
        found.get(problem.line_id or "", []).append(problem)
    slots = [each for each in cart.handovers if each.unavailable is None] if cart else []
    against = [each for problems in found.values() for each in problems]
    quoted = checkout.delivery_quotes if checkout else None
    if cart is not None and cart.expired_at is not None:
        notes.add("", visit.speaking(N_("Keranjang ini lama tidak disentuh, jadi sudah dikosongkan.")))
    return visit.page(
        "cart.html",
        status=status,
        cart=cart,
        told={line.id: visit.notes(found[line.id], line.unit).but() for line in lines},
        whole=visit.notes(cart.problems).but() if cart else [],
        fee=quoted.quotes[0].fee if quoted and quoted.quotes else None,
        brought_to=checkout.contact.label if checkout else "",
        slot=slots[0] if slots else None,
        counter=_COUNTER,
        wishes=WISHES,
        notes=notes,
        cart_size=len(lines),
        partial=partial,
        stuck=bool(cart and cart.problems) or any(not _gets_over(each, bool(slots)) for each in against),
    )


def _gets_over(problem: Problem, later: bool) -> bool:
    return later and problem.code in _ELSEWHERE


async def _buyers(visit: Visit, notes: Notes) -> tuple[Cart, bool]:
    if visit.session.guest or visit.session.lines:  # of before they signed in, while something was away
        for text in await guests.take_along(visit) or ():
            notes.add("", text)
    answer = await visit.ask("cart", CartPage, language=visit.language)
    if answer.data.me is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    return answer.data.me.cart, answer.partial


async def _guests(visit: Visit, notes: Notes) -> tuple[Cart | None, bool]:
    await guests.settle(visit)
    if not visit.session.guest:
        return None, False
    place = visit.session.place
    answer = await visit.ask(
        "guest_cart",
        GuestCartPage,
        token=visit.session.guest,
        point={"lat": place.lat, "lng": place.lng} if place else None,
        language=visit.language,
    )
    cart = answer.data.guest_cart
    if cart is None and answer.partial:
        raise NoAnswer(Trouble.AWAY)
    if cart is None:
        visit.session.forget_guest()
        notes.add("", visit.speaking(N_("Keranjang ini lama tidak disentuh, jadi sudah dikosongkan.")))
    else:
        visit.session.guest_lines = len(cart.lines)
    return cart, answer.partial


async def change(visit: Visit) -> Response:
    """Puts, sets or takes out one line, or says something to a seller."""
    if visit.typed("merchant"):
        return await _say(visit)
    variant = visit.typed("variant")[:_LONGEST_ID]
    out = visit.typed("do") == "out"
    quantity = 0 if out else _quantity(visit)
    notes = Notes()
    if quantity is None or quantity > _MOST_BASE or not variant:
        notes.add(variant, visit.speaking(N_("Tulis jumlahnya dengan angka, misalnya 2 atau 1,5.")))
        return await page(visit, notes, 422)
    for text in visit.notes(await _set(visit, variant, quantity), _unit(visit)).but():
        notes.add(variant, text)
    if notes:
        return await page(visit, notes, 422)
    said = N_("Sudah dikeluarkan dari keranjang.") if quantity == 0 else N_("Sudah masuk keranjang.")
    return visit.go(local(visit.typed("back") or "/keranjang"), visit.speaking(said))


async def _set(visit: Visit, variant: str, quantity: int) -> list[Problem]:
    guest = None if visit.session.signed_in else visit.session.guest
    if quantity == 0:
        if guest == "":
            return []
        outcome = await visit.change("remove_line", variant=variant, guest=guest)
        return [] if guests.gone(outcome.problems) else outcome.problems
    wish = visit.typed("when_short")
    said = {
        "quantity": quantity,
        "note": visit.typed("note") if "note" in visit.form else None,
        "whenShort": wish if wish in WISHES else None,
    }
    if guest is not None:
        return await guests.put(visit, {"variantId": variant, **said})
    return (await visit.change("set_line", variant=variant, guest=None, **said)).problems


async def _say(visit: Visit) -> Response:
    merchant, note = visit.typed("merchant")[:_LONGEST_ID], visit.typed("note")
    guest = None if visit.session.signed_in else visit.session.guest
    outcome = await visit.change("set_seller_note", merchant=merchant, note=note, guest=guest)
    if outcome.problems:
        notes = Notes()
        for text in visit.notes(outcome.problems).but():
            notes.add(merchant, text)
        return await page(visit, notes, 422)
    return visit.go("/keranjang", visit.speaking(N_("Pesan untuk penjual disimpan.")))


def _quantity(visit: Visit) -> int | None:
    base = visit.typed("base")
    return saying.base_of(visit.typed("quantity"), int(base)) if base.isdecimal() and int(base) in _BASES else None


def _unit(visit: Visit) -> Unit | None:
    """As the form said it, to say limits in it; the graph checks them."""
    numbers = [visit.typed(name) for name in ("min", "step", "base")]
    if not all(each.isdecimal() and 0 < int(each) <= _MOST_BASE for each in numbers):
        return None
    least, step, base = map(int, numbers)
    return Unit(min=least, step=step, base_per_unit=base, label=visit.typed("label")[:40])
