"""The part of the graph that people answer for."""

from services.graph import subgraph
from services.people.schema.mutations import Mutation
from services.people.schema.problems import REFUSALS
from services.people.schema.queries import Query

SCHEMA = subgraph(query=Query, mutation=Mutation, refusals=REFUSALS)
