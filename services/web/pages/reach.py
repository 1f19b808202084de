"""When, where and for how many jobs at once a company wants to be asked: its dispatcher says so."""

from __future__ import annotations

import json
import secrets
from typing import Any

from starlette.responses import Response

from services.contracts.places import KECAMATAN
from services.web import saying
from services.web.answers_reach import CompanyReach, ReachOf
from services.web.graph import NoAnswer, Trouble
from services.web.saying import WEEKDAYS
from services.web.visit import Notes, Visit
from services.web.words import N_

_SPANS = (1, 2)
_MOST_DRAWN = 30_000


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("company_reach", CompanyReach, id=visit.path("company")[:64])
    found = answer.data.partner
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    if found.reach is None and not answer.partial:
        raise NoAnswer(Trouble.REFUSED)  # somebody else's
    typing = status != 200
    return visit.page(
        "company_reach.html",
        status=status,
        company=found,
        days=[(day, _spans(visit, found, at, day, typing=typing)) for at, day in enumerate(WEEKDAYS, 1)],
        places=list(KECAMATAN.values()),
        chosen=set(_places(visit)) if typing else set(found.reach.kecamatan_codes if found.reach else ()),
        drawn=_whole(visit) if typing else _drawn(found),
        at_once=visit.typed("at_once") if typing else (found.reach and found.reach.jobs_at_once) or "",
        key=visit.typed("key")[:64] if typing else secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


def _spans(visit: Visit, found: ReachOf, at: int, day: str, *, typing: bool) -> list[tuple[str, str]]:
    """As they are typed, or as they stand; always as many as there is room for."""
    if typing:
        return [(visit.typed(f"{day}-{n}-opens"), visit.typed(f"{day}-{n}-closes")) for n in _SPANS]
    said = [each for each in (found.reach.hours if found.reach else ()) if each.weekday == at]
    shown = [(each.opens_at[:5], each.closes_at[:5]) for each in said]
    return [*shown, *[("", "")] * len(_SPANS)][: max(len(shown), len(_SPANS))]


def _drawn(found: ReachOf) -> str:
    """The area as it was drawn, to be drawn anew."""
    if found.reach is None or not found.reach.boundary:
        return ""
    ring = [[each.lng, each.lat] for each in found.reach.boundary]
    return json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


async def change(visit: Visit) -> Response:
    visit.must_be_signed_in()
    notes = Notes()
    asked: dict[str, Any] = {"hours": _hours(visit, notes), "kecamatanCodes": _places(visit)}
    asked["geojson"] = _whole(visit) or None
    at_once = visit.typed("at_once")
    if at_once and not (at_once.isascii() and at_once.isdecimal() and len(at_once) <= 6):
        notes.add("input.jobsAtOnce", visit.speaking(N_("Tulis angka bulat, misalnya 5.")))
    elif at_once:
        asked["jobsAtOnce"] = int(at_once)
    if notes:
        return await _page(visit, notes, 422)
    company = visit.path("company")[:64]
    outcome = await visit.change("set_reach", id=company, input=asked, key=visit.typed("key")[:64])
    if outcome.problems:
        return await _page(visit, visit.notes(outcome.problems), 422)
    return visit.go(f"/jasa-antar/{company}/jangkauan", visit.speaking(N_("Sudah disimpan.")))


def _whole(visit: Visit) -> str:
    """The drawing, which is longer than what people type elsewhere."""
    return visit.form.get("geojson", "").strip()[:_MOST_DRAWN]


def _places(visit: Visit) -> list[str]:
    return [code for code in KECAMATAN if visit.typed(f"place-{code}")]


def _hours(visit: Visit, notes: Notes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for at, day in enumerate(WEEKDAYS, 1):
        for n in _SPANS:
            opens, closes = visit.typed(f"{day}-{n}-opens"), visit.typed(f"{day}-{n}-closes")
            if not opens and not closes:
                continue
            if not (first := saying.time_of(opens)) or not (last := saying.time_of(closes)):
                notes.add(day, visit.speaking(N_("Tulis jam buka dan jam tutup, misalnya 06.00 dan 14.00.")))
                continue
            found.append({"weekday": at, "opensAt": first, "closesAt": last})
    return found
