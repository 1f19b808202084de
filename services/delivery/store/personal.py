"""Delivery's part of the list of columns (services.personal): what of its tables is about a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.contracts.delivery import DeliveryId, PartnerId, RiderId
from services.contracts.ordering import OrderId
from services.kit.database.db import Connection
from services.personal.columns import COPY, THE_SUBJECT_NAMES_NOBODY, Fate, Personal, Table, nobody

_RIDER: Final = "(SELECT r.id FROM rider r WHERE r.subject = {subject})"
_RIDDEN: Final = f"(SELECT d.id FROM delivery d WHERE d.rider_id = {_RIDER})"
_TRIPS: Final = f"(SELECT d.id FROM delivery d WHERE d.buyer = {{subject}} UNION {_RIDDEN[1:]}"
_TRUE: Final = "trips and their fees stay true; the buyer is a subject, which names nobody once its person is erased"


def _who(expression: str) -> str:
    return f"CASE WHEN {expression} THEN 'you' ELSE 'another' END"


async def _rider(conn: Connection, subject: str) -> Mapping[str, object]:
    """By which the audit knows a rider."""
    found = await conn.fetchval("SELECT id FROM rider WHERE subject = $1", subject)
    return {"rider": str(RiderId(found)) if found else None}


PERSONAL: Final = Personal(
    service="delivery",
    title=("Perjalanan untuk Anda, dan yang Anda antar", "Trips for you, and those that you rode"),
    more=_rider,
    tables=(
        Table(
            name="rider",
            title=("Anda sebagai pengantar", "You as a rider"),
            rows="FROM rider t JOIN partner p ON p.id = t.partner_id WHERE t.subject = {subject}",
            shown={
                "id": "nomor pengantar",
                "partner_id": "nomor jasa antar",
                "name": "nama",
                "plate": "nomor polisi",
                "subject": "pengenal Anda",
            },
            also={"partner": ("p.name", "jasa antar")},
            ids={"id": RiderId, "partner_id": PartnerId},
            fate=Fate.STAYS,
            but={"subject": Fate.EMPTIED},
            because="a company says who rides for it, and answers for that",
        ),
        Table(
            name="delivery",
            title=(
                "Perjalanan untuk pesanan Anda, dan yang Anda antar",
                "Trips of your orders, and those that you rode",
            ),
            rows=f"FROM delivery t WHERE t.id IN {_TRIPS} ORDER BY t.created_at, t.id",
            shown={
                "id": "nomor perjalanan",
                "order_id": "nomor pesanan",
                "buyer": "siapa memesan",
                "rider_id": "siapa mengantar",
                "status": "status",
                "tariff": "aturan tarif",
                "fee_rupiah": "ongkos kirim",
                "rider_share_rupiah": "bagian pengantar",
                "partner_share_rupiah": "bagian jasa antar",
                "platform_share_rupiah": "bagian Wlijo",
                "distance_m": "jarak dalam meter",
                "duration_s": "perkiraan lama dalam detik",
                "cash_to_collect_rupiah": "tunai yang diminta",
                "partner_id": "nomor jasa antar",
                "failure_code": "sebab gagal",
                "created_at": "kapan dibuat",
                "requested_at": "kapan pengantar dicari",
            },
            nobody="version test quote_id offer_id pin_tries",
            sql={"buyer": _who("t.buyer = {subject}"), "rider_id": _who(f"t.rider_id = {_RIDER}")},
            ids={"id": DeliveryId, "order_id": OrderId, "partner_id": PartnerId},
            fate=Fate.STAYS,
            because=_TRUE,
        ),
        Table(
            name="stop",
            title=(
                "Tempat pada perjalanan itu, tujuan dibulatkan sampai 100 meter",
                "Places of those trips, the drop-off to about 100 metres",
            ),
            rows=f"FROM stop t WHERE t.delivery_id IN {_TRIPS} ORDER BY t.delivery_id, t.seq",
            shown={
                "delivery_id": "nomor perjalanan",
                "kind": "jenis",
                "merchant_name": "penjual",
                "kecamatan_code": "kode kecamatan",
                "lat": "lintang",
                "lng": "bujur",
            },
            nobody="seq merchant_id seller_order_id",
            ids={"delivery_id": DeliveryId},
            fate=Fate.STAYS,
            because=_TRUE,
        ),
        Table(
            name="delivery_history",
            title=("Riwayat perjalanan itu", "History of those trips"),
            rows=f"FROM delivery_history t WHERE t.delivery_id IN {_TRIPS} ORDER BY t.delivery_id, t.version",
            shown={"delivery_id": "nomor perjalanan", "status": "status", "cause": "sebab", "at": "kapan"},
            nobody="version",
            ids={"delivery_id": DeliveryId},
            fate=Fate.STAYS,
            because=_TRUE,
        ),
        Table(
            name="delivery_ending",
            title=("Perjalanan yang diakhiri petugas", "Trips that staff ended"),
            rows=f"FROM delivery_ending t WHERE t.delivery_id IN {_TRIPS} OR t.ended_by = {{subject}} ORDER BY t.at",
            shown={
                "delivery_id": "nomor perjalanan",
                "outcome": "akhir",
                "failure_code": "sebab gagal",
                "cash_collected_rupiah": "tunai yang diterima",
                "reason": "alasan",
                "ended_by": "oleh siapa",
                "at": "kapan",
            },
            sql={"ended_by": _who("t.ended_by = {subject}")},
            ids={"delivery_id": DeliveryId},
            fate=Fate.STAYS,
            because=_TRUE,
        ),
        Table(
            name="position",
            title=(
                "Tempat terakhir Anda pada perjalanan yang sedang diantar",
                "Your latest place on a trip that you are riding",
            ),
            rows=f"FROM position t WHERE t.delivery_id IN {_RIDDEN}",
            shown={"delivery_id": "nomor perjalanan", "lat": "lintang", "lng": "bujur", "at": "kapan"},
            nobody="count",
            ids={"delivery_id": DeliveryId},
            fate=Fate.FOLLOWS,
            because="it goes when the trip ends, and its buyer waits until then",
        ),
        Table(
            name="audit",
            title=(
                "Petugas yang melihat data Anda, dan apa yang Anda lihat sebagai petugas",
                "Staff who saw your data, and what you saw as staff",
            ),
            rows="FROM audit t WHERE t.subject = {rider} OR t.actor = {subject} ORDER BY t.id",
            shown={"at": "kapan", "actor": "siapa melihat", "action": "tindakan", "subject": "data siapa"},
            nobody="id about",
            sql={"actor": _who("t.actor = {subject}"), "subject": _who("t.subject = {rider}")},
            fate=Fate.STAYS,
            because=THE_SUBJECT_NAMES_NOBODY,
        ),
        Table(
            name="merchant_member",
            rows="FROM merchant_member t WHERE t.subject = {subject}",
            kept={"subject": COPY},
            nobody="merchant_id",
            fate=Fate.FOLLOWS,
            because="catalog tells its merchants anew",
        ),
        *nobody(
            merchant="id name status kecamatan_code lat lng",
            offer="id delivery_id partner_id state offered_at expires_at closed_at given_back",
            partner="id name status status_reason",
            partner_answering="partner_id unanswered topic_used_at",
            reply_inbox="partner_id reply_id body_hash type delivery_id code message answered_at field told_at tellings",
            reply_put_off="partner_id reply_id code told_at tellings",
            reply_reading="partner_id partition read_to",
            tariff_rule="id version service zone_code valid_from min_fee_rupiah included_m per_km_rupiah rider_share_pct"
            " partner_share_pct platform_share_pct legal_basis binding",
            zone="id name kind effect reason boundary",
        ),
    ),
)
