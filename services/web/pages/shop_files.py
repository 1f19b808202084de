"""A seller's goods as files: sent, tried, looked through and done; and written out."""

from __future__ import annotations

import secrets
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response, StreamingResponse

from services.web.answers_bulk import ShopFile, ShopFiles
from services.web.graph import NoAnswer, Trouble
from services.web.uploading import MOST_FILE_BYTES
from services.web.visit import Notes, Visit
from services.web.words import N_

KINDS: Final = {"GOODS": N_("Barang dan harga"), "STOCK": N_("Hitungan stok"), "PRICES": N_("Daftar harga")}
_FILES: Final = {"barang.csv": "goods", "stok.csv": "stock", "harga.csv": "prices"}
_PART: Final = 192 * 1024
_REFUSED: Final = {
    "IMPORT_UNDER_WAY": N_("Berkas sebelumnya masih dikerjakan. Tunggu sampai selesai, atau hentikan dulu."),
    "WRONG_STATE": N_("Toko ini belum boleh mengirim berkas. Tunggu pemeriksaan petugas."),
}
_OTHER: Final = N_("Berkas belum terkirim. Coba lagi sebentar.")


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("shop_files", ShopFiles, slug=visit.path("shop")[:80])
    found = answer.data.merchant_by_slug
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    return visit.page(
        "shop_files.html",
        status=status,
        shop=found,
        kinds=KINDS,
        notes=notes,
        most_kib=MOST_FILE_BYTES // 1024,
        key=secrets.token_hex(16),
        partial=answer.partial,
    )


async def send(visit: Visit) -> Response:
    """Tries it; nothing is changed before its sender has seen what would be."""
    visit.must_be_signed_in()
    notes, kind, merchant = Notes(), visit.typed("kind"), visit.typed("id")[:64]
    if not visit.file:
        notes.add("file", visit.speaking(N_("Pilih berkasnya dulu.")))
        return await _page(visit, notes, 422)
    parts = [visit.file[at : at + _PART] for at in range(0, len(visit.file), _PART)]
    asked = {"merchant": merchant, "kind": kind.lower(), "dry_run": "true", "parts": len(parts)}
    path = f"/bulk/v1/imports?{urlencode(asked)}"
    sent = await visit.graph.send(visit.caller, "POST", path, parts[0], key=visit.typed("key")[:64])
    for number, part in enumerate(parts[1:], 2):
        if "import" in sent:
            again = f"/bulk/v1/imports/{sent['import']}/parts/{number}"
            sent |= await visit.graph.send(visit.caller, "PUT", again, part)
    if "code" in sent:
        notes.add("file", visit.speaking(_REFUSED.get(str(sent["code"]), _OTHER)))
        return await _page(visit, notes, 422)
    return visit.go(f"{visit.http.url.path}/{sent['import']}")


async def one(visit: Visit) -> Response:
    return await _one(visit, Notes())


async def _one(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    asked = {"slug": visit.path("shop")[:80], "id": visit.path("file")[:64], "after": visit.query("sesudah") or None}
    answer = await visit.ask("shop_file", ShopFile, **asked)
    shop, found = answer.data.merchant_by_slug, answer.data.import_
    if shop is None or found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    page = visit.page("shop_file.html", status=status, shop=shop, file=found, kinds=KINDS, notes=notes)
    if found.is_open:
        page.headers["refresh"] = "2"
    return page


async def decide(visit: Visit) -> Response:
    visit.must_be_signed_in()
    document = {"do": "confirm_import", "stop": "stop_import"}.get(visit.typed("do"))
    if document is None:
        return visit.go(visit.http.url.path)
    outcome = await visit.change(document, id=visit.path("file")[:64])
    if notes := visit.notes(outcome.problems):
        return await _one(visit, notes, 422)
    return visit.go(visit.http.url.path)


async def written(visit: Visit) -> Response:
    """What the gateway sends, as it comes."""
    visit.must_be_signed_in()
    name = visit.path("name")
    answer = await visit.ask("shop_files", ShopFiles, slug=visit.path("shop")[:80])
    found = answer.data.merchant_by_slug
    if found is None or name not in _FILES:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    parts = await visit.graph.fetch(visit.caller, f"/bulk/v1/merchants/{found.id}/{_FILES[name]}.csv")
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(parts, media_type="text/csv; charset=utf-8", headers=headers)
