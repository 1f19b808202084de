"""What every subgraph has beside its own: `Problem`, payloads, refusals that several services give, and how a subgraph is put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Self

import strawberry

from services.contracts import amounts, catalog
from services.contracts.amounts import Language
from services.contracts.catalog import UnitKind
from services.contracts.licences import LicenceKind
from services.contracts.ordering import Slot
from services.contracts.problems import LimitUnit, ProblemCode
from services.contracts.umkm import UmkmClass
from services.kit.database.db import Busy
from services.kit.graphql.enums import described
from services.kit.graphql.errors import KeyReused
from services.kit.graphql.limits import Limits
from services.kit.graphql.refusals import Answer
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.schema import Schema, federation_schema
from services.kit.http.rate import RateLimited as TooFast
from services.kit.ids import EventId
from services.kit.messaging.stuck import DeedDoesNotFit, NoLongerStuck
from services.kit.messaging.told import Told

described(
    ProblemCode,
    "Why a request was refused. New codes may come: keep a default branch.",
    **{code.name: code.description for code in ProblemCode},
)
described(
    LimitUnit,
    "What `minimum`, `limit` and `step` of a problem count. New units may come.",
    **{unit.name: unit.description for unit in LimitUnit},
)
described(Slot, "When the goods are wanted. New values may come.", NOW="As soon as possible.")


described(
    UmkmClass,
    "How large a business is, by article 35 of PP 7/2021.",
    MIKRO="Micro: up to Rp2 billion of sales a year, or Rp1 billion of capital of who begins.",
    KECIL="Small: up to Rp15 billion of sales, or Rp5 billion of capital.",
    MENENGAH="Medium: up to Rp50 billion of sales, or Rp10 billion of capital.",
)
described(
    UnitKind,
    "What a base unit is: a piece, a gram, a millilitre.",
    COUNT="Base units are pieces.",
    MASS="Base units are grams.",
    VOLUME="Base units are millilitres.",
)
described(
    LicenceKind,
    "What a merchant or its goods are registered by. New values may come.",
    NIB="Nomor Induk Berusaha: the business itself, from OSS; 13 digits.",
    PIRT="P-IRT: food made at home, from the regency's health office; 13 digits, `-` and the year in which it ends, as two.",
    HALAL="Halal certificate, from BPJPH: `ID` and 17 digits.",
    BPOM_MD="Food made in Indonesia, from BPOM: `MD` and 12 or 15 digits.",
    QRIS_NMID="National merchant id, by which QRIS pays: `ID` and 13 digits.",
)
described(
    Language,
    "How numbers are written in texts. Units keep their Indonesian names. New values may come.",
    ID="Indonesian: 1,5 kg, Rp12.000.",
    EN="English: 1.5 kg, Rp12,000.",
)


_KILOGRAM = catalog.SaleUnit(code="kg", label="kg", kind=UnitKind.MASS, base_per_unit=1_000, step=1, min=1)

InLanguage = Annotated[Language, strawberry.argument(description="How the numbers are written.")]


@strawberry.federation.type(
    shareable=True,
    description="How a variant is sold. Quantities are whole base units: at least min, in steps of step.",
)
class SaleUnit:
    code: str = strawberry.field(description="Short and stable: ikat, kg, pak.")
    label: str = strawberry.field(description="In Indonesian, to stand behind a quantity.")
    kind: UnitKind = strawberry.field(description="What its base units are.")
    base_per_unit: int = strawberry.field(description="Base units in one: 1 ikat is 1 piece, 1 kg is 1,000 grams.")
    step: int = strawberry.field(description="Quantities are multiples of this, in base units.")
    min: int = strawberry.field(description="The least quantity, in base units.")
    max: int | None = strawberry.field(
        default=None, description="The most of one order, in base units; null when there is no such limit."
    )

    @classmethod
    def of(cls, unit: catalog.SaleUnit) -> Self:
        return cls(
            code=unit.code,
            label=unit.label,
            kind=unit.kind,
            base_per_unit=unit.base_per_unit,
            step=unit.step,
            min=unit.min,
            max=unit.max,
        )


@strawberry.federation.type(
    shareable=True,
    description="How pieces are priced that are weighed when they are packed. Until then a piece costs what it usually weighs.",
)
class CatchWeight:
    price: Rupiah = strawberry.field(description="Of `priceBasis` grams.")
    price_basis: int = strawberry.field(description="`price` is for so many grams.")
    overrun_percent: int = strawberry.field(description="By so much more than the estimate it may cost the buyer.")

    @strawberry.field(description="`price` as people read it: Rp36.000 / kg.")  # type: ignore[untyped-decorator]  # mypy's cycle
    def price_text(self, language: InLanguage = Language.ID) -> str:
        return amounts.price_text(self.price, self.price_basis, _KILOGRAM, language)

    @classmethod
    def of(cls, told: catalog.CatchWeight) -> Self:
        return cls(price=Rupiah(told.price_rupiah), price_basis=told.price_basis, overrun_percent=told.overrun_percent)


@strawberry.federation.type(
    shareable=True, description="An event that a service has told; for ops. Nothing of what it says."
)
class ToldEvent:
    id: strawberry.ID = strawberry.field(description="The event's.")
    type: str = strawberry.field(description="Like ordering.order_placed.v1.")
    count: int = strawberry.field(description="Which it is of its aggregate: 1, 2, 3 …")
    told_at: datetime = strawberry.field(description="When it became true.")
    sent_at: datetime | None = strawberry.field(description="When it was on the broker; null while it waits for it.")

    @classmethod
    def of(cls, event: Told) -> Self:
        return cls(
            id=strawberry.ID(str(EventId(event.id))),
            type=event.type,
            count=event.count,
            told_at=event.told_at,
            sent_at=event.sent_at,
        )


@strawberry.interface(
    description="Why something was refused. All that an app needs can be selected here, and no type of problem comes later: installed "
    "caches would not know it. Translate by `code`; docs/api.md says which facts a code has, and the others are null."
)
class Problem:
    code: ProblemCode = strawberry.field(description="What an app decides by; new values may come.")
    message: str = strawberry.field(description="English, for developers; apps translate by the code.")
    retryable: bool = strawberry.field(
        default=False, description="Whether the same request may succeed later, unchanged."
    )
    field: str | None = strawberry.field(
        default=None, description="The argument at fault, as a path: `quantity`, `input.phone`, `input.merchantIds.2`."
    )
    line_id: strawberry.ID | None = strawberry.field(default=None, description="The cart's line that it is about.")
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="The variant that it is about.")
    merchant_id: strawberry.ID | None = strawberry.field(default=None, description="The merchant that it is about.")
    minimum: int | None = strawberry.field(default=None, description="The least that may be, in `unit`.")
    limit: int | None = strawberry.field(default=None, description="The most that may be, in `unit`.")
    step: int | None = strawberry.field(
        default=None, description="What may be rises from `minimum` by this, in `unit`."
    )
    unit: LimitUnit | None = strawberry.field(default=None, description="What `minimum`, `limit` and `step` count.")
    total: Rupiah | None = strawberry.field(default=None, description="What it would cost now, goods and delivery.")
    status: str | None = strawberry.field(
        default=None, description="The present status that forbids it, by its name in the enum of what was asked for."
    )
    version: int | None = strawberry.field(
        default=None, description="The present version of what has changed since the caller saw it."
    )
    until: datetime | None = strawberry.field(
        default=None, description="When that which the code names ends or ended: a closing time's, a quote's."
    )
    licence_kind: LicenceKind | None = strawberry.field(
        default=None, description="The kind of licence that it is about; docs/api.md#licences says where to get it."
    )
    reason: str | None = strawberry.field(
        default=None, description="What people wrote of it for those whom it concerns, in Indonesian."
    )
    reason_en: str | None = strawberry.field(default=None, description="The same in English, where it was written.")
    retry_after_ms: int | None = strawberry.field(
        default=None, description="Milliseconds after which the same request may succeed."
    )


@strawberry.federation.type(
    shareable=True, description="A problem that needs no more than every problem has, as all do."
)
class Refusal(Problem):
    pass


@strawberry.type
class Payload:
    """What a mutation answers: a subclass has the fields of its success, each with the default None."""

    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why nothing was done, each reason once; empty when it was done."
    )


def not_found(**facts: Any) -> Refusal:
    """`facts` are those of Problem."""
    return Refusal(code=ProblemCode.NOT_FOUND, message="There is nothing here that you may see", **facts)


def try_later(retry_after_ms: int) -> Refusal:
    message = "Too much is waiting; try again later"
    return Refusal(code=ProblemCode.TRY_LATER, message=message, retryable=True, retry_after_ms=retry_after_ms)


def too_fast(retry_after_ms: int, message: str = "Too many requests") -> Refusal:
    return Refusal(code=ProblemCode.RATE_LIMITED, message=message, retryable=True, retry_after_ms=retry_after_ms)


_SHARED = (
    Answer(
        KeyReused,
        lambda _: Refusal(
            code=ProblemCode.IDEMPOTENCY_KEY_REUSED,
            message="This idempotency key was used before with another body",
            field="idempotencyKey",
        ),
    ),
    Answer(Busy, lambda busy: try_later(busy.retry_after_ms)),
    Answer(TooFast, lambda haste: too_fast(haste.retry_after_ms)),
    Answer(NoLongerStuck, lambda _: not_found()),
    Answer(DeedDoesNotFit, lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.status)),
)


def subgraph(
    *,
    query: type,
    mutation: type | None = None,
    subscription: type | None = None,
    types: Iterable[type] = (),
    refusals: Iterable[Answer[Any]] = (),
    limits: Limits = Limits(),
    words: Mapping[str, str] | None = None,
) -> Schema:
    """The schema of one of our services. `types` are those that no field names; `refusals` are the service's own."""
    return federation_schema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        types=[Refusal, *types],
        answers=[*_SHARED, *refusals],
        limits=limits,
        words=words,
    )
