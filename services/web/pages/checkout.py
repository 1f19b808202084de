"""One page: where to, what it costs and why, and how it is paid."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from services.contracts.problems import ProblemCode
from services.web import handing
from services.web.answers import OwnKasbon
from services.web.answers_cart import CartLine, CartPage, CartPromotions
from services.web.answers_entering import Place, SaveContact
from services.web.app import Web
from services.web.graph import NoAnswer, Trouble
from services.web.pages import places, regions
from services.web.visit import Notes, Visit
from services.web.words import N_

_FIELDS = ("label", "recipient", "phone", "line", "desa", "note")


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200, contact: str = "", when: str = "") -> Response:
    visit.must_be_signed_in()
    when = when or visit.query("waktu")
    wanted = contact or visit.query("alamat")
    answer = await visit.ask("checkout", CartPage, contact=wanted or None, language=visit.language)
    me = answer.data.me
    if me is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    cart = me.cart
    if not cart.lines and not notes:
        return visit.go("/keranjang")
    if not me.contacts:
        return visit.go("/alamat")
    checkout = cart.checkout
    chosen = checkout.contact.id if checkout else ""
    quoted = checkout.delivery_quotes if checkout else None
    quote = quoted.quotes[0] if quoted and quoted.quotes else None
    slot = handing.chosen(cart.handovers, when)
    if when not in ("", handing.NOW) and slot is None:
        notes.add("when", visit.speaking(N_("Waktu itu sudah tidak bisa dipilih. Pilih waktu lain.")))
    fee = 0 if slot and handing.collected(slot.way) else quote.fee if quote else None
    promotions = cart.promotions
    off_goods = promotions.goods_discount if promotions else 0
    off_fee = _off_fee(promotions, fee or 0)
    for problem in quoted.problems if quoted else []:
        for text in visit.notes([problem]).but():
            notes.add("quote", text)
    if checkout is not None and quoted is None:
        notes.add("quote", visit.speaking(N_("Ongkir belum bisa dihitung. Muat ulang halaman ini sebentar lagi.")))
    for text in visit.notes(cart.problems).but():
        notes.add("", text)
    # What is collected asks nobody to bring it.
    far = [] if checkout is None or (slot and handing.collected(slot.way)) else checkout.problems
    # Who is shut now may sell at another time.
    closed = any(each.code == ProblemCode.MERCHANT_CLOSED for line in cart.lines for each in line.problems)
    stuck = bool(cart.problems or far) or any(
        slot is None or each.code != ProblemCode.MERCHANT_CLOSED for line in cart.lines for each in line.problems
    )
    return visit.page(
        "checkout.html",
        status=status,
        methods=answer.data.payment_methods or ["COD"],
        kasbon=_kasbon(cart.lines),
        method=visit.typed("method"),
        cart=cart,
        contacts=me.contacts,
        chosen=chosen,
        quote=quote,
        stuck=stuck,
        closed=closed,
        far={line.id: [each for each in far if each.line_id == line.id] for line in cart.lines},
        groups=[(name, [each for each in cart.handovers if each.way == way]) for way, name in handing.GROUPS],
        slot=slot,
        word=handing.word,
        fee=fee,
        promotions=promotions,
        off_goods=off_goods,
        off_fee=off_fee,
        total=cart.goods_total - off_goods + (fee or 0) - off_fee,
        notes=notes,
        key=secrets.token_hex(16),
        cart_size=len(cart.lines),
        partial=answer.partial,
    )


def _kasbon(lines: list[CartLine]) -> OwnKasbon | None:
    """The open one with the only seller of these."""
    sellers = {line.merchant.name for line in lines if line.merchant}
    found = lines[0].merchant.my_kasbon if len(sellers) == 1 and lines and lines[0].merchant else None
    return found if found and found.state == "OPEN" else None


_METHODS = ("QRIS", "KASBON")
_WISHES = ("ASK", "GO_ON", "CANCEL")


def _off_fee(promotions: CartPromotions | None, fee: int) -> int:
    most = promotions.delivery_discount_at_most if promotions else 0
    return fee if most is None else min(fee, most)


async def place(visit: Visit) -> Response:
    visit.must_be_signed_in()
    contact = visit.typed("contact")
    numbers = [visit.typed(name) for name in ("version", "total")]
    if not all(each.isdecimal() and len(each) <= 15 for each in numbers):
        return visit.go("/pesan")
    when = visit.typed("when") or handing.NOW
    wanted = handing.asked(when)
    if when != handing.NOW and wanted is None:
        return visit.go("/pesan")
    asked = {
        "cartId": visit.typed("cart"),
        "cartVersion": int(numbers[0]),
        "contactId": contact,
        "slot": "NOW",
        "paymentMethod": visit.typed("method") if visit.typed("method") in _METHODS else "COD",
        "quote": None if handing.collected(when) else visit.typed("quote"),
        "total": int(numbers[1]),
        "handover": wanted,
        "ifRefused": visit.typed("if_refused") if visit.typed("if_refused") in _WISHES else None,
    }
    answer = (await visit.ask("place", Place, input=asked, key=visit.typed("key"))).data.place_order
    if answer is None:
        raise NoAnswer(Trouble.AWAY)
    if answer.order is None:
        notes = Notes()
        for text in visit.notes(answer.problems).but():
            notes.add("", text)
        return await _page(visit, notes, 422, contact, when)
    return visit.go(f"/pesanan/{answer.order.order_code}", visit.speaking(N_("Pesanan terkirim ke penjual.")))


async def voucher(visit: Visit) -> Response:
    """Puts a voucher into the cart, or takes it out; then the page is as it was."""
    visit.must_be_signed_in()
    contact, when = visit.typed("contact"), visit.typed("when")
    if visit.typed("do") == "out":
        outcome = await visit.change("remove_voucher")
        said = N_("Voucher sudah dilepas.")
    else:
        outcome = await visit.change("apply_voucher", code=visit.typed("code")[:40])
        said = N_("Voucher dipakai.")
    notes = Notes()
    for text in visit.notes(outcome.problems).but():
        notes.add("voucher", text)
    if notes:
        return await _page(visit, notes, 422, contact, when)
    asked = urlencode({name: value for name, value in (("alamat", contact), ("waktu", when)) if value})
    return visit.go(f"/pesan?{asked}" if asked else "/pesan", visit.speaking(said))


async def new_contact(shared: Web, visit: Visit) -> Response:
    return await _form(shared, visit, Notes())


async def _form(shared: Web, visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    at = places.of(visit)
    return visit.page(
        "contact.html",
        status=status,
        regions=await regions.all_of(shared, visit),
        typed={name: visit.typed(name) for name in _FIELDS},
        map=places.pin_map(visit, "door"),
        spot=visit.session.place if visit.session.place and not at.label else None,
        key=visit.typed("key") or secrets.token_hex(16),
        notes=notes,
    )


async def save_contact(shared: Web, visit: Visit) -> Response:
    visit.must_be_signed_in()
    kecamatan, _, _ = visit.typed("desa").rpartition(".")
    point = await regions.point(shared, visit, visit.typed("desa"))
    if point is None:
        notes = Notes()
        notes.add("desa", visit.speaking(N_("Pilih desa atau kelurahan tujuan.")))
        return await _form(shared, visit, notes, 422)
    asked: dict[str, Any] = {
        "label": visit.typed("label") or visit.speaking(N_("Rumah")),
        "recipient": visit.typed("recipient"),
        "phone": visit.typed("phone"),
        "line": visit.typed("line"),
        "kecamatanCode": kecamatan,
        "desaCode": visit.typed("desa"),
        "point": point,
        "note": visit.typed("note") or None,
    }
    answer = (await visit.ask("save_contact", SaveContact, input=asked, key=visit.typed("key"))).data.save_contact
    if answer is None:
        raise NoAnswer(Trouble.AWAY)
    if answer.contact is None:
        return await _form(shared, visit, visit.notes(answer.problems), 422)
    return visit.go(f"/pesan?alamat={answer.contact.id}", visit.speaking(N_("Alamat disimpan.")))
