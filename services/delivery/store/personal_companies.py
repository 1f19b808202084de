"""What of companies and their people is about a person: part of the list of columns."""

from __future__ import annotations

from typing import Final

from services.contracts.delivery import PartnerId, RiderId
from services.delivery.domain.crew import InvitationId, MemberId
from services.delivery.store.personal_words import RIDER, who, whoever
from services.personal.columns import THE_SUBJECT_NAMES_NOBODY, Fate, Table

_OWN: Final = "(SELECT o.partner_id FROM partner_member o WHERE o.subject = {subject} AND o.role = 'OWNER')"
_COMPANY: Final = "it is of the company, which has its trips and its riders"

COMPANIES: Final = (
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
        sql={"subject": who("t.subject = {subject}")},
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
        rows=f"""FROM partner_invitation t WHERE t.made_by = {{subject}} OR t.used_by = {{subject}} OR t.rider_id = {RIDER}
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
        sql={"made_by": whoever("t.made_by"), "used_by": whoever("t.used_by")},
        ids={"id": InvitationId, "partner_id": PartnerId, "rider_id": RiderId},
        fate=Fate.STAYS,
        but={"made_by": Fate.EMPTIED, "used_by": Fate.EMPTIED},
        because=_COMPANY,
    ),
    Table(
        name="webhook",
        title=("Alamat webhook yang Anda daftarkan", "Webhooks that you entered"),
        rows="FROM webhook t WHERE t.made_by = {subject}",
        shown={"url": "alamat", "made_at": "kapan didaftarkan"},
        kept={"made_by": "who entered it"},
        nobody="id partner_id status paused_by secret both_until read_to failures failing_since resting_until told_at"
        " delivered_at held_by held_until",
        fate=Fate.STAYS,
        because=f"{THE_SUBJECT_NAMES_NOBODY}; the endpoint is the company's",
    ),
    Table(
        name="company_rate",
        title=("Tarif jasa antar yang Anda masukkan", "Rates of companies that you entered"),
        rows="FROM company_rate t WHERE t.entered_by = {subject} ORDER BY t.number",
        shown={"partner_id": "nomor jasa antar", "entered_at": "kapan dimasukkan", "entered_by": "pengenal Anda"},
        nobody="number valid_from per_mille",
        ids={"partner_id": PartnerId},
        fate=Fate.STAYS,
        because=f"{THE_SUBJECT_NAMES_NOBODY}; the rate is the company's, and explains what buyers paid",
    ),
    Table(
        name="partner_reach",
        title=("Jam dan wilayah jasa antar yang Anda atur", "Hours and areas of companies that you set"),
        rows="FROM partner_reach t WHERE t.set_by = {subject} ORDER BY t.id",
        shown={"partner_id": "nomor jasa antar", "at": "kapan diatur", "set_by": "pengenal Anda"},
        nobody="id hours kecamatan_codes corners jobs_at_once",
        ids={"partner_id": PartnerId},
        fate=Fate.STAYS,
        because=f"{THE_SUBJECT_NAMES_NOBODY}; the hours and the area are the company's",
    ),
)
