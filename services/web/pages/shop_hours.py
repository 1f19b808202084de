"""A seller's hours, and closing for now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from services.web import saying
from services.web.answers import Outcome
from services.web.answers_orders import ShopHours
from services.web.graph import NoAnswer, Trouble
from services.web.saying import WEEKDAYS
from services.web.session import now_s
from services.web.visit import Notes, Visit
from services.web.words import N_

_LONGEST_H = 24 * 7


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("shop_hours", ShopHours, slug=visit.path("shop")[:80])
    found = answer.data.merchant_by_slug
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    week = {day: [each for each in found.hours if each.weekday == day] for day in WEEKDAYS}
    return visit.page("shop_hours.html", status=status, shop=found, week=week, notes=notes, partial=answer.partial)


async def change(visit: Visit) -> Response:
    visit.must_be_signed_in()
    shop = visit.typed("id")[:64]
    notes = Notes()
    outcome: Outcome | None = None
    where = visit.typed("do")
    match where:
        case "shut":
            hours = visit.typed("hours")
            if not hours.isdecimal() or not 0 < int(hours) <= _LONGEST_H:
                notes.add("shut", visit.speaking(N_("Pilih berapa lama toko tutup.")))
            else:
                ends = datetime.fromtimestamp(now_s(), UTC) + timedelta(hours=int(hours))
                note = visit.typed("note") or None
                outcome = await visit.change("shut", id=shop, endsAt=f"{ends:%Y-%m-%dT%H:%M:%SZ}", note=note)
        case "open":
            outcome = await visit.change("open_again", id=shop, closure=visit.typed("closure")[:64])
        case "limits":
            outcome = await _limits(visit, shop, notes)
        case "hours":
            week = _week(visit, notes)
            always = visit.typed("always") == "yes"
            if not notes:
                hours_of = [] if always else week
                outcome = await visit.change("set_hours", id=shop, hours=hours_of, alwaysOpen=always)
    for text in visit.notes(outcome.problems).but() if outcome else ():
        notes.add(where, text)
    if notes:
        return await _page(visit, notes, 422)
    return visit.go(visit.http.url.path, visit.speaking(N_("Sudah disimpan.")))


async def _limits(visit: Visit, shop: str, notes: Notes) -> Outcome | None:
    """How many orders of a later hour it can get ready."""
    typed = visit.typed("pickups"), visit.typed("deliveries")
    if not all(each.isdecimal() and len(each) <= 4 for each in typed):
        notes.add("limits", visit.speaking(N_("Tulis angka dari 0 sampai 1.000.")))
        return None
    pickups, deliveries = map(int, typed)
    given = {"merchantId": shop, "pickupsPerHour": pickups, "deliveriesPerHour": deliveries}
    return await visit.change("set_handover_limits", input=given)


def _week(visit: Visit, notes: Notes) -> list[dict[str, str]]:
    """What was typed: two spans a day at most; a day without one is a day off."""
    found: list[dict[str, str]] = []
    for day in WEEKDAYS:
        for span in ("1", "2"):
            opens, closes = visit.typed(f"{day}-{span}-opens"), visit.typed(f"{day}-{span}-closes")
            if not opens and not closes:
                continue
            if not (first := saying.time_of(opens)) or not (last := saying.time_of(closes)):
                notes.add(day, visit.speaking(N_("Tulis jam buka dan jam tutup, misalnya 06.00 dan 14.00.")))
                continue
            found.append({"weekday": day, "opensAt": first, "closesAt": last})
    return found
