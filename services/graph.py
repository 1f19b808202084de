"""What every subgraph has beside its own: `Problem`, the refusals that more than one service gives, and how a subgraph is put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import strawberry

from services.contracts.problems import ProblemCode
from services.kit.database.db import Busy
from services.kit.graphql.enums import described
from services.kit.graphql.errors import KeyReused
from services.kit.graphql.limits import Limits
from services.kit.graphql.refusals import Refusal
from services.kit.graphql.schema import Schema, federation_schema
from services.kit.http.rate import RateLimited as TooFast

described(
    ProblemCode,
    "Why a request was refused. New codes may come: keep a default branch.",
    **{code.name: code.description for code in ProblemCode},
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
    Refusal(Busy, TryLater, lambda busy: TryLater(retry_after_ms=busy.retry_after_ms)),
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
