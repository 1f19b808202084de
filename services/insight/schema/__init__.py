"""The part of the graph that insight answers for."""

from services.graph import subgraph
from services.insight.schema import problems
from services.insight.schema.mutations import Mutation
from services.insight.schema.queries import Query

SCHEMA = subgraph(query=Query, mutation=Mutation, refusals=problems.REFUSALS)
