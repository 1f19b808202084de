"""A buyer's orders: all, one, and calling one off."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup
from starlette.responses import Response

from services.web.answers import Problem
from services.web.answers_cart import Reorder
from services.web.answers_orders import Order, OrderPage, OrdersPage
from services.web.graph import NoAnswer, Trouble
from services.web.pages import guests
from services.web.pages.cart import WISHES
from services.web.qr import drawn
from services.web.visit import Notes, Visit
from services.web.words import N_

STEPS: Sequence[tuple[str, str]] = (
    ("placed", N_("Dipesan")),
    ("accepted", N_("Disiapkan penjual")),
    ("fetched", N_("Diambil pengantar")),
    ("door", N_("Di depan pintu")),
    ("done", N_("Diterima")),
)
STEPS_TO_COLLECT: Sequence[tuple[str, str]] = (
    ("placed", N_("Dipesan")),
    ("accepted", N_("Disiapkan penjual")),
    ("ready", N_("Siap diambil")),
    ("done", N_("Diterima")),
)
_REACHED = {
    "AT_PICKUP": 1, "ASSIGNED": 1, "PICKED_UP": 2, "FAILED_ATTEMPT": 2, "AT_DROPOFF": 3, "DELIVERED": 4,
}  # fmt: skip
ENDED = ("COMPLETED", "CANCELLED")
_OPEN = ("AWAITING_MERCHANT", "ACCEPTED")
"""Of a part that its buyer may leave out, while no rider is sought."""


def collected(order: Order) -> bool:
    return order.handover.way != "DELIVERY"


def steps(order: Order) -> Sequence[tuple[str, str]]:
    return STEPS_TO_COLLECT if collected(order) else STEPS


def is_ready(order: Order) -> bool:
    return all(each.status == "READY" for each in order.seller_orders if each.left_at is None)


def reached(order: Order) -> int:
    """Index of the step that the order is at."""
    if order.status == "COMPLETED":
        return len(steps(order)) - 1
    if collected(order):
        return 2 if is_ready(order) else 0 if order.status == "PLACED" else 1
    of_trip = _REACHED.get(order.delivery.status, 0) if order.delivery else 0
    return max(of_trip, 0 if order.status == "PLACED" else 1)


async def listed(visit: Visit) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("orders", OrdersPage, after=visit.query("sesudah") or None)
    if answer.data.me is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    me = answer.data.me
    return visit.page("orders.html", orders=me.orders, cart_size=len(me.cart.lines), partial=answer.partial)


async def found(visit: Visit) -> tuple[Order, bool]:
    """The order of the address, and whether a part of it is missing. Raises NoAnswer, SignInNeeded."""
    visit.must_be_signed_in()
    answer = await visit.ask("order", OrderPage, code=visit.path("code")[:40], language=visit.language)
    if answer.data.order_by_code is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    return answer.data.order_by_code, answer.partial


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    order, partial = await found(visit)
    return visit.page("order.html", status=status, partial=partial, notes=notes, **context(order))


def context(order: Order) -> dict[str, object]:
    """What `_order.html` shows."""
    return {
        "order": order,
        "steps": steps(order),
        "reached": reached(order),
        "ended": order.status in ENDED,
        "collected": collected(order),
        "ready": is_ready(order),
        "several": sum(each.left_at is None for each in order.seller_orders) > 1 and order.status == "PLACED",
        "open": _OPEN,
        "wishes": WISHES,
        "code": code(order),
    }


def code(order: Order) -> Markup | None:
    """The picture of the code by which it is paid, while there is one to be scanned."""
    qris = order.payment.qris
    return drawn(qris.content) if qris and qris.content else None


async def cancel(visit: Visit) -> Response:
    visit.must_be_signed_in()
    path = f"/pesanan/{visit.path('code')[:40]}"
    if visit.typed("sure") != "yes":
        return await _page(visit, _note(visit, N_("Centang dulu bahwa Anda yakin.")), 422)
    outcome = await visit.change("cancel", id=visit.typed("id"))
    if outcome.problems:
        return await _page(visit, _all(visit, outcome.problems), 422)
    return visit.go(path, visit.speaking(N_("Permintaan batal sudah kami terima.")))


async def answer(visit: Visit) -> Response:
    """Yes or no to what a seller who packs has asked."""
    visit.must_be_signed_in()
    accept = visit.typed("answer") == "yes"
    outcome = await visit.change("answer_question", id=visit.typed("question")[:64], accept=accept)
    if outcome.problems:
        return await _page(visit, _all(visit, outcome.problems), 422)
    return visit.go(f"/pesanan/{visit.path('code')[:40]}", visit.speaking(N_("Jawaban Anda sudah kami teruskan.")))


async def go_on(visit: Visit) -> Response:
    """The rest is wanted, or one seller's part is not."""
    visit.must_be_signed_in()
    if part := visit.typed("part")[:64]:
        outcome, done = await visit.change("leave_out", id=part, reason=None), N_("Bagian itu tidak jadi dipesan.")
    else:
        outcome, done = await visit.change("continue_order", id=visit.typed("id")), N_("Sisanya tetap kami siapkan.")
    if outcome.problems:
        return await _page(visit, _all(visit, outcome.problems), 422)
    return visit.go(f"/pesanan/{visit.path('code')[:40]}", visit.speaking(done))


async def again(visit: Visit) -> Response:
    """What the order had is in the cart once more, as far as it is for sale."""
    visit.must_be_signed_in()
    done = (await visit.ask("reorder", Reorder, id=visit.typed("id"))).data.reorder
    if done is None:
        raise NoAnswer(Trouble.AWAY)
    if done.problems:
        return await _page(visit, visit.notes(done.problems), 422)
    left = guests.left_out(visit, done.left_out)
    said = N_("Yang lain sudah masuk keranjang. Yang tidak ikut:") if left else N_("Isinya sudah masuk keranjang lagi.")
    return visit.go("/keranjang", " ".join([visit.speaking(said), *left]))


def _note(visit: Visit, text: str) -> Notes:
    notes = Notes()
    notes.add("sure", visit.speaking(text))
    return notes


def _all(visit: Visit, problems: Sequence[Problem]) -> Notes:
    notes = Notes()
    for text in visit.notes(problems).but():
        notes.add("sure", text)
    return notes
