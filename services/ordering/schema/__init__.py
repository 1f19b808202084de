"""Ordering's subgraph: queries, mutations, subscriptions."""

from services.graph import subgraph
from services.ordering.schema.mutations import Mutation
from services.ordering.schema.problems import REFUSALS
from services.ordering.schema.queries import Query
from services.ordering.schema.subscriptions import Subscription
from services.ordering.schema.types import Delivery, Merchant, Partner, Rider
from services.ordering.schema.types.reviews import Product

SCHEMA = subgraph(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Delivery, Merchant, Partner, Rider, Product],
    refusals=REFUSALS,
)
