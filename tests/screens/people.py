"""Who looks, and what they have to see: every page that a GET shows, by the person whose it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from playwright.async_api import Page, expect

_SHOP = "/jualan/mall-umkm"
_BUSY = "/jualan/lapak-pak-har"
_GOOD = "klengkeng-kateki"
PAGES: Mapping[str, Sequence[str]] = {
    "": (
        "/", "/?q=bayam", "/?q=durianmontong", "/?q=bayam&urut=PRICE&harga=0-4999", "/?jenis=sayur",
        "/toko/mall-umkm", "/toko/wlijo-bu-sri", f"/toko/mall-umkm/{_GOOD}", "{hostile}",
        "/sama/{product}", "/tempat", "/keranjang", "/masuk", "/masuk/kode", "/masuk-sebagai", "/luring", "/jasa-antar/kontrak",
        "/tidak/ada", "/lacak/{token}", "/lacak/salah",
    ),
    "siti": (
        "/", "/keranjang", "/alamat", "/pesanan", "/kasbon", "/pemberitahuan", "/pemberitahuan/cara", "/pengaduan", "/gabung",
        "/daftar-toko",
    ),
    "budi": (
        "/keranjang", "/pesan", "/pesanan", "/pesanan/{waiting}", "/pesanan/{riding}", "/pesanan/{done}", "/pesanan/{done}/masalah",
        "/kasbon", "/kasbon/{kasbon}", "/saya", "/pemberitahuan",
    ),
    "ratna": (
        "/jualan", _SHOP, f"{_SHOP}/barang", f"{_SHOP}/barang-baru", f"{_SHOP}/barang/{_GOOD}", f"{_SHOP}/foto-barang?barang={{product}}",
        f"{_SHOP}/stok", f"{_SHOP}/stok/{{variant}}", f"{_SHOP}/rak", f"{_SHOP}/daftar", f"{_SHOP}/berkas", f"{_SHOP}/berkas/{{file}}",
        f"{_SHOP}/klaim", f"{_SHOP}/kasbon", f"{_SHOP}/laporan", f"{_SHOP}/laporan/cetak", f"{_SHOP}/jam", f"{_SHOP}/izin",
        f"{_SHOP}/promo", f"{_SHOP}/orang",
    ),
    "pak-har": (
        _BUSY, f"{_BUSY}/barang", f"{_BUSY}/kemas/{{part}}", f"{_BUSY}/kasbon", "/kasbon/{kasbon}", f"{_BUSY}/laporan",
        f"{_BUSY}/laporan/cetak",
    ),
    "bu-sri": ("/jualan/wlijo-bu-sri", "/jualan/wlijo-bu-sri/keliling"),
    "mbak-yuli": (
        "/jasa-antar", "/jasa-antar/daftar", "{company}", "{company}/orang", "{company}/jangkauan", "{company}/tarif",
        "{company}/sambungan", "{company}/uji", "{company}/tunai", "{company}/bagian",
    ),
    "agus": ("/antar", "/antar/{trip}", "/antar/setor"),
    "pemkab": (
        "/petugas", "/petugas/pengaduan", "/petugas/pembayaran", "/petugas/angka", "/petugas/angka/harga", "/petugas/angka/antar",
        "/petugas/angka/tenggat", "/petugas/promo", "/petugas/zona", "/petugas/tarif", "/petugas/pembagian", "/petugas/izin",
        "/petugas/komisi", "/petugas/antar", "/petugas/perjalanan",
    ),
    "ops": (
        "/petugas/kembali", "/petugas/pencarian", "/petugas/pesanan", "/petugas/pesanan/{done}?jasa={ptn}", "/petugas/pesanan/{riding}",
        "/petugas/saluran", "/petugas/tersangkut", "/petugas/kesehatan",
    ),
}  # fmt: skip
"""By whom local mode lets one be; "" is a guest. What is in braces is of `scene.Scene`."""
_COUNTER = {"stop": 1, "merchantName": "Lapak Daging Pak Har", "fetchedAt": None, "leftOutAt": None, "failure": None}
PLAYED: Mapping[str, Mapping[str, Any]] = {
    "/antar/dlv_2": {"delivery": {
        "id": "dlv_2", "status": "AT_PICKUP", "cashToCollect": 69_500, "pickups": [_COUNTER], "acceptedProofs": [],
        "proofs": [{"id": "prf_1", "kind": "PHOTO", "stop": 1, "proves": False}],
    }},
    "/antar/dlv_1": {"delivery": {
        "id": "dlv_1", "status": "AT_DROPOFF", "cashToCollect": 69_500, "pickups": [],
        "acceptedProofs": [{"kind": kind, "now": True} for kind in ("PIN", "PHOTO", "SIGNATURE")],
    }},
}  # fmt: skip
"""What the scene does not stay in, and what the graph says then: a rider at a merchant's counter, who has sent a photo of the goods
and may send another, and one at the door, who may hand over by photo or signature."""
UNSEEN: Mapping[str, str] = {
    "/toko/{merchant}/keliling/langsung": "events",
    "/pesanan/{code}/langsung": "events",
    "/antar/langsung": "events",
    "/antar/{trip}/langsung": "events",
    "/jasa-antar/{company}/langsung": "events",
    "/jualan/{shop}/langsung": "events",
    "/saya/salinan/{copy}": "a file",
    "/jasa-antar/{company}/tunai/unduh": "a file",
    "/jualan/{shop}/berkas/unduh/{name}": "a file",
    "/jualan/{shop}/laporan/unduh": "a file",
    "/saran": "for the script at the search field",
    "/manifest.webmanifest": "for the browser",
    "/sw.js": "for the browser",
}
"""What a GET answers with something else than a page."""


async def become(page: Page, base: str, who: str) -> None:
    await page.goto(f"{base}/masuk-sebagai")
    await page.locator("form", has=page.locator(f'[value="{who}"]')).get_by_role("button").first.click()
    await expect(page.locator("form[action='/keluar']")).to_be_visible()
