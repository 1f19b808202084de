"""Goods near me, one of them, and who sells it."""

from __future__ import annotations

from starlette.responses import Response

from services.web.answers import CartOwner, Home, MerchantPage, ProductPage, SameGoods
from services.web.graph import NoAnswer, Trouble
from services.web.pages import places
from services.web.visit import Visit

_MOST_SEARCH = 60


def in_cart(visit: Visit, me: CartOwner | None) -> int:
    return len(me.cart.lines) if me else len(visit.session.lines)


async def home(visit: Visit) -> Response:
    place = places.of(visit)
    search, category = visit.query("q")[:_MOST_SEARCH], visit.query("jenis")[:40]
    answer = await visit.ask(
        "home",
        Home,
        point={"lat": place.lat, "lng": place.lng},
        search=search or None,
        category=category or None,
        after=visit.query("sesudah") or None,
        language=visit.language,
        signedIn=visit.session.signed_in,
    )
    found = answer.data
    return visit.page(
        "home.html",
        place=place,
        chosen=visit.session.place is not None,
        search=search,
        category=category,
        categories=found.categories or [],
        goods=found.products_near,
        cart_size=in_cart(visit, found.me),
        partial=answer.partial,
    )


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
    answer = await visit.ask(
        "merchant",
        MerchantPage,
        slug=visit.path("merchant"),
        after=visit.query("sesudah") or None,
        language=visit.language,
        signedIn=visit.session.signed_in,
    )
    found = answer.data.merchant_by_slug
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    return visit.page("merchant.html", merchant=found, cart_size=in_cart(visit, answer.data.me), partial=answer.partial)
