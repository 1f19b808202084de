"""What merchants and goods are licensed by, and what goods need to be for sale."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

import services.graph  # noqa: F401 - which describes LicenceKind: before the first field of it
from services.catalog.domain import licence
from services.catalog.domain.halal import HalalStatus
from services.catalog.domain.licence import MAX_LICENCES, MAX_PRODUCTS, REMINDED_DAYS, LicenceAction, LicenceStatus
from services.catalog.schema import licence_loaders
from services.catalog.schema.loaders import Info
from services.catalog.schema.photos import Photo, document
from services.catalog.store import reading_licences
from services.catalog.store.reading_licences import MAX_HISTORY, MAX_OF_PRODUCT, LicenceView
from services.contracts.catalog import LicenceId, MediaId, MerchantId, ProductId
from services.contracts.licences import LicenceKind
from services.contracts.roles import Role
from services.kit.graphql.enums import described
from services.kit.graphql.errors import BadUserInput, ServiceUnavailable
from services.kit.graphql.pages import PAGED, Connection, Page, sized

if TYPE_CHECKING:
    from services.catalog.schema.types import Merchant, Product

MAX_WITHIN_DAYS = 366

described(
    LicenceStatus,
    "Only a VERIFIED licence holds. New values may come.",
    SUBMITTED="Waits for an officer.",
    VERIFIED="An officer found it in order, and it is not over.",
    REJECTED="An officer found it not in order: the reason says why.",
    REVOKED="An officer verified it, and has taken that back.",
    EXPIRED="Its last day is over.",
    WITHDRAWN="Its owner took it back.",
)
described(
    LicenceAction,
    "What was done to a licence. New values may come.",
    SUBMIT="Its owner submitted it.",
    WITHDRAW="Its owner took it back.",
    VERIFY="An officer found it in order.",
    REJECT="An officer found it not in order.",
    REVOKE="An officer took back that it is in order.",
    EXPIRE="Its last day was over.",
)
described(
    HalalStatus,
    "What is known of whether goods are halal. New values may come.",
    NOT_REQUIRED="Goods of this kind need no certificate, and these have none.",
    NOT_CERTIFIED="They need a certificate and have none.",
    PENDING="They need a certificate; one waits for an officer.",
    CERTIFIED="A halal certificate covers them.",
    NOT_CERTIFIABLE_NAME="No certificate is given to what is called so, whatever is in it: wine, beer (Fatwa MUI 44/2020, SNI 99004:2021).",
    NOT_HALAL="Their seller sells them as not halal (UU 33/2014, article 26).",
)


@strawberry.type(description="A picture of a licence's paper; for its owners and the platform.")
class LicenceDocument:
    photo_id: strawberry.ID = strawberry.field(description="As it was given, med_….")
    key: strawberry.Private[MediaId]

    @strawberry.field(description="The picture, at addresses that are good for ten minutes; null when it is gone.")
    async def photo(self, info: Info) -> Photo | None:
        return await document(info, self.key)


@strawberry.type(description="One thing that was done to a licence.")
class LicenceHistoryEntry:
    action: LicenceAction = strawberry.field(description="What was done.")
    status: LicenceStatus = strawberry.field(description="Where it stood then.")
    reason: str | None = strawberry.field(description="As it was told, where one had to be.")
    at: datetime = strawberry.field(description="When.")


@strawberry.type(description="What a merchant or goods of it are registered by.")
class Licence:
    id: strawberry.ID = strawberry.field(description="Opaque; `licence` takes it.")
    kind: LicenceKind = strawberry.field(description="What it is.")
    number: str = strawberry.field(description="As its authority gave it.")
    status: LicenceStatus = strawberry.field(description="Whether it holds.")
    reason: str | None = strawberry.field(
        description="Why it was rejected or revoked; for the merchant's own people and the platform."
    )
    issued_on: date = strawberry.field(description="The day from which it holds.")
    expires_on: date | None = strawberry.field(
        description="The last day on which it holds, WIB; null when it does not end."
    )
    of_merchant: bool = strawberry.field(
        description="Whether it is for all that the merchant does; else for `products`."
    )
    submitted_at: datetime = strawberry.field(description="When it was submitted.")
    decided_at: datetime | None = strawberry.field(description="When it became what it is; null while it waits.")
    key: strawberry.Private[LicenceId]
    merchant_key: strawberry.Private[MerchantId]

    @classmethod
    def of(cls, row: LicenceView) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            key=row.id,
            merchant_key=row.merchant_id,
            kind=row.kind,
            number=row.number,
            status=row.state,
            reason=row.reason,
            issued_on=row.issued_on,
            expires_on=row.expires_on,
            of_merchant=row.whole,
            submitted_at=row.submitted_at,
            decided_at=row.decided_at,
        )

    @classmethod
    async def find(cls, info: Info, key: LicenceId) -> Self | None:
        row = await info.context.load(licence_loaders.licences, key)
        return cls.of(row) if row else None

    @strawberry.field(description="Whose it is.")
    async def merchant(self, info: Info) -> Annotated[Merchant, strawberry.lazy("services.catalog.schema.types")]:
        from services.catalog.schema.types import Merchant

        found = await Merchant.find(info, self.merchant_key)
        if found is None:
            raise ServiceUnavailable("this was changed while it was read")
        return found

    @strawberry.field(
        description="The goods that it names, as far as the caller sees them; empty when it is the merchant's own.",
        directives=[sized(MAX_PRODUCTS)],
    )
    async def products(self, info: Info) -> list[Annotated[Product, strawberry.lazy("services.catalog.schema.types")]]:
        from services.catalog.schema.types import Product

        keys = await info.context.load(licence_loaders.products, self.key)
        found = await asyncio.gather(*(Product.find(info, each) for each in keys))
        return [each for each in found if each]

    @strawberry.field(description="A picture of it; null for others than its owners and the platform, and without one.")
    async def document(self, info: Info) -> LicenceDocument | None:
        found = await info.context.load(licence_loaders.documents, self.key)
        return LicenceDocument(photo_id=strawberry.ID(str(found)), key=found) if found else None

    @strawberry.field(
        description=f"What was done to it, the newest first, at most {MAX_HISTORY}; for its owners and the platform, else empty.",
        directives=[sized(MAX_HISTORY)],
    )
    async def history(self, info: Info) -> list[LicenceHistoryEntry]:
        rows = await info.context.load(licence_loaders.histories, self.key)
        return [LicenceHistoryEntry(action=row.action, status=row.state, reason=row.reason, at=row.at) for row in rows]


@strawberry.type(description="What goods of a kind need to be for sale.")
class CategoryRequirement:
    licence_kind: LicenceKind = strawberry.field(description="P-IRT is met by BPOM's registration too.")
    applies_from: date = strawberry.field(description="The first day, WIB, on which nothing is for sale without it.")
    keeps_days: int | None = strawberry.field(
        description="Only of goods that keep so many days or more, or of which nobody says how long; null is all."
    )


@strawberry.type(description="What a product needs to be for sale, by its kind of goods.")
class LicenceNeed:
    licence_kind: LicenceKind = strawberry.field(description="P-IRT is met by BPOM's registration too.")
    applies_from: date = strawberry.field(description="The first day, WIB, on which it is not for sale without it.")
    met: bool = strawberry.field(
        description="Whether it has one that holds, or is sold as not halal where that is what it needs."
    )


@strawberry.type
class LicensedMerchant:
    """The fields of `Merchant` that this is about."""

    if TYPE_CHECKING:
        key: MerchantId

    @strawberry.field(
        description=f"Those that hold, as buyers may see them; its own people and the platform see all. At most {MAX_LICENCES}.",
        directives=[sized(MAX_LICENCES)],
    )
    async def licences(self, info: Info) -> list[Licence]:
        return [Licence.of(row) for row in await info.context.load(licence_loaders.of_merchants, self.key)]


@strawberry.type
class LicensedProduct:
    """The fields of `Product` that this is about."""

    if TYPE_CHECKING:
        key: ProductId

    @strawberry.field(
        description=f"Those that are for it, or for all that its merchant does; as `Merchant.licences`. At most {MAX_OF_PRODUCT}.",
        directives=[sized(MAX_OF_PRODUCT)],
    )
    async def licences(self, info: Info) -> list[Licence]:
        return [Licence.of(row) for row in await info.context.load(licence_loaders.of_products, self.key)]

    @strawberry.field(description="Whether it is halal, as far as anybody has said.")
    async def halal_status(self, info: Info) -> HalalStatus:
        good = await info.context.load(licence_loaders.goods, self.key)
        if good is None:
            raise ServiceUnavailable("this was changed while it was read")
        return licence.halal_of(good)

    @strawberry.field(
        description="What it needs to be for sale, now or from a day to come: why it is BLOCKED. For its merchant's own people and the "
        "platform, else empty.",
        directives=[sized(len(LicenceKind))],
    )
    async def licence_needs(self, info: Info) -> list[LicenceNeed]:
        found = await info.context.load(licence_loaders.needs_of, self.key)
        if found is None:
            return []
        return [
            LicenceNeed(licence_kind=each.requirement.kind, applies_from=each.requirement.applies_from, met=each.met)
            for each in licence.needs(found.good, found.today)
        ]


@strawberry.type
class RegulatedCategory:
    """The fields of `Category` that this is about."""

    if TYPE_CHECKING:
        code: str

    @strawberry.field(description="What its goods need to be for sale.", directives=[sized(len(LicenceKind))])
    async def requirements(self, info: Info) -> list[CategoryRequirement]:
        return [
            CategoryRequirement(licence_kind=row.kind, applies_from=row.applies_from, keeps_days=row.keeps_days)
            for row in await info.context.load(licence_loaders.requirements, self.code)
        ]


@strawberry.type
class LicenceQueries:
    @strawberry.field(description="One licence; null when there is none, or it is not for the caller to see.")
    async def licence(self, info: Info, id: strawberry.ID) -> Licence | None:
        return await Licence.find(info, LicenceId.parse(id))

    @strawberry.field(
        description="Officers and operators only: those that wait, in the order in which they came.",
        directives=[PAGED],
    )
    async def licences_waiting(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Licence] | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        page = Page(first, after, tuple[UUID])
        async with info.context.db.acquire() as conn:
            last = page.after[0] if page.after else None
            rows = await reading_licences.waiting(conn, info.context.caller, last, page.limit)
        return page.connection(rows, key=lambda row: (row.id.uuid,), node=Licence.of)

    @strawberry.field(
        description="Officers and operators only: those that hold and end soon, the first first.", directives=[PAGED]
    )
    async def licences_due(
        self,
        info: Info,
        within_days: Annotated[
            int, strawberry.argument(description=f"Days from today, 0 to {MAX_WITHIN_DAYS}.")
        ] = REMINDED_DAYS[0],
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Licence] | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        if not 0 <= within_days <= MAX_WITHIN_DAYS:
            raise BadUserInput(f"withinDays is from 0 to {MAX_WITHIN_DAYS}")
        page = Page(first, after, tuple[date, UUID])
        async with info.context.db.acquire() as conn:
            rows = await reading_licences.due(conn, info.context.caller, within_days, page.after, page.limit)
        return page.connection(rows, key=_when, node=Licence.of)


def _when(row: LicenceView) -> tuple[date, UUID]:
    assert row.expires_on is not None  # they are found by it
    return row.expires_on, row.id.uuid
