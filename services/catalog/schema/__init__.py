"""The catalog's part of the graph."""

from services.catalog.schema import node, problems, types
from services.catalog.schema.mutations import Mutation
from services.catalog.schema.queries import Query
from services.catalog.schema.subscriptions import Subscription
from services.graph import subgraph

SCHEMA = subgraph(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[types.Merchant, types.Product, types.Variant, *node.STUBS.values()],
    refusals=problems.REFUSALS,
)
