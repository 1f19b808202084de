"""What of promotions and rules of the commission is about a person: part of the list of columns."""

from __future__ import annotations

from typing import Final

from services.ordering.domain.ids import CommissionRuleId, PromotionId
from services.ordering.store.personal_words import BUYER, CODE, OF_ORDER, TRUE, who
from services.personal.columns import THE_SUBJECT_NAMES_NOBODY, Fate, Table

PROMOTIONS: Final = (
    Table(
        name="promotion_use",
        title=("Promo yang Anda pakai", "Promotions that you used"),
        rows=f"""FROM promotion_use t JOIN promotion p ON p.id = t.promotion_id JOIN orders o ON o.id = t.order_id
                 WHERE t.buyer_id = {BUYER} ORDER BY t.at, t.position""",
        shown={
            "promotion_id": "nomor promo",
            "amount_rupiah": "potongan",
            "at": "kapan",
            "given_back_at": "kapan dikembalikan",
        },
        kept={"buyer_id": "you"},
        nobody="order_id position",
        also={**CODE, "promotion": ("p.name_id", "promo")},
        ids={"promotion_id": PromotionId},
        fate=Fate.STAYS,
        because=TRUE,
    ),
    Table(
        name="promotion_part",
        rows=f"FROM promotion_part t {OF_ORDER}",
        kept=dict.fromkeys(
            (
                "order_id",
                "promotion_id",
                "seller_order_id",
                "goods_rupiah",
                "minimum_rupiah",
                "amount_rupiah",
                "placed_amount_rupiah",
            ),
            "what of a promotion each seller's goods had; what you used is in promotion_use",
        ),
        fate=Fate.STAYS,
        because=TRUE,
    ),
    Table(
        name="promotion",
        title=("Promo yang Anda buat atau ubah", "Promotions that you made or changed"),
        rows="FROM promotion t WHERE {subject} IN (t.created_by, t.changed_by) ORDER BY t.created_at, t.id",
        shown={
            "id": "nomor promo",
            "name_id": "nama",
            "code": "kode",
            "status": "status",
            "created_by": "siapa membuat",
            "created_at": "kapan dibuat",
            "changed_by": "siapa mengubah",
            "changed_at": "kapan diubah",
        },
        nobody="merchant_id borne_by programme name_en kind value cap_rupiah minimum_rupiah merchants categories kecamatan first_order"
        " starts_at ends_at budget_rupiah uses per_buyer used spent_rupiah",
        ids={"id": PromotionId},
        sql={"created_by": who("created_by"), "changed_by": who("changed_by")},
        fate=Fate.STAYS,
        because=THE_SUBJECT_NAMES_NOBODY,
    ),
    Table(
        name="commission_rule",
        title=("Aturan potongan Wlijo yang Anda tetapkan", "Rules of the commission that you set"),
        rows="FROM commission_rule t WHERE t.made_by = {subject} ORDER BY t.made_at, t.id",
        shown={
            "id": "nomor aturan",
            "permille": "per seribu",
            "starts_at": "berlaku mulai",
            "basis": "dasar",
            "made_by": "pengenal Anda",
            "made_at": "kapan",
        },
        nobody="merchant_kind category",
        ids={"id": CommissionRuleId},
        fate=Fate.STAYS,
        because=THE_SUBJECT_NAMES_NOBODY,
    ),
)
