"""What a trip costs, asked for with all that it hangs on or for a cart on its way to a contact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry

from services.contracts.catalog import MerchantId
from services.contracts.places import GeoPoint
from services.contracts.roles import Role
from services.delivery.commands import quoting
from services.delivery.domain import quote
from services.delivery.domain.quote import Wish
from services.delivery.schema.context import Info
from services.delivery.schema.fares import Quote
from services.graph import Payload
from services.kit.graphql.errors import BadUserInput, ServiceUnavailable
from services.kit.graphql.refusals import refusable
from services.kit.graphql.types import Point


@strawberry.type
class QuoteDeliveryPayload(Payload):
    quotes: list[Quote] | None = strawberry.field(
        default=None,
        description="One for each way in which the goods can be brought, cheapest first; null when there are problems.",
    )


async def quotes(
    info: Info, merchants: Sequence[MerchantId], dropoff: GeoPoint, mass_gram: int
) -> QuoteDeliveryPayload:
    """For the caller. Raises what `Wish.of` and `quote.make` do, but for a gap in the tariffs, which is ours."""
    buyer = info.context.identity.require(Role.BUYER)
    means = info.context.means
    means.quotes_limit.take(buyer)
    wish = Wish.of(buyer, merchants, dropoff, mass_gram, test=means.tests_only)
    try:
        quoted = await quoting.quote_delivery(means.db, wish, means.road_service)
    except quote.NoTariff as error:
        raise ServiceUnavailable(str(error)) from error
    return QuoteDeliveryPayload(quotes=[Quote.of(quoted, quote.sign(quoted.quote, means.signing_key))])


@strawberry.federation.type(keys=["id"], description="A cart on its way to a contact, as far as its delivery goes.")
class Checkout:
    id: strawberry.ID
    merchant_ids: list[strawberry.ID] = strawberry.federation.field(external=True)
    mass_gram: int = strawberry.federation.field(external=True)
    dropoff: Point = strawberry.federation.field(external=True)

    @refusable(
        description="What delivery would cost, as `quoteDelivery` says it. Stores nothing.",
        requires=["merchantIds massGram dropoff { lat lng }"],
    )
    async def delivery_quotes(self, info: Info) -> QuoteDeliveryPayload | None:
        merchants = [MerchantId.parse(each) for each in self.merchant_ids]
        return await quotes(info, merchants, GeoPoint(lat=self.dropoff.lat, lng=self.dropoff.lng), self.mass_gram)

    @classmethod
    def resolve_reference(
        cls, info: Info, id: strawberry.ID, merchant_ids: Any, mass_gram: Any, dropoff: Any
    ) -> Checkout:
        """Of what ordering says of its own. It is no proof: what is quoted is compared when the order is placed."""
        match merchant_ids, mass_gram, dropoff:
            case [str(), *_], int(), {"lat": int() | float() as lat, "lng": int() | float() as lng} if mass_gram >= 0:
                return cls(id=id, merchant_ids=merchant_ids, mass_gram=mass_gram, dropoff=Point(lat=lat, lng=lng))
        raise BadUserInput("a checkout has merchants, grams and a drop-off")
