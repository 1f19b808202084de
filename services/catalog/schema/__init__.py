"""The catalog's part of the graph."""

from services.catalog.schema import node, problems, types
from services.catalog.schema.mutations import Mutation
from services.catalog.schema.queries import Query
from services.catalog.words import WORDS
from services.kit.graphql.schema import federation_schema

SCHEMA = federation_schema(
    query=Query,
    mutation=Mutation,
    types=[types.Merchant, types.Product, types.Variant, *node.STUBS],
    exception_handlers=problems.HANDLERS,
    words=WORDS,
)
