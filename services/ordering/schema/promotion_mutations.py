"""Mutations of promotions, of the voucher in a cart, and of the commission."""

from datetime import datetime
from typing import Annotated

import strawberry

from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.ordering.commands import commission as commission_commands
from services.ordering.commands import promotions
from services.ordering.commands.promotions import Maker
from services.ordering.domain import programme
from services.ordering.domain.commission import Rule
from services.ordering.domain.ids import CartId, CommissionRuleId, PromotionId
from services.ordering.domain.refusal import Unknown
from services.ordering.schema import loaders
from services.ordering.schema.context import Info
from services.ordering.schema.types import Cart, CommissionRule, Promotion
from services.ordering.schema.types.promotions import PromotionInput
from services.ordering.store import commission
from services.ordering.store import promotions as store


@strawberry.input(description="What the platform keeps of goods from a day on.")
class SetCommissionInput:
    permille: int = strawberry.field(description="Of the goods, less what their seller gives off them: 0 to 300.")
    starts_at: datetime = strawberry.field(description="A time to come: what was sold stays as it was.")
    basis: str = strawberry.field(description="The law or decision that it follows: 3 to 200 characters.")
    merchant_kind: str | None = strawberry.field(
        default=None, description="Of merchants of this kind alone: WLIJO, FIXED_STALL, HOME …"
    )
    category: str | None = strawberry.field(default=None, description="Of goods of this category alone, by its code.")


@strawberry.type
class CreatePromotionPayload(Payload):
    promotion: Promotion | None = None


@strawberry.type
class ChangePromotionPayload(Payload):
    promotion: Promotion | None = None


@strawberry.type
class StartPromotionPayload(Payload):
    promotion: Promotion | None = None


@strawberry.type
class PausePromotionPayload(Payload):
    promotion: Promotion | None = None


@strawberry.type
class EndPromotionPayload(Payload):
    promotion: Promotion | None = None


@strawberry.type
class ApplyVoucherPayload(Payload):
    cart: Cart | None = None


@strawberry.type
class RemoveVoucherPayload(Payload):
    cart: Cart | None = None


@strawberry.type
class SetCommissionPayload(Payload):
    rule: CommissionRule | None = None


@strawberry.type
class PromotionMutations:
    @refusable(
        description="A draft, which takes nothing off before it is started: of a merchant by its owner, of platform or regency by officers "
        "and ops. A repeat with the same key and input answers with the same."
    )
    async def create_promotion(
        self,
        info: Info,
        input: Annotated[PromotionInput, strawberry.argument(description="Its terms.")],
        idempotency_key: str,
    ) -> CreatePromotionPayload | None:
        maker = _maker(info, programme=input.merchant_id is None)
        async with transaction(info.context.db) as conn:
            promotion_id = await promotions.create(conn, maker, input.terms(), idempotency_key=idempotency_key)
        return CreatePromotionPayload(promotion=await _promotion(info, maker, promotion_id))

    @refusable(description="All of its terms anew, while it is a draft: orders are kept by them afterwards.")
    async def change_promotion(
        self,
        info: Info,
        id: strawberry.ID,
        input: Annotated[PromotionInput, strawberry.argument(description="Its terms, as they are to be.")],
    ) -> ChangePromotionPayload | None:
        maker = _maker(info, programme=input.merchant_id is None)
        promotion_id = PromotionId.parse(id)
        async with transaction(info.context.db) as conn:
            await promotions.change(conn, maker, promotion_id, input.terms())
        return ChangePromotionPayload(promotion=await _promotion(info, maker, promotion_id))

    @refusable(description="It takes off what it says, between its days; saying it again changes nothing.")
    async def start_promotion(self, info: Info, id: strawberry.ID) -> StartPromotionPayload | None:
        return StartPromotionPayload(promotion=await _move(info, id, programme.PromotionInput.START))

    @refusable(description="It takes nothing off until it is started again. Orders that have it keep it.")
    async def pause_promotion(self, info: Info, id: strawberry.ID) -> PausePromotionPayload | None:
        return PausePromotionPayload(promotion=await _move(info, id, programme.PromotionInput.PAUSE))

    @refusable(description="It takes nothing off any more, for good. Orders that have it keep it.")
    async def end_promotion(self, info: Info, id: strawberry.ID) -> EndPromotionPayload | None:
        return EndPromotionPayload(promotion=await _move(info, id, programme.PromotionInput.END))

    @refusable(
        description="The cart has this voucher afterwards, in place of another. Codes that take nothing off are counted: after ten in a "
        "row one a minute may be tried."
    )
    async def apply_voucher(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="As it was given, in letters of any case.")],
    ) -> ApplyVoucherPayload | None:
        subject = info.context.identity.require(Role.BUYER)
        limit = info.context.voucher_limit
        limit.take(subject)
        async with transaction(info.context.db) as conn:
            cart_id = await promotions.apply_voucher(conn, subject, code)
        limit.give_back(subject)
        return ApplyVoucherPayload(cart=await _cart(info, cart_id))

    @refusable(description="The cart has no voucher afterwards, whether or not it had.")
    async def remove_voucher(self, info: Info) -> RemoveVoucherPayload | None:
        subject = info.context.identity.require(Role.BUYER)
        async with transaction(info.context.db) as conn:
            cart_id = await promotions.remove_voucher(conn, subject)
        return RemoveVoucherPayload(cart=await _cart(info, cart_id))

    @refusable(
        description="By officers and ops, of a time to come. A rule is never changed: another of the same time takes its place."
    )
    async def set_commission(
        self,
        info: Info,
        input: Annotated[SetCommissionInput, strawberry.argument(description="The rule.")],
        idempotency_key: str,
    ) -> SetCommissionPayload | None:
        subject = info.context.identity.require(Role.OPS, Role.OFFICER)
        rule = Rule(
            CommissionRuleId.new(),
            input.permille,
            input.starts_at,
            input.merchant_kind,
            input.category,
            input.basis,
        )
        async with transaction(info.context.db) as conn:
            rule_id = await commission_commands.set_commission(conn, subject, rule, idempotency_key=idempotency_key)
        async with info.context.db.acquire() as conn:
            found = await commission.rule(conn, rule_id)
        if found is None:
            raise Unknown
        return SetCommissionPayload(rule=CommissionRule.of(found))


def _maker(info: Info, *, programme: bool) -> Maker:
    identity = info.context.identity
    subject = identity.require(*_STAFF) if programme else identity.require(Role.MERCHANT, *_STAFF)
    return Maker(subject, identity.has(*_STAFF))


_STAFF = (Role.OPS, Role.OFFICER)


async def _move(info: Info, id: strawberry.ID, given: programme.PromotionInput) -> Promotion:
    maker = _maker(info, programme=False)
    promotion_id = PromotionId.parse(id)
    async with transaction(info.context.db) as conn:
        await promotions.move(conn, maker, promotion_id, given)
    return await _promotion(info, maker, promotion_id)


async def _promotion(info: Info, maker: Maker, promotion_id: PromotionId) -> Promotion:
    async with info.context.db.acquire() as conn:
        found = await store.made(conn, [promotion_id], maker.subject, programmes=maker.programmes)
    if promotion_id not in found:
        raise Unknown
    return Promotion.of(found[promotion_id])


async def _cart(info: Info, cart_id: CartId) -> Cart:
    row = await info.context.load(loaders.carts, cart_id)
    if row is None:
        raise Unknown
    return Cart.of(row)
