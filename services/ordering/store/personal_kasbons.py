"""Of the list of columns (services.personal) what is about kasbons. What is owed stays when its buyer is erased; the name by which the
merchant knows who owes it goes once it is paid or forgiven."""

from __future__ import annotations

from typing import Final

from services.contracts.catalog import MerchantId
from services.contracts.kasbon import KasbonEntryId, KasbonId
from services.ordering.store.personal_words import BUYER, TRUE, who
from services.personal.columns import Fate, Table

KASBONS: Final = (
    Table(
        name="kasbon",
        title=("Kasbon Anda dengan para penjual", "Your kasbons with sellers"),
        rows=f"FROM kasbon t WHERE t.buyer_id = {BUYER} ORDER BY t.id",
        shown={
            "id": "nomor kasbon",
            "merchant_id": "nomor usaha",
            "state": "keadaan",
            "called": "nama yang dikenal penjual",
            "limit_rupiah": "batas",
            "owed_rupiah": "belum dibayar",
            "held_rupiah": "pesanan yang belum diserahkan",
            "buyer_agreed_at": "kapan Anda setuju",
            "merchant_agreed_at": "kapan penjual setuju",
            "changed_at": "kapan terakhir berubah",
        },
        kept={"buyer_id": "you"},
        nobody="test account forgotten_at",
        ids={"id": KasbonId, "merchant_id": MerchantId},
        fate=Fate.STAYS,
        but={"called": Fate.EMPTIED},
        because=TRUE,
    ),
    Table(
        name="kasbon_entry",
        title=(
            "Catatan kasbon Anda, dan yang Anda tulis sebagai penjual",
            "Entries of your kasbons, and those that you wrote as a seller",
        ),
        rows=f"""FROM kasbon_entry t JOIN kasbon k ON k.id = t.kasbon_id WHERE k.buyer_id = {BUYER} OR t.by = {{subject}}
                ORDER BY t.number""",
        shown={
            "id": "nomor catatan",
            "kasbon_id": "nomor kasbon",
            "kind": "tentang apa",
            "at": "kapan",
            "change_rupiah": "perubahan",
            "balance_rupiah": "sisa",
            "limit_rupiah": "batas",
            "side": "pihak mana",
            "by": "siapa",
            "words": "kata-kata",
        },
        nobody="number order_id of_entry",
        ids={"id": KasbonEntryId, "kasbon_id": KasbonId},
        sql={"by": who("by")},
        fate=Fate.STAYS,
        but={"words": Fate.EMPTIED},
        because=TRUE,
    ),
)
