"""People's part of the list of columns (services.personal): what of its tables is about a person."""

from __future__ import annotations

from typing import Final

from services.contracts.export import ExportId
from services.contracts.people import PersonId
from services.people.domain.ids import NoticeId, SessionId
from services.personal.columns import COPY, THE_SUBJECT_NAMES_NOBODY, Fate, Personal, Table, nobody

_DIGEST: Final = "a digest of a secret"
_NUMBER: Final = "(SELECT n.number FROM phone n WHERE n.person_id = {person})"

PERSONAL: Final = Personal(
    service="people",
    title=("Anda, nomor Anda, dan pemberitahuan", "You, your number and what you were told"),
    tables=(
        Table(
            name="person",
            title=("Anda", "You"),
            rows="FROM person t WHERE t.id = {person}",
            shown={
                "id": "pengenal Anda",
                "name": "nama",
                "language": "bahasa",
                "registered_at": "pertama kali masuk",
                "seen_at": "terakhir terlihat",
                "erasure_asked_at": "kapan minta dihapus",
            },
            kept={"erased_at": "only who is erased has it"},
            ids={"id": PersonId},
            fate=Fate.STAYS,
            but={"name": Fate.EMPTIED},
            because=THE_SUBJECT_NAMES_NOBODY,
        ),
        Table(
            name="phone",
            title=("Nomor telepon Anda", "Your phone number"),
            rows="FROM phone t WHERE t.person_id = {person}",
            shown={"number": "nomor", "since": "sejak kapan"},
            kept={"person_id": "you"},
            fate=Fate.DELETED,
        ),
        Table(
            name="sign_in_code",
            title=("Kode yang dikirim kepada Anda", "Codes that were sent to you"),
            rows=f"FROM sign_in_code t WHERE t.person_id = {{person}} OR t.phone = {_NUMBER} ORDER BY t.made_at",
            shown={
                "phone": "ke nomor",
                "purpose": "untuk apa",
                "made_at": "kapan dibuat",
                "expires_at": "berlaku sampai",
                "tries": "tebakan yang salah",
                "used_at": "kapan dipakai",
            },
            kept={"digest": _DIGEST, "person_id": "you"},
            nobody="id",
            fate=Fate.DELETED,
        ),
        Table(
            name="messages",
            title=("Pesan yang dikirim kepada Anda", "Messages that were sent to you"),
            rows=f"FROM messages t WHERE t.person_id = {{person}} OR t.phone = {_NUMBER} ORDER BY t.created_at",
            shown={
                "phone": "ke nomor",
                "kind": "jenis",
                "language": "bahasa",
                "created_at": "kapan ditulis",
                "expires_at": "tidak dikirim lagi sesudah",
                "sent_at": "kapan dikirim",
                "failed_at": "kapan gagal",
                "channel": "lewat",
                "reference": "nomor pada penyedia",
            },
            kept={
                "text": "a code, which is a secret, or what the notice says too; gone once it was sent",
                "code": "a secret, gone once it was sent",
                "person_id": "you",
                "notice_id": "the notice says it",
            },
            nobody="id not_before tried channels leased_until",
            fate=Fate.DELETED,
        ),
        Table(
            name="session",
            title=("Tempat Anda masuk", "Where you are signed in"),
            rows="FROM session t WHERE t.person_id = {person} ORDER BY t.began_at, t.id",
            shown={
                "id": "nomor sesi",
                "device": "perangkat",
                "began_at": "sejak kapan",
                "used_at": "terakhir dipakai",
                "expires_at": "berakhir",
                "ended_at": "kapan diakhiri",
                "ended_because": "sebab diakhiri",
            },
            kept={"person_id": "you"},
            ids={"id": SessionId},
            fate=Fate.STAYS,
            but={"device": Fate.EMPTIED},
            because="that it has ended is told as long as a token of it can be shown; then the row goes",
        ),
        Table(
            name="refresh_token",
            rows="FROM refresh_token t JOIN session s ON s.id = t.session_id WHERE s.person_id = {person}",
            kept={"digest": _DIGEST, "session_id": "the session says it", "made_at": _DIGEST, "used_at": _DIGEST},
            fate=Fate.DELETED,
        ),
        Table(
            name="staff_role",
            title=("Tugas Anda untuk Wlijo atau kabupaten", "What you do for Wlijo or the regency"),
            rows="FROM staff_role t WHERE t.person_id = {person}",
            shown={"role": "tugas", "granted_at": "sejak kapan"},
            kept={"person_id": "you"},
            fate=Fate.DELETED,
        ),
        Table(
            name="consent",
            title=("Yang Anda setujui", "What you agreed to"),
            rows="FROM consent t WHERE t.person_id = {person} ORDER BY t.document, t.version",
            shown={
                "document": "naskah",
                "version": "versi",
                "given_at": "kapan disetujui",
                "withdrawn_at": "kapan ditarik",
            },
            kept={"person_id": "you"},
            fate=Fate.STAYS,
            because="that it was agreed to, and until when, has to be proved; it is under the id alone",
        ),
        Table(
            name="notice",
            title=("Pemberitahuan untuk Anda", "What you were told"),
            rows="FROM notice t WHERE t.subject = {subject} ORDER BY t.made_at, t.id",
            shown={
                "id": "nomor pemberitahuan",
                "kind": "jenis",
                "about": "tentang nomor",
                "language": "bahasa",
                "text": "isi",
                "happened_at": "kapan terjadi",
                "made_at": "kapan ditulis",
                "read_at": "kapan dibaca",
                "outcome": "hasil",
                "channel": "lewat",
                "told_at": "kapan disampaikan",
            },
            kept={"subject": "you", "facts": "the text says them"},
            nobody="event_id",
            ids={"id": NoticeId},
            fate=Fate.DELETED,
        ),
        Table(
            name="notice_preference",
            title=("Cara Anda ingin diberi tahu", "How you want to be told"),
            rows="FROM notice_preference t WHERE t.subject = {subject}",
            shown={"kind": "jenis", "channels": "lewat"},
            kept={"subject": "you"},
            fate=Fate.DELETED,
        ),
        Table(
            name="push_subscription",
            title=("Peramban yang diberi tahu", "Browsers that are told"),
            rows="FROM push_subscription t WHERE t.person_id = {person} ORDER BY t.made_at",
            shown={"endpoint": "alamat", "made_at": "sejak kapan"},
            kept={"person_id": "you", "p256dh": "a key of the browser", "auth": "a secret of the browser"},
            fate=Fate.DELETED,
        ),
        Table(
            name="audit",
            title=(
                "Yang dilakukan dengan hak Anda, dan oleh Anda dengan hak orang lain",
                "What was done to your rights, and by you to others'",
            ),
            rows="FROM audit t WHERE t.person_id = {person} OR t.actor = {subject} ORDER BY t.told_at, t.id",
            shown={
                "told_at": "kapan",
                "actor": "oleh siapa",
                "action": "tindakan",
                "person_id": "hak siapa",
                "detail": "rincian",
            },
            nobody="id",
            sql={
                "actor": "CASE WHEN t.actor = {subject} THEN 'you' ELSE 'another' END",
                "person_id": "CASE WHEN t.person_id = {person} THEN 'you' ELSE 'another' END",
                "detail": "CASE WHEN t.person_id = {person} THEN t.detail END",
            },
            fate=Fate.STAYS,
            because=THE_SUBJECT_NAMES_NOBODY,
        ),
        Table(
            name="export",
            title=("Salinan data yang Anda minta", "Copies of your data that you asked for"),
            rows="FROM export t WHERE t.subject = {subject} ORDER BY t.asked_at",
            shown={
                "id": "nomor salinan",
                "asked_at": "kapan diminta",
                "ready_at": "kapan siap",
                "expires_at": "dihapus sesudah",
                "gone_at": "kapan dihapus",
                "fetched": "berapa kali diambil",
            },
            kept={
                "subject": "you",
                "waits_for": "services that were waited for",
                "private_key": "opens what services answer, and is gone when the copy is made",
                "document": "a copy itself",
            },
            ids={"id": ExportId},
            fate=Fate.DELETED,
        ),
        Table(
            name="export_part",
            rows="FROM export_part t JOIN export e ON e.id = t.export_id WHERE e.subject = {subject}",
            kept=dict.fromkeys(("export_id", "service", "number", "of_parts", "content"), "a part of a copy"),
            fate=Fate.DELETED,
        ),
        Table(
            name="allowance",
            rows="FROM allowance t WHERE t.kind LIKE 'number/%' AND t.key = " + _NUMBER,
            kept=dict.fromkeys(
                ("kind", "key", "since", "taken"), "how many codes a number was sent; goes after two days"
            ),
            fate=Fate.STAYS,
            because="else being erased would lift the limit; it goes after two days",
        ),
        Table(
            name="heard_order",
            rows="FROM heard_order t WHERE t.buyer = {subject}",
            kept={"buyer": COPY},
            nobody="order_id code total_rupiah cash_rupiah placed_at is_over",
            fate=Fate.STAYS,
            because=f"{THE_SUBJECT_NAMES_NOBODY}; it goes after 30 days",
        ),
        Table(
            name="heard_merchant",
            rows="FROM heard_merchant t WHERE {subject} = ANY(t.members)",
            kept={"members": COPY},
            nobody="merchant_id name accept_within_s",
            fate=Fate.FOLLOWS,
            because="catalog tells its merchants anew",
        ),
        *nobody(
            consent_text="document version language text published_at published_by",
            early_event="event_id order_id envelope heard_at",
            heard_part="seller_order_id order_id merchant_id goods_rupiah is_answered",
            message_day="day channel taken",
        ),
    ),
)
"""`consent_text.published_by` is the user of a machine. `early_event` has events of orders that were not heard of yet, which name an order
and nobody."""
