"""Of the list of columns (services.personal) what is about packing."""

from __future__ import annotations

from typing import Final

from services.contracts.ordering import OrderLineId
from services.contracts.packing import QuestionId
from services.ordering.store.personal_words import CODE, OF_ORDER, TRUE
from services.personal.columns import Fate, Table

PACKING: Final = (
    Table(
        name="order_question",
        title=("Yang ditanyakan penjual kepada Anda", "What sellers asked you"),
        rows=f"FROM order_question t {OF_ORDER} ORDER BY t.asked_at, t.id",
        shown={
            "id": "nomor pertanyaan",
            "line_id": "nomor baris",
            "kind": "tentang apa",
            "state": "jawaban",
            "quantity": "jumlah yang ada",
            "gram": "berat",
            "offer": "penggantinya",
            "total_rupiah": "harga bila setuju",
            "otherwise": "bila tidak setuju",
            "otherwise_rupiah": "harga bila tidak setuju",
            "asked_at": "kapan ditanyakan",
            "answer_by": "dijawab paling lambat",
            "ended_at": "kapan selesai",
        },
        nobody="order_id seller_order_id",
        also=CODE,
        ids={"id": QuestionId, "line_id": OrderLineId},
        fate=Fate.STAYS,
        because=TRUE,
    ),
)
