"""Catalog's part of the list of columns (services.personal): what of its tables is about a person."""

from __future__ import annotations

from typing import Final

from services.catalog.domain.ids import InvitationId, MemberId
from services.contracts.catalog import MerchantId, VariantId
from services.personal.columns import THE_SUBJECT_NAMES_NOBODY, Fate, Personal, Table, nobody

_OWN: Final = "(SELECT o.merchant_id FROM merchant_member o WHERE o.subject = {subject} AND o.role = 'OWNER')"
_BUSINESS: Final = "it is of the business, which has its orders and its customers, and which its owner closes"
_WHO: Final = "CASE WHEN t.subject = {subject} THEN 'you' ELSE 'another' END"

PERSONAL: Final = Personal(
    service="catalog",
    title=("Usaha yang Anda jalankan", "Businesses that you run"),
    tables=(
        Table(
            name="merchant",
            title=("Usaha yang Anda miliki", "Businesses that you own"),
            rows=f"FROM merchant t WHERE t.id IN {_OWN} ORDER BY t.id",
            shown={
                "id": "nomor usaha",
                "slug": "nama pada alamat",
                "name": "nama",
                "kind": "jenis",
                "status": "status",
                "status_reason": "alasan status",
                "kecamatan_code": "kode kecamatan",
                "desa_code": "kode desa",
                "lat": "lintang",
                "lng": "bujur",
                "umkm_class": "kelas UMKM",
            },
            nobody="place always_open auto_accept accept_within_s prep_time_s opened",
            ids={"id": MerchantId},
            fate=Fate.STAYS,
            but={"status_reason": Fate.FOLLOWS},  # an application that nobody owns any more ends
            because=_BUSINESS,
        ),
        Table(
            name="merchant_registration",
            title=("Pendaftaran usaha Anda", "Your applications"),
            rows=f"""FROM merchant_registration t WHERE t.merchant_id IN {_OWN} OR {{subject}} = (
                         SELECT h.subject FROM merchant_history h WHERE h.merchant_id = t.merchant_id AND h.action = 'APPLY'
                         ORDER BY h.id DESC LIMIT 1)""",
            shown={
                "merchant_id": "nomor usaha",
                "contact_name": "nama yang dihubungi",
                "phone": "nomor telepon",
                "yearly_sales_rupiah": "penjualan setahun",
                "capital_rupiah": "modal",
                "applied_at": "kapan didaftarkan",
            },
            ids={"merchant_id": MerchantId},
            fate=Fate.STAYS,
            but={"contact_name": Fate.EMPTIED, "phone": Fate.EMPTIED},
            because=_BUSINESS,
        ),
        Table(
            name="merchant_history",
            title=("Riwayat usaha Anda, dan apa yang Anda lakukan", "History of your businesses, and what you did"),
            rows=f"FROM merchant_history t WHERE t.subject = {{subject}} OR t.merchant_id IN {_OWN} ORDER BY t.id",
            shown={
                "merchant_id": "nomor usaha",
                "action": "tindakan",
                "status": "status sesudahnya",
                "reason": "alasan",
                "subject": "oleh siapa",
                "at": "kapan",
            },
            nobody="id",
            sql={"subject": _WHO},
            ids={"merchant_id": MerchantId},
            fate=Fate.STAYS,
            because=THE_SUBJECT_NAMES_NOBODY,
        ),
        Table(
            name="merchant_member",
            title=("Keanggotaan Anda", "Your memberships"),
            rows="FROM merchant_member t JOIN merchant m ON m.id = t.merchant_id WHERE t.subject = {subject} ORDER BY t.merchant_id",
            shown={
                "id": "nomor anggota",
                "merchant_id": "nomor usaha",
                "subject": "pengenal Anda",
                "role": "peran",
                "name": "nama Anda di sana",
                "joined_at": "sejak kapan",
            },
            also={"merchant_name": ("m.name", "nama usaha")},
            ids={"id": MemberId, "merchant_id": MerchantId},
            fate=Fate.DELETED,
        ),
        Table(
            name="merchant_invitation",
            title=("Undangan yang Anda terima", "Invitations that you took up"),
            rows="FROM merchant_invitation t WHERE t.used_by = {subject} ORDER BY t.made_at",
            shown={
                "id": "nomor undangan",
                "merchant_id": "nomor usaha",
                "role": "peran",
                "made_at": "kapan dibuat",
                "expires_at": "berlaku sampai",
                "used_by": "pengenal Anda",
                "used_at": "kapan diterima",
            },
            kept={"digest": "a digest of a code, which opens nothing"},
            ids={"id": InvitationId, "merchant_id": MerchantId},
            fate=Fate.STAYS,
            because=THE_SUBJECT_NAMES_NOBODY,
        ),
        Table(
            name="stock_movement",
            title=("Stok yang Anda hitung", "Stock that you counted"),
            rows="FROM stock_movement t WHERE t.subject = {subject} ORDER BY t.id",
            shown={
                "variant_id": "nomor barang",
                "cause": "sebab",
                "subject": "pengenal Anda",
                "on_hand": "perubahan stok",
                "at": "kapan",
            },
            nobody="id order_id reserved on_counter",
            ids={"variant_id": VariantId},
            fate=Fate.STAYS,
            because=THE_SUBJECT_NAMES_NOBODY,
        ),
        Table(
            name="synonym_change",
            title=("Padanan kata yang Anda masukkan atau hapus", "Synonyms that you entered or took out"),
            rows="FROM synonym_change t WHERE t.subject = {subject} ORDER BY t.id",
            shown={"word": "kata", "means": "artinya", "subject": "pengenal Anda", "at": "kapan"},
            nobody="id",
            fate=Fate.STAYS,
            because=THE_SUBJECT_NAMES_NOBODY,
        ),
        Table(
            name="audit",
            title=(
                "Petugas yang melihat data Anda, dan apa yang Anda lihat sebagai petugas",
                "Staff who saw your data, and what you saw as staff",
            ),
            rows="FROM audit t WHERE t.subject = {subject} OR t.actor = {subject} ORDER BY t.id",
            shown={
                "at": "kapan",
                "actor": "siapa melihat",
                "action": "tindakan",
                "subject": "data siapa",
                "about": "nomor usaha",
            },
            nobody="id",
            sql={"actor": "CASE WHEN t.actor = {subject} THEN 'you' ELSE 'another' END", "subject": _WHO},
            fate=Fate.STAYS,
            because=THE_SUBJECT_NAMES_NOBODY,
        ),
        *nobody(
            category="code name",
            merchant_closure="id merchant_id starts ends note",
            merchant_open="merchant_id always_open week shut",
            opening_hours="merchant_id weekday opens closes",
            price_history="variant_id since until price_rupiah price_basis",
            product="id merchant_id name description category_code status origin_desa_code keeps_for_s words search slug",
            region="code name level parent_code postcode lat lng",
            reservation="id order_id state expires_at created_at changed_at trip on_counter",
            reservation_line="reservation_id variant_id quantity",
            route="merchant_id weekday",
            route_stop="merchant_id weekday position label lat lng arrives_at",
            sale_unit="code label kind base_per_unit",
            search_row="product_id merchant_id for_sale for_sale_since listed_at category_code kind place in_stock unit_price document",
            search_square="cell middle",
            search_word="word sellers",
            stock_item="variant_id on_hand reserved version on_counter told before_sold_out",
            synonym="word means",
            variant="id product_id position sku label unit_code step min price_rupiah price_basis gram_per_base",
        ),
    ),
)
"""What a business offers is shown to everybody, and is of the business. `search_word.sellers` are merchants."""
