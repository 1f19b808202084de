"""Of the list of columns, the tables of cash that goes on and of what is paid out."""

from __future__ import annotations

from typing import Final

from services.contracts.cash import CashHandoverId, PayoutId
from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId, RiderId
from services.personal.columns import THE_SUBJECT_NAMES_NOBODY, Fate, Table


def _you(*columns: str) -> dict[str, str]:
    return {each: f"CASE WHEN t.{each} = {{subject}} THEN t.{each} END" for each in columns}


BOOKS: Final = (
    Table(
        name="cash_handover",
        title=("Setoran tunai yang Anda nyatakan atau jawab", "Cash handed over that you stated or answered"),
        rows="""FROM cash_handover t WHERE {subject} IN (t.stated_by, t.disputed_by, t.ended_by)
                OR t.rider_id IN (SELECT r.rider_id FROM rider_person r WHERE r.subject = {subject}) ORDER BY t.stated_at, t.id""",
        shown={
            "id": "nomor setoran",
            "leg": "dari siapa ke siapa",
            "partner_id": "nomor jasa antar",
            "rider_id": "nomor pengantar",
            "merchant_id": "nomor usaha",
            "amount_rupiah": "jumlah",
            "state": "status",
            "stated_side": "pihak yang menyatakan",
            "stated_by": "Anda yang menyatakan",
            "stated_at": "kapan dinyatakan",
            "counted_rupiah": "jumlah menurut pihak lain",
            "disputed_by": "Anda yang menyanggah",
            "disputed_at": "kapan disanggah",
            "ended_by": "Anda yang mengakhiri",
            "ended_at": "kapan berakhir",
            "note": "alasan",
        },
        nobody="test",
        sql=_you("stated_by", "disputed_by", "ended_by"),
        ids={"id": CashHandoverId, "partner_id": PartnerId, "rider_id": RiderId, "merchant_id": MerchantId},
        fate=Fate.STAYS,
        because=THE_SUBJECT_NAMES_NOBODY,
    ),
    Table(
        name="payout",
        title=("Pembayaran yang Anda catat atau terima", "Payouts that you recorded or received"),
        rows="""FROM payout t WHERE {subject} IN (t.recorded_by, t.received_by, t.reversed_by)
                OR t.payee_id IN (SELECT r.rider_id FROM rider_person r WHERE r.subject = {subject}) ORDER BY t.recorded_at, t.id""",
        shown={
            "id": "nomor pembayaran",
            "payee": "siapa dibayar",
            "method": "cara",
            "amount_rupiah": "jumlah",
            "reference": "rujukan",
            "note": "bukti",
            "recorded_by": "Anda yang mencatat",
            "recorded_at": "kapan dicatat",
            "received_by": "Anda yang menerima",
            "received_at": "kapan diterima",
            "reversed_by": "Anda yang membatalkan",
            "reversed_at": "kapan dibatalkan",
            "reversed_because": "alasan dibatalkan",
        },
        nobody="payee_id test",
        sql=_you("recorded_by", "received_by", "reversed_by"),
        ids={"id": PayoutId},
        fate=Fate.STAYS,
        because=THE_SUBJECT_NAMES_NOBODY,
    ),
    Table(
        name="cash_limit",
        title=("Batas tunai pengantar yang Anda tetapkan", "Limits of riders' cash that you set"),
        rows="FROM cash_limit t WHERE t.changed_by = {subject} ORDER BY t.partner_id",
        shown={
            "partner_id": "nomor jasa antar",
            "limit_rupiah": "batas",
            "changed_by": "pengenal Anda",
            "changed_at": "kapan",
        },
        ids={"partner_id": PartnerId},
        fate=Fate.STAYS,
        because=THE_SUBJECT_NAMES_NOBODY,
    ),
    Table(
        name="tax_statement",
        title=("Surat pernyataan pajak yang Anda periksa sebagai petugas", "Tax statements that you saw as staff"),
        rows="FROM tax_statement t WHERE {subject} IN (t.verified_by, t.ended_by) ORDER BY t.merchant_id, t.year",
        shown={
            "merchant_id": "nomor usaha",
            "year": "tahun",
            "verified_by": "Anda yang memeriksa",
            "verified_at": "kapan diperiksa",
            "ended_by": "Anda yang mengakhiri",
            "ended_at": "kapan berakhir",
            "note": "keterangan",
        },
        sql=_you("verified_by", "ended_by"),
        ids={"merchant_id": MerchantId},
        fate=Fate.STAYS,
        because=THE_SUBJECT_NAMES_NOBODY,
    ),
)
