"""GraphQL types of packing: what became of a line, and what the buyer is asked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from services.contracts import amounts, catalog
from services.contracts.amounts import Language
from services.contracts.catalog import UnitKind
from services.graph import InLanguage
from services.kit.graphql.scalars import MAX_RUPIAH, Rupiah
from services.ordering.domain.question import Replacement
from services.ordering.schema.types.enums import IfNotAccepted, OrderLineState, QuestionKind, QuestionState
from services.ordering.store import rows
from services.ordering.store.questions import Asked

if TYPE_CHECKING:
    from services.ordering.schema.types.orders import Variant

_KILOGRAM = catalog.SaleUnit(code="kg", label="kg", kind=UnitKind.MASS, base_per_unit=1_000, step=1, min=1)


@strawberry.type
class Packed:
    """The fields of a line that packing is about."""

    if TYPE_CHECKING:
        total: Rupiah
        sold: catalog.SaleUnit

    packed: strawberry.Private[rows.Packed]

    @strawberry.field(description="What has become of it: `quantity` and `total` stay what was ordered.")
    def state(self) -> OrderLineState:
        return self.packed.state

    @strawberry.field(
        description="How much of it there is, in base units, 0 of what was dropped or replaced; null while nothing was packed."
    )
    def packed_quantity(self) -> int | None:
        return self.packed.quantity

    @strawberry.field(description="What it weighs, in grams, of what is weighed; null until then.")
    def packed_gram(self) -> int | None:
        return self.packed.gram

    @strawberry.field(
        description="What is packed as people read it: 1 ekor, 1,32 kg; null while nothing was packed, and of what is not there."
    )
    def packed_text(self, language: InLanguage = Language.ID) -> str | None:
        if not self.packed.quantity:
            return None
        pieces = amounts.quantity_text(self.packed.quantity, self.sold, language)
        if self.packed.gram is None:
            return pieces
        return f"{pieces}, {amounts.quantity_text(self.packed.gram, _KILOGRAM, language)}"

    @strawberry.field(description="What it comes to as things stand; of a part `goodsTotal` is the sum of these.")
    def final_total(self) -> Rupiah:
        return self.total if self.packed.rupiah is None else Rupiah(self.packed.rupiah)

    @strawberry.field(description="The line in whose place the merchant packed this one; null of what was ordered.")
    def replaces(self) -> strawberry.ID | None:
        return strawberry.ID(str(self.packed.replaces)) if self.packed.replaces else None


@strawberry.type(
    description="Other goods of the same merchant, in a line's place, as they were sold when they were offered."
)
class OfferedReplacement:
    name: str = strawberry.field(description="The product's name.")
    quantity: int = strawberry.field(description="In base units.")
    cap_total: Rupiah = strawberry.field(
        description="The most that it may come to: more than the question's `total` of what is weighed alone."
    )
    offered: strawberry.Private[Replacement]

    @strawberry.field(description="What is sold, as it is today; null while the catalog is away.")
    def variant(self) -> Annotated[Variant, strawberry.lazy("services.ordering.schema.types.orders")] | None:
        from services.ordering.schema.types.orders import Variant

        return Variant(id=strawberry.ID(str(self.offered.variant_id)))

    @strawberry.field(description="`quantity` as people read it: 2 ikat.")
    def quantity_text(self, language: InLanguage = Language.ID) -> str:
        return amounts.quantity_text(self.quantity, self.offered.unit, language)

    @strawberry.field(description="Its price as people read it: Rp12.000 / ikat.")
    def price_text(self, language: InLanguage = Language.ID) -> str:
        return amounts.price_text(self.offered.price_rupiah, self.offered.price_basis, self.offered.unit, language)


@strawberry.type(
    description="What a merchant who packs has asked the buyer: whether a line may cost more, be short, or be other goods."
)
class OrderQuestion:
    id: strawberry.ID = strawberry.field(description="Opaque; `answerQuestion` takes it.")
    line_id: strawberry.ID = strawberry.field(description="The line that it is about.")
    line_name: str = strawberry.field(description="What that line was sold as.")
    kind: QuestionKind = strawberry.field(description="What is asked.")
    state: QuestionState = strawberry.field(description="Whether it can be answered, or what became of it.")
    asked_at: datetime = strawberry.field(description="By the platform's clock.")
    answer_by: datetime = strawberry.field(description="From this moment on it is not answered any more.")
    ended_at: datetime | None = strawberry.field(description="Null while it is OPEN.")
    quantity: int = strawberry.field(
        description="In base units, how much there would be: of the line itself, or of what replaces it."
    )
    gram: int | None = strawberry.field(description="What it weighs, of what is too heavy; null else.")
    total: Rupiah = strawberry.field(description="What the line comes to if the buyer accepts.")
    if_not_accepted: IfNotAccepted = strawberry.field(
        description="What is done if nobody answers in time; a buyer who declines a short line gets something similar, if there is."
    )
    total_if_not_accepted: Rupiah = strawberry.field(description="What the line comes to then.")
    replacement: OfferedReplacement | None = strawberry.field(description="Of REPLACEMENT alone.")
    sold: strawberry.Private[catalog.SaleUnit]

    @strawberry.field(
        description="`quantity` of the line as people read it, of SHORT: 1 ikat. Null of other kinds, and of none at all."
    )
    def quantity_text(self, language: InLanguage = Language.ID) -> str | None:
        if self.kind is not QuestionKind.SHORT or not self.quantity:
            return None
        return amounts.quantity_text(self.quantity, self.sold, language)

    @strawberry.field(description="`gram` as people read it: 1,3 kg.")
    def gram_text(self, language: InLanguage = Language.ID) -> str | None:
        return None if self.gram is None else amounts.quantity_text(self.gram, _KILOGRAM, language)

    @classmethod
    def of(cls, row: Asked) -> Self:
        asked = row.question
        return cls(
            id=strawberry.ID(str(asked.id)),
            line_id=strawberry.ID(str(asked.line_id)),
            line_name=row.name,
            kind=asked.kind,
            state=asked.state,
            asked_at=asked.asked_at,
            answer_by=asked.answer_by,
            ended_at=asked.ended_at,
            quantity=asked.quantity,
            gram=asked.gram,
            total=Rupiah(asked.total_rupiah),
            if_not_accepted=asked.otherwise,
            total_if_not_accepted=Rupiah(asked.otherwise_rupiah),
            replacement=_replacement(asked.replacement, asked.quantity, asked.total_rupiah),
            sold=row.unit,
        )


def _replacement(offered: Replacement | None, quantity: int, rupiah: int) -> OfferedReplacement | None:
    if offered is None:
        return None
    weighed = offered.catch_weight
    cap = amounts.capped(rupiah, weighed.overrun_percent) if weighed else rupiah
    return OfferedReplacement(
        name=offered.name, quantity=quantity, cap_total=Rupiah(min(cap, MAX_RUPIAH)), offered=offered
    )
