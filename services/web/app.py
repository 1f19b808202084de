"""Wiring: from settings to the application that a server runs."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import metadata
from pathlib import Path

from jinja2 import Environment
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.kit.http import health
from services.kit.http.address import address_of
from services.kit.observe import telemetry
from services.kit.observe.readiness import Readiness
from services.web import answers_entering, maps, uploading, words
from services.web.cookie import Sealing, TooLarge
from services.web.graph import Caller, Graph, NoAnswer, Trouble
from services.web.refreshing import Refreshing
from services.web.session import Session, Tokens, now_s
from services.web.settings import WebSettings
from services.web.speaking import Speaking
from services.web.templating import templates
from services.web.visit import Handler, Refused, SignInNeeded, Visit, check_ours, form_of
from services.web.words import N_, Language

_log = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_SESSION_DAYS = 30
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'{tiles}; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "geolocation=(self), camera=(), microphone=(), payment=()",
    "cache-control": "no-store",
    "vary": "cookie",
}
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_LIBRARY = Path(str(metadata.distribution("XStatic-Leaflet").locate_file("xstatic/pkg/leaflet/data")))
_LIBRARY_FILES = ("leaflet.js", "leaflet.css")
_LATER = N_("Coba lagi nanti. Pesanan yang sudah dikirim tidak hilang: lihat di Pesanan saya.")
ERRORS: dict[Trouble, tuple[int, str, str]] = {
    Trouble.AWAY: (
        503,
        N_("Sebentar, ada yang belum menyala"),
        N_("Bagian ini sedang tidak bisa dijangkau. Tunggu sebentar, lalu muat ulang halaman ini."),
    ),
    Trouble.BUSY: (429, N_("Terlalu cepat"), N_("Terlalu banyak permintaan. Tunggu sebentar, lalu muat ulang halaman ini.")),
    Trouble.REFUSED: (403, N_("Bukan untuk Anda"), N_("Halaman ini milik orang lain. Kembali ke depan, atau masuk dengan nomor lain.")),
    Trouble.GONE: (404, N_("Tidak ada di sini"), N_("Halaman ini tidak ada atau sudah pindah. Cari barangnya, atau mulai dari depan.")),
    Trouble.TOO_MUCH: (
        500,
        N_("Terlalu banyak sekaligus"),
        N_("Halaman ini menyusun terlalu banyak sekaligus; sudah kami catat. Persempit pilihannya, atau buka satu per satu dari daftar."),
    ),
    Trouble.FAULT: (500, N_("Ada yang salah di pihak kami"), _LATER),
}  # fmt: skip
_FORMS = {
    403: N_("Halaman ini sudah lama terbuka. Kembali, muat ulang, lalu kirim lagi."),
    413: N_("Isinya terlalu panjang. Kembali dan pendekkan."),
    415: N_("Formulir ini tidak kami kenal."),
    400: N_("Formulir ini tidak terbaca. Kembali, lalu kirim lagi."),
}


@dataclass(slots=True)
class Web:
    """What all requests share."""

    settings: WebSettings
    graph: Graph
    sealing: Sealing
    speaking: dict[Language, Speaking]
    templates: dict[Language, Environment]
    statics: dict[str, tuple[bytes, str]]
    packed: dict[str, bytes]
    """The same, by gzip: the map's library is three times as long without, on a phone's line."""
    statics_at: dict[str, str]
    refreshing: Refreshing
    draining: bool = False
    live: int = 0
    streams: set[asyncio.Timeout] = field(default_factory=set)
    """Of the pages that turn by themselves: each ends when its time is over."""
    villages: tuple[list[answers_entering.Region], int] = ([], 0)

    @property
    def policy(self) -> str:
        """Pictures come from here, and map tiles from the one host that was named."""
        host = self.settings.tiles_host
        return _POLICY.format(tiles=f" {host}" if host else "")

    @property
    def cookie(self) -> str:
        return "__Host-wlijo" if self.settings.secure else "wlijo"

    def end(self, stream: asyncio.Timeout) -> None:
        if stream in self.streams and not stream.expired():
            self.streams.discard(stream)
            stream.reschedule(asyncio.get_running_loop().time())

    def drain(self) -> None:
        """What only waits ends, and none begins."""
        self.draining = True
        for each in list(self.streams):
            self.end(each)


def web(settings: WebSettings, graph: Graph | None = None) -> Web:
    graph = graph or Graph(settings.gateway_url.rstrip("/"))
    translations = words.translations()
    statics = {
        file.name: (file.read_bytes(), _TYPES[file.suffix])
        for file in (_HERE / "static").iterdir()
        if file.suffix in _TYPES
    }
    statics |= {name: ((_LIBRARY / name).read_bytes(), _TYPES[Path(name).suffix]) for name in _LIBRARY_FILES}
    statics["kecamatan.json"] = maps.land(), "application/json"
    addresses = {
        name: f"/static/{name}?{hashlib.sha256(found).hexdigest()[:8]}" for name, (found, _) in statics.items()
    }
    speaking = {language: Speaking(language, found) for language, found in translations.items()}
    return Web(
        settings,
        graph,
        Sealing(settings.keys),
        speaking,
        {language: templates(each, addresses, _HERE / "templates") for language, each in speaking.items()},
        statics,
        {name: gzip.compress(found, mtime=0) for name, (found, _) in statics.items()},
        addresses,
        Refreshing(partial(_refreshed, graph)),
    )


def app(shared: Web) -> Starlette:
    from services.web.pages import routes  # they name what is in here

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await shared.graph.start()
        try:
            yield
        finally:
            shared.drain()
            await shared.graph.close()

    async def nowhere(http: Request, _: Exception) -> Response:
        async def gone(_: Visit) -> Response:
            raise NoAnswer(Trouble.GONE)

        return await answered(shared, gone, http)

    made = Starlette(
        routes=[*health.routes(Readiness()), Route("/static/{name}", partial(_static, shared)), *routes(shared)],
        lifespan=lifespan,
        middleware=[Middleware(telemetry.Telemetry)],
        exception_handlers={404: nowhere, 405: nowhere},
    )
    made.state.drain = shared.drain
    return made


def page(shared: Web, path: str, show: Handler | None = None, take: Handler | None = None) -> BaseRoute:
    """`show` answers GET, `take` a form."""

    async def endpoint(http: Request) -> Response:
        handler = take if http.method == "POST" else show
        assert handler is not None
        return await answered(shared, handler, http)

    methods = [*(["GET"] if show else []), *(["POST"] if take else [])]
    return Route(path, endpoint, methods=methods)


async def answered(shared: Web, handler: Handler, http: Request) -> Response:
    """What the handler answers, with the session that it leaves."""
    visit = _visit(shared, http)
    before = http.cookies.get(shared.cookie, "")
    try:
        response = await _tried(shared, handler, visit)
    except ClientDisconnect:
        return Response(status_code=499)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("content-security-policy", shared.policy)
    if shared.settings.secure:
        response.headers["strict-transport-security"] = "max-age=31536000"
    _keep(shared, visit, before, response)
    return response


def _visit(shared: Web, http: Request) -> Visit:
    session = shared.sealing.open(http.cookies.get(shared.cookie, "")) or Session()
    language = Language.EN if http.cookies.get("lang") == "en" else Language.ID
    return Visit(
        http,
        shared.graph,
        session,
        shared.speaking[language],
        shared.templates[language],
        address_of(http),
        facts={
            "local_mode": bool(shared.settings.sign_in_as_url),
            "tour": bool(shared.settings.sign_in_as_url) and "tur" not in http.cookies,
            "tiles": {"url": shared.settings.map_tiles_url, "credit": shared.settings.map_tiles_credit},
        },
    )


async def _tried(shared: Web, handler: Handler, visit: Visit) -> Response:
    try:
        if visit.http.method == "POST":
            if uploading.is_upload(visit.http):
                visit.form, visit.file = await uploading.form_of(visit.http)
            else:
                visit.form = await form_of(visit.http)
            check_ours(visit.http, visit.session, visit.form)
        if visit.session.tokens is not None and visit.session.tokens.old:
            visit.session.tokens = await shared.refreshing.after(visit.session.tokens)
        try:
            return await handler(visit)
        except NoAnswer as no:
            if no.trouble is not Trouble.SIGNED_OUT or visit.http.method != "GET":
                raise
            visit.session.tokens = None  # ended elsewhere: what a guest may see is shown all the same
            return await handler(visit)
    except SignInNeeded:
        return visit.sign_in()
    except Refused as refused:
        text = visit.speaking(_FORMS[refused.status])
        return visit.page("error.html", status=refused.status, title=visit.speaking(N_("Belum terkirim")), text=text)
    except NoAnswer as no:
        if no.trouble is Trouble.SIGNED_OUT:
            visit.session.tokens = None
            return visit.sign_in()
        return _error(visit, no)
    except Exception:  # noqa: BLE001  a bug of one page ends in a page too
        _log.exception("a page failed")
        return _error(visit, NoAnswer(Trouble.FAULT, trace_id=telemetry.current_trace_id() or ""))


def _error(visit: Visit, no: NoAnswer) -> Response:
    status, title, text = ERRORS[no.trouble]
    response = visit.page(
        "error.html", status=status, title=visit.speaking(title), text=visit.speaking(text), trace_id=no.trace_id
    )
    if no.trouble in (Trouble.AWAY, Trouble.BUSY):
        response.headers["retry-after"] = str(no.retry_after_s or 5)
    return response


def _keep(shared: Web, visit: Visit, before: str, response: Response) -> None:
    """Sealing takes a new number each time: what has not changed is not sent again."""
    if before and shared.sealing.open(before) == visit.session:
        return
    try:
        text = shared.sealing.seal(visit.session)
    except TooLarge:
        _log.warning("a session is too large for a cookie, and stays as it was")
        return
    response.set_cookie(
        shared.cookie, text, _SESSION_DAYS * 86_400, path="/", secure=shared.settings.secure, httponly=True, samesite="lax"
    )  # fmt: skip


async def _refreshed(graph: Graph, token: str) -> Tokens | None:
    answer = (await graph.ask(Caller(), "refresh", answers_entering.Refresh, token=token)).data.refresh_session
    if answer is None:
        raise NoAnswer(Trouble.AWAY)
    return tokens_of(answer)


def tokens_of(answer: answers_entering.SignedIn) -> Tokens | None:
    found = answer.tokens
    return Tokens(found.access_token, found.refresh_token, now_s() + found.expires_in) if found else None


async def _static(shared: Web, http: Request) -> Response:
    """Its address has what it is made of, so it may be kept for good."""
    found = shared.statics.get(http.path_params["name"])
    if found is None:
        return Response(status_code=404)
    content, kind = found
    headers = {
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
        "vary": "accept-encoding",
    }
    if takes_gzip(http.headers.get("accept-encoding", "")):
        content = shared.packed[http.path_params["name"]]
        headers["content-encoding"] = "gzip"
    return Response(content, headers=headers, media_type=kind)


def takes_gzip(accepted: str) -> bool:
    """By what a browser says of itself; `gzip;q=0` is a no."""
    for each in accepted.lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
