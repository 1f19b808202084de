"""The part of the list of columns that insight has (services.personal): what of its tables is about a person."""

from __future__ import annotations

from typing import Final

from services.personal.columns import Fate, Personal, Table, nobody

_DIGEST = "left(encode(sha256(k.key || convert_to({subject}, 'UTF8')), 'hex'), 16)"

PERSONAL: Final = Personal(
    service="insight",
    title=("Angka daerah", "The regency's numbers"),
    tables=(
        Table(
            name="working",
            title=(
                "Pesanan Anda dalam hitungan, tanpa nama, selama masih dapat berubah",
                "Your orders in the count, nameless, while they may change",
            ),
            rows=f"FROM working t JOIN month_key k ON k.month = t.month WHERE t.buyer = {_DIGEST} ORDER BY t.heard_at, t.digest",
            shown={"month": "bulan", "buyer": "tanda pengganti Anda pada bulan itu"},
            kept={"state": "the order as ordering hands it out, without a name or a place"},
            nobody="gen digest waits heard_at",
            sql={"buyer": "t.buyer"},
            fate=Fate.EMPTIED,
            but={"month": Fate.STAYS, "state": Fate.STAYS},
            because="sums are corrected by it; that it was theirs, nobody can tell any more",
        ),
        *nobody(
            generation="gen state from_day closed_before late begun_at swapped_at",
            month_key="month key",
            tally="gen cube day cell orders parts completed cancelled turnover quantity fee rider_share partner_share platform_share "
            "regency claimed accept_s accepted deliver_s delivered failed",
            seller_was="merchant_id since kecamatan kind umkm status",
            seller_life="gen merchant_id first_day last_day",
            goods="variant_id product_id merchant_id category commodity unit price_rupiah price_basis on_sale",
            company="partner_id name status",
            publication="month revision published_at why test",
            published_file="month revision format content sha256",
            published_cell="month revision cube cell withheld measures",
            reference_price="commodity unit day rupiah source",
            price_load="id loaded_at actor source taken broken",
            asked_price="day commodity unit kecamatan median_rupiah low_rupiah high_rupiah sellers",
            licence="licence_id merchant_id kind expires_on",
            complaint="digest month kind due_at",
            complaint_tally="month kind opened in_time late withdrawn unanswered",
        ),
    ),
)
