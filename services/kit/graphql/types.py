"""Types that every subgraph has: Node, Problem, points, and the refusals that more than one service gives."""

import math

import strawberry

from services.contracts.problems import ProblemCode
from services.kit.graphql.errors import BadUserInput


@strawberry.interface(description="Anything with an id of its own. Ids are opaque and tell their kind by a prefix.")
class Node:
    id: strawberry.ID


@strawberry.interface(description="A refusal. The fields of its type carry the facts; translate by code.")
class Problem:
    code: ProblemCode = strawberry.field(description="What kind of refusal this is.")
    message: str = strawberry.field(description="English, for developers.")
    retryable: bool = strawberry.field(
        default=False, description="Whether the same request may succeed later, unchanged."
    )


@strawberry.federation.type(shareable=True, description="What was named does not exist, or is not the caller's to see.")
class NotFound(Problem):
    code: ProblemCode = ProblemCode.NOT_FOUND
    message: str = "There is nothing here that you may see"


@strawberry.federation.type(shareable=True, description="The caller may see it, but not do this to it.")
class NotAllowed(Problem):
    code: ProblemCode = ProblemCode.NOT_ALLOWED
    message: str = "You may not do this"


@strawberry.federation.type(
    shareable=True, description="The same key was used before with another body. Make a new key for a new request."
)
class IdempotencyKeyReused(Problem):
    code: ProblemCode = ProblemCode.IDEMPOTENCY_KEY_REUSED
    message: str = "This idempotency key was used before with another body"


@strawberry.federation.type(shareable=True, description="Too many requests by this caller.")
class RateLimited(Problem):
    code: ProblemCode = ProblemCode.RATE_LIMITED
    message: str = "Too many requests"
    retryable: bool = True
    retry_after_ms: int = strawberry.field(description="Milliseconds after which one more may succeed.")


@strawberry.federation.type(shareable=True, description="The platform is behind with its work and takes no more now.")
class TryLater(Problem):
    code: ProblemCode = ProblemCode.TRY_LATER
    message: str = "Too much is waiting; try again later"
    retryable: bool = True
    retry_after_ms: int = strawberry.field(description="Milliseconds after which to try again.")


@strawberry.federation.type(shareable=True, description="A place on the earth, in degrees (WGS 84).")
class Point:
    lat: float
    lng: float


@strawberry.input(description="A place on the earth, in degrees (WGS 84).")
class PointInput:
    lat: float
    lng: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lat) and -90 <= self.lat <= 90):
            raise BadUserInput("lat is a number of degrees from -90 to 90")
        if not (math.isfinite(self.lng) and -180 <= self.lng <= 180):
            raise BadUserInput("lng is a number of degrees from -180 to 180")
