"""What a rider sees: offers and jobs, and one trip from the counter to the door."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

import msgspec
from starlette.responses import JSONResponse, Response

from services.web import problems
from services.web.answers import Outcome
from services.web.answers_crews import AskedProof, AskProof, Door, RiderPage, Trip, TripPage
from services.web.answers_orders import TripStop
from services.web.answers_photos import Proof
from services.web.graph import NoAnswer, Trouble
from services.web.maps import Map, Mark
from services.web.pages.shop_photos import AGAIN, TROUBLE
from services.web.saying import money_of
from services.web.visit import Notes, Visit
from services.web.words import N_

STATUS: Mapping[str, str] = {
    "WAITING": N_("Menunggu pesanan disanggupi"),
    "REQUESTED": N_("Dicari pengantarnya"),
    "OFFERED": N_("Ditawarkan"),
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
    "ACCIDENT": N_("Kecelakaan"),
    "BREAKDOWN": N_("Kendaraan rusak"),
    "LOST_IN_TRANSIT": N_("Barang hilang"),
    "SPOILED_IN_TRANSIT": N_("Barang rusak di jalan"),
    "MERCHANT_CLOSED": N_("Tempat penjual tutup"),
}
_BEFORE = ("MERCHANT_CLOSED", "GOODS_NOT_READY", "RIDER_GAVE_UP", "ACCIDENT", "BREAKDOWN")
PROVEN: Mapping[str, str] = {
    "PIN": N_("PIN"),
    "PHOTO": N_("foto"),
    "SIGNATURE": N_("tanda tangan"),
    "COUNTER_CODE": N_("kode pengambilan"),
    "STAFF": N_("keterangan petugas"),
}
"""By what a handover is proven."""
_PICTURES = ("PHOTO", "SIGNATURE")
AT_STOP: Mapping[str, str] = {"MERCHANT_CLOSED": N_("Tutup"), "GOODS_NOT_READY": N_("Barangnya tidak ada")}


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
    notes = Notes()
    if trouble := visit.query("trouble"):
        at = "counter" if visit.query("stop") else "hand-over"
        notes.add(at, visit.speaking(TROUBLE.get(trouble, AGAIN)))
    return await _trip(visit, notes, 422 if notes else 200)


async def _trip(visit: Visit, notes: Notes, status: int = 200, upload: str = "", stop: int | None = None) -> Response:
    """`upload` is where a photo may be sent: of this `stop`, or of the door."""
    visit.must_be_signed_in()
    answer = await visit.ask("trip", TripPage, id=visit.path("trip")[:64])
    found = answer.data.delivery
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    before = found.status in ("ASSIGNED", "AT_PICKUP")
    stops = _stops(found)
    by_stop = any(each.is_open for each in stops)
    return visit.page(
        "trip.html",
        status=status,
        trip=found,
        map=_map(found.door),
        state=STATUS.get(found.status, found.status),
        stops=stops,
        next=() if by_stop else _NEXT.get(found.status, ()),
        under_way=by_stop or found.status in _NEXT or found.status in _DOOR,
        at_door=found.status in _DOOR and not by_stop,
        at_stop=AT_STOP,
        proven=PROVEN,
        upload=upload,
        upload_stop=stop,
        counters=_counters(found),
        pictures=[each for each in found.accepted_proofs if each.kind in _PICTURES and each.now],
        later_pictures=[each for each in found.accepted_proofs if each.kind in _PICTURES and not each.now],
        ready=_ready(found),
        failures={
            code: text
            for code, text in FAILURES.items()
            if (code in _BEFORE if before else code not in AT_STOP and found.status in _DOOR)
        },
        key=secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


def _stops(found: Trip) -> list[TripStop]:
    """Of a trip with several, while something is to be fetched: each is reported by itself."""
    there = [each for each in found.pickups if each.failure or each.left_out_at is None]
    some = any(each.fetched_at for each in there)
    fetches = found.status in ("ASSIGNED", "AT_PICKUP") or (found.status == "PICKED_UP" and some)
    return there if len(there) > 1 and fetches and any(each.is_open for each in there) else []


def _counters(found: Trip) -> list[tuple[TripStop, list[Proof]]]:
    """Where goods are handed to the rider, with the photos of it that there are: until the door."""
    if found.status not in ("ASSIGNED", "AT_PICKUP", "PICKED_UP"):
        return []
    there = [each for each in found.pickups if not (each.failure or each.left_out_at)]
    return [(each, [photo for photo in found.proofs if photo.stop == each.stop]) for each in there]


def _ready(found: Trip) -> list[Proof]:
    """What was sent of the door, and would prove it now."""
    taken = {each.kind for each in found.accepted_proofs if each.now}
    return [each for each in found.proofs if each.stop is None and not each.proves and each.kind in taken]


def _map(door: Door | None) -> Map | None:
    """Its pickups and its door; where the rider is, the phone adds by itself."""
    if door is None:
        return None
    marks = [
        *(Mark("shop", each.point, each.merchant_name) for each in door.pickups),
        Mark("door", door.point, door.recipient),
    ]
    return Map("peta", marks, line=[each.point for each in marks], rings_at=door.point)


async def report(visit: Visit) -> Response:
    """How far the trip is. A form that waited in the phone comes with the key that it had, so that it counts once."""
    visit.must_be_signed_in()
    at, key = visit.path("trip")[:64], visit.typed("key")
    notes, outcome = Notes(), None
    what, _, detail = visit.typed("do").partition(":")
    match what:
        case "report":
            outcome = await visit.change("report_trip", delivery=at, status=detail, key=key, stop=_stop(visit))
        case "proof" if detail in _PICTURES:
            return await _ask_proof(visit, at, detail, key, notes)
        case "hand-over":
            outcome = await _handed_over(visit, at, key, notes)
        case "fail" if visit.typed("code") in FAILURES:
            outcome = await visit.change(
                "report_failure", delivery=at, code=visit.typed("code"), key=key, stop=_stop(visit)
            )
        case "fail":
            notes.add("fail", visit.speaking(N_("Pilih apa yang terjadi.")))
    for text in visit.notes(outcome.problems).but() if outcome else ():
        notes.add(what, text)
    if notes:
        return await _trip(visit, notes, 422)
    return visit.go(f"/antar/{at}", visit.speaking(N_("Sudah dilaporkan.")))


def _stop(visit: Visit) -> int | None:
    typed = visit.typed("stop")
    return int(typed) if typed.isascii() and typed.isdecimal() and 0 < len(typed) <= 3 else None


async def _handed_over(visit: Visit, at: str, key: str, notes: Notes) -> Outcome | None:
    cash = money_of(visit.typed("cash") or "0")
    if cash is None:
        notes.add("hand-over", visit.speaking(N_("Tulis uang yang diterima, misalnya 69.500.")))
        return None
    if proof := visit.typed("proof"):
        return await visit.change("hand_over", delivery=at, proof=proof[:64], cash=cash, key=key)
    pin = "".join(each for each in visit.typed("pin") if each.isdigit())[:12]
    return await visit.change("hand_over", delivery=at, pin=pin, cash=cash, key=key)


async def _ask_proof(visit: Visit, at: str, kind: str, key: str, notes: Notes) -> Response:
    """Where the browser is to send it: to a phone that kept it until there was a signal by itself, else by a form of the page."""
    by_script, stop = visit.typed("by") == "script", _stop(visit)
    back = None if by_script else f"/antar/{at}?bukti={kind}" + (f"&stop={stop}" if stop else "")
    asked = (
        await visit.ask("ask_proof", AskProof, delivery=at, kind=kind, key=key, stop=stop, back=back)
    ).data.request_proof_upload
    said = _refused(visit, asked)
    if by_script:
        found = {"said": said} if said or asked is None or asked.upload is None else msgspec.to_builtins(asked.upload)
        return JSONResponse(found, 503 if asked is None else 422 if said else 200, {"cache-control": "no-store"})
    for text in said or ([] if asked else [visit.speaking(AGAIN)]):
        notes.add("counter" if stop else "hand-over", text)
    upload = asked.upload.url if asked and asked.upload else ""
    return await _trip(visit, notes, 422 if notes else 200, upload, stop)


def _refused(visit: Visit, asked: AskedProof | None) -> list[str]:
    return [problems.say(each, visit.speaking) for each in asked.problems] if asked else []
