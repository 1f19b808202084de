"""What a phone needs to keep the market among its apps: a manifest, a service worker, and a page for when there is no signal."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response

from services.web.app import Web
from services.web.session import Session
from services.web.visit import Visit
from services.web.words import N_


async def manifest(shared: Web, _: Request) -> Response:
    icon = {"src": shared.statics_at["icon.svg"], "sizes": "any", "type": "image/svg+xml"}
    said = {
        "name": "Wlijo, pasar Lumajang",
        "short_name": "Wlijo",
        "lang": "id",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbfcfa",
        "theme_color": "#14603a",
        "icons": [icon | {"purpose": "any"}, icon | {"purpose": "maskable"}],
        "shortcuts": [
            {"name": "Pesanan saya", "url": "/pesanan"},
            {"name": "Toko saya", "url": "/jualan"},
            {"name": "Mengantar", "url": "/antar"},
        ],
    }
    headers = {"cache-control": "public, max-age=3600"}
    return Response(json.dumps(said), media_type="application/manifest+json", headers=headers)


async def worker(shared: Web, _: Request) -> Response:
    """At the root, since it may look after what lies below its own address alone."""
    content, kind = shared.statics["sw.js"]
    text = content.decode().replace("STYLE", shared.statics_at["style.css"])
    return Response(text, media_type=kind, headers={"cache-control": "no-cache"})


async def offline(visit: Visit) -> Response:
    text = N_(
        "Halaman ini perlu sinyal. Laporan yang sudah Anda kirim disimpan di ponsel dan dikirim begitu sinyal ada."
    )
    # Kept by the browser for whoever comes: nobody's.
    return visit.page(
        "error.html", session=Session(), title=visit.speaking(N_("Tidak ada sinyal")), text=visit.speaking(text)
    )
