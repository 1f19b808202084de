"""Lines of what is ordered by the piece and weighed when it is packed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry

from services.contracts import amounts, catalog
from services.graph import CatchWeight
from services.kit.graphql.scalars import MAX_RUPIAH, Rupiah


@strawberry.type
class Estimated:
    """The fields of a line that this is about."""

    if TYPE_CHECKING:
        total: Rupiah
        told: catalog.CatchWeight | None

    @strawberry.field(
        description="Whether `total` is an estimate: so many pieces of the usual mass, of what is weighed when it is packed."
    )
    def estimated(self) -> bool:
        return self.told is not None

    @strawberry.field(description="The most that the line may come to for the buyer; null of what is not estimated.")
    def cap_total(self) -> Rupiah | None:
        if self.told is None:
            return None
        return Rupiah(min(amounts.capped(self.total, self.told.overrun_percent), MAX_RUPIAH))

    @strawberry.field(description="How it is priced when it is weighed; null of what is not estimated.")
    def catch_weight(self) -> CatchWeight | None:
        return CatchWeight.of(self.told) if self.told else None
