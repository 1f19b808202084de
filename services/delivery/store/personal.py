"""Delivery's part of the list of columns (services.personal): what of its tables is about a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from services.contracts.delivery import DeliveryId, PartnerId, RiderId
from services.contracts.ordering import OrderId
from services.delivery.domain.crew import InvitationId, MemberId
from services.kit.database.db import Connection
from services.personal.columns import COPY, THE_SUBJECT_NAMES_NOBODY, Fate, Personal, Table, nobody

_RIDER: Final = "(SELECT r.id FROM rider r WHERE r.subject = {subject})"
_RIDDEN: Final = f"(SELECT d.id FROM delivery d WHERE d.rider_id = {_RIDER})"
_TRIPS: Final = f"(SELECT d.id FROM delivery d WHERE d.buyer = {{subject}} UNION {_RIDDEN[1:]}"
_TRUE: Final = "trips and their fees stay true; the buyer is a subject, which names nobody once its person is erased"


_OWN: Final = "(SELECT o.partner_id FROM partner_member o WHERE o.subject = {subject} AND o.role = 'OWNER')"
_COMPANY: Final = "it is of the company, which has its trips and its riders"


def _who(expression: str) -> str:
    return f"CASE WHEN {expression} THEN 'you' ELSE 'another' END"


def _whoever(column: str) -> str:
    """Nothing where it says nobody."""
    return f"CASE WHEN {column} = {{subject}} THEN 'you' WHEN {column} IS NOT NULL THEN 'another' END"


async def _known_as(conn: Connection, subject: str) -> Mapping[str, object]:
    """By which the audit and histories know a rider, a member, and their companies; the latter two as PostgreSQL writes arrays."""
    rider = await conn.fetchval("SELECT id FROM rider WHERE subject = $1", subject)
    rows = await conn.fetch("SELECT id, partner_id FROM partner_member WHERE subject = $1", subject)
    return {
        "rider": str(RiderId(rider)) if rider else None,
        "members": _array(str(MemberId(row["id"])) for row in rows),
        "companies": _array(str(PartnerId(row["partner_id"])) for row in rows),
    }


def _array(ids: Iterable[str]) -> str:
    return f"{{{','.join(ids)}}}"


PERSONAL: Final = Personal(
    service="delivery",
    title=("Perjalanan untuk Anda, dan yang Anda antar", "Trips for you, and those that you rode"),
    more=_known_as,
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
                "external_id": "nomor Anda di jasa antar",
                "vehicle": "kendaraan",
                "has_box": "apakah ada boks",
                "cash_limit_rupiah": "tunai terbanyak pada satu perjalanan",
                "on_shift": "apakah sedang bertugas",
                "subject": "pengenal Anda",
            },
            kept={"ended_at": "only who has ended has it, and is nobody who signs in"},
            also={"partner": ("p.name", "jasa antar")},
            ids={"id": RiderId, "partner_id": PartnerId},
            fate=Fate.STAYS,
            but={"subject": Fate.EMPTIED, "on_shift": Fate.EMPTIED},
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
                "left_out_at": "kapan tempat itu tidak perlu didatangi lagi",
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
            rows="FROM audit t WHERE t.subject = {rider} OR t.subject = ANY(({companies})::text[]) OR t.actor = {subject} ORDER BY t.id",
            shown={"at": "kapan", "actor": "siapa melihat", "action": "tindakan", "subject": "data siapa"},
            nobody="id about",
            sql={
                "actor": _who("t.actor = {subject}"),
                "subject": "CASE WHEN t.subject = {rider} THEN 'you' WHEN t.subject = ANY(({companies})::text[]) THEN t.subject"
                " ELSE 'another' END",
            },
            fate=Fate.STAYS,
            because=THE_SUBJECT_NAMES_NOBODY,
        ),
        Table(
            name="partner",
            title=("Jasa antar yang Anda miliki", "Companies that you own"),
            rows=f"FROM partner t WHERE t.id IN {_OWN} ORDER BY t.id",
            shown={
                "id": "nomor jasa antar",
                "name": "nama",
                "status": "status",
                "status_reason": "alasan status",
            },
            nobody="applied sent_back left_at paused_from paused_by_company",
            ids={"id": PartnerId},
            fate=Fate.STAYS,
            but={"status_reason": Fate.FOLLOWS},  # an application that nobody owns any more ends
            because=_COMPANY,
        ),
        Table(
            name="partner_registration",
            title=("Pendaftaran jasa antar oleh Anda", "Your applications for companies"),
            rows="""FROM partner_registration t WHERE {subject} = (
                        SELECT h.subject FROM partner_history h WHERE h.partner_id = t.partner_id AND h.action = 'APPLY'
                        ORDER BY h.id DESC LIMIT 1)""",
            shown={
                "partner_id": "nomor jasa antar",
                "kecamatan_code": "kode kecamatan",
                "contact_name": "nama yang dihubungi",
                "phone": "nomor telepon",
                "licence_number": "nomor izin usaha",
                "applied_at": "kapan didaftarkan",
            },
            ids={"partner_id": PartnerId},
            fate=Fate.STAYS,
            but={"contact_name": Fate.EMPTIED, "phone": Fate.EMPTIED},
            because=_COMPANY,
        ),
        Table(
            name="partner_history",
            title=(
                "Riwayat jasa antar Anda, apa yang Anda lakukan, dan yang dilakukan tentang Anda",
                "History of your companies, what you did, and what was done about you",
            ),
            rows=f"""FROM partner_history t WHERE t.subject = {{subject}} OR t.partner_id IN {_OWN} OR t.about = {{rider}}
                     OR t.about = ANY(({{members}})::text[]) ORDER BY t.id""",
            shown={
                "partner_id": "nomor jasa antar",
                "action": "tindakan",
                "status": "status sesudahnya",
                "reason": "alasan",
                "about": "tentang anggota, pengantar atau undangan nomor",
                "subject": "oleh siapa",
                "at": "kapan",
            },
            nobody="id",
            sql={"subject": _who("t.subject = {subject}")},
            ids={"partner_id": PartnerId},
            fate=Fate.STAYS,
            because=THE_SUBJECT_NAMES_NOBODY,
        ),
        Table(
            name="partner_member",
            title=("Keanggotaan Anda di jasa antar", "Your memberships of companies"),
            rows="FROM partner_member t JOIN partner p ON p.id = t.partner_id WHERE t.subject = {subject} ORDER BY t.partner_id",
            shown={
                "id": "nomor anggota",
                "partner_id": "nomor jasa antar",
                "subject": "pengenal Anda",
                "role": "peran",
                "name": "nama Anda di sana",
                "joined_at": "sejak kapan",
            },
            also={"partner_name": ("p.name", "nama jasa antar")},
            ids={"id": MemberId, "partner_id": PartnerId},
            fate=Fate.DELETED,
        ),
        Table(
            name="partner_invitation",
            title=("Undangan yang Anda buat atau terima", "Invitations that you made or took up"),
            rows=f"""FROM partner_invitation t WHERE t.made_by = {{subject}} OR t.used_by = {{subject}} OR t.rider_id = {_RIDER}
                     ORDER BY t.made_at, t.id""",
            shown={
                "id": "nomor undangan",
                "partner_id": "nomor jasa antar",
                "role": "peran",
                "rider_id": "nomor pengantar",
                "made_by": "dibuat oleh siapa",
                "made_at": "kapan dibuat",
                "expires_at": "berlaku sampai",
                "used_by": "diterima oleh siapa",
                "used_at": "kapan diterima",
            },
            kept={"digest": "a digest of a code, which opens nothing"},
            sql={"made_by": _whoever("t.made_by"), "used_by": _whoever("t.used_by")},
            ids={"id": InvitationId, "partner_id": PartnerId, "rider_id": RiderId},
            fate=Fate.STAYS,
            but={"made_by": Fate.EMPTIED, "used_by": Fate.EMPTIED},
            because=_COMPANY,
        ),
        Table(
            name="reply_inbox",
            title=("Yang Anda katakan untuk jasa antar", "What you said for a company"),
            rows="FROM reply_inbox t WHERE t.said_by = {subject} ORDER BY t.answered_at",
            shown={
                "partner_id": "nomor jasa antar",
                "type": "apa yang dikatakan",
                "delivery_id": "nomor perjalanan",
                "answered_at": "kapan dijawab",
                "said_by": "pengenal Anda",
            },
            nobody="reply_id body_hash code message field told_at tellings",  # signed is what was not refused
            ids={"partner_id": PartnerId, "delivery_id": DeliveryId},
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
            partner_answering="partner_id unanswered topic_used_at",
            reply_put_off="partner_id reply_id code told_at tellings",
            reply_reading="partner_id partition read_to",
            tariff_rule="id version service zone_code valid_from min_fee_rupiah included_m per_km_rupiah rider_share_pct"
            " partner_share_pct platform_share_pct legal_basis binding entered_at entered_by",
            zone="id name kind effect reason boundary entered_at entered_by",
        ),
    ),
)
"""`entered_by` of tariffs and zones is the user of a machine."""
