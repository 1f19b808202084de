"""The regency's villages, and where one of them is."""

from __future__ import annotations

from services.contracts.places import KECAMATAN
from services.web.answers_entering import Region, Villages
from services.web.app import Web
from services.web.pages import places
from services.web.session import now_s
from services.web.visit import Visit

_FOR_S = 3_600


async def all_of(shared: Web, visit: Visit) -> list[Region]:
    """Kecamatan with their villages, which change by law alone: asked for once an hour."""
    known, until = shared.villages
    if not known or until <= now_s():
        found = (await visit.ask("villages", Villages)).data.regions or []
        known = sorted((each for each in found if each.villages), key=lambda each: each.name)
        shared.villages = known, now_s() + _FOR_S
    return known


async def point(shared: Web, visit: Visit, village: str) -> dict[str, float] | None:
    """The spot that the phone told, if it was to be used; else the middle of the village, else of its kecamatan. None for no village of
    the regency."""
    kecamatan, _, _ = village.rpartition(".")
    if kecamatan not in KECAMATAN:
        return None
    spot = places.spot(visit.typed("lat"), visit.typed("lng"))
    if spot is not None:
        return {"lat": spot[0], "lng": spot[1]}
    for region in await all_of(shared, visit):
        for each in region.villages:
            if each.code == village and each.centroid is not None:
                return {"lat": each.centroid.lat, "lng": each.centroid.lng}
    centre = KECAMATAN[kecamatan].centre
    return {"lat": centre.lat, "lng": centre.lng}
