"""What pages of goods have in common: how full the cart is, and who sells what is listed, on a map."""

from __future__ import annotations

from collections.abc import Sequence

from services.web.answers import CartOwner, Passing, Point, ProductEdge
from services.web.maps import Map, Mark
from services.web.session import Place
from services.web.visit import Visit


def in_cart(visit: Visit, me: CartOwner | None) -> int:
    return len(me.cart.lines) if me else visit.session.cart_size


def near(place: Place, goods: Sequence[ProductEdge], passing: Sequence[Passing]) -> Map:
    """Who sells what is listed, and where who passes stops today."""
    me = Point(lat=place.lat, lng=place.lng)
    sellers = {edge.node.merchant.slug: edge.node.merchant for edge in goods if edge.node.merchant}
    marks = [Mark("me", me, place.label)]
    marks += [Mark("shop", each.pickup_point, each.name) for each in sellers.values() if each.pickup_point]
    for each in passing:
        if each.stop and each.stop.point and each.merchant:
            marks.append(Mark("wlijo", each.stop.point, each.merchant.name))
    return Map("peta", marks, rings_at=me)
