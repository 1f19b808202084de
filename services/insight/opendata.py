"""`/open-data/`: what is published, for everybody. Files of a revision are the same for ever; the others follow within minutes."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.insight.domain import opendata
from services.insight.store import files
from services.kit.database.db import Busy, Database, Unavailable

_NAME = re.compile(r"umkm-lumajang-(20\d\d-(?:0[1-9]|1[0-2]))(?:\.r([1-9]\d{0,4}))?\.(csv|json)")
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_FOR_MINUTES: Final = "public, max-age=300"
_TYPES: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
_LICENCE: Final = f"""Data ini boleh dipakai, disalin dan diubah siapa saja dengan menyebut sumbernya: {opendata.PUBLISHER}, Wlijo.
Creative Commons Attribution 4.0 International (CC BY 4.0): {opendata.LICENCE}
"""


def routes(db: Database, base: str) -> Sequence[BaseRoute]:
    """`base` is the address by which all of this is reached."""

    async def index(http: Request) -> Response:
        async with db.acquire() as conn:
            found = await files.listed(conn)
        return _answer(http, _page(found).encode(), "text/html; charset=utf-8", _FOR_MINUTES)

    async def one(http: Request) -> Response:
        name = http.path_params["name"]
        if (fixed := _NAME.fullmatch(name)) is not None:
            month, revision, format_ = fixed.groups()
            async with db.acquire() as conn:
                found = await files.content(conn, month, int(revision) if revision else None, format_)
            if found is None:
                return Response(status_code=404)
            return _answer(http, found[0], _TYPES[format_], _FOR_EVER if revision else _FOR_MINUTES, found[1])
        match name:
            case "dictionary.csv":
                return _answer(http, opendata.dictionary(), _TYPES["csv"], _FOR_MINUTES)
            case "LICENSE.txt":
                return _answer(http, _LICENCE.encode(), "text/plain; charset=utf-8", _FOR_MINUTES)
            case "SHA256SUMS" | "catalog.jsonld" | "feed.atom":
                async with db.acquire() as conn:
                    listed = await files.listed(conn)
                if name == "SHA256SUMS":
                    return _answer(http, opendata.checksums(listed), "text/plain; charset=utf-8", _FOR_MINUTES)
                if name == "feed.atom":
                    return _answer(http, opendata.feed(listed, base), "application/atom+xml", _FOR_MINUTES)
                return _answer(http, opendata.catalogue(listed, base), "application/ld+json", _FOR_MINUTES)
        return Response(status_code=404)

    async def guarded(http: Request) -> Response:
        try:
            return await (one if "name" in http.path_params else index)(http)
        except (Busy, Unavailable):
            return Response(status_code=503, headers={"retry-after": "5"})

    return [
        Route("/open-data/", guarded, methods=["GET", "HEAD"]),
        Route("/open-data/{name}", guarded, methods=["GET", "HEAD"]),
    ]


def _answer(http: Request, content: bytes, kind: str, keep: str, sha256: str | None = None) -> Response:
    tag = f'"{sha256 or hashlib.sha256(content).hexdigest()}"'
    headers = {
        "etag": tag,
        "cache-control": keep,
        "access-control-allow-origin": "*",
        "x-content-type-options": "nosniff",
    }
    asked = [each.strip().removeprefix("W/") for each in http.headers.get("if-none-match", "").split(",")]
    if tag in asked or "*" in asked:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)


def _page(found: Sequence[opendata.File]) -> str:
    """For people; the machine's page is the catalogue."""
    items = "".join(
        f'<li><a href="{each.name}">{each.name}</a> · {each.size} B'
        + (f" · koreksi: {html.escape(each.why)}" if each.revision > 1 else "")
        + (" · data uji" if each.test else "")
        + "</li>"
        for each in found
    )
    return f"""<!doctype html><html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Data terbuka</title><link rel="alternate" type="application/atom+xml" href="feed.atom"></head><body><h1>{opendata.TITLE}</h1>
<p>{opendata.PUBLISHER}. Tanpa data pribadi; angka kecil ditahan. Diterbitkan pada tanggal 5 bulan berikutnya.</p>
<p><a href="dictionary.csv">Kamus data</a> · <a href="catalog.jsonld">Katalog DCAT (JSON-LD)</a> · <a href="feed.atom">Atom</a> ·
<a href="SHA256SUMS">SHA256SUMS</a> · <a href="LICENSE.txt">CC BY 4.0</a></p>
<ul>{items or "<li>Belum ada yang diterbitkan.</li>"}</ul></body></html>
"""
