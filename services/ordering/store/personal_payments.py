"""Of the list of columns, the tables of payments, of codes to pay by and of money that goes back."""

from __future__ import annotations

from typing import Final

from services.contracts.ordering import PaymentId, RefundId
from services.ordering.store.personal_words import CODE, OF_ORDER, TRUE
from services.personal.columns import THE_SUBJECT_NAMES_NOBODY, Fate, Table

PAYMENTS: Final = (
    Table(
        name="payment",
        title=("Pembayaran Anda", "Your payments"),
        rows=f"FROM payment t {OF_ORDER} ORDER BY o.placed_at, t.id",
        shown={
            "id": "nomor pembayaran",
            "method": "cara",
            "amount_rupiah": "jumlah",
            "status": "status",
            "cash_due_rupiah": "tunai yang diminta",
            "collected_rupiah": "tunai yang diterima",
            "provider": "penyedia pembayaran",
            "paid_at": "kapan dibayar",
            "refunded_rupiah": "yang sudah dikembalikan",
        },
        nobody="order_id",
        also=CODE,
        ids={"id": PaymentId},
        fate=Fate.STAYS,
        because=TRUE,
    ),
    Table(
        name="payment_attempt",
        title=("Kode QRIS untuk pembayaran Anda", "QRIS codes for your payments"),
        rows=f"FROM payment_attempt t {OF_ORDER} ORDER BY t.requested_at, t.id",
        shown={
            "provider": "penyedia pembayaran",
            "amount_rupiah": "jumlah",
            "received_rupiah": "yang diterima",
            "state": "status",
            "requested_at": "kapan diminta",
            "expires_at": "berlaku sampai",
            "looked_at": "kapan terakhir Anda lihat",
        },
        nobody="id payment_id order_id reference provider_reference qr_content noted_at due_at tries",
        also=CODE,
        fate=Fate.STAYS,
        because=TRUE,
    ),
    Table(
        name="refund",
        title=("Uang yang dikembalikan kepada Anda", "Money given back to you"),
        rows=f"FROM refund t {OF_ORDER} ORDER BY t.requested_at, t.id",
        shown={
            "id": "nomor pengembalian",
            "amount_rupiah": "jumlah",
            "reason": "sebab",
            "state": "status",
            "requested_at": "sejak kapan",
            "done_at": "kapan dikembalikan",
            "proof": "bukti",
        },
        kept={"settled_by": "who of the staff gave it, which is another's"},
        nobody="order_id payment_id seller_order_id attempt_id cause borne_by surplus sent_at provider_reference why_by_hand due_at"
        " tries",
        also=CODE,
        ids={"id": RefundId},
        fate=Fate.STAYS,
        because=THE_SUBJECT_NAMES_NOBODY,
    ),
    Table(
        name="payment_event",
        rows=f"FROM payment_event t {OF_ORDER}",
        kept=dict.fromkeys(
            ("order_id", "attempt_id", "refund_id", "at", "kind", "amount_rupiah", "said"),
            "what a payment's provider answered; what it means for you is in payments and refunds",
        ),
        nobody="id",
        fate=Fate.STAYS,
        because=TRUE,
    ),
)
