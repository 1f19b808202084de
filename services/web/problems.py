"""Every refusal of the graph in words: what is wrong and what to do. A code that is new says so."""

from __future__ import annotations

from collections.abc import Mapping

from services.contracts.problems import ProblemCode
from services.web.answers import Problem, Unit
from services.web.speaking import Speaking
from services.web.words import N_

_C = ProblemCode
WORDS: Mapping[str, str] = {
    _C.NOT_FOUND: N_("Ini sudah tidak ada, atau bukan milik Anda. Muat ulang halaman ini."),
    _C.WRONG_STATE: N_("Keadaannya sudah berubah. Muat ulang halaman ini dan lihat lagi."),
    _C.IDEMPOTENCY_KEY_REUSED: N_(
        "Formulir ini sudah terkirim dengan isi lain. Muat ulang halaman ini, lalu coba lagi."
    ),
    _C.RATE_LIMITED: N_("Terlalu sering. Tunggu %(wait)s, lalu coba lagi."),
    _C.TRY_LATER: N_("Pasar sedang ramai. Tunggu %(wait)s, lalu coba lagi."),
    _C.MERCHANT_CLOSED: N_("Penjual sedang tutup%(until)s. Keluarkan barangnya, atau pesan lagi nanti."),
    _C.MERCHANT_SUSPENDED: N_("Penjual ini sedang tidak boleh berjualan. Keluarkan barangnya dari keranjang."),
    _C.PRODUCT_UNAVAILABLE: N_("Barang ini tidak dijual lagi. Keluarkan dari keranjang."),
    _C.OUT_OF_STOCK: N_("Stok tidak cukup: sisa %(limit)s. Kurangi jumlahnya atau keluarkan dari keranjang."),
    _C.INVALID_QUANTITY: N_("Jumlah ini tidak bisa: paling sedikit %(minimum)s, naik per %(step)s."),
    _C.INVALID_PRICE: N_("Harga harus dari %(minimum)s sampai %(limit)s."),
    _C.INVALID_TEXT: N_(
        "Tulisan ini terlalu pendek, terlalu panjang (paling banyak %(limit)s huruf), atau ada huruf yang tidak terbaca."
    ),
    _C.INVALID_PHONE: N_("Ini bukan nomor telepon. Tulis seperti 0812 3456 7890."),
    _C.PUSH_NOT_SERVED: N_("Peramban ini tidak bisa menerima pemberitahuan."),
    _C.PHONE_NOT_SERVED: N_("Kami belum bisa mengirim pesan ke nomor negara itu. Pakai nomor Indonesia."),
    _C.PHONE_TAKEN: N_("Nomor itu sudah dipakai orang lain."),
    _C.CODE_INVALID: N_("Kode salah atau sudah lewat waktunya. Minta kode baru."),
    _C.SESSION_ENDED: N_("Anda sudah keluar. Masuk lagi."),
    _C.NOTHING_TO_LOAD: N_("Belum ada muatan sebelumnya. Isi muatan hari ini dulu."),
    _C.TOO_MANY_TEMPLATES: N_("Sudah ada %(limit)s contoh muatan. Hapus salah satunya dulu."),
    _C.TOO_MANY_PLACES: N_("Sudah ada %(limit)s tempat atau tawaran rak, itu paling banyak."),
    _C.PLACE_NOT_EMPTY: N_("Masih ada barang di tempat lain. Pindahkan, jual atau hitung dulu."),
    _C.NOT_A_HUB: N_("Hanya Mall UMKM yang buka bisa menawarkan rak, kepada penjual lain."),
    _C.LAST_OF_ITS_KIND: N_("Ini yang terakhir; satu harus tetap ada."),
    _C.UNKNOWN_REGION: N_("Kecamatan atau desa itu tidak ada. Pilih dari daftar."),
    _C.OUTSIDE_REGION: N_(
        "Titik di peta berada di luar kecamatan yang dipilih. Pilih desa yang benar, atau pakai lokasi ponsel di tempat tujuan."
    ),
    _C.TOO_MANY_CONTACTS: N_("Anda sudah menyimpan %(limit)s alamat, itu paling banyak. Pakai salah satunya."),
    _C.TOO_MANY_OWN_MERCHANTS: N_("Anda sudah punya %(limit)s toko, itu paling banyak."),
    _C.TOO_MANY_INVITATIONS: N_("Sudah ada %(limit)s undangan yang terbuka."),
    _C.TOO_MANY_MEMBERS: N_("Toko ini sudah punya %(limit)s orang, itu paling banyak."),
    _C.TOO_MANY_PRODUCTS: N_("Toko ini sudah punya %(limit)s barang, itu paling banyak."),
    _C.TOO_MANY_VARIANTS: N_("Satu barang punya 1 sampai %(limit)s pilihan."),
    _C.TOO_MANY_UNITS: N_("Satuan jual sudah penuh."),
    _C.UNKNOWN_CATEGORY: N_("Jenis barang itu tidak ada."),
    _C.UNKNOWN_UNIT: N_("Satuan itu tidak ada."),
    _C.UNIT_DOES_NOT_FIT: N_("Satuan itu tidak cocok dengan barang ini."),
    _C.TOO_MANY_PHOTOS: N_("Barang ini sudah punya %(limit)s foto, itu paling banyak. Copot salah satunya dulu."),
    _C.TOO_MANY_UPLOADS: N_(
        "Terlalu banyak foto yang dikirim dan belum dipakai: paling banyak %(limit)s. Pakai dulu, atau tunggu sehari."
    ),
    _C.PHOTOS_CHANGED: N_("Foto barang ini sudah berubah. Muat ulang halaman ini dan lihat lagi."),
    _C.TOO_MANY_CLOSURES: N_("Sudah ada %(limit)s jadwal tutup. Hapus salah satunya dulu."),
    _C.INVALID_HOURS: N_("Jam buka tumpang tindih atau terlalu banyak."),
    _C.INVALID_TIME: N_("Waktu itu sudah lewat atau terlalu jauh."),
    _C.INVALID_DURATION: N_("Lamanya harus dari %(minimum)s sampai %(limit)s detik."),
    _C.TOO_LARGE_A_BUSINESS: N_("Usaha sebesar itu bukan UMKM lagi."),
    _C.SIZE_NOT_DECLARED: N_("Isi penjualan setahun atau modal usaha."),
    _C.OWN_MATTER: N_("Ini urusan Anda sendiri; orang lain yang harus memutuskan."),
    _C.UNKNOWN_COMMODITY: N_("Komoditas itu tidak ada."),
    _C.PARENT_DOES_NOT_FIT: N_("Jenis barang itu tidak bisa di sana."),
    _C.ATTRIBUTE_DOES_NOT_FIT: N_("Keterangan itu tidak cocok. Pilih dari daftar, atau tulis angka seperti 2.5."),
    _C.ATTRIBUTE_MISSING: N_("Isi dulu keterangan yang bertanda bintang."),
    _C.TOO_MANY_ATTRIBUTES: N_("Keterangan sudah penuh."),
    _C.TOO_MANY_COMMODITIES: N_("Komoditas sudah penuh."),
    _C.TOO_MANY_CATEGORIES: N_("Jenis barang sudah penuh."),
    _C.LICENCE_MISSING: N_(
        "Barang ini belum boleh dijual: izin yang diperlukan jenis barangnya belum ada, atau sudah habis. Ajukan izinnya dulu."
    ),
    _C.INVALID_LICENCE_NUMBER: N_("Nomor izin ini tidak benar. Tulis persis seperti di dokumennya."),
    _C.FOREIGN_LICENCE: N_("Nomor P-IRT ini dari kabupaten lain. Izin Lumajang memuat 3508."),
    _C.LICENCE_DOES_NOT_FIT: N_("Izin jenis ini tidak untuk barang itu."),
    _C.TOO_MANY_LICENCES: N_(
        "Sudah ada %(limit)s izin, itu paling banyak. Tunggu pemeriksaan, atau tarik salah satunya."
    ),
    _C.NOT_A_WLIJO: N_("Hanya wlijo yang berkeliling."),
    _C.NO_ROUND: N_("Anda belum mulai keliling, atau sudah selesai."),
    _C.TOO_MANY_STOPS: N_("Satu hari paling banyak %(limit)s tempat singgah."),
    _C.TOO_MANY_ROUNDS: N_("Hari ini sudah %(limit)s kali mulai keliling, itu paling banyak."),
    _C.TOO_MANY_WISHES: N_("Anda sudah menunggu %(limit)s wlijo, itu paling banyak."),
    _C.CART_EMPTY: N_("Keranjang masih kosong. Pilih barang dulu."),
    _C.CART_TOO_LARGE: N_("Keranjang penuh: paling banyak %(limit)s macam barang."),
    _C.TOO_MANY_MERCHANTS: N_("Satu pesanan paling banyak dari %(limit)s penjual. Pesan sisanya nanti."),
    _C.TOTAL_TOO_HIGH: N_("Satu pesanan paling banyak %(limit)s."),
    _C.TOO_MANY_OPEN_ORDERS: N_(
        "Anda masih punya %(limit)s pesanan yang berjalan. Tunggu sampai salah satunya selesai."
    ),
    _C.CART_CHANGED: N_("Isi keranjang berubah sejak Anda melihatnya. Lihat lagi di bawah ini, lalu pesan."),
    _C.PAYMENT_METHOD_NOT_OFFERED: N_("Cara bayar itu sedang tidak bisa dipakai. Pilih cara lain."),
    _C.REFUND_TOO_MUCH: N_("Yang dikembalikan tidak bisa lebih dari yang dibayar."),
    _C.PRICE_CHANGED: N_("Totalnya berubah menjadi %(total)s. Lihat lagi di bawah ini, lalu pesan."),
    _C.NOT_BY_WEIGHT: N_("Barang ini tidak dijual menurut berat. Isi jumlahnya."),
    _C.LAST_LINE: N_("Ini barang terakhir pesanan ini. Kalau tidak ada, batalkan seluruh pesanan."),
    _C.QUESTION_OPEN: N_("Pembeli masih ditanya dan boleh menjawab sebentar lagi. Tunggu jawabannya."),
    _C.TOO_MANY_QUESTIONS: N_(
        "Pembeli sudah ditanya %(limit)s kali tentang barang ini. Timbang yang lain, atau kurangi."
    ),
    _C.NOT_CANCELLABLE: N_("Pesanan sudah terlalu jauh untuk dibatalkan. Hubungi pengantar."),
    _C.SLOT_FULL: N_("Waktu itu baru saja penuh. Pilih waktu lain."),
    _C.SLOT_NOT_OFFERED: N_("Waktu itu sudah tidak bisa dipilih. Pilih waktu lain."),
    _C.INVALID_SLOT_LIMIT: N_("Banyaknya pesanan per jam harus dari %(minimum)s sampai %(limit)s."),
    _C.PROMOTION_INVALID: N_("Isian ini tidak bisa. Periksa angkanya, tanggalnya, dan pasangannya."),
    _C.PROMOTION_GONE: N_("Promo itu baru saja habis. Lihat totalnya lagi, lalu pesan."),
    _C.TOO_MANY_PROMOTIONS: N_("Sudah ada %(limit)s promo yang belum selesai. Akhiri salah satunya dulu."),
    _C.VOUCHER_CODE_TAKEN: N_("Kode itu sudah dipakai promo lain. Pilih kode lain."),
    _C.VOUCHER_UNKNOWN: N_("Tidak ada voucher dengan kode itu. Periksa tulisannya."),
    _C.VOUCHER_OVER: N_("Masa voucher ini sudah lewat."),
    _C.VOUCHER_USED_UP: N_("Voucher ini sudah habis dipakai."),
    _C.VOUCHER_USED_BEFORE: N_("Anda sudah memakai voucher ini."),
    _C.VOUCHER_FIRST_ORDER_ONLY: N_("Voucher ini untuk pesanan pertama."),
    _C.VOUCHER_OTHER_PLACE: N_("Voucher ini untuk barang yang diantar ke kecamatan lain."),
    _C.VOUCHER_OTHER_GOODS: N_("Voucher ini untuk barang lain. Lihat syaratnya."),
    _C.VOUCHER_BELOW_MINIMUM: N_("Voucher ini untuk belanja paling sedikit %(minimum)s."),
    _C.QUOTE_INVALID: N_("Ongkir ini tidak berlaku. Kami sudah menghitung yang baru; lihat lalu pesan."),
    _C.QUOTE_OUTDATED: N_("Pesanan berubah, jadi ongkirnya dihitung lagi. Lihat lalu pesan."),
    _C.QUOTE_EXPIRED: N_("Ongkir ini sudah lewat waktunya. Kami sudah menghitung yang baru; lihat lalu pesan."),
    _C.QUOTE_USED: N_("Pesanan dengan ongkir ini sudah ada. Lihat di Pesanan saya sebelum memesan lagi."),
    _C.OUT_OF_AREA: N_("Belum ada ojek yang mengantar ke tempat itu. Pilih alamat lain."),
    _C.NOT_SERVED: N_("Ojek sedang tidak mengantar dari atau ke tempat itu%(reason)s."),
    _C.ZONE_INVALID: N_("Isian zona ini tidak cocok satu sama lain, atau tanggalnya sudah lewat."),
    _C.BOUNDARY_INVALID: N_(
        "Gambar batasnya tidak bisa dipakai: harus tertutup, tidak bersilangan, tanpa lubang, dan di dalam kabupaten."
    ),
    _C.TOO_MANY_ZONES: N_("Sudah ada %(limit)s zona. Akhiri salah satunya dulu."),
    _C.REACH_INVALID: N_("Wilayah atau jumlah tugas itu tidak bisa dipakai."),
    _C.RATE_INVALID: N_(
        "Tarif ini tidak bisa%(between)s. Mulai besok sampai setahun lagi, dan paling banyak 10 tarif menunggu harinya."
    ),
    _C.TARIFF_INVALID: N_(
        "Aturan ini tidak bisa: mulai paling cepat besok pada hari yang belum ada aturannya, di dalam batas, dan bagian pengantar paling"
        " sedikit 80 persen."
    ),
    _C.TRIP_RULE_INVALID: N_(
        "Aturan ini tidak bisa: mulai paling cepat besok pada hari yang belum ada aturannya, di dalam batas."
    ),
    _C.DISPATCH_POLICY_INVALID: N_(
        "Periksa isian ini: angkanya di dalam batas, mulainya tidak lewat, dan jasa antar hanya untuk giliran menurut urutan."
    ),
    _C.OUT_OF_SERVING_AREA: N_(
        "Penjual ini tidak mengantar ke tempat itu. Pilih alamat lain, ambil sendiri, atau keluarkan barangnya."
    ),
    _C.LICENCE_LAPSED: N_(
        "Barang ini belum boleh dijual: izinnya habis atau belum ada. Keluarkan dulu; nanti bisa dibeli lagi setelah izinnya ada."
    ),
    _C.RIDES_ALREADY: N_("Anda sudah mengantar untuk satu jasa antar; satu orang satu jasa antar."),
    _C.INVALID_URL: N_(
        "Alamatnya harus dimulai dengan https:// dan bernama, tanpa kata sandi, dan terbuka di internet."
    ),
    _C.NO_WEBHOOK: N_("Jasa antar ini belum punya alamat webhook."),
    _C.MESSAGE_GONE: N_("Pesan ini sudah tidak disimpan."),
    _C.TOO_MANY_CLIENTS: N_("Jasa antar ini sudah punya %(limit)s sambungan mesin. Cabut satu dulu."),
    _C.TOO_MANY_TEST_JOBS: N_(
        "Jasa antar ini punya %(limit)s uji coba yang berjalan. Tunggu sampai selesai, atau akhiri satu."
    ),
    _C.TOO_MANY_RIDERS: N_("Jasa antar ini sudah punya %(limit)s pengantar, itu paling banyak."),
    _C.TOO_MANY_OWN_PARTNERS: N_("Anda sudah punya %(limit)s jasa antar, itu paling banyak."),
    _C.TOO_MANY_SYNONYMS: N_("Padanan kata sudah penuh."),
    _C.TOO_MANY_TEMPLATES: N_("Daftar barang umum sudah penuh."),
    _C.FILE_MALFORMED: N_(
        "Berkas ini bukan CSV, terpotong, atau tanda kutipnya tidak ditutup. Simpan lagi sebagai CSV."
    ),
    _C.FILE_TOO_LARGE: N_(
        "Berkas ini terlalu besar, atau satu barisnya terlalu panjang (paling banyak %(limit)s). Bagi menjadi beberapa."
    ),
    _C.COLUMN_MISSING: N_("Ada kolom yang kurang, atau ada dua kali. Unduh berkasnya di bawah untuk contoh."),
    _C.ROW_MALFORMED: N_("Baris ini terpotong atau kelebihan kolom."),
    _C.DUPLICATE_ROW: N_("Kode ini sudah ada di baris sebelumnya."),
    _C.IMPORT_UNDER_WAY: N_("Berkas sebelumnya masih dikerjakan. Tunggu sampai selesai, atau hentikan dulu."),
    _C.OFFER_EXPIRED: N_("Tawaran ini sudah lewat waktunya."),
    _C.OFFER_TAKEN: N_("Tawaran ini sudah diambil jasa antar lain."),
    _C.OFFER_WITHDRAWN: N_("Tawaran ini sudah ditarik."),
    _C.CLAIM_TOO_LATE: N_("Waktu untuk mengajukan klaim barang ini sudah lewat. Kirim pengaduan kalau perlu."),
    _C.CLAIM_TOO_HIGH: N_("Jumlah uangnya paling banyak %(limit)s."),
    _C.TOO_MANY_CLAIMS: N_("Barang ini sudah diklaim berkali-kali. Kirim pengaduan kalau belum beres."),
    _C.TOO_MANY_TICKETS: N_("Paling banyak %(limit)s. Tunggu jawaban yang lain dulu."),
    _C.TOO_MANY_REPORTS: N_("Sudah terlalu banyak laporan hari ini. Coba lagi besok."),
    _C.REVIEW_TOO_LATE: N_("Waktu untuk memberi atau mengubah ulasan sudah lewat."),
    _C.INVALID_STARS: N_("Pilih satu sampai lima bintang."),
    _C.ANSWERED_ALREADY: N_("Ulasan ini sudah dijawab."),
    _C.REASON_DOES_NOT_FIT: N_("Alasan itu tidak cocok di sini. Pilih alasan lain."),
    _C.WRONG_PIN: N_("Kode salah, atau sudah terlalu sering ditebak. Minta kodenya kepada pembeli."),
    _C.PROOF_NOT_ACCEPTED: N_("Bukti itu belum atau tidak diterima untuk antaran ini. Minta PIN kepada pembeli."),
    _C.IMPLAUSIBLE_CASH: N_("Jumlah tunai itu tidak mungkin. Isi yang benar-benar dibayar."),
    _C.OVER_CASH_LIMIT: N_("Pengantar ini tidak boleh membawa tunai sebanyak itu. Pilih pengantar lain."),
    _C.INVALID_AMOUNT: N_("Jumlah uang harus dari %(minimum)s sampai %(limit)s."),
    _C.MORE_THAN_THERE_IS: N_(
        "Uangnya tidak sebanyak itu (paling banyak %(limit)s). Muat ulang halaman ini dan lihat lagi."
    ),
    _C.TOO_MANY_HANDOVERS: N_("Masih ada %(limit)s setoran yang belum dijawab. Tunggu jawabannya, atau batalkan dulu."),
    _C.KASBON_NOT_OPEN: N_(
        "Kasbon dengan penjual ini tidak sedang terbuka. Pilih cara bayar lain, atau tanyakan kepada penjualnya."
    ),
    _C.KASBON_NO_ROOM: N_(
        "Sisa kasbon Anda tinggal %(limit)s. Kurangi barangnya, bayar sebagian dulu, atau pilih cara bayar lain."
    ),
    _C.KASBON_ONE_SELLER: N_(
        "Kasbon hanya untuk satu penjual. Pesan dari tiap penjual sendiri-sendiri, atau pilih cara bayar lain."
    ),
    _C.TOO_MANY_KASBONS: N_("Masih ada %(limit)s yang belum dijawab. Tunggu jawabannya dulu."),
    _C.PAYEE_DOES_NOT_FIT: N_("Hanya jasa antar yang bisa mengambil bagiannya dari tunai yang dipegang."),
    _C.TOO_HEAVY: N_("Terlalu berat untuk satu pengantar: paling banyak %(limit)s. Kurangi isinya."),
}
UNKNOWN = N_("Tidak bisa sekarang (%(code)s). Coba lagi nanti.")


def say(problem: Problem, speaking: Speaking, unit: Unit | None = None) -> str:
    """`unit`: how the goods that it is about are sold."""
    after = problem.retry_after_ms or 0
    facts = {
        "code": problem.code,
        "wait": speaking.duration(-(-after // 1000)) if after else speaking.duration(60),
        "until": speaking("; buka %(when)s") % {"when": speaking.moment(problem.until)} if problem.until else "",
        "total": speaking.rupiah(problem.total or 0),
        "minimum": _counted(problem.minimum, problem.unit, speaking, unit),
        "limit": _counted(problem.limit, problem.unit, speaking, unit),
        "step": _counted(problem.step, problem.unit, speaking, unit),
        "between": _between(problem, speaking),
        "reason": f" ({words})" if (words := _reason(problem, speaking)) else "",
    }
    return speaking(WORDS.get(problem.code, UNKNOWN)) % facts


def _between(problem: Problem, speaking: Speaking) -> str:
    """Where it is about a share that has limits."""
    if problem.minimum is None or problem.limit is None or problem.unit != "PER_MILLE":
        return ""
    limits = {"low": speaking.percent(problem.minimum), "high": speaking.percent(problem.limit)}
    return speaking(N_(": dari %(low)s sampai %(high)s dari aturan")) % limits


def _reason(problem: Problem, speaking: Speaking) -> str:
    indonesian: str | None = getattr(problem, "reason", None)
    english: str | None = getattr(problem, "reason_en", None)
    return (english if speaking.language.graph == "EN" and english else indonesian) or ""


def _counted(number: int | None, what: str | None, speaking: Speaking, unit: Unit | None) -> str:
    if number is None:
        return "-"
    if what == "RUPIAH":
        return speaking.rupiah(number)
    if unit is not None and what in ("BASE_UNIT", "GRAM"):
        return speaking.amount(number, unit)
    if what == "GRAM":
        return speaking.mass(number)
    return f"{number}"
