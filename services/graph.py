"""What every subgraph has beside its own: `Problem`, the refusals that more than one service gives, and how a subgraph is put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import strawberry

from services.contracts.problems import ProblemCode
from services.kit.graphql.enums import described
from services.kit.graphql.errors import KeyReused
from services.kit.graphql.limits import Limits
from services.kit.graphql.refusals import Refusal
from services.kit.graphql.schema import Schema, federation_schema
from services.kit.http.rate import RateLimited as TooFast

described(
    ProblemCode,
    "Why a request was refused. New codes may come: keep a default branch.",
    NOT_FOUND="It does not exist, or the caller may not see it.",
    WRONG_STATE="Its present state does not allow this.",
    IDEMPOTENCY_KEY_REUSED="The key was used before with another body.",
    RATE_LIMITED="Too many requests of this caller; wait and repeat.",
    TRY_LATER="The platform is behind; repeat with the same key.",
    MERCHANT_CLOSED="The merchant is not open now.",
    MERCHANT_SUSPENDED="The merchant may not sell at present.",
    PRODUCT_UNAVAILABLE="The product is not on sale.",
    INVALID_QUANTITY="The quantity is below the least or no multiple of the step.",
    INVALID_PRICE="The price is out of its range.",
    INVALID_CONTACT="A part of the contact cannot be used.",
    CART_EMPTY="There is nothing in the cart.",
    CART_TOO_LARGE="The cart has as many lines as it may.",
    PRICE_CHANGED="The total is another than the buyer has seen.",
    NOT_CANCELLABLE="The order has gone too far to be cancelled.",
    QUOTE_INVALID="The quote was not made for this order.",
    QUOTE_EXPIRED="The quote held until a time that is over.",
    QUOTE_USED="An order was placed with this quote already.",
    OUT_OF_AREA="Nobody delivers between these places.",
    TOO_HEAVY="It weighs more than a rider carries.",
)


@strawberry.interface(description="A refusal. The fields of its type carry the facts; translate by code.")
class Problem:
    code: ProblemCode = strawberry.field(description="What an app decides by; new values may come.")
    message: str = strawberry.field(description="English, for developers; apps translate by the code.")
    retryable: bool = strawberry.field(
        default=False, description="Whether the same request may succeed later, unchanged."
    )


@strawberry.federation.type(shareable=True, description="What was named does not exist, or is not the caller's to see.")
class NotFound(Problem):
    code: ProblemCode = ProblemCode.NOT_FOUND
    message: str = "There is nothing here that you may see"


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


_SHARED = (
    Refusal(KeyReused, IdempotencyKeyReused, lambda _: IdempotencyKeyReused()),
    Refusal(TooFast, RateLimited, lambda haste: RateLimited(retry_after_ms=haste.retry_after_ms)),
)


def subgraph(
    *,
    query: type,
    mutation: type | None = None,
    subscription: type | None = None,
    types: Iterable[type] = (),
    refusals: Iterable[Any] = (),
    limits: Limits = Limits(),
    words: Mapping[str, str] | None = None,
) -> Schema:
    """The schema of one of our services. `types` are those that no field names; `refusals` are the service's own."""
    return federation_schema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        types=types,
        exception_handlers=[*_SHARED, *refusals],
        limits=limits,
        words=words,
    )
