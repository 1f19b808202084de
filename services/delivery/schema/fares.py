"""What a trip costs, line by line, as the graph shows it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from services.contracts.ordering import Slot as Slot  # described in services.graph
from services.delivery.domain import tariff
from services.delivery.domain.quote import Quoted
from services.delivery.domain.roads import Roads
from services.delivery.domain.tariff import FarePart
from services.kit.graphql.enums import described
from services.kit.graphql.scalars import Rupiah

described(
    FarePart,
    "What a line of a fare is for. New values may come.",
    MINIMUM="The least, with the first kilometres in it.",
    DISTANCE="Each kilometre begun beyond those.",
    STOPS="Each pickup after the first.",
    WEIGHT="Each kilogram begun beyond what is included.",
    NIGHT="At night.",
    SURCHARGE="A zone's.",
    ROUNDING="To a round sum, up or down.",
    RATE="What a company's rate of its own takes off.",
)
described(
    Roads,
    "Where a distance is from. New values may come.",
    ESTIMATE="The air line, times what roads are longer on average.",
    ROAD_SERVICE="The way by road, from a road service.",
)


@strawberry.type(description="A line of a fare; all lines make the fee: what they add less what they take off.")
class FareLine:
    part: FarePart = strawberry.field(description="What it is for.")
    amount: Rupiah = strawberry.field(description="What it adds.")
    off: Rupiah = strawberry.field(description="What it takes off; one of the two is 0.")
    count: int | None = strawberry.field(description="Of kilometres, pickups, kilograms, where it counts any.")
    each: Rupiah | None = strawberry.field(description="For one of them.")
    name: str | None = strawberry.field(description="The zone of a surcharge, the version of a company's rate.")

    @classmethod
    def of(cls, line: tariff.FareLine) -> FareLine:
        return cls(
            part=line.part,
            amount=Rupiah(max(0, line.rupiah)),
            off=Rupiah(max(0, -line.rupiah)),
            count=line.count,
            each=Rupiah(line.each_rupiah) if line.each_rupiah is not None else None,
            name=line.name,
        )


@strawberry.type(
    description="What a trip costs: a signed statement for this buyer, these merchants and this drop-off. Nothing is stored; "
    "give `token` to placeOrder before `expiresAt`."
)
class Quote:
    slot: Slot = strawberry.field(description="When the goods are brought for this fee; give it to placeOrder too.")
    id: strawberry.ID = strawberry.field(description="Of the statement, which is nowhere stored: one order may use it.")
    token: str = strawberry.field(description="The signed statement.")
    fee: Rupiah = strawberry.field(description="What the buyer pays for the trip.")
    distance_m: int = strawberry.field(
        description="Metres by road, over all merchants, to within a hundred of the door."
    )
    duration_s: int = strawberry.field(description="Seconds from the first merchant to the door, halts included.")
    rider_share: Rupiah = strawberry.field(description="What the rider gets of the fee.")
    partner_share: Rupiah = strawberry.field(description="What the rider's company gets of the fee.")
    platform_share: Rupiah = strawberry.field(description="The three shares make the fee.")
    mass_limit_gram: int = strawberry.field(description="The goods may weigh so much.")
    tariff_version: str = strawberry.field(description="The rule that the fee was reckoned by, GOODS-I-v1.")
    rate_version: str | None = strawberry.field(
        description="The company's rate that made it cheaper than the rule, RATE-7; it does not say who will ride. Null for the rule's own."
    )
    legal_basis: str = strawberry.field(description="What the tariff rests on.")
    lines: list[FareLine] = strawberry.field(description="What the fee is made of.")
    distance_source: Roads = strawberry.field(description="Where the distance is from.")
    expires_at: datetime = strawberry.field(description="An order can be placed with it until then.")
    test: bool = strawberry.field(description="The order placed with it will be a test: no real rider is sent.")

    @classmethod
    def of(cls, quoted: Quoted, token: str) -> Quote:
        quote = quoted.quote
        return cls(
            slot=Slot.NOW,
            id=strawberry.ID(str(quote.id)),
            token=token,
            fee=Rupiah(quote.fee_rupiah),
            distance_m=quote.distance_m,
            duration_s=quote.duration_s,
            rider_share=Rupiah(quote.rider_share_rupiah),
            partner_share=Rupiah(quote.partner_share_rupiah),
            platform_share=Rupiah(quote.platform_share_rupiah),
            mass_limit_gram=quote.mass_limit_gram,
            tariff_version=quote.tariff,
            rate_version=quote.basis.rate.version if quote.basis and quote.basis.rate else None,
            legal_basis=quoted.legal_basis,
            lines=[FareLine.of(each) for each in quoted.lines],
            distance_source=quote.basis.roads if quote.basis else Roads.ESTIMATE,
            expires_at=quote.expires_at,
            test=quote.test,
        )
