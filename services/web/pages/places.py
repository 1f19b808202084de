"""Where somebody is: a kecamatan, the spot that the phone tells, or one of their addresses."""

from __future__ import annotations

from starlette.responses import Response

from services.contracts.places import KECAMATAN
from services.web.answers import ContactsPage, Point
from services.web.maps import Map, Mark
from services.web.session import Place
from services.web.visit import Notes, Visit, local
from services.web.words import N_

# The regency's seat: what is shown to who has not said where they are.
SEAT = KECAMATAN["35.08.10"]
_LAT, _LNG = (-8.6, -7.7), (112.7, 113.6)  # a box around the regency


def of(visit: Visit) -> Place:
    return visit.session.place or Place(SEAT.centre.lat, SEAT.centre.lng, SEAT.name)


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    contacts = []
    if visit.session.signed_in:
        me = (await visit.ask("contacts", ContactsPage)).data.me
        contacts = me.contacts if me else []
    kecamatan = sorted(KECAMATAN.values(), key=lambda each: each.name)
    return visit.page(
        "place.html",
        status=status,
        kecamatan=kecamatan,
        contacts=contacts,
        map=pin_map(visit, "me"),
        notes=notes,
        back=local(visit.query("lanjut") or visit.typed("back") or "/"),
    )


def pin_map(visit: Visit, kind: str) -> Map:
    """To point at a place, beginning where somebody is."""
    here = of(visit)
    return Map(
        "peta", [Mark("me", Point(lat=here.lat, lng=here.lng), here.label)] if visit.session.place else [], pin=kind
    )


async def choose(visit: Visit) -> Response:
    found = KECAMATAN.get(visit.typed("kecamatan"))
    told = spot(visit.typed("lat"), visit.typed("lng"))
    if told is not None:
        visit.session.place = Place(*told, visit.typed("label")[:40])
    elif found is not None:
        visit.session.place = Place(found.centre.lat, found.centre.lng, found.name)
    else:
        notes = Notes()
        notes.add(
            "kecamatan",
            visit.speaking(N_("Pilih kecamatan Anda, atau pakai lokasi ponsel. Kami melayani Kabupaten Lumajang.")),
        )
        return await _page(visit, notes, 422)
    return visit.go(visit.typed("back") or "/")


def spot(lat: str, lng: str) -> tuple[float, float] | None:
    """What a phone told, if it is near enough to be of use."""
    try:
        north, east = float(lat), float(lng)
    except ValueError:
        return None
    if _LAT[0] <= north <= _LAT[1] and _LNG[0] <= east <= _LNG[1]:
        return round(north, 5), round(east, 5)
    return None
