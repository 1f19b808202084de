"""Ordering's subgraph: queries, mutations, subscriptions."""

from services.kit.graphql.schema import federation_schema
from services.ordering.schema.mutation import Mutation
from services.ordering.schema.problems import ANSWERS
from services.ordering.schema.query import Query
from services.ordering.schema.subscription import Subscription
from services.ordering.schema.types import Merchant
from services.ordering.words import WORDS

SCHEMA = federation_schema(
    query=Query, mutation=Mutation, subscription=Subscription, types=[Merchant], exception_handlers=ANSWERS, words=WORDS
)
