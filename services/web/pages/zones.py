"""Zones, as officers see, draw, switch and end them. The picture needs no script: polygons over the middles of the kecamatan."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from services.web import saying
from services.web.answers import Outcome
from services.web.answers_zones import Zone, Zones
from services.web.graph import NoAnswer, Trouble
from services.web.maps import Area, Map
from services.web.visit import Notes, Visit
from services.web.words import N_

KINDS: Mapping[str, str] = {
    "HAZARD": N_("bahaya"),
    "RESTRICTED": N_("dibatasi"),
    "HUB": N_("tempat kumpul"),
    "SERVICE": N_("daerah layanan"),
}
EFFECTS: Mapping[str, str] = {
    "DENY_PICKUP": N_("boleh menurunkan, tidak boleh mengambil"),
    "DENY_DROPOFF": N_("boleh mengambil, tidak boleh menurunkan"),
    "DENY_BOTH": N_("ditutup"),
    "SURCHARGE_PICKUP": N_("mengambil di sana lebih mahal"),
    "SURCHARGE_DROPOFF": N_("mengantar ke sana lebih mahal"),
    "SURCHARGE_BOTH": N_("mengambil atau mengantar ke sana lebih mahal"),
    "SERVE": N_("pengantar hanya melayani di dalamnya"),
}
DAYS: Sequence[str] = (
    N_("Senin"), N_("Selasa"), N_("Rabu"), N_("Kamis"), N_("Jumat"), N_("Sabtu"), N_("Minggu"),
)  # fmt: skip
_FIELDS = (
    "name", "kind", "effect", "reason", "reason_en", "why", "surcharge", "from", "to", "opens", "closes", "drawing", "off",
    *(f"d{n}" for n in range(1, 8)),
)  # fmt: skip
_OF_INPUT: Mapping[str, str] = {"geojson": "drawing", "validFrom": "from", "validUntil": "to", "reasonEn": "reason_en"}


def drawn(zones: Sequence[Zone]) -> Map:
    """All of them over the regency; a tap adds a corner to the one that is being drawn."""
    areas = [
        Area(
            each.boundary,
            each.name,
            "serve" if each.effect == "SERVE" else "dear" if each.effect.startswith("SURCHARGE") else "closed",
            each.holds_now,
        )
        for each in zones
    ]
    return Map("peta", areas=areas, whole=True, draws="z-drawing")


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("zones", Zones, after=visit.query("lanjut") or None)
    if answer.data.zones is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    found = [edge.node for edge in answer.data.zones.edges]
    page = answer.data.zones.page_info
    return visit.page(
        "officer_zones.html",
        status=status,
        zones=found,
        map=drawn(found),
        after=page.end_cursor if page.has_next_page else None,
        kinds=KINDS,
        effects=EFFECTS,
        days=DAYS,
        typed={name: _whole(visit) if name == "drawing" else visit.typed(name) for name in _FIELDS},
        key=visit.typed("key") or secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


async def change(visit: Visit) -> Response:
    visit.must_be_signed_in()
    do, who, why = visit.typed("do"), visit.typed("id")[:64], visit.typed("why")
    notes, said = Notes(), ""
    outcome: Outcome | None = None
    match do:
        case "enter":
            given = _given(visit, notes)
            if not notes:
                outcome = await visit.change("enter_zones", input=given, key=visit.typed("key"))
            said = N_("Zona tersimpan.")
        case "on" | "off" | "end" if not why:
            notes.add(who, visit.speaking(N_("Tulis alasannya.")))
        case "on" | "off":
            outcome = await visit.change("switch_zone", id=who, on=do == "on", reason=why)
            said = N_("Zona dinyalakan.") if do == "on" else N_("Zona dimatikan.")
        case "end":
            outcome = await visit.change("end_zone", id=who, reason=why)
            said = N_("Zona diakhiri.")
    if outcome:
        for field, texts in visit.notes(outcome.problems).said.items():
            at = field.removeprefix("input.")
            for text in texts:
                notes.add(_OF_INPUT.get(at, at) if do == "enter" else who, text)
    return await _page(visit, notes, 422) if notes else visit.go("/petugas/zona", visit.speaking(said))


def _whole(visit: Visit) -> str:
    """The drawing, which may be longer than what people type elsewhere; a file goes before."""
    if visit.file:
        return visit.file.decode("utf-8", "replace")
    return visit.form.get("drawing", "").strip()


def _given(visit: Visit, notes: Notes) -> dict[str, Any]:
    surcharge = saying.money_of(visit.typed("surcharge")) if visit.typed("surcharge") else None
    if visit.typed("surcharge") and surcharge is None:
        notes.add("surcharge", visit.speaking(N_("Tulis angka, tanpa titik.")))
    days = [n for n in range(1, 8) if visit.typed(f"d{n}")]
    opens, closes = visit.typed("opens"), visit.typed("closes")
    if bool(opens) != bool(closes) or (days and not opens):
        notes.add("hours", visit.speaking(N_("Isi hari dan kedua jamnya, atau kosongkan semua.")))
    spans = [{"weekday": n, "opensAt": opens, "closesAt": closes} for n in days or range(1, 8)] if opens else []
    drawing = geojson_of(_whole(visit))
    if drawing is None:
        notes.add("drawing", visit.speaking(N_("Tulis satu sudut per baris, seperti -8.1335, 113.2246.")))
    for name in ("name", "reason", "why"):
        if not visit.typed(name):
            notes.add(name, visit.speaking(N_("Isi ini.")))
    return {
        "geojson": drawing,
        "name": visit.typed("name"),
        "kind": visit.typed("kind") if visit.typed("kind") in KINDS else "RESTRICTED",
        "effect": visit.typed("effect") if visit.typed("effect") in EFFECTS else "DENY_PICKUP",
        "reason": visit.typed("reason"),
        "reasonEn": visit.typed("reason_en") or None,
        "why": visit.typed("why"),
        "surcharge": surcharge,
        "validFrom": visit.typed("from") or None,
        "validUntil": visit.typed("to") or None,
        "hours": spans,
        "switchedOn": not visit.typed("off"),
    }


def geojson_of(text: str) -> str | None:
    """GeoJSON as it is; of lines of latitude and longitude the polygon, closed. None for what is neither."""
    if text.startswith("{"):
        return text
    ring: list[list[float]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        lat, comma, lng = line.partition(",")
        try:
            ring.append([float(lng), float(lat)])
        except ValueError:
            return None
        if not comma:
            return None
    if len(ring) < 3:
        return None
    return json.dumps({"type": "Polygon", "coordinates": [ring if ring[0] == ring[-1] else [*ring, ring[0]]]})
