"""A wlijo's rounds: what she plans for each weekday, and that she is on her way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from services.contracts.places import WIB
from services.web import problems, saying
from services.web.answers import Outcome, Point, Problem
from services.web.answers_rounds import PlannedStop, Rounds, ShopRounds
from services.web.app import Web
from services.web.graph import NoAnswer, Trouble
from services.web.pages import places, regions
from services.web.saying import WEEKDAYS
from services.web.session import now_s
from services.web.visit import Notes, Visit
from services.web.words import N_

_NEW = "add"
_ORDER = N_("Jamnya harus sesudah tempat singgah sebelumnya, paling lama 16 jam, dan tidak bertemu keliling hari lain.")
_FAR = N_("Jaraknya dari 1 sampai 50 km.")
_MANY = N_("Titipan dari 0 sampai %(limit)s sehari.")


async def show(shared: Web, visit: Visit) -> Response:
    return await _page(shared, visit, Notes())


async def _shop(visit: Visit) -> tuple[Rounds, bool]:
    """And whether a part of it is missing. Raises NoAnswer, SignInNeeded."""
    visit.must_be_signed_in()
    answer = await visit.ask("shop_rounds", ShopRounds, slug=visit.path("shop")[:80])
    found = answer.data.merchant_by_slug
    if found is None or found.kind != "WLIJO":
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    return found, answer.partial


async def _page(shared: Web, visit: Visit, notes: Notes, status: int = 200) -> Response:
    found, partial = await _shop(visit)
    today = WEEKDAYS[datetime.fromtimestamp(now_s(), UTC).astimezone(WIB).weekday()]
    day = _day(visit.typed("day") or visit.query("hari"), today)
    walked = WEEKDAYS[found.round.day.weekday()] if found.round else today
    return visit.page(
        "shop_rounds.html",
        status=status,
        shop=found,
        day=day,
        today=today,
        days=WEEKDAYS,
        stops=_stops(found, day),
        walked=_stops(found, walked),
        filled=[each.weekday for each in found.route if each.weekday != day and each.stops],
        regions=await regions.all_of(shared, visit),
        typed={name: visit.typed(name) if visit.typed("do") == _NEW else "" for name in ("label", "time", "desa")},
        notes=notes,
        partial=partial,
    )


async def change(shared: Web, visit: Visit) -> Response:
    visit.must_be_signed_in()
    found, _ = await _shop(visit)
    do = visit.typed("do")
    if do == "here":
        return await _here(visit, found)
    notes, done = Notes(), N_("Sudah disimpan.")
    outcome: Outcome | None = None
    fields: list[str] = []
    where = "round"
    match do:
        case "start":
            point = places.spot(visit.typed("lat"), visit.typed("lng"))
            lat, lng = point or (found.pickup_point.lat, found.pickup_point.lng)
            outcome = await visit.change("start_round", id=found.id, point={"lat": lat, "lng": lng})
            done = N_("Selamat berkeliling.")
        case "reached" if visit.typed("stop"):
            outcome = await visit.change("report_round", id=found.id, point=None, stop=visit.typed("stop")[:64])
            done = N_("Pembeli tahu Anda sudah sampai.")
        case "end":
            outcome, done = await visit.change("end_round", id=found.id), N_("Keliling selesai.")
        case "area":
            where = "area"
            outcome = await _area(visit, found, notes)
        case "add" | "save" | "remove" | "copy":
            where = "stops"
            day = _day(visit.typed("day"), WEEKDAYS[0])
            stops = await _wanted(shared, visit, found, day, notes)
            if not notes:
                fields = [stop["id"] or _NEW for stop in stops]
                outcome = await visit.change("set_route", id=found.id, weekday=day, stops=stops)
        case _:
            return visit.go(visit.http.url.path)
    for problem in outcome.problems if outcome else ():
        notes.add(_form_of(problem.field or "", fields) or where, _said(visit, problem, where))
    if notes:
        return await _page(shared, visit, notes, 422)
    day = visit.typed("day")
    return visit.go(visit.http.url.path + (f"?hari={day}" if day in WEEKDAYS else ""), visit.speaking(done))


def _said(visit: Visit, problem: Problem, where: str) -> str:
    match problem.code, where:
        case "INVALID_TIME", _:
            return visit.speaking(_ORDER)
        case "INVALID_QUANTITY", "area":
            return visit.speaking(_FAR)
        case "INVALID_QUANTITY", _:
            return visit.speaking(_MANY) % {"limit": problem.limit}
    return problems.say(problem, visit.speaking)


async def _here(visit: Visit, found: Rounds) -> Response:
    """To the script, which shows nothing of it: 409 when the round is over."""
    point = places.spot(visit.typed("lat"), visit.typed("lng"))
    if point is None:
        return Response(status_code=422)
    outcome = await visit.change("report_round", id=found.id, point={"lat": point[0], "lng": point[1]}, stop=None)
    codes = {problem.code for problem in outcome.problems}
    return Response(status_code=409 if codes & {"NO_ROUND", "NOT_FOUND"} else 422 if codes else 204)


async def _area(visit: Visit, found: Rounds, notes: Notes) -> Outcome | None:
    """The districts stay as they are."""
    radius = visit.typed("radius")
    if radius and not (radius.isascii() and radius.isdecimal() and int(radius)):
        notes.add("area", visit.speaking(N_("Tulis jaraknya dalam kilometer, misalnya 3.")))
        return None
    codes = found.serving_area.kecamatan_codes if found.serving_area else []
    return await visit.change("set_area", id=found.id, radiusM=int(radius) * 1_000 if radius else None, codes=codes)


async def _wanted(shared: Web, visit: Visit, found: Rounds, day: str, notes: Notes) -> list[dict[str, Any]]:
    """The day's stops as they are to be, in the order of the round. What past midnight is, her people say."""
    stops = _stops(found, day)
    wanted = visit.typed("stop")
    match visit.typed("do"):
        case "copy":
            copied = _stops(found, _day(visit.typed("from"), day))
            return [{**_kept(stop), "id": None} for stop in copied]
        case "remove":
            return [_kept(stop) for stop in stops if stop.id != wanted]
        case "save":
            rows = [(stop.next_day, _kept(stop)) for stop in stops if stop.id != wanted]
            old = next((stop for stop in stops if stop.id == wanted), None)
            if old is None:
                notes.add("stops", visit.speaking(N_("Tempat singgah itu sudah tidak ada. Muat ulang halaman ini.")))
                return []
            row = _typed(visit, wanted, old.point, notes)
            if row is not None:
                for name, given, scale in (
                    ("orders", visit.typed("orders"), 1),
                    ("orderUntilS", visit.typed("until"), 3_600),
                ):
                    row[name] = int(given) * scale if given.isascii() and given.isdecimal() else 0
        case _:
            rows = [(stop.next_day, _kept(stop)) for stop in stops]
            row = _typed(visit, _NEW, await _place(shared, visit, notes), notes)
    if row is None:
        return []
    rows.append((visit.typed("night") == "yes", row))
    return [each for _, each in sorted(rows, key=lambda each: (each[0], each[1]["arrivesAt"]))]


async def _place(shared: Web, visit: Visit, notes: Notes) -> Point | None:
    point = await regions.point(shared, visit, visit.typed("desa"))
    told = places.spot(visit.typed("lat"), visit.typed("lng"))
    if told is not None:
        return Point(lat=told[0], lng=told[1])
    if point is None:
        notes.add(_NEW, visit.speaking(N_("Pilih desa, atau pakai lokasi ponsel.")))
        return None
    return Point(lat=point["lat"], lng=point["lng"])


def _typed(visit: Visit, key: str, point: Point | None, notes: Notes) -> dict[str, Any] | None:
    clock = saying.time_of(visit.typed("time"))
    if clock is None:
        notes.add(key, visit.speaking(N_("Tulis jam sampai, misalnya 06.15.")))
    if not visit.typed("label"):
        notes.add(key, visit.speaking(N_("Tulis nama tempatnya.")))
    if clock is None or point is None or not visit.typed("label"):
        return None
    return {
        "id": None if key == _NEW else key,
        "label": visit.typed("label")[:60],
        "point": {"lat": point.lat, "lng": point.lng},
        "arrivesAt": clock,
        "orders": 0,
        "orderUntilS": 0,
    }


def _kept(stop: PlannedStop) -> dict[str, Any]:
    return {
        "id": stop.id,
        "label": stop.label,
        "point": {"lat": stop.point.lat, "lng": stop.point.lng},
        "arrivesAt": stop.arrives_at,
        "orders": stop.orders,
        "orderUntilS": stop.order_until_s,
    }


def _stops(found: Rounds, day: str) -> Sequence[PlannedStop]:
    return next((each.stops for each in found.route if each.weekday == day), [])


def _day(given: str, usual: str) -> str:
    return given if given in WEEKDAYS else usual


def _form_of(field: str, stops: Sequence[str]) -> str | None:
    """Of `stops.3.arrivesAt` the form of the fourth stop."""
    place = field.split(".")[1] if field.count(".") else ""
    return stops[int(place)] if place.isdecimal() and int(place) < len(stops) else None
