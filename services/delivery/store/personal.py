"""Delivery's part of the list of columns (services.personal): what of its tables is about a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from services.contracts.delivery import DeliveryId, PartnerId, ProofId, RiderId
from services.contracts.ordering import OrderId
from services.delivery.domain.crew import MemberId
from services.delivery.store.personal_companies import COMPANIES
from services.delivery.store.personal_words import RIDER, who
from services.kit.database.db import Connection
from services.personal.columns import COPY, THE_SUBJECT_NAMES_NOBODY, Fate, Personal, Table, nobody

_RIDDEN: Final = f"(SELECT d.id FROM delivery d WHERE d.rider_id = {RIDER})"
_TRIPS: Final = f"(SELECT d.id FROM delivery d WHERE d.buyer = {{subject}} UNION {_RIDDEN[1:]}"
_TRUE: Final = "trips and their fees stay true; the buyer is a subject, which names nobody once its person is erased"


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
                "carries_gram": "beban terbanyak dalam gram",
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
                "ready_at": "kapan barang siap diambil",
                "weight_limit_gram": "berat paling banyak, dalam gram",
                "dropoff_wish": "bagaimana diserahkan",
            },
            nobody="version test quote_id offer_id pin_tries fare fetching wants_person_at seek_until rounds_from only_for",
            sql={"buyer": who("t.buyer = {subject}"), "rider_id": who(f"t.rider_id = {RIDER}")},
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
                "arrived_at": "kapan pengantar datang",
                "fetched_at": "kapan barangnya dibawa",
                "failure_code": "kenapa barangnya tidak didapat",
                "ready_at": "kapan barang di situ dijanjikan siap",
                "packed_at": "kapan barang di situ selesai dikemas",
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
            name="delivery_proof",
            title=("Foto dan tanda tangan serah terima Anda", "Photos and signatures of handovers to you"),
            rows="""FROM delivery_proof t JOIN delivery d ON d.id = t.delivery_id WHERE d.buyer = {subject} OR t.subject = {subject}
                    ORDER BY t.delivery_id, t.id""",
            shown={
                "id": "nomor foto",
                "delivery_id": "nomor perjalanan",
                "kind": "foto atau tanda tangan",
                "subject": "siapa mengirim",
                "made_at": "kapan diminta",
                "came_at": "kapan dikirim",
                "proved_at": "kapan menjadi bukti",
                "goes_at": "kapan dihapus",
            },
            nobody="stop partner_id rider_id return_to source color sizes lost_at",
            ids={"id": ProofId, "delivery_id": DeliveryId},
            sql={"subject": who("t.subject = {subject}")},
            fate=Fate.DELETED,
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
            sql={"ended_by": who("t.ended_by = {subject}")},
            ids={"delivery_id": DeliveryId},
            fate=Fate.STAYS,
            because=_TRUE,
        ),
        Table(
            name="delivery_incident",
            title=("Perjalanan yang dialihkan petugas", "Trips that staff gave to another rider"),
            rows=f"FROM delivery_incident t WHERE t.delivery_id IN {_TRIPS} OR t.said_by = {{subject}} ORDER BY t.at",
            shown={
                "delivery_id": "nomor perjalanan",
                "failure_code": "sebab",
                "reason": "alasan",
                "from_partner": "dari jasa antar",
                "to_partner": "ke jasa antar",
                "with_goods": "apakah barangnya sudah dibawa",
                "said_by": "oleh siapa",
                "at": "kapan",
            },
            nobody="version from_rider to_rider",
            sql={"said_by": who("t.said_by = {subject}")},
            ids={"delivery_id": DeliveryId, "from_partner": PartnerId, "to_partner": PartnerId},
            fate=Fate.STAYS,
            because=_TRUE,
        ),
        Table(
            name="delivery_exchange",
            title=("Perjalanan yang Anda serahkan atau teruskan", "Trips that you handed on or took over"),
            rows=f"FROM delivery_exchange t WHERE t.was_rider_id = {RIDER} OR t.rider_id = {RIDER} ORDER BY t.at",
            shown={
                "delivery_id": "nomor perjalanan",
                "was_rider_id": "siapa sebelumnya",
                "rider_id": "siapa sesudahnya",
                "status": "status saat itu",
                "cash_to_collect_rupiah": "tunai yang diminta",
                "since": "sejak kapan pada yang sebelumnya",
                "at": "kapan diganti",
            },
            nobody="version",
            sql={
                "was_rider_id": who(f"t.was_rider_id = {RIDER}"),
                "rider_id": who(f"t.rider_id = {RIDER}"),
            },
            ids={"delivery_id": DeliveryId},
            fate=Fate.STAYS,
            because=_TRUE,
        ),
        Table(
            name="rider_place",
            title=("Tempat terakhir Anda selama bertugas", "Your latest place while you are on shift or on a trip"),
            rows=f"FROM rider_place t WHERE t.rider_id = {RIDER}",
            shown={"lat": "lintang", "lng": "bujur", "at": "kapan"},
            nobody="rider_id count near kept_at",
            fate=Fate.DELETED,
        ),
        Table(
            name="rider_trail",
            title=("Tempat Anda dalam satu jam terakhir", "Where you were in the last hour"),
            rows=f"FROM rider_trail t WHERE t.rider_id = {RIDER} ORDER BY t.at",
            shown={"lat": "lintang", "lng": "bujur", "at": "kapan"},
            nobody="rider_id",
            fate=Fate.DELETED,
        ),
        Table(
            name="delivery_link",
            title=("Tautan lacak yang Anda bagikan", "Links by which you let others follow a trip"),
            rows="FROM delivery_link t JOIN delivery d ON d.id = t.delivery_id AND d.buyer = {subject} ORDER BY t.made_at",
            shown={"delivery_id": "nomor perjalanan", "made_at": "kapan dibuat"},
            kept={"nonce": "it makes a key to the trip", "digest": "what is compared with a key"},
            ids={"delivery_id": DeliveryId},
            fate=Fate.DELETED,
        ),
        Table(
            name="position",
            title=(
                "Tempat Anda pada suatu perjalanan",
                "Your place on a trip, as the release before kept it",
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
                "actor": who("t.actor = {subject}"),
                "subject": "CASE WHEN t.subject = {rider} THEN 'you' WHEN t.subject = ANY(({companies})::text[]) THEN t.subject"
                " ELSE 'another' END",
            },
            fate=Fate.STAYS,
            because=THE_SUBJECT_NAMES_NOBODY,
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
        *COMPANIES,
        *nobody(
            delivery_proof_gone="key due_at",
            proof_rule="version valid_from legal_basis photo signature signature_cash_rupiah entered_at entered_by",
            webhook_message="webhook_id event_id place seq subject type told_at until status attempts next_at done_at",
            courier="partner_id tests read_to seen_at failures away_until",
            courier_job="offer_id delivery_id partner_id rider_id state unwanted stray asked offered quotation_id order_id price_rupiah"
            " reported driver_id tries said made_at sent_at placed_at gone_at next_at ended_at",
            courier_word="partner_id order_id at",
            webhook_attempt="id webhook_id event_id at took_ms status error excerpt",
            delivery_foreseen="delivery_id status said_at arrives_at",
            merchant="id name status kecamatan_code lat lng",
            offer="id delivery_id partner_id state offered_at expires_at closed_at given_back policy_id taken_today asked_of rider_id"
            " away_m joins_id added_m by_hand rehearsed",
            rider_plan="rider_id stops made_at",
            search_decision="id delivery_id action partner_id minutes reason subject at",
            rehearsal="delivery_id scenario acted place cash_collected_rupiah",
            partner_answering="partner_id unanswered topic_used_at",
            reply_put_off="partner_id reply_id code told_at tellings",
            reply_reading="partner_id partition read_to",
            tariff_rule="id version service zone_code valid_from min_fee_rupiah included_m per_km_rupiah rider_share_pct"
            " partner_share_pct platform_share_pct legal_basis binding entered_at entered_by valid_until per_stop_rupiah included_gram"
            " per_kg_rupiah night_begins night_ends night_rupiah rounding_rupiah per_km_low per_km_high min_fee_low min_fee_high why",
            dispatch_policy="id valid_from rule companies offer_s at_once rounds pause_s assign_within_s reach_m escalate_percent together"
            " batch detour_m why entered_by entered_at",
            vain_rule="version valid_from legal_basis called_off_pct at_pickup_pct way_back_pct free_minutes per_minute_rupiah most_rupiah"
            " entered_at entered_by",
            zone="id name kind effect reason boundary entered_at entered_by reason_en surcharge_rupiah valid_from valid_until hours"
            " switched_on ended_at version",
            zone_history="id zone_id action reason subject at",
            delivery_hazard="delivery_id zone_id told_at lifted_at",
        ),
    ),
)
"""`entered_by` of tariffs, policies and zones, and the subject of a decision about a search and of a zone's history, are staff's, who
answer for it by office."""
