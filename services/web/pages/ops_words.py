"""What operators read in place of the graph's codes. The code stands small beside it: logs and runbooks are searched by it. One that is not
in here yet is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.web.words import N_

ORDERS: Final[Mapping[str, str]] = {
    "PLACED": N_("Dipesan"),
    "CONFIRMED": N_("Disanggupi penjual"),
    "IN_PROGRESS": N_("Sedang diantar"),
    "COMPLETED": N_("Selesai"),
    "CANCELLED": N_("Batal"),
}

STATES: Final[Mapping[str, str]] = {
    "AWAIT_STOCK": N_("Menunggu stok ditahan"),
    "ACCEPTED_EARLY": N_("Penjual sudah menerima, stok belum pasti"),
    "AWAIT_MERCHANTS": N_("Menunggu penjual"),
    "AWAIT_BUYER": N_("Menunggu jawaban pembeli"),
    "AWAIT_PAYMENT": N_("Menunggu pembayaran"),
    "AGREED": N_("Disepakati, menunggu waktunya"),
    "AT_COUNTER": N_("Menunggu diambil pembeli"),
    "CONFIRMED": N_("Mencari pengantar"),
    "ASSIGNED": N_("Sudah ada pengantar"),
    "UNASSIGNED": N_("Dilepas pengantar, mencari yang lain"),
    "CALLED_OFF": N_("Akan dibatalkan, bertanya ke antaran"),
    "CALLED_OFF_UNDERWAY": N_("Akan dibatalkan, pengantar sudah jalan"),
    "PICKED_UP": N_("Barang dibawa pengantar"),
    "COMPLETED": N_("Selesai"),
    "CANCELLED": N_("Batal"),
}

INPUTS: Final[Mapping[str, str]] = {
    "PLACED": N_("Dipesan"),
    "MERCHANT_ACCEPTED": N_("Penjual menerima"),
    "DELIVERY_REQUESTED": N_("Pengantar dicari"),
    "DELIVERY_OFFERED": N_("Ditawarkan ke jasa antar"),
    "OFFER_CLOSED": N_("Tawaran berakhir tanpa pengantar"),
    "SELLER_ORDER_READY": N_("Siap diambil di penjual"),
    "RIDER_ARRIVED_AT_PICKUP": N_("Pengantar tiba di penjual"),
    "RIDER_ARRIVED_AT_DROPOFF": N_("Pengantar tiba di tujuan"),
    "STOCK_HELD": N_("Stok ditahan"),
    "STOCK_REFUSED": N_("Stok tidak cukup"),
    "STOCK_EXPIRED": N_("Penahanan stok lewat waktu"),
    "STOCK_COMMITTED": N_("Stok dipotong"),
    "STOCK_RELEASED": N_("Stok dilepas"),
    "MERCHANTS_ACCEPTED": N_("Semua penjual menerima"),
    "MERCHANT_REJECTED": N_("Penjual menolak"),
    "MERCHANT_CANCELS": N_("Penjual membatalkan"),
    "BUYER_IS_ASKED": N_("Pembeli ditanya"),
    "BUYER_GOES_ON": N_("Pembeli melanjutkan"),
    "BUYER_DEADLINE": N_("Pembeli tidak menjawab, dilanjutkan"),
    "NOTHING_TO_PAY": N_("Dibayar tunai nanti"),
    "PAYMENT_RECEIVED": N_("Pembayaran masuk"),
    "PAYMENT_DEADLINE": N_("Waktu bayar habis"),
    "DELIVERY_DUE": N_("Waktunya mencari pengantar"),
    "COUNTER_OPENS": N_("Bisa diambil di penjual"),
    "HANDED_OVER": N_("Diserahkan penjual ke pembeli"),
    "FETCH_DEADLINE": N_("Tidak diambil sampai waktunya"),
    "STOCK_DEADLINE": N_("Jawaban stok terlambat"),
    "ACCEPT_DEADLINE": N_("Penjual tidak menjawab"),
    "DELIVERY_DEADLINE": N_("Antaran terlalu lama"),
    "DELIVERY_ASSIGNED": N_("Pengantar ditemukan"),
    "DELIVERY_UNASSIGNED": N_("Pengantar melepas tugas"),
    "PICKED_UP": N_("Diambil pengantar"),
    "DELIVERED": N_("Diserahkan ke pembeli"),
    "ATTEMPT_FAILED": N_("Percobaan gagal"),
    "RETURNED": N_("Dikembalikan ke penjual"),
    "UNASSIGNABLE": N_("Tidak ada pengantar"),
    "DELIVERY_CANCELLED": N_("Antaran dibatalkan"),
    "BUYER_CANCELS": N_("Pembeli membatalkan"),
    "HANDED_OVER_BY_OPS": N_("Penyerahan dicatat petugas"),
    "GOODS_FETCHED": N_("Barang satu penjual diambil"),
    "STOP_FAILED": N_("Gagal di satu penjual"),
    "RIDER_WAITED": N_("Pengantar menunggu di penjual"),
}

PARTS: Final[Mapping[str, str]] = {
    "AWAITING_MERCHANT": N_("Menunggu penjual"),
    "ACCEPTED": N_("Diterima penjual"),
    "PACKING": N_("Sedang dikemas"),
    "READY": N_("Siap diambil"),
    "HANDED_OVER": N_("Sudah diserahkan penjual"),
    "COMPLETED": N_("Selesai"),
    "REJECTED": N_("Ditolak penjual"),
    "EXPIRED": N_("Tidak dijawab penjual"),
    "CANCELLED": N_("Batal"),
    "RETURNED": N_("Kembali ke penjual"),
}

METHODS: Final[Mapping[str, str]] = {
    "COD": N_("Tunai"),
    "QRIS": N_("QRIS"),
    "KASBON": N_("Kasbon"),
}

PAYMENTS: Final[Mapping[str, str]] = {
    "PENDING": N_("menunggu dibayar"),
    "PAID": N_("sudah dibayar"),
    "PARTIALLY_REFUNDED": N_("sebagian dikembalikan"),
    "REFUNDED": N_("dikembalikan"),
    "EXPIRED": N_("lewat waktu"),
    "FAILED": N_("gagal"),
    "DUE": N_("ditagih saat diserahkan"),
    "COLLECTED": N_("diterima pengantar"),
    "HANDED_OVER": N_("disetor pengantar"),
    "SETTLED": N_("sudah selesai dibukukan"),
    "VOIDED": N_("tidak jadi ditagih"),
}

TRIPS: Final[Mapping[str, str]] = {
    "WAITING": N_("Menunggu pesanan disanggupi"),
    "REQUESTED": N_("Mencari pengantar"),
    "OFFERED": N_("Ditawarkan"),
    "ASSIGNED": N_("Sudah ada pengantar"),
    "AT_PICKUP": N_("Pengantar di tempat penjual"),
    "PICKED_UP": N_("Barang dibawa pengantar"),
    "AT_DROPOFF": N_("Pengantar di tujuan"),
    "FAILED_ATTEMPT": N_("Percobaan gagal"),
    "RETURNING": N_("Dibawa kembali"),
    "DELIVERED": N_("Diserahkan ke pembeli"),
    "RETURNED": N_("Dikembalikan ke penjual"),
    "DISPOSED": N_("Dibuang"),
    "UNASSIGNABLE": N_("Tidak ada pengantar"),
    "CANCELLED": N_("Batal"),
}

OFFERS: Final[Mapping[str, str]] = {
    "OPEN": N_("menunggu jawaban"),
    "ACCEPTED": N_("diterima"),
    "DECLINED": N_("ditolak"),
    "TIMED_OUT": N_("tidak dijawab"),
    "WITHDRAWN": N_("ditarik"),
}

ACTORS: Final[Mapping[str, str]] = {
    "BUYER": N_("pembeli"),
    "MERCHANT": N_("penjual"),
    "COMPANY": N_("jasa antar"),
    "TIMER": N_("jam"),
    "PLATFORM": N_("Wlijo"),
    "OFFICER": N_("petugas"),
}

CANCELLED: Final[Mapping[str, str]] = {
    "BUYER_CANCELLED": N_("pembeli membatalkan"),
    "STOCK_SHORT": N_("stok tidak cukup"),
    "STOCK_TIMEOUT": N_("stok tidak bisa dipastikan"),
    "MERCHANT_REJECTED": N_("penjual menolak"),
    "MERCHANT_TIMEOUT": N_("penjual tidak menjawab"),
    "NO_RIDER": N_("tidak ada pengantar"),
    "DELIVERY_TIMEOUT": N_("antaran terlalu lama"),
    "DELIVERY_FAILED": N_("barang tidak sampai"),
    "NOT_FETCHED": N_("tidak diambil"),
    "PAYMENT_TIMEOUT": N_("belum dibayar sampai waktunya lewat"),
}

TIMERS: Final[Mapping[str, str]] = {
    "order.stock_deadline": N_("Jawaban stok ditunggu sampai ini"),
    "order.accept_deadline": N_("Jawaban penjual ditunggu sampai ini"),
    "order.buyer_deadline": N_("Jawaban pembeli ditunggu sampai ini"),
    "order.payment_deadline": N_("Pembayaran ditunggu sampai ini"),
    "order.delivery_due": N_("Pengantar mulai dicari"),
    "order.fetch_deadline": N_("Barang ditunggu diambil pembeli sampai ini"),
    "order.delivery_deadline": N_("Antaran ditunggu selesai sampai ini"),
    "delivery.dispatch": N_("Ditawarkan lagi ke jasa antar"),
    "delivery.search_long": N_("Petugas diberi tahu bahwa pencarian lama"),
    "delivery.time_up": N_("Pencarian berhenti"),
    "delivery.silent": N_("Jasa antar ditanya, karena lama tidak ada kabar"),
    "delivery.rehearsal": N_("Langkah uji coba berikutnya"),
    "delivery.rehearsal_over": N_("Uji coba berakhir"),
}
"""Of those whose subject is an order or a trip."""

TRANSFERS: Final[Mapping[str, str]] = {
    "GOODS": N_("Barang"),
    "COMMISSION": N_("Komisi"),
    "RIDER_SHARE": N_("Bagian pengantar"),
    "PARTNER_SHARE": N_("Bagian jasa antar"),
    "PLATFORM_SHARE": N_("Bagian Wlijo"),
    "ROUNDING": N_("Pembulatan"),
    "CASH_SHORT": N_("Tunai kurang"),
    "CASH_OVER": N_("Tunai lebih"),
    "FAILED_TRIP": N_("Antaran yang gagal"),
    "TRIP_PAY": N_("Upah jalan di luar ongkos"),
    "LOST_GOODS": N_("Ganti barang hilang"),
    "CLAIM": N_("Klaim disetujui"),
    "CLAIM_SETTLED": N_("Klaim dibayar"),
    "PPH22": N_("Pajak PPh 22"),
    "CASH_CARRIED": N_("Tunai dipegang pengantar"),
    "CASH_HANDOVER": N_("Setoran tunai"),
    "PAYOUT": N_("Pencairan"),
    "PAYOUT_REVERSED": N_("Pencairan dibatalkan"),
    "DISCOUNT": N_("Potongan harga"),
    "PAYMENT": N_("Pembayaran pembeli"),
    "MDR": N_("Biaya penyedia pembayaran"),
    "REFUND_BORNE": N_("Uang yang harus kembali"),
    "REFUND": N_("Uang dikembalikan"),
    "KASBON": N_("Diambil dengan kasbon"),
    "KASBON_PAID": N_("Kasbon dibayar"),
    "KASBON_FORGIVEN": N_("Kasbon diikhlaskan"),
    "KASBON_TAKEN_BACK": N_("Catatan bayar kasbon dicabut"),
    "KASBON_CLAIMED": N_("Kasbon dipotong klaim"),
}

ACCOUNTS: Final[Mapping[tuple[str, str], str]] = {
    ("merchant", "payable"): N_("hak penjual"),
    ("merchant", "cash"): N_("tunai di penjual"),
    ("merchant", "kasbon"): N_("piutang kasbon penjual"),
    ("partner", "payable"): N_("hak jasa antar"),
    ("partner", "cash"): N_("tunai di jasa antar"),
    ("partner", "with_riders"): N_("tunai jasa antar yang dipegang pengantarnya"),
    ("partner", "riders"): N_("hak pengantar, lewat jasa antar"),
    ("partner", "shortfall"): N_("kekurangan tunai jasa antar"),
    ("partner", "losses"): N_("kerugian jasa antar"),
    ("rider", "payable"): N_("hak pengantar"),
    ("rider", "carrying"): N_("tunai di tangan pengantar"),
    ("platform", "settlement"): N_("kas Wlijo"),
    ("platform", "commission"): N_("komisi Wlijo"),
    ("platform", "fees"): N_("ongkos bagian Wlijo"),
    ("platform", "rounding"): N_("selisih pembulatan Wlijo"),
    ("platform", "losses"): N_("kerugian Wlijo"),
    ("platform", "claims"): N_("klaim yang ditanggung Wlijo"),
    ("platform", "refunds"): N_("pengembalian oleh Wlijo"),
    ("platform", "promotions"): N_("promo Wlijo"),
    ("platform", "by_hand"): N_("pengembalian tunai oleh petugas"),
    ("platform", "mdr"): N_("biaya penyedia pembayaran"),
    ("buyers", "held"): N_("titipan pembeli"),
    ("buyers", "overpaid"): N_("kelebihan bayar pembeli"),
    ("provider", "clearing"): N_("uang di penyedia pembayaran"),
    ("tax", "pph22"): N_("titipan pajak PPh 22"),
    ("kasbon", "owed"): N_("utang kasbon pembeli"),
    ("claim", "refundable"): N_("hak pembeli dari klaim"),
    ("regency", "budget"): N_("anggaran kabupaten"),
}
"""By whose an account is and what it is for; between the two stands the id, where there are several."""

CAUSES: Final[Mapping[str, str]] = {
    "PLACED": N_("Dipesan"),
    "CONFIRMED": N_("Pesanan disanggupi"),
    "CANCELLED": N_("Dibatalkan"),
    "OFFERED": N_("Ditawarkan ke jasa antar"),
    "OFFERS_CLOSED": N_("Tidak ada yang menerima tawaran"),
    "TIMED_OUT": N_("Tawaran tidak dijawab"),
    "DECLINED": N_("Jasa antar melewatkan tawaran"),
    "WITHDRAWN": N_("Tawaran ditarik"),
    "ACCEPTED": N_("Jasa antar menerima"),
    "TIME_UP": N_("Waktu pencarian habis"),
    "AT_PICKUP": N_("Pengantar tiba di penjual"),
    "PICKED_UP": N_("Diambil pengantar"),
    "AT_DROPOFF": N_("Pengantar tiba di tujuan"),
    "DELIVERED": N_("Diserahkan dengan PIN"),
    "DELIVERED_PHOTO": N_("Diserahkan dengan foto"),
    "DELIVERED_SIGNATURE": N_("Diserahkan dengan tanda tangan"),
    "DELIVERED_COUNTER_CODE": N_("Diserahkan dengan kode pengambilan"),
    "FAILED": N_("Percobaan gagal"),
    "RETURNING": N_("Dibawa kembali"),
    "RETURNED": N_("Dikembalikan ke penjual"),
    "DISPOSED": N_("Dibuang"),
    "OPS_DELIVERED": N_("Diakhiri petugas: sudah diserahkan"),
    "OPS_RETURNED": N_("Diakhiri petugas: kembali ke penjual"),
    "OPS_DISPOSED": N_("Diakhiri petugas: dibuang"),
    "OPS_LOST": N_("Diakhiri petugas: hilang"),
    "OPS_CANCELLED": N_("Diakhiri petugas: batal"),
    "OPS_REASSIGNED": N_("Dipindahkan petugas"),
    "SEARCH_LONG": N_("Pencarian lama, petugas diberi tahu"),
    "SEARCH_EXTENDED": N_("Waktu pencarian ditambah petugas"),
    "STOP_LEFT_OUT": N_("Satu penjual tidak dijemput lagi"),
    "REPRICED": N_("Jumlah pesanan berubah"),
    "AREA_CLOSED": N_("Daerah ditutup karena bahaya"),
    "TEST_OVER": N_("Uji coba selesai"),
}

REPLIES: Final[Mapping[str, str]] = {
    "partner.accept.v1": N_("Menerima tugas"),
    "partner.decline.v1": N_("Menolak tawaran"),
    "partner.rider_changed.v1": N_("Pengantar diganti"),
    "partner.arrived.v1": N_("Pengantar tiba"),
    "partner.picked_up.v1": N_("Barang diambil"),
    "partner.delivered.v1": N_("Barang diserahkan"),
    "partner.failed.v1": N_("Gagal"),
    "partner.status.v1": N_("Kabar keadaan"),
    "partner.position.v1": N_("Posisi pengantar"),
}

REFUSED: Final[Mapping[str, str]] = {
    "OFFER_EXPIRED": N_("tawaran lewat waktu"),
    "OFFER_TAKEN": N_("tawaran sudah diambil yang lain"),
    "OFFER_WITHDRAWN": N_("tawaran sudah ditarik"),
    "NOT_YOUR_JOB": N_("bukan tugasnya"),
    "ALREADY_DONE": N_("sudah dilaporkan"),
    "WRONG_ORDER": N_("langkahnya tidak urut"),
    "WRONG_PIN": N_("PIN salah"),
    "MALFORMED": N_("bentuknya salah"),
    "UNKNOWN_TYPE": N_("jenisnya tidak dikenal"),
    "NOT_YOUR_RIDER": N_("bukan pengantarnya"),
    "IMPLAUSIBLE": N_("tidak masuk akal"),
    "OVER_CASH_LIMIT": N_("tunai pengantar melewati batas"),
    "TOO_LARGE": N_("terlalu besar"),
    "UNKNOWN_STOP": N_("tempatnya tidak dikenal"),
    "ID_REUSED": N_("nomor laporannya sudah dipakai"),
    "RATE_LIMITED": N_("terlalu banyak laporan"),
    "TOO_MANY_RIDERS": N_("terlalu banyak pengantar"),
    "PROOF_NOT_ACCEPTED": N_("buktinya tidak diterima"),
    "UNKNOWN_PROOF": N_("buktinya tidak dikenal"),
}


def account(name: str) -> tuple[str, str]:
    """What an account of the books is, and whose: its id or name, empty where there is one alone. One that is not known is as it is."""
    owner, _, rest = name.removeprefix("test:").partition(":")
    whose, _, what = rest.rpartition(":")
    return ACCOUNTS.get((owner, what), name), whose


def mark(text: str) -> tuple[str, str]:
    """What came, and the state that did not expect it; or what is in the books, and nothing. What is not known is as it is."""
    given, apart, state = text.partition(" in ")
    if apart and given in INPUTS and state in STATES:
        return INPUTS[given], STATES[state]
    return TRANSFERS.get(text, text), ""
