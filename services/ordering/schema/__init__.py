"""Ordering's subgraph: queries, mutations, subscriptions."""

from services.kit.graphql.schema import federation_schema
from services.ordering.schema.mutations import Mutation
from services.ordering.schema.problems import ANSWERS
from services.ordering.schema.queries import Query
from services.ordering.schema.subscriptions import Subscription
from services.ordering.schema.types import Merchant
from services.ordering.words import WORDS

SCHEMA = federation_schema(
    query=Query, mutation=Mutation, subscription=Subscription, types=[Merchant], exception_handlers=ANSWERS, words=WORDS
)
