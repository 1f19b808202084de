"""A trip for who was handed its link, and where a rider is, told by the phone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from starlette.responses import Response

from services.web.answers_orders import Tracked, TrackedPage
from services.web.maps import Map, Mark
from services.web.pages import places
from services.web.visit import Visit
from services.web.words import N_

WORDS: Mapping[str, str] = {
    "WAITING": N_("Menunggu penjual menerima pesanan."),
    "REQUESTED": N_("Mencari pengantar…"),
    "OFFERED": N_("Mencari pengantar…"),
    "ASSIGNED": N_("Pengantar menuju penjual."),
    "AT_PICKUP": N_("Pengantar ada di tempat penjual."),
    "PICKED_UP": N_("Barang sedang diantar."),
    "AT_DROPOFF": N_("Pengantar ada di depan pintu!"),
    "FAILED_ATTEMPT": N_("Pengantar belum berhasil menyerahkan barang."),
    "RETURNING": N_("Barang kembali ke penjual."),
}
_RENEWED_S = 20


async def show(visit: Visit) -> Response:
    """For anybody. The address is the key, so it goes nowhere else with a click; without a script the browser asks anew."""
    answer = await visit.ask("tracked", TrackedPage, token=visit.path("token")[:64])
    tracked = answer.data.tracked_delivery
    lost = tracked is None and not answer.partial
    page = visit.page(
        "track.html",
        status=404 if lost else 200,
        tracked=tracked,
        map=_map(tracked),
        words=WORDS,
        partial=answer.partial,
    )
    page.headers["referrer-policy"] = "no-referrer"
    if not lost:
        page.headers["refresh"] = str(_RENEWED_S)
    return page


def _map(tracked: Tracked | None) -> Map | None:
    seen = tracked.position if tracked else None
    return (
        Map("peta", [Mark("rider", seen.point, tracked.rider_name or "")], rings_at=seen.point)
        if tracked and seen
        else None
    )


async def here(visit: Visit) -> Response:
    """To the script, which shows nothing of it: 409 for who rides no more."""
    visit.must_be_signed_in()
    point = places.spot(visit.typed("lat"), visit.typed("lng"))
    at = _moment(visit.typed("at"))
    if point is None or at is None:
        return Response(status_code=422)
    outcome = await visit.change("report_position", point={"lat": point[0], "lng": point[1]}, at=at)
    codes = {problem.code for problem in outcome.problems}
    return Response(status_code=409 if codes & {"WRONG_STATE", "NOT_FOUND"} else 422 if codes else 204)


def _moment(text: str) -> str | None:
    try:
        return text if datetime.fromisoformat(text).tzinfo else None
    except ValueError:
        return None
