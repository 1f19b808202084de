"""What a rider sees: offers and jobs, and one trip from the counter to the door."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from services.web.answers import Outcome
from services.web.answers_crews import RiderPage, TripPage
from services.web.graph import NoAnswer, Trouble
from services.web.saying import money_of
from services.web.visit import Notes, Visit
from services.web.words import N_

STATUS: Mapping[str, str] = {
    "ASSIGNED": N_("Ambil barangnya"),
    "AT_PICKUP": N_("Di tempat penjual"),
    "PICKED_UP": N_("Antar ke pembeli"),
    "AT_DROPOFF": N_("Di depan pintu"),
    "FAILED_ATTEMPT": N_("Tidak terserahkan"),
    "RETURNING": N_("Dibawa kembali"),
    "DELIVERED": N_("Sudah diserahkan"),
    "RETURNED": N_("Sudah dikembalikan"),
    "DISPOSED": N_("Barang dibuang"),
    "UNASSIGNABLE": N_("Tidak ada pengantar"),
    "CANCELLED": N_("Batal"),
}
_NEXT: Mapping[str, Sequence[tuple[str, str]]] = {
    "ASSIGNED": (("AT_PICKUP", N_("Saya di tempat penjual")), ("PICKED_UP", N_("Barang sudah saya bawa"))),
    "AT_PICKUP": (("PICKED_UP", N_("Barang sudah saya bawa")),),
    "PICKED_UP": (("AT_DROPOFF", N_("Saya di depan pintu")),),
    "FAILED_ATTEMPT": (("AT_DROPOFF", N_("Saya coba antar lagi")), ("RETURNING", N_("Saya bawa kembali"))),
    "RETURNING": (("RETURNED", N_("Sudah saya kembalikan")), ("DISPOSED", N_("Barang terpaksa dibuang"))),
}
"""What may be reported at a state, beside handing over."""
_DOOR = ("PICKED_UP", "AT_DROPOFF", "FAILED_ATTEMPT")
FAILURES: Mapping[str, str] = {
    "BUYER_UNREACHABLE": N_("Pembeli tidak bisa dihubungi"),
    "BUYER_REFUSED": N_("Pembeli menolak"),
    "ADDRESS_NOT_FOUND": N_("Alamat tidak ketemu"),
    "GOODS_NOT_READY": N_("Barang belum siap"),
    "RIDER_GAVE_UP": N_("Saya tidak bisa melanjutkan"),
    "ACCIDENT": N_("Kecelakaan atau kendaraan rusak"),
    "LOST_IN_TRANSIT": N_("Barang hilang"),
}
_BEFORE = ("GOODS_NOT_READY", "RIDER_GAVE_UP", "ACCIDENT")


async def home(visit: Visit) -> Response:
    return await _home(visit, Notes())


async def _home(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("rider", RiderPage)
    return visit.page(
        "rider.html",
        status=status,
        rider=answer.data.my_rider,
        states=STATUS,
        key=secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


async def answer(visit: Visit) -> Response:
    """Takes or leaves an offer, begins or ends the shift."""
    visit.must_be_signed_in()
    outcome, done = None, ""
    offer = {"delivery": visit.typed("delivery")[:64], "offer": visit.typed("offer")[:64], "key": visit.typed("key")}
    match visit.typed("do"):
        case "accept":
            outcome = await visit.change("accept_offer", **offer, rider=visit.typed("rider")[:64])
            if not outcome.problems:
                return visit.go(f"/antar/{offer['delivery']}", visit.speaking(N_("Tugas ini milik Anda.")))
        case "decline":
            outcome, done = await visit.change("decline_offer", **offer), N_("Tawaran dilewatkan.")
        case "begin" | "rest" as wanted:
            on = wanted == "begin"
            outcome = await visit.change("set_shift", id=visit.typed("rider")[:64], on=on)
            done = N_("Anda sedang mengantar.") if on else N_("Selamat beristirahat.")
    if outcome and outcome.problems:
        notes = Notes()
        for text in visit.notes(outcome.problems).but():
            notes.add(offer["offer"], text)
        return await _home(visit, notes, 422)
    return visit.go("/antar", visit.speaking(done))


async def trip(visit: Visit) -> Response:
    return await _trip(visit, Notes())


async def _trip(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("trip", TripPage, id=visit.path("trip")[:64])
    found = answer.data.delivery
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    before = found.status in ("ASSIGNED", "AT_PICKUP")
    return visit.page(
        "trip.html",
        status=status,
        trip=found,
        state=STATUS.get(found.status, found.status),
        next=_NEXT.get(found.status, ()),
        at_door=found.status in _DOOR,
        failures={
            code: text
            for code, text in FAILURES.items()
            if (code in _BEFORE if before else code != "GOODS_NOT_READY" and found.status in _DOOR)
        },
        key=secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


async def report(visit: Visit) -> Response:
    """How far the trip is. A form that waited in the phone comes with the key that it had, so that it counts once."""
    visit.must_be_signed_in()
    at, key = visit.path("trip")[:64], visit.typed("key")
    notes, outcome = Notes(), None
    what, _, detail = visit.typed("do").partition(":")
    match what:
        case "report":
            outcome = await visit.change("report_trip", delivery=at, status=detail, key=key)
        case "hand-over":
            outcome = await _handed_over(visit, at, key, notes)
        case "fail" if visit.typed("code") in FAILURES:
            outcome = await visit.change("report_failure", delivery=at, code=visit.typed("code"), key=key)
        case "fail":
            notes.add("fail", visit.speaking(N_("Pilih apa yang terjadi.")))
    for text in visit.notes(outcome.problems).but() if outcome else ():
        notes.add(what, text)
    if notes:
        return await _trip(visit, notes, 422)
    return visit.go(f"/antar/{at}", visit.speaking(N_("Sudah dilaporkan.")))


async def _handed_over(visit: Visit, at: str, key: str, notes: Notes) -> Outcome | None:
    cash = money_of(visit.typed("cash") or "0")
    if cash is None:
        notes.add("hand-over", visit.speaking(N_("Tulis uang yang diterima, misalnya 69.500.")))
        return None
    pin = "".join(each for each in visit.typed("pin") if each.isdigit())[:12]
    return await visit.change("hand_over", delivery=at, pin=pin, cash=cash, key=key)
