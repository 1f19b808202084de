"""A search, what it can be narrowed to, and what somebody may be typing. All of it is in the address: it works without a script, can be
sent to somebody, and the back button takes a step back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from services.web.answers_finding import Facets, SearchPage, Suggest
from services.web.pages import places
from services.web.pages.nearby import in_cart, near
from services.web.visit import Visit
from services.web.words import N_

MOST_SEARCH = 60
KINDS: Mapping[str, str] = {
    "WLIJO": N_("Wlijo keliling"),
    "FIXED_STALL": N_("Lapak"),
    "HOME": N_("Usaha rumahan"),
    "FARMER_GROUP": N_("Kelompok tani"),
    "HUB": N_("Pusat UMKM"),
}
ORDERS: Mapping[str, str] = {
    "": N_("Paling cocok"),
    "DISTANCE": N_("Terdekat"),
    "PRICE": N_("Termurah"),
    "NEWEST": N_("Terbaru"),
}
_SWITCHES: Mapping[str, tuple[str, str]] = {
    "buka": ("openNow", N_("Sedang buka")),
    "ada": ("inStock", N_("Ada barangnya")),
    "halal": ("halal", N_("Bersertifikat halal")),
}
_NAMES = ("q", "jenis", "penjual", "harga", "urut", *_SWITCHES)


@dataclass(frozen=True, slots=True)
class Choice:
    """Leads to the same search with this, or, when it is chosen, without it."""

    label: str
    count: int | None
    to: str
    chosen: bool


def wanted(visit: Visit) -> dict[str, str]:
    """What the address asks for, as far as it is known; nobody is refused for what a link has lost."""
    said = {name: visit.query(name)[:MOST_SEARCH] for name in _NAMES}
    said |= {name: "1" if said[name] else "" for name in _SWITCHES}
    said["penjual"] = said["penjual"] if said["penjual"] in KINDS else ""
    said["urut"] = said["urut"] if said["urut"] in ORDERS else ""
    said["harga"] = said["harga"] if _band(said["harga"]) else ""
    return {name: value for name, value in said.items() if value}


def searches(said: Mapping[str, str]) -> bool:
    """Of a category alone the first page shows what is near, as it does of all."""
    return bool(set(said) - {"jenis"})


def _band(text: str) -> tuple[int, int | None] | None:
    """5000-9999, 100000-."""
    low, dash, high = text.partition("-")
    if not dash or not low.isdecimal() or not (high.isdecimal() or not high) or len(text) > 24:
        return None
    return int(low), int(high) if high else None


def narrowing(said: Mapping[str, str]) -> dict[str, Any]:
    by: dict[str, Any] = {graph: name in said for name, (graph, _) in _SWITCHES.items()}
    if "jenis" in said:
        by["category"] = said["jenis"]
    if "penjual" in said:
        by["kinds"] = [said["penjual"]]
    if band := _band(said.get("harga", "")):
        by["priceFrom"], by["priceTo"] = band
    return by


def _at(said: Mapping[str, str], **more: str) -> str:
    asked = {name: value for name, value in {**said, **more}.items() if value}
    return f"/?{urlencode(asked)}" if asked else "/"


def choices(visit: Visit, said: Mapping[str, str], facets: Facets) -> list[tuple[str, list[Choice]]]:
    """By what it can be narrowed, each with how many it would leave."""
    say = visit.speaking

    def made(name: str, value: str, label: str, count: int | None) -> Choice:
        chosen = said.get(name, "") == value
        return Choice(label, count, _at(said, **{name: "" if chosen else value}), chosen)

    bands = []
    for each in facets.prices:
        ends = "" if each.price_to is None else each.price_to
        label = (
            say(N_("%(price)s ke atas")) % {"price": say.rupiah(each.price_from)}
            if each.price_to is None
            else f"{say.rupiah(each.price_from)} - {say.rupiah(each.price_to)}"
        )
        bands.append(made("harga", f"{each.price_from}-{ends}", label, each.count))
    counted = {"buka": facets.open_now, "ada": facets.in_stock, "halal": facets.halal}
    groups = [
        (
            say(N_("Jenis barang")),
            [made("jenis", one.category.code, one.category.name, one.count) for one in facets.categories],
        ),
        (
            say(N_("Penjual")),
            [made("penjual", one.kind, say(KINDS[one.kind]), one.count) for one in facets.kinds if one.kind in KINDS],
        ),
        (say(N_("Harga satu satuan")), bands),
        (say(N_("Hanya yang")), [made(name, "1", say(text), counted[name]) for name, (_, text) in _SWITCHES.items()]),
        (say(N_("Urutkan")), [made("urut", name, say(text), None) for name, text in ORDERS.items()]),
    ]
    return [(title, found) for title, found in groups if found]


async def found(visit: Visit, said: Mapping[str, str]) -> Response:
    place = places.of(visit)
    answer = await visit.ask(
        "search",
        SearchPage,
        text=said.get("q"),
        point={"lat": place.lat, "lng": place.lng},
        narrowed=narrowing(said),
        order=said.get("urut", "RELEVANCE"),
        after=visit.query("sesudah") or None,
        language=visit.language,
        signedIn=visit.session.signed_in,
    )
    goods = answer.data.search_products
    return visit.page(
        "home.html",
        place=place,
        map=near(place, goods.edges if goods else [], []),
        chosen=visit.session.place is not None,
        search=said.get("q", ""),
        category=said.get("jenis", ""),
        categories=[],
        narrowing=choices(visit, said, goods.facets) if goods else [],
        narrowed=len(set(said) - {"q", "urut"}),
        asked=said,
        without=_at({name: value for name, value in said.items() if name in ("q", "urut")}),
        further=_at(said, sesudah=goods.page_info.end_cursor or "") if goods else "/",
        guessed=goods.guessed if goods else None,
        total=goods.facets.total if goods else 0,
        goods=goods,
        passing=[],
        cart_size=in_cart(visit, answer.data.me),
        partial=answer.partial,
    )


async def suggestions(visit: Visit) -> Response:
    """For the script at the search field: what the text may become."""
    text = visit.query("q")[:MOST_SEARCH]
    if not text:
        return JSONResponse([])
    answer = await visit.ask("suggest", Suggest, text=text)
    return JSONResponse([each.text for each in answer.data.search_suggestions or []])
