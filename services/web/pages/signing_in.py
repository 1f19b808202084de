"""Signing in by phone and code, where it is needed, and signing out."""

from __future__ import annotations

import contextlib
from urllib.parse import quote

from starlette.responses import Response

from services.web.answers_entering import RequestCode, SignIn
from services.web.app import tokens_of
from services.web.graph import NoAnswer, Trouble
from services.web.pages import guests
from services.web.visit import Visit, local
from services.web.words import N_


def _next(visit: Visit) -> str:
    return local(visit.query("lanjut") or visit.typed("next") or "/")


async def show(visit: Visit) -> Response:
    if visit.session.signed_in:
        return visit.go(_next(visit))
    return visit.page("sign_in.html", next=_next(visit), phone=visit.session.phone)


async def send_code(visit: Visit) -> Response:
    phone, following = visit.typed("phone")[:32], _next(visit)
    answer = (await visit.ask("request_code", RequestCode, phone=phone, language=visit.language)).data
    if answer.request_sign_in_code is None:
        raise NoAnswer(Trouble.AWAY)
    if answer.request_sign_in_code.problems:
        notes = visit.notes(answer.request_sign_in_code.problems)
        return visit.page("sign_in.html", status=422, next=following, phone=phone, notes=notes)
    visit.session.phone = phone
    return visit.go(f"/masuk/kode?lanjut={quote(following, safe='')}")


async def ask_code(visit: Visit) -> Response:
    if not visit.session.phone:
        return visit.go(f"/masuk?lanjut={quote(_next(visit), safe='')}")
    return visit.page("code.html", next=_next(visit), phone=visit.session.phone)


async def enter(visit: Visit) -> Response:
    following, phone = _next(visit), visit.session.phone
    code = "".join(each for each in visit.typed("code") if each.isdigit())[:12]
    if not phone:
        return visit.go("/masuk")
    asked = {"phone": phone, "code": code, "device": _device(visit), "language": visit.language}
    answer = (await visit.ask("sign_in", SignIn, **asked)).data.sign_in
    if answer is None:
        raise NoAnswer(Trouble.AWAY)
    tokens = tokens_of(answer)
    if tokens is None:
        notes = visit.notes(answer.problems)
        return visit.page("code.html", status=422, next=following, phone=phone, notes=notes)
    visit.session.tokens, visit.session.phone = tokens, ""
    left = await guests.take_along(visit)
    if left == []:
        return visit.go(following, visit.speaking(N_("Anda sudah masuk.")))
    if left is None:
        return visit.go(
            "/keranjang", visit.speaking(N_("Anda sudah masuk. Isi keranjang tamu menyusul; periksa keranjang Anda."))
        )
    said = visit.speaking(N_("Anda sudah masuk. Sebagian isi keranjang tidak bisa ikut; periksa keranjang Anda."))
    return visit.go("/keranjang", " ".join([said, *left]))


def _device(visit: Visit) -> str:
    """What the list of one's sessions calls it."""
    agent = visit.http.headers.get("user-agent", "")
    phone = next((name for name in ("Android", "iPhone", "Windows", "Macintosh", "Linux") if name in agent), "")
    return f"Web {phone}".strip()


async def leave(visit: Visit) -> Response:
    """Gone here in any case; at the gateway's, if it can be told."""
    if visit.session.signed_in:
        with contextlib.suppress(NoAnswer):
            await visit.change("sign_out")
    visit.session.sign_out()
    return visit.go("/", visit.speaking(N_("Anda sudah keluar.")))
