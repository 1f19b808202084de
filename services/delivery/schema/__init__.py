"""The delivery part of the graph."""

from services.delivery.schema import problems, quoting, types
from services.delivery.schema.mutations import Mutation
from services.delivery.schema.queries import Query
from services.delivery.schema.subscriptions import Subscription
from services.graph import subgraph

SCHEMA = subgraph(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[types.Order, types.SellerOrder, quoting.Checkout],
    refusals=problems.REFUSALS,
)
