"""What people see, by address. Addresses are Indonesian, as their readers are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from starlette.routing import BaseRoute, Route

from services.web.app import Web, page
from services.web.pages import (
    aftercare,
    cart,
    checkout,
    companies,
    company,
    complaints,
    installing,
    joining,
    language,
    live,
    local,
    market,
    me,
    notices,
    officer,
    orders,
    places,
    riding,
    shop,
    shop_claims,
    shop_files,
    shop_goods,
    shop_hours,
    shop_list,
    shop_new_good,
    shop_people,
    shop_photos,
    shop_product,
    shop_rounds,
    shop_shelf,
    shop_stock,
    signing_in,
)


def routes(shared: Web) -> Sequence[BaseRoute]:
    at = partial(page, shared)
    trying = (
        [at("/masuk-sebagai", partial(local.show, shared), partial(local.become, shared))]
        if shared.settings.sign_in_as_url
        else []
    )
    return [
        at("/", market.home),
        at("/toko/{merchant}", market.merchant, market.tell_me),
        at("/toko/{merchant}/keliling/langsung", partial(live.round_of, shared)),
        at("/toko/{merchant}/{product}", market.product),
        at("/sama/{product}", market.same),
        at("/tempat", places.show, places.choose),
        at("/bahasa", take=language.choose),
        at("/keranjang", cart.show, cart.change),
        at("/masuk", signing_in.show, signing_in.send_code),
        at("/masuk/kode", signing_in.ask_code, signing_in.enter),
        at("/keluar", take=signing_in.leave),
        at("/alamat", partial(checkout.new_contact, shared), partial(checkout.save_contact, shared)),
        at("/pesan", checkout.show, checkout.place),
        at("/pesanan", orders.listed),
        at("/pesanan/{code}", orders.show),
        at("/pesanan/{code}/batal", take=orders.cancel),
        at("/pesanan/{code}/lanjut", take=orders.go_on),
        at("/pesanan/{code}/masalah", aftercare.show, aftercare.say),
        at("/pengaduan", aftercare.tickets, aftercare.write),
        at("/pesanan/{code}/langsung", partial(live.order, shared)),
        at("/jualan", shop.shops),
        at("/daftar-toko", partial(joining.shop_form, shared), partial(joining.apply_for_shop, shared)),
        at("/gabung", joining.code_form, joining.join),
        at("/saya", me.show, me.change),
        at("/saya/salinan/{copy}", me.copy),
        at("/pemberitahuan", partial(notices.show, shared)),
        at("/pemberitahuan/push", take=notices.push),
        at("/luring", installing.offline),
        Route("/manifest.webmanifest", partial(installing.manifest, shared)),
        Route("/sw.js", partial(installing.worker, shared)),
        at("/antar", riding.home, riding.answer),
        at("/antar/langsung", partial(live.company, shared)),
        at("/antar/{trip}", riding.trip, riding.report),
        at("/antar/{trip}/langsung", partial(live.trip, shared)),
        at("/jasa-antar", companies.mine),
        at("/jasa-antar/daftar", companies.form, companies.apply),
        at("/jasa-antar/{company}", company.board, company.act),
        at("/jasa-antar/{company}/langsung", partial(live.company, shared)),
        at("/jasa-antar/{company}/orang", company.people, company.change_people),
        at("/petugas", officer.show, officer.decide),
        at("/petugas/pengaduan", complaints.show, complaints.decide),
        at("/jualan/{shop}", shop.today, shop.answer),
        at("/jualan/{shop}/langsung", partial(live.shop, shared)),
        at("/jualan/{shop}/barang", shop_goods.show, shop_goods.change),
        at("/jualan/{shop}/barang-baru", shop_new_good.show, shop_new_good.create),
        at("/jualan/{shop}/foto-barang", shop_photos.show, shop_photos.change),
        at("/jualan/{shop}/barang/{product}", shop_product.show, shop_product.change),
        at("/jualan/{shop}/stok", shop_stock.show, shop_stock.change),
        at("/jualan/{shop}/stok/{variant}", shop_stock.movements),
        at("/jualan/{shop}/rak", shop_shelf.show, shop_shelf.change),
        at("/jualan/{shop}/daftar", shop_list.show, shop_list.fill),
        at("/jualan/{shop}/berkas", shop_files.show, shop_files.send),
        at("/jualan/{shop}/berkas/unduh/{name}", shop_files.written),
        at("/jualan/{shop}/berkas/{file}", shop_files.one, shop_files.decide),
        at("/jualan/{shop}/klaim", shop_claims.show, shop_claims.change),
        at("/jualan/{shop}/jam", shop_hours.show, shop_hours.change),
        at("/jualan/{shop}/orang", shop_people.show, shop_people.change),
        at("/jualan/{shop}/keliling", partial(shop_rounds.show, shared), partial(shop_rounds.change, shared)),
        *trying,
    ]
