"""What merchants say of a product and of how it is sold, as inputs."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Final

import strawberry
from strawberry import UNSET

from services.catalog.domain.details import MAX_HARVEST_DAYS, MAX_ORIGIN_CHARACTERS, Given
from services.catalog.domain.offering import (
    MAX_DESCRIPTION_CHARACTERS,
    MAX_LABEL_CHARACTERS,
    MAX_NAME_CHARACTERS,
    MAX_UNIT_GRAM,
    Changed,
    Described,
    Sold,
)
from services.catalog.domain.tree import MAX_VALUE_CHARACTERS, MAX_VALUES
from services.catalog.domain.weighing import MAX_OVERRUN_PERCENT, USUAL_OVERRUN_PERCENT
from services.contracts.catalog import UnitKind
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.scalars import Rupiah


@strawberry.input(description="What a product says of itself.")
class ProductAttributeInput:
    code: str = strawberry.field(description="Of an attribute that its category asks.")
    value: str = strawberry.field(
        description=f"As the attribute's kind writes it: 2.5, true, one of its choices, or up to {MAX_VALUE_CHARACTERS} characters."
    )


_STAYS: Final = "Left out it stays as it was, null is nothing."


@strawberry.input(description="What a product is called, where it is found, and what is said of it.")
class ProductInput:
    name: str = strawberry.field(description=f"As its merchant calls it; up to {MAX_NAME_CHARACTERS} characters.")
    category: str = strawberry.field(description="A code of `categories`.")
    description: str = strawberry.field(
        default="", description=f"For buyers, searched as the name is; up to {MAX_DESCRIPTION_CHARACTERS} characters."
    )
    origin_desa_code: str | None = strawberry.field(
        default=None, description="Where it was grown or made: a village's Kemendagri code, 35.08.xx.xxxx."
    )
    keeps_for_s: int | None = strawberry.field(default=None, description="Seconds that it stays fresh.")
    harvested_on: date | None = strawberry.field(
        default=UNSET,
        description=f"The day in WIB on which it was harvested, caught or made, today or up to {MAX_HARVEST_DAYS} days before. {_STAYS}",
    )
    origin_group: str | None = strawberry.field(
        default=UNSET,
        description=f"Who grew or made it, a group of farmers; up to {MAX_ORIGIN_CHARACTERS} characters. {_STAYS}",
    )
    region_mark: str | None = strawberry.field(
        default=UNSET,
        description=f"What goods of the region are known as: Klengkeng Kateki; up to {MAX_ORIGIN_CHARACTERS} characters. {_STAYS}",
    )
    commodity_code: str | None = strawberry.field(
        default=UNSET, description=f"A code of `commodities`, when it is not its category's. {_STAYS}"
    )
    attributes: list[ProductAttributeInput] | None = strawberry.field(
        default=UNSET,
        description=f"Of those that its category asks, whole, each once; at most {MAX_VALUES}. {_STAYS}",
    )

    def given(self) -> Described:
        return Described(self.name, self.description, self.category, self.origin_desa_code, self.keeps_for_s)

    def more(self) -> Given | None:
        """None when nothing is said. Raises BadUserInput."""
        said = {
            "harvested_on": self.harvested_on,
            "origin_group": self.origin_group,
            "region_mark": self.region_mark,
            "commodity": self.commodity_code,
        }
        named = {name: value for name, value in said.items() if value is not UNSET}
        given = Given(**named, named=frozenset(named))  # type: ignore[arg-type]  # each by its name
        if self.attributes is not UNSET:
            attributes = self.attributes or []
            if len(attributes) > MAX_VALUES:
                raise BadUserInput(f"attributes are at most {MAX_VALUES}")
            pairs = [(each.code, each.value) for each in attributes]
            given = dataclasses.replace(given, attributes=pairs, named=given.named | {"attributes"})
        return given if given.named else None


@strawberry.input(description="A product in one unit at one price. What is left out is what is usual for the unit.")
class VariantInput:
    label: str = strawberry.field(description=f"For people: per ikat; up to {MAX_LABEL_CHARACTERS} characters.")
    unit: str = strawberry.field(description="A code of `saleUnits`; it stays.")
    price: Rupiah = strawberry.field(description="Of `priceBasis` base units; of what is `pricedBy` MASS, grams.")
    price_basis: int | None = strawberry.field(
        default=None,
        description="Base units that `price` is for: one unit, multiples of it, or an even part. Of pieces that are priced by mass grams, "
        "1,000 when it is not said.",
    )
    step: int | None = strawberry.field(
        default=None, description="Base units: a piece, a quarter of what is weighed or poured."
    )
    min: int | None = strawberry.field(
        default=None, description="Base units, a multiple of the step; one step when it is not said."
    )
    max: int | None = strawberry.field(
        default=None, description="Base units that one order may have at most; no limit when it is not said."
    )
    gram_per_unit: int | None = strawberry.field(
        default=None,
        description=f"Mass of one unit, 1 to {MAX_UNIT_GRAM} grams; has to be said of pieces. What is sold by mass weighs what is sold.",
    )
    on_hand: int = strawberry.field(default=0, description="Base units that lie there.")
    priced_by: UnitKind | None = strawberry.field(
        default=None,
        description="MASS of what is sold by the piece and weighed when it is packed; it stays. Left out, what the unit is of.",
    )
    overrun_percent: int | None = strawberry.field(
        default=None,
        description=f"By so much more than the estimate a piece that is weighed may cost, 0 to {MAX_OVERRUN_PERCENT}; "
        f"{USUAL_OVERRUN_PERCENT} when it is not said.",
    )

    def given(self) -> Sold:
        return Sold(
            label=self.label,
            unit=self.unit,
            step=self.step,
            min=self.min,
            price_rupiah=self.price,
            price_basis=self.price_basis,
            gram_per_unit=self.gram_per_unit,
            on_hand=self.on_hand,
            max=self.max,
            priced_by=self.priced_by,
            overrun_percent=self.overrun_percent,
        )


@strawberry.input(
    description="What of a variant is to be otherwise; what is left out or null stays. Its price has `changePrice`."
)
class ChangeVariantInput:
    label: str | None = strawberry.field(default=None, description="For people: per ikat.")
    step: int | None = strawberry.field(
        default=None, description="Base units; the least quantity becomes one step when it would not fit."
    )
    min: int | None = strawberry.field(default=None, description="Base units, a multiple of the step.")
    max: int | None = strawberry.field(default=None, description="Base units of one order; 0 is no limit any more.")
    gram_per_unit: int | None = strawberry.field(
        default=None, description="Mass of one unit, in grams; what is weighed later is estimated by it."
    )
    overrun_percent: int | None = strawberry.field(
        default=None, description=f"Of what is weighed later: 0 to {MAX_OVERRUN_PERCENT}."
    )

    def given(self) -> Changed:
        return Changed(self.label, self.step, self.min, self.gram_per_unit, self.max, self.overrun_percent)
