"""What a seller sees: my shops, and one of them today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from starlette.responses import Response

from services.contracts.places import WIB
from services.web.answers import Outcome
from services.web.answers_orders import SellerOrder, Shops, ShopToday
from services.web.graph import NoAnswer, Trouble
from services.web.session import now_s
from services.web.visit import Notes, Visit
from services.web.words import N_

_WAITING = ("AWAITING_MERCHANT",)
_PACKING = ("ACCEPTED", "PACKING")
_LEAVING = ("READY",)
_WISHES: Mapping[str, str] = {
    "ASK": N_("tanya pembeli dulu"),
    "SIMILAR": N_("ganti yang mirip"),
    "DROP": N_("tidak usah"),
}
"""What the buyer wishes of a line of which there is less, as its seller reads it."""


async def shops(visit: Visit) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("shops", Shops)
    return visit.page("shops.html", shops=answer.data.my_merchants or [], partial=answer.partial)


async def today(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("shop_today", ShopToday, slug=visit.path("shop")[:80], language=visit.language)
    found = answer.data.merchant_by_slug
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    if found.orders is None and not answer.partial:
        raise NoAnswer(Trouble.REFUSED)  # somebody else's
    listed = [edge.node for edge in found.orders.edges] if found.orders else []
    groups = [
        (N_("Pesanan baru"), [each for each in listed if each.status in _WAITING]),
        (N_("Sedang disiapkan"), [each for each in listed if each.status in _PACKING and not _later(each)]),
        (N_("Menunggu diambil"), [each for each in listed if each.status in _LEAVING and not _later(each)]),
        (
            N_("Untuk besok dan seterusnya"),
            [each for each in listed if each.status in (*_PACKING, *_LEAVING) and _later(each)],
        ),
        (N_("Sudah lewat"), [each for each in listed if each.status not in (*_WAITING, *_PACKING, *_LEAVING)]),
    ]
    return visit.page(
        "shop_today.html", status=status, shop=found, groups=groups, wishes=_WISHES, notes=notes, partial=answer.partial
    )


def _later(order: SellerOrder) -> bool:
    """Of another day, in WIB."""
    begins = order.handover.slot_from if order.handover else None
    return begins is not None and begins.astimezone(WIB).date() > datetime.fromtimestamp(now_s(), WIB).date()


async def answer(visit: Visit) -> Response:
    """Accepts, refuses with a reason, says that it is packed; opens a shop that was verified."""
    visit.must_be_signed_in()
    order, done = visit.typed("order")[:64], ""
    notes = Notes()
    outcome: Outcome | None = None
    match visit.typed("do"):
        case "accept":
            outcome, done = await visit.change("accept_order", id=order), N_("Pesanan diterima. Siapkan barangnya.")
        case "ready":
            outcome, done = await visit.change("ready_order", id=order), N_("Pengantar tahu barangnya sudah siap.")
        case "open":
            outcome, done = (
                await visit.change("open_shop", id=order),
                N_("Toko sudah buka. Semua orang bisa melihatnya."),
            )
        case "hand_over":
            code = visit.typed("code")[:20]
            outcome = await visit.change("hand_over_at_counter", id=order, code=code)
            done = N_("Barang sudah diserahkan dan uangnya Anda terima.")
        case "reject" if visit.typed("reason"):
            reason = visit.typed("reason")
            outcome, done = await visit.change("reject_order", id=order, reason=reason), N_("Pesanan ditolak.")
        case "give_back":
            outcome = await visit.change("leave_out", id=order, reason=visit.typed("reason") or None)
            done = N_("Bagian Anda dibatalkan, dan pembeli diberi tahu.")
        case "reject":
            notes.add(order, visit.speaking(N_("Tulis alasannya, supaya pembeli tahu.")))
        case _:
            return visit.go(f"/jualan/{visit.path('shop')[:80]}")
    for text in visit.notes(outcome.problems).but() if outcome else ():
        notes.add(order, text)
    if notes:
        return await _page(visit, notes, 422)
    return visit.go(f"/jualan/{visit.path('shop')[:80]}", visit.speaking(done))
