"""Everything about GraphQL that the subgraphs share."""

from services.kit.graphql.app import graphql_routes as graphql_routes
from services.kit.graphql.context import RequestContext as RequestContext
from services.kit.graphql.errors import BadUserInput as BadUserInput
from services.kit.graphql.errors import CodedError as CodedError
from services.kit.graphql.errors import ErrorCode as ErrorCode
from services.kit.graphql.errors import KeyReused as KeyReused
from services.kit.graphql.errors import ServiceUnavailable as ServiceUnavailable
from services.kit.graphql.limits import Limits as Limits
from services.kit.graphql.pages import Connection as Connection
from services.kit.graphql.pages import Edge as Edge
from services.kit.graphql.pages import Page as Page
from services.kit.graphql.pages import PageInfo as PageInfo
from services.kit.graphql.scalars import Rupiah as Rupiah
from services.kit.graphql.schema import Schema as Schema
from services.kit.graphql.schema import federation_schema as federation_schema
from services.kit.graphql.schema import print_sdl as print_sdl
from services.kit.graphql.types import IdempotencyKeyReused as IdempotencyKeyReused
from services.kit.graphql.types import Node as Node
from services.kit.graphql.types import NotAllowed as NotAllowed
from services.kit.graphql.types import NotFound as NotFound
from services.kit.graphql.types import Point as Point
from services.kit.graphql.types import PointInput as PointInput
from services.kit.graphql.types import Problem as Problem
from services.kit.graphql.types import RateLimited as RateLimited
from services.kit.graphql.types import TryLater as TryLater
