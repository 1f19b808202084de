"""Ordering's part of the list of columns (services.personal): what of its tables is about a person."""

from __future__ import annotations

from typing import Final

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.delivery import DeliveryId, PartnerId
from services.contracts.ordering import OrderId, PaymentId, SellerOrderId
from services.ordering.domain.ids import BuyerId, CartId, ContactId
from services.personal.columns import COPY, THE_SUBJECT_NAMES_NOBODY, Fate, Personal, Table, nobody

_BUYER: Final = "(SELECT b.id FROM buyer b WHERE b.subject = {subject})"
_ORDERS: Final = f"(SELECT o.id FROM orders o WHERE o.buyer_id = {_BUYER})"
_TRUE: Final = "orders and accounts stay true; the buyer is a subject, which names nobody once its person is erased"
_CODE: Final = {"order_code": ("o.code", "kode pesanan")}
_OF_ORDER: Final = f"JOIN orders o ON o.id = t.order_id WHERE o.buyer_id = {_BUYER}"


def _who(column: str) -> str:
    return f"CASE WHEN t.{column} = {{subject}} THEN 'you' ELSE 'another' END"


PERSONAL: Final = Personal(
    service="ordering",
    title=("Pesanan, keranjang, dan alamat Anda", "Your orders, cart and addresses"),
    tables=(
        Table(
            name="buyer",
            title=("Anda sebagai pembeli", "You as a buyer"),
            rows="FROM buyer t WHERE t.subject = {subject}",
            shown={
                "id": "nomor pembeli",
                "subject": "pengenal Anda",
                "created_at": "sejak kapan",
                "default_contact_id": "alamat yang biasa dipakai",
            },
            kept={"erased_at": "only who is erased has it", "emptied_at": "only who is erased has it"},
            ids={"id": BuyerId, "default_contact_id": ContactId},
            fate=Fate.STAYS,
            but={"default_contact_id": Fate.EMPTIED},
            because=_TRUE,
        ),
        Table(
            name="contact",
            title=("Alamat yang Anda simpan atau pakai", "Addresses that you saved or used"),
            rows=f"FROM contact t WHERE t.buyer_id = {_BUYER} ORDER BY t.created_at, t.id",
            shown={
                "id": "nomor alamat",
                "label": "sebutan",
                "recipient": "penerima",
                "phone": "nomor telepon",
                "line": "alamat",
                "note": "catatan untuk pengantar",
                "lat": "lintang",
                "lng": "bujur",
                "kecamatan_code": "kode kecamatan",
                "desa_code": "kode desa",
                "created_at": "kapan disimpan",
                "gone_at": "kapan dihapus dari daftar",
            },
            kept={"buyer_id": "you", "erased_at": "only who is erased has it"},
            ids={"id": ContactId},
            fate=Fate.EMPTIED,
            but=dict.fromkeys(("id", "buyer_id", "created_at", "gone_at", "erased_at"), Fate.STAYS),
            because=f"of a contact that an order has, an empty row: {_TRUE}; others are deleted",
        ),
        Table(
            name="cart",
            title=("Keranjang Anda", "Your cart"),
            rows=f"FROM cart t WHERE t.buyer_id = {_BUYER}",
            shown={"id": "nomor keranjang", "updated_at": "terakhir diubah"},
            kept={"buyer_id": "you"},
            nobody="version",
            ids={"id": CartId},
            fate=Fate.STAYS,
            because="an empty cart says nothing",
        ),
        Table(
            name="cart_line",
            title=("Isi keranjang Anda", "What is in your cart"),
            rows=f"""FROM cart_line t JOIN cart c ON c.id = t.cart_id LEFT JOIN variant v ON v.id = t.variant_id
                     LEFT JOIN product p ON p.id = v.product_id WHERE c.buyer_id = {_BUYER} ORDER BY t.id""",
            shown={"variant_id": "nomor barang", "quantity": "jumlah"},
            nobody="id cart_id",
            also={"product": ("p.name", "barang"), "unit": ("v.unit_label", "satuan")},
            ids={"variant_id": VariantId},
            fate=Fate.DELETED,
        ),
        Table(
            name="orders",
            title=("Pesanan Anda", "Your orders"),
            rows=f"FROM orders t WHERE t.buyer_id = {_BUYER} ORDER BY t.placed_at, t.id",
            shown={
                "id": "nomor pesanan",
                "code": "kode pesanan",
                "contact_id": "nomor alamat",
                "dropoff_kecamatan_code": "kode kecamatan tujuan",
                "status": "status",
                "slot": "kapan diinginkan",
                "goods_rupiah": "harga barang",
                "delivery_rupiah": "ongkos kirim",
                "total_rupiah": "jumlah",
                "rider_share_rupiah": "bagian pengantar",
                "partner_share_rupiah": "bagian jasa antar",
                "platform_share_rupiah": "bagian Wlijo",
                "placed_at": "kapan dipesan",
                "hold_until": "barang ditahan sampai",
                "confirmed_at": "kapan dipastikan",
                "ended_at": "kapan selesai",
                "cancel_reason": "alasan batal",
                "borne_by": "siapa menanggung biaya",
                "attention": "yang perlu dilihat petugas",
                "call_off_reason": "alasan permintaan batal",
                "call_off_borne_by": "siapa akan menanggung biaya",
                "call_off_at": "kapan diminta batal",
            },
            kept={"buyer_id": "you"},
            nobody="version state mass_gram quote_jti test",
            ids={"id": OrderId, "contact_id": ContactId},
            fate=Fate.STAYS,
            because=_TRUE,
        ),
        Table(
            name="seller_order",
            title=("Bagian tiap penjual dalam pesanan Anda", "Each seller's part of your orders"),
            rows=f"""FROM seller_order t JOIN orders o ON o.id = t.order_id LEFT JOIN merchant m ON m.id = t.merchant_id
                     WHERE o.buyer_id = {_BUYER} ORDER BY t.placed_at, t.id""",
            shown={
                "id": "nomor bagian",
                "merchant_id": "nomor usaha",
                "status": "status",
                "goods_rupiah": "harga barang",
                "accept_by": "dijawab paling lambat",
                "ready_at": "kapan siap",
                "reject_reason": "alasan ditolak",
                "placed_at": "kapan dipesan",
                "changed_at": "terakhir berubah",
            },
            nobody="order_id version commission_rupiah accept_within_s prep_time_s auto_accept",
            also={**_CODE, "merchant": ("m.name", "penjual")},
            ids={"id": SellerOrderId, "merchant_id": MerchantId},
            fate=Fate.STAYS,
            because=_TRUE,
        ),
        Table(
            name="order_line",
            title=("Barang dalam pesanan Anda", "Goods of your orders"),
            rows=f"""FROM order_line t JOIN seller_order s ON s.id = t.seller_order_id JOIN orders o ON o.id = s.order_id
                     WHERE o.buyer_id = {_BUYER} ORDER BY o.placed_at, t.seller_order_id, t.position""",
            shown={
                "seller_order_id": "nomor bagian",
                "variant_id": "nomor barang",
                "name": "barang",
                "unit_label": "satuan",
                "unit_code": "kode satuan",
                "quantity": "jumlah",
                "price_rupiah": "harga",
                "price_basis": "harga untuk berapa",
                "total_rupiah": "jumlah harga",
            },
            nobody="id position unit_kind base_per_unit step min",
            also=_CODE,
            ids={"seller_order_id": SellerOrderId, "variant_id": VariantId},
            fate=Fate.STAYS,
            because=_TRUE,
        ),
        Table(
            name="payment",
            title=("Pembayaran Anda", "Your payments"),
            rows=f"FROM payment t {_OF_ORDER} ORDER BY o.placed_at, t.id",
            shown={
                "id": "nomor pembayaran",
                "method": "cara",
                "amount_rupiah": "jumlah",
                "status": "status",
                "cash_due_rupiah": "tunai yang diminta",
                "collected_rupiah": "tunai yang diterima",
            },
            nobody="order_id",
            also=_CODE,
            ids={"id": PaymentId},
            fate=Fate.STAYS,
            because=_TRUE,
        ),
        Table(
            name="ledger",
            rows=f"FROM ledger t {_OF_ORDER}",
            kept=dict.fromkeys(
                ("order_id", "kind", "debit_account", "credit_account", "amount_rupiah", "at"),
                "accounts of sellers, companies and riders; what you paid is in payment and orders",
            ),
            nobody="id",
            fate=Fate.STAYS,
            because=_TRUE,
        ),
        Table(
            name="order_history",
            title=("Riwayat pesanan Anda", "History of your orders"),
            rows=f"FROM order_history t {_OF_ORDER} ORDER BY t.order_id, t.version",
            shown={"at": "kapan", "status": "status", "input": "sebab"},
            nobody="order_id version state",
            also=_CODE,
            fate=Fate.STAYS,
            because=_TRUE,
        ),
        Table(
            name="contact_read",
            title=("Jasa antar yang membaca alamat Anda", "Delivery companies that read your address"),
            rows=f"FROM contact_read t {_OF_ORDER} ORDER BY t.id",
            shown={
                "delivery_id": "nomor perjalanan",
                "contact_id": "nomor alamat",
                "partner_id": "nomor jasa antar",
                "at": "kapan",
            },
            kept={"subject": "who of the company has read it, which is another's"},
            nobody="id order_id",
            also=_CODE,
            ids={"delivery_id": DeliveryId, "contact_id": ContactId, "partner_id": PartnerId},
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
                "about": "tentang apa",
            },
            nobody="id",
            sql={
                "actor": _who("actor"),
                "subject": _who("subject"),
                "about": "CASE WHEN t.subject = {subject} THEN t.about END",
            },
            fate=Fate.STAYS,
            because=THE_SUBJECT_NAMES_NOBODY,
        ),
        Table(
            name="order_mark_settled",
            title=(
                "Tanda pada pesanan yang Anda selesaikan sebagai petugas",
                "Marks of orders that you settled as staff",
            ),
            rows="FROM order_mark_settled t WHERE t.settled_by = {subject} ORDER BY t.at",
            shown={
                "order_id": "nomor pesanan",
                "mark": "tanda",
                "because": "alasan",
                "settled_by": "pengenal Anda",
                "at": "kapan",
            },
            ids={"order_id": OrderId},
            fate=Fate.STAYS,
            because=THE_SUBJECT_NAMES_NOBODY,
        ),
        Table(
            name="merchant_member",
            rows="FROM merchant_member t WHERE t.subject = {subject}",
            kept={"subject": COPY},
            nobody="merchant_id role",
            fate=Fate.FOLLOWS,
            because="catalog tells its merchants anew",
        ),
        Table(
            name="partner_member",
            rows="FROM partner_member t WHERE t.subject = {subject}",
            kept={"subject": COPY},
            nobody="partner_id",
            fate=Fate.FOLLOWS,
            because="delivery tells its companies anew",
        ),
        Table(
            name="rider_person",
            rows="FROM rider_person t WHERE t.subject = {subject}",
            kept={"subject": COPY},
            nobody="rider_id partner_id",
            fate=Fate.FOLLOWS,
            because="delivery tells its riders anew",
        ),
        *nobody(
            job="delivery_id order_id partner_id rider_id state news_at",
            merchant="id name kind status kecamatan_code lat lng hours always_open auto_accept accept_within_s prep_time_s closures",
            order_day="day last",
            partner="id name status",
            product="id merchant_id name category status",
            stock_level="variant_id available",
            variant="id product_id sku label unit_label step min price_rupiah price_basis gram_per_base gone unit_code"
            " unit_kind base_per_unit",
        ),
    ),
)
"""Whose job a trip is, and by whom it is ridden, delivery hands out."""
