"""A photo of goods, from the phone's camera to the product's page: asked for, sent by the browser itself, looked at, used.

The photo goes from the form to where photos are kept and not through here; whoever sent it comes back with its name, or with what is
wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from starlette.responses import Response

from services.web.answers_photos import AskPhoto, Photographed, PhotosGoods, ShopPhoto
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

AGAIN = N_("Foto itu belum terkirim. Coba lagi.")
TROUBLE: Mapping[str, str] = {
    "NOT_A_PHOTO": N_("Itu bukan foto. Pilih foto JPEG, PNG atau WebP."),
    "ANIMATED": N_("Gambar bergerak tidak bisa dipakai. Pilih foto biasa."),
    "TOO_SMALL": N_("Foto itu terlalu kecil atau terlalu sempit. Ambil foto yang lebih besar."),
    "TOO_MANY_PIXELS": N_("Foto itu terlalu besar. Ambil dengan ukuran yang lebih kecil."),
    "TOO_LARGE": N_("Berkas foto itu terlalu besar: paling banyak 12 MB."),
    "DAMAGED": N_("Foto itu rusak atau terpotong. Ambil lagi."),
    "TOO_SLOW": N_("Sambungannya terlalu lambat. Coba lagi di tempat yang sinyalnya lebih baik."),
    "RATE_LIMITED": N_("Sedang banyak foto yang masuk. Tunggu sebentar, lalu coba lagi."),
}
"""By the code with which an upload was refused."""


async def show(visit: Visit) -> Response:
    shop, goods = await _found(visit, visit.query("barang"))
    photo = next((each for each in shop.waiting_photos if each.id == visit.query("photo")), None)
    notes = Notes()
    if trouble := visit.query("trouble"):
        notes.add("", visit.speaking(TROUBLE.get(trouble, AGAIN)))
    elif visit.query("photo") and photo is None:
        notes.add("", visit.speaking(AGAIN))
    return visit.page(
        "shop_photo.html", status=422 if notes else 200, shop=shop, goods=goods, photo=photo, upload=None, notes=notes
    )


async def change(visit: Visit) -> Response:
    shop, goods = await _found(visit, visit.typed("id"))
    if visit.typed("do") == "use":
        wanted = visit.typed("photo")[:64]
        outcome = await visit.change("add_photo", product=goods.id, photo=wanted, alt=visit.typed("alt"))
        if not outcome.problems:
            return visit.go(f"/jualan/{quote(shop.slug)}/barang", visit.speaking(N_("Fotonya sudah dipasang.")))
        photo = next((each for each in shop.waiting_photos if each.id == wanted), None)
        notes = visit.notes(outcome.problems)
        return visit.page("shop_photo.html", status=422, shop=shop, goods=goods, photo=photo, upload=None, notes=notes)
    back = f"/jualan/{quote(shop.slug)}/foto-barang?{urlencode({'barang': goods.id})}"
    asked = (await visit.ask("ask_photo", AskPhoto, merchant=shop.id, back=back)).data.request_photo_upload
    if asked is None:
        raise NoAnswer(Trouble.AWAY)
    notes = visit.notes(asked.problems)
    return visit.page(
        "shop_photo.html",
        status=422 if notes else 200,
        shop=shop,
        goods=goods,
        photo=None,
        upload=asked.upload,
        notes=notes,
    )


async def _found(visit: Visit, product_id: str) -> tuple[Photographed, PhotosGoods]:
    """Whose it is, the graph says at each change. Raises SignInNeeded, NoAnswer."""
    visit.must_be_signed_in()
    answer = await visit.ask("shop_photo", ShopPhoto, slug=visit.path("shop")[:80], product=product_id[:64])
    shop, goods = answer.data.merchant_by_slug, answer.data.product
    if shop is None or goods is None or goods.merchant is None or goods.merchant.slug != shop.slug:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    return shop, goods
