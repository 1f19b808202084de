"""What a merchant declared and what was done to it, for the owner and the platform."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from services.catalog.domain.merchant import MerchantAction
from services.catalog.schema import loaders
from services.catalog.schema.loaders import Info
from services.catalog.store.merchants import MAX_HISTORY
from services.contracts.catalog import MerchantId, MerchantStatus
from services.contracts.umkm import UmkmClass
from services.kit.graphql.enums import described
from services.kit.graphql.pages import sized
from services.kit.graphql.scalars import Rupiah

described(
    MerchantStatus,
    "Only an ACTIVE merchant sells.",
    APPLIED="Has asked to sell, and waits for an officer.",
    SENT_BACK="Has something to correct before asking again.",
    VERIFIED="Was looked at, and does not sell yet.",
    ACTIVE="Sells.",
    SUSPENDED="May not sell until taken back.",
    CLOSED="Has ended.",
)
described(
    MerchantAction,
    "What was done to a merchant. New values may come.",
    APPLY="Its owner asked to sell, or asked again.",
    VERIFY="An officer found it in order.",
    SEND_BACK="An officer sent it back to be corrected.",
    OPEN="Its owner began to sell.",
    SUSPEND="Operators suspended it.",
    REACTIVATE="Operators let it sell again.",
    CLOSE="It was ended.",
)


@strawberry.type(description="What was declared when the merchant applied; for its owner, officers and operators.")
class MerchantRegistration:
    contact_name: str | None = strawberry.field(
        description="Whom the platform asks for; null once who applied is forgotten."
    )
    phone: str | None = strawberry.field(description="E.164; null once who applied is forgotten.")
    yearly_sales: Rupiah | None = strawberry.field(description="Of the last year, where it sold for one.")
    capital: Rupiah | None = strawberry.field(description="Without land and building.")
    umkm_class: UmkmClass = strawberry.field(description="By sales where they were declared, else by capital.")
    applied_at: datetime = strawberry.field(description="When it applied, the last time.")


@strawberry.type(description="One thing that was done to a merchant.")
class MerchantHistoryEntry:
    action: MerchantAction = strawberry.field(description="What was done.")
    status: MerchantStatus = strawberry.field(description="Where it stood then.")
    reason: str | None = strawberry.field(description="As it was told, where one had to be.")
    at: datetime = strawberry.field(description="When.")


@strawberry.type
class Registered:
    """The fields of `Merchant` that this is about."""

    if TYPE_CHECKING:
        key: MerchantId

    @strawberry.field(description="What was declared; null for others than its owner, officers and operators.")
    async def registration(self, info: Info) -> MerchantRegistration | None:
        row = await info.context.load(loaders.registrations, self.key)
        if row is None:
            return None
        return MerchantRegistration(
            contact_name=row.contact_name,
            phone=row.phone,
            yearly_sales=None if row.yearly_sales_rupiah is None else Rupiah(row.yearly_sales_rupiah),
            capital=None if row.capital_rupiah is None else Rupiah(row.capital_rupiah),
            umkm_class=row.umkm_class,
            applied_at=row.applied_at,
        )

    @strawberry.field(
        description=f"What was done to it, the newest first, at most {MAX_HISTORY}; for its owner, officers and operators, else empty.",
        directives=[sized(MAX_HISTORY)],
    )
    async def history(self, info: Info) -> list[MerchantHistoryEntry]:
        rows = await info.context.load(loaders.merchant_histories, self.key)
        return [
            MerchantHistoryEntry(action=row.action, status=row.status, reason=row.reason, at=row.at) for row in rows
        ]
