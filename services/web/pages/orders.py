"""A buyer's orders: all, one, and calling one off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup
from starlette.responses import Response

from services.web.answers import Problem
from services.web.answers_cart import Reorder
from services.web.answers_orders import Order, OrderPage, OrdersPage, TripStop
from services.web.graph import NoAnswer, Trouble
from services.web.maps import Map, Mark, metres
from services.web.pages import guests
from services.web.pages.cart import WISHES
from services.web.pages.riding import PROVEN
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


DROPOFF_WISHES: Mapping[str, str] = {
    "": N_("Seperti biasa: sebutkan PIN"),
    "LEAVE_AT_DOOR": N_("Boleh ditaruh di depan pintu, pengantar memotretnya"),
    "PIN_ONLY": N_("Hanya kepada yang tahu PIN"),
}


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
        "stops": _stops(order),
        "between_stops": _between_stops(order),
        "map": drawn_map(order),
        "away": away(order),
        "proven": PROVEN,
        "dropoff_wishes": DROPOFF_WISHES,
    }


def _stops(order: Order) -> list[TripStop]:
    """Whose goods the rider has, of several and where it is said."""
    there = [each for each in order.delivery.pickups if each.failure or not each.left_out_at] if order.delivery else []
    said = any(each.arrived_at or each.fetched_at or each.failure for each in there)
    return there if len(there) > 1 and said else []


def _between_stops(order: Order) -> bool:
    stops = _stops(order)
    underway = order.delivery is not None and order.delivery.status == "PICKED_UP"
    return underway and any(each.fetched_at for each in stops) and any(each.is_open for each in stops)


def drawn_map(order: Order) -> Map | None:
    """Where it is fetched, where it goes, and who brings it, as the graph tells; None once it has ended."""
    if order.status in ENDED:
        return None
    sellers = [each.merchant for each in order.seller_orders if each.merchant and each.left_at is None]
    marks = [Mark("shop", each.pickup_point, each.name) for each in sellers if each.pickup_point]
    door = None if collected(order) or order.contact is None else order.contact.point
    if door and order.contact:
        marks.append(Mark("door", door, order.contact.label))
    if order.delivery and order.delivery.position:
        marks.append(
            Mark("rider", order.delivery.position.point, order.delivery.rider.name if order.delivery.rider else "")
        )
    return (
        Map("peta", marks, line=[each.point for each in marks if each.kind != "rider"], rings_at=door)
        if marks
        else None
    )


def away(order: Order) -> int | None:
    """Metres from the rider to the door, as the crow flies."""
    at = order.delivery.position if order.delivery else None
    door = order.contact.point if order.contact else None
    return metres(at.point, door) if at and door else None


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


async def share(visit: Visit) -> Response:
    """A link to follow the trip by is made, or ended."""
    visit.must_be_signed_in()
    stop = visit.typed("do") == "stop"
    outcome = await visit.change("stop_sharing_delivery" if stop else "share_delivery", id=visit.typed("delivery")[:64])
    if outcome.problems:
        return await _page(visit, _all(visit, outcome.problems), 422)
    done = N_("Tautannya tidak berlaku lagi.") if stop else N_("Tautannya siap dibagikan.")
    return visit.go(f"/pesanan/{visit.path('code')[:40]}", visit.speaking(done))


async def wish(visit: Visit) -> Response:
    """How the buyer would be handed it."""
    visit.must_be_signed_in()
    wanted = visit.typed("wish")
    outcome = await visit.change(
        "wish_dropoff", delivery=visit.typed("delivery")[:64], wish=wanted if wanted in DROPOFF_WISHES else None
    )
    if outcome.problems:
        return await _page(visit, _all(visit, outcome.problems), 422)
    return visit.go(f"/pesanan/{visit.path('code')[:40]}", visit.speaking(N_("Pengantar diberi tahu.")))


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
