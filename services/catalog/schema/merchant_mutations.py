"""How a merchant applies, is decided on, opens and closes."""

from __future__ import annotations

from typing import Annotated, TypeVar

import strawberry

from services.catalog.commands import merchants
from services.catalog.domain.application import MAX_CONTACT_CHARACTERS, MAX_NAME_CHARACTERS, Application
from services.catalog.domain.caller import NotFound
from services.catalog.domain.merchant import MAX_REASON_CHARACTERS, MerchantAction
from services.catalog.schema.loaders import Info
from services.catalog.schema.types import Merchant
from services.contracts.catalog import ApplicationFault, MerchantId, MerchantKind
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.enums import described
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line
from services.kit.graphql.types import PointInput

T = TypeVar("T")

described(
    ApplicationFault,
    "What has to be corrected in an application. New values may come.",
    NAME="The name of the business.",
    CONTACT="Whom to ask for, or the phone.",
    PLACE="Where it is.",
    SIZE="Sales or capital.",
    OTHER="Something else: the reason says it.",
)


@strawberry.input(description="A business that would sell here.")
class MerchantApplicationInput:
    name: str = strawberry.field(description=f"As buyers will know it; up to {MAX_NAME_CHARACTERS} characters.")
    kind: MerchantKind = strawberry.field(description="How it trades.")
    kecamatan_code: str = strawberry.field(description="Kemendagri code of one of Lumajang's kecamatan, 35.08.xx.")
    point: PointInput = strawberry.field(description="Where riders fetch its goods, in that kecamatan.")
    contact_name: str = strawberry.field(
        description=f"Whom officers ask for; up to {MAX_CONTACT_CHARACTERS} characters. Not shown to buyers."
    )
    phone: str = strawberry.field(description="0812… or +62812…; kept as E.164, and not shown to buyers.")
    desa_code: str | None = strawberry.field(
        default=None, description="The village's Kemendagri code, 35.08.xx.xxxx, where it is known."
    )
    yearly_sales: Rupiah | None = strawberry.field(
        default=None, description="What the last year's sales came to, where it has sold for a year."
    )
    capital: Rupiah | None = strawberry.field(
        default=None, description="Without land and building; decides its class where no sales are declared."
    )

    def given(self) -> Application:
        return Application(
            name=self.name,
            kind=self.kind,
            kecamatan_code=self.kecamatan_code,
            desa_code=self.desa_code,
            lat=self.point.lat,
            lng=self.point.lng,
            contact_name=self.contact_name,
            phone=self.phone,
            yearly_sales_rupiah=self.yearly_sales,
            capital_rupiah=self.capital,
        )


@strawberry.type
class ApplyAsMerchantPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class ApplyAgainAsMerchantPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class VerifyMerchantPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class SendBackMerchantPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class OpenMerchantPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class SuspendMerchantPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class ReactivateMerchantPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class CloseMerchantPayload(Payload):
    merchant: Merchant | None = None


_Reason = Annotated[
    str,
    strawberry.argument(description=f"For the merchant to read: one line of 1 to {MAX_REASON_CHARACTERS} characters."),
]
_Whole = Annotated[
    MerchantApplicationInput, strawberry.argument(description="The whole application; texts are trimmed.")
]


@strawberry.type
class MerchantMutations:
    @refusable(
        description="Ask to sell here. Who asks is the owner; an officer looks at it. The key makes a repeat the same one."
    )
    async def apply_as_merchant(self, info: Info, input: _Whole, idempotency_key: str) -> ApplyAsMerchantPayload | None:
        subject = info.context.identity.require(Role.MERCHANT)
        async with transaction(info.context.db) as conn:
            made = await merchants.apply(conn, input.given(), by=subject, idempotency_key=idempotency_key)
        return ApplyAsMerchantPayload(merchant=_there(await Merchant.find(info, made)))

    @refusable(description="The owner only: correct an application that was sent back, and ask again.")
    async def apply_again_as_merchant(
        self, info: Info, id: strawberry.ID, input: _Whole
    ) -> ApplyAgainAsMerchantPayload | None:
        subject = info.context.identity.require(Role.MERCHANT)
        key = MerchantId.parse(id)
        async with transaction(info.context.db) as conn:
            await merchants.apply_again(conn, info.context.caller, key, input.given(), by=subject)
        return ApplyAgainAsMerchantPayload(merchant=_there(await Merchant.find(info, key)))

    @refusable(
        description="Officers and operators only: who applied is in order, and may open. Not on their own matter."
    )
    async def verify_merchant(self, info: Info, id: strawberry.ID) -> VerifyMerchantPayload | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        return VerifyMerchantPayload(merchant=await _moved(info, id, MerchantAction.VERIFY))

    @refusable(description="Officers and operators only: who applied has something to correct, and may apply again.")
    async def send_back_merchant(
        self,
        info: Info,
        id: strawberry.ID,
        reason: _Reason,
        fault: Annotated[
            ApplicationFault,
            strawberry.argument(
                description="What the applicant is told at once, beside the reason that they read here."
            ),
        ] = ApplicationFault.OTHER,
    ) -> SendBackMerchantPayload | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        return SendBackMerchantPayload(merchant=await _moved(info, id, MerchantAction.SEND_BACK, reason, fault))

    @refusable(description="The owner only: a verified merchant begins to sell, and is shown to everybody.")
    async def open_merchant(self, info: Info, id: strawberry.ID) -> OpenMerchantPayload | None:
        info.context.identity.require(Role.MERCHANT)
        return OpenMerchantPayload(merchant=await _moved(info, id, MerchantAction.OPEN))

    @refusable(description="Operators only: the merchant sells no more until it is reactivated.")
    async def suspend_merchant(self, info: Info, id: strawberry.ID, reason: _Reason) -> SuspendMerchantPayload | None:
        info.context.identity.require(Role.OPS)
        return SuspendMerchantPayload(merchant=await _moved(info, id, MerchantAction.SUSPEND, reason))

    @refusable(description="Operators only: a suspended merchant sells again.")
    async def reactivate_merchant(
        self, info: Info, id: strawberry.ID, reason: _Reason
    ) -> ReactivateMerchantPayload | None:
        info.context.identity.require(Role.OPS)
        return ReactivateMerchantPayload(merchant=await _moved(info, id, MerchantAction.REACTIVATE, reason))

    @refusable(description="The owner and operators: the merchant ends, for good. Orders that it has go on.")
    async def close_merchant(self, info: Info, id: strawberry.ID, reason: _Reason) -> CloseMerchantPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        return CloseMerchantPayload(merchant=await _moved(info, id, MerchantAction.CLOSE, reason))


async def _moved(
    info: Info, id: str, action: MerchantAction, reason: str | None = None, fault: ApplicationFault | None = None
) -> Merchant:
    key, subject = MerchantId.parse(id), info.context.identity.require()
    stated = None if reason is None else read_line("reason", reason, longest=MAX_REASON_CHARACTERS)
    async with transaction(info.context.db) as conn:
        await merchants.move(conn, info.context.caller, key, action, stated, by=subject, fault=fault)
    return _there(await Merchant.find(info, key))


def _there(found: T | None) -> T:
    """Raises NotFound: it went while it was being changed."""
    if found is None:
        raise NotFound
    return found
