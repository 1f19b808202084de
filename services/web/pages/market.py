"""Goods near me, one of them, and who sells it."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from starlette.responses import Response

from services.web.answers import Home, MerchantPage, OnRound, ProductPage, SameGoods
from services.web.graph import NoAnswer, Trouble
from services.web.maps import Map, Mark
from services.web.pages import finding, places
from services.web.pages.nearby import in_cart, near
from services.web.visit import Notes, Visit
from services.web.words import N_


async def home(visit: Visit) -> Response:
    said = finding.wanted(visit)
    if finding.searches(said):
        return await finding.found(visit, said)
    place, category = places.of(visit), said.get("jenis", "")
    answer = await visit.ask(
        "home",
        Home,
        point={"lat": place.lat, "lng": place.lng},
        category=category or None,
        after=visit.query("sesudah") or None,
        language=visit.language,
        signedIn=visit.session.signed_in,
        first=not (category or visit.query("sesudah")),
    )
    goods = answer.data.products_near
    return visit.page(
        "home.html",
        place=place,
        map=near(place, goods.edges if goods else [], answer.data.wlijo_passing or []),
        chosen=visit.session.place is not None,
        search="",
        category=category,
        categories=answer.data.categories or [],
        narrowing=[],
        further=f"/?{urlencode(said | {'sesudah': (goods.page_info.end_cursor if goods else '') or ''})}",
        goods=goods,
        passing=answer.data.wlijo_passing or [],
        cart_size=in_cart(visit, answer.data.me),
        partial=answer.partial,
    )


def round_map(now: OnRound | None) -> Map | None:
    marks = [Mark("wlijo", now.position, "")] if now and now.position else []
    if now and now.next_stop and now.next_stop.point:
        marks.append(Mark("stop", now.next_stop.point, now.next_stop.label))
    return Map("peta", marks) if marks else None


async def product(visit: Visit) -> Response:
    answer = await visit.ask(
        "product",
        ProductPage,
        merchant=visit.path("merchant"),
        slug=visit.path("product"),
        language=visit.language,
        signedIn=visit.session.signed_in,
    )
    found = answer.data.product_by_slug
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    return visit.page("product.html", product=found, cart_size=in_cart(visit, answer.data.me), partial=answer.partial)


async def same(visit: Visit) -> Response:
    place = places.of(visit)
    order = "DISTANCE" if visit.query("urut") == "jarak" else "PRICE"
    answer = await visit.ask(
        "same_goods",
        SameGoods,
        product=visit.path("product")[:64],
        point={"lat": place.lat, "lng": place.lng},
        order=order,
        after=visit.query("sesudah") or None,
        language=visit.language,
        signedIn=visit.session.signed_in,
    )
    found = answer.data
    if found.product is None or found.same_goods is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    return visit.page(
        "same_goods.html",
        product=found.product if found.product.merchant else None,
        same=found.same_goods,
        order=order,
        cart_size=in_cart(visit, found.me),
        partial=answer.partial,
    )


async def merchant(visit: Visit) -> Response:
    return await _merchant(visit, Notes())


async def tell_me(visit: Visit) -> Response:
    """Whoever is signed in wants to know when she comes near to where they said that they are, or no more."""
    back = f"/toko/{quote(visit.path('merchant')[:80], safe='')}"
    if not visit.session.signed_in:
        return visit.go(f"/masuk?lanjut={quote(back, safe='')}")
    shop = visit.typed("id")[:64]
    if visit.typed("do") == "kasbon":
        return await _ask_kasbon(visit, shop, back)
    if visit.typed("do") == "stop":
        outcome, done = await visit.change("tell_no_more", id=shop), N_("Anda tidak diberi tahu lagi.")
    else:
        place = places.of(visit)
        point = {"lat": place.lat, "lng": place.lng}
        outcome, done = (
            await visit.change("tell_me", id=shop, point=point),
            N_("Anda diberi tahu saat wlijo ini dekat."),
        )
    notes = Notes()
    for text in visit.notes(outcome.problems).but():
        notes.add("tell", text)
    return await _merchant(visit, notes, 422) if notes else visit.go(back, visit.speaking(done))


async def _ask_kasbon(visit: Visit, shop: str, back: str) -> Response:
    notes = Notes()
    if called := visit.typed("called")[:60]:
        for text in visit.notes((await visit.change("ask_kasbon", merchant=shop, called=called)).problems).but():
            notes.add("kasbon", text)
    else:
        notes.add("kasbon", visit.speaking(N_("Tulis nama yang dikenal penjual.")))
    said = visit.speaking(N_("Permintaan terkirim. Penjual yang menjawab."))
    return await _merchant(visit, notes, 422) if notes else visit.go(back, said)


async def _merchant(visit: Visit, notes: Notes, status: int = 200) -> Response:
    place = places.of(visit)
    answer = await visit.ask(
        "merchant",
        MerchantPage,
        slug=visit.path("merchant"),
        point={"lat": place.lat, "lng": place.lng},
        after=visit.query("sesudah") or None,
        language=visit.language,
        signedIn=visit.session.signed_in,
    )
    found = answer.data.merchant_by_slug
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    waits = any(each.merchant and each.merchant.slug == found.slug for each in answer.data.my_passing_wishes or [])
    return visit.page(
        "merchant.html",
        status=status,
        merchant=found,
        round=found.round,
        map=round_map(found.round),
        waits=waits,
        place=place,
        chosen=visit.session.place is not None,
        notes=notes,
        cart_size=in_cart(visit, answer.data.me),
        partial=answer.partial,
    )
