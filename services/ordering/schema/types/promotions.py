"""GraphQL types of promotions and of the commission: as those see them who make them, and as a buyer meets them."""

from datetime import datetime
from typing import Annotated, Self, cast
from uuid import UUID

import strawberry

from services.contracts.amounts import Language
from services.contracts.catalog import MerchantId
from services.graph import Problem
from services.kit.graphql.enums import described
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import sized
from services.kit.graphql.refusals import Answers
from services.kit.graphql.scalars import Rupiah
from services.ordering.domain import commission
from services.ordering.domain.programme import MAX_CATEGORIES, MAX_MERCHANTS, Terms
from services.ordering.domain.promotion import (
    Applied,
    DiscountBorneBy,
    Discounts,
    PromotionKind,
    PromotionStatus,
)
from services.ordering.schema.context import Info
from services.ordering.store.discounts import Used
from services.ordering.store.promotions import Made

MOST_DISCOUNTS = 20

described(
    PromotionKind,
    "What a promotion takes off. New values may come.",
    PERCENT="So much of the goods that count for it.",
    AMOUNT="A sum off the goods that count for it, no more than they cost.",
    FREE_DELIVERY="The delivery's fee, or a part of it.",
)
described(
    DiscountBorneBy,
    "Who gives what the buyer does not pay. New values may come.",
    MERCHANT="The seller, of its own goods.",
    REGENCY="A programme of the regency, from a budget of its own.",
    PLATFORM="Wlijo.",
)
described(
    PromotionStatus,
    "Where a promotion stands. New values may come.",
    DRAFT="It takes nothing off, and may be changed.",
    RUNNING="It takes off what it says, between its days.",
    PAUSED="It takes nothing off for now.",
    ENDED="It takes nothing off any more.",
)

In = Annotated[Language, strawberry.argument(description="Of the two languages that it is named in.")]


@strawberry.type(description="What was taken off, and who gives it.")
class Discount:
    amount: Rupiah = strawberry.field(description="So much the buyer does not pay.")
    borne_by: DiscountBorneBy = strawberry.field(description="Others have all that they were promised all the same.")
    off_delivery: bool = strawberry.field(description="Off the delivery's fee; else off the goods.")
    name_id: strawberry.Private[str]
    name_en: strawberry.Private[str]

    @strawberry.field(description="What the promotion is called.")
    def name(self, language: In = Language.ID) -> str:
        return self.name_en if language is Language.EN else self.name_id

    @classmethod
    def of(cls, used: Used) -> Self:
        return cls(
            amount=Rupiah(used.amount_rupiah),
            borne_by=used.borne_by,
            off_delivery=used.off_delivery,
            name_id=used.name_id,
            name_en=used.name_en,
        )


@strawberry.type(description="What a promotion would take off a cart now.")
class CartDiscount:
    amount: Rupiah | None = strawberry.field(
        description="So much the buyer would not pay; off the delivery's fee at most so much, and null when it is all of it."
    )
    borne_by: DiscountBorneBy = strawberry.field(description="Who would give it.")
    off_delivery: bool = strawberry.field(description="Off the delivery's fee; else off the goods.")
    by_voucher: bool = strawberry.field(description="By the cart's voucher; else by itself.")
    name_id: strawberry.Private[str]
    name_en: strawberry.Private[str]

    @strawberry.field(description="What the promotion is called.")
    def name(self, language: In = Language.ID) -> str:
        return self.name_en if language is Language.EN else self.name_id

    @classmethod
    def of(cls, applied: Applied) -> Self:
        promotion = applied.promotion
        return cls(
            amount=_at_most(applied),
            borne_by=promotion.borne_by,
            off_delivery=not applied.parts,
            by_voucher=promotion.code is not None,
            name_id=promotion.name_id,
            name_en=promotion.name_en,
        )


def _at_most(applied: Applied) -> Rupiah | None:
    return None if applied.whole_fee else Rupiah(applied.amount_rupiah)


@strawberry.type(description="The voucher that the buyer has put into the cart.")
class CartVoucher:
    code: str = strawberry.field(description="As it is kept: letters and digits.")
    problems: list[Problem] = strawberry.field(description="Why it takes nothing off now; empty when it does.")


@strawberry.type(
    description="What promotions take off this cart as it is. As far as is known: of the last voucher another may be quicker."
)
class CartPromotions:
    found: strawberry.Private[Discounts]
    code: strawberry.Private[str | None]

    @strawberry.field(description="In the order in which they are taken off.", directives=[sized(MOST_DISCOUNTS)])
    def discounts(self) -> list[CartDiscount]:
        return [CartDiscount.of(each) for each in self.found.applied]

    @strawberry.field(description="Off the goods, in all: what is left of `goodsTotal` is paid for them.")
    def goods_discount(self) -> Rupiah:
        return Rupiah(self.found.goods_rupiah)

    @strawberry.field(
        description="Off the delivery's fee, at most, and never more than it is; null when it is all of it."
    )
    def delivery_discount_at_most(self) -> Rupiah | None:
        whole = any(each.whole_fee for each in self.found.applied)
        return None if whole else Rupiah(self.found.fee_rupiah)

    @strawberry.field(description="Null when there is none.")
    def voucher(self, info: Info) -> CartVoucher | None:
        if self.code is None:
            return None
        answers: Answers = info.schema.answers  # type: ignore[attr-defined]  # ours has them
        against = self.found.against
        told = cast(list[Problem], answers.problems(against)) if against else []
        return CartVoucher(code=self.code, problems=told)


@strawberry.type(description="A promotion as those see it whose it is.")
class Promotion:
    id: strawberry.ID = strawberry.field(description="Opaque, `prm_…`.")
    name_id: str = strawberry.field(description="In Indonesian, for buyers.")
    name_en: str = strawberry.field(description="In English, for buyers.")
    kind: PromotionKind = strawberry.field(description="What it takes off.")
    value: int = strawberry.field(description="Per cent, or rupiah; 0 of a free delivery.")
    cap: Rupiah | None = strawberry.field(description="The most that it takes off an order; null without such a limit.")
    minimum: Rupiah = strawberry.field(description="Of the goods that count for it, at their prices.")
    merchant_ids: list[strawberry.ID] = strawberry.field(
        description="Whose goods count for a programme; empty for all.", directives=[sized(MAX_MERCHANTS)]
    )
    categories: list[str] = strawberry.field(
        description="Codes of the categories whose goods count; empty for all.", directives=[sized(MAX_CATEGORIES)]
    )
    kecamatan_codes: list[str] = strawberry.field(
        description="Where the goods have to go; empty for everywhere.", directives=[sized(21)]
    )
    first_order_only: bool = strawberry.field(description="For those who have no other order that stands.")
    borne_by: DiscountBorneBy = strawberry.field(description="Who gives it.")
    merchant_id: strawberry.ID | None = strawberry.field(description="Whose it is; null for a programme.")
    programme: str | None = strawberry.field(description="Of the regency's, the name of its budget account.")
    code: str | None = strawberry.field(description="By which it is had; null when it comes by itself.")
    starts_at: datetime = strawberry.field(description="It takes off nothing before.")
    ends_at: datetime = strawberry.field(description="It takes off nothing from then on.")
    budget: Rupiah | None = strawberry.field(description="What it may take off in all; null without such a limit.")
    uses: int | None = strawberry.field(description="How many orders may have it; null without such a limit.")
    uses_per_buyer: int | None = strawberry.field(description="Of one buyer; null without such a limit.")
    status: PromotionStatus = strawberry.field(description="Where it stands.")
    used: int = strawberry.field(description="Orders that have it; those that were cancelled have given it back.")
    spent: Rupiah = strawberry.field(description="What it takes off those.")
    created_at: datetime = strawberry.field(description="When it was made.")

    @classmethod
    def of(cls, made: Made) -> Self:
        terms = made.terms
        return cls(
            id=strawberry.ID(str(made.id)),
            name_id=terms.name_id,
            name_en=terms.name_en,
            kind=terms.kind,
            value=terms.value,
            cap=None if terms.cap_rupiah is None else Rupiah(terms.cap_rupiah),
            minimum=Rupiah(terms.minimum_rupiah),
            merchant_ids=[strawberry.ID(str(each)) for each in terms.merchants],
            categories=list(terms.categories),
            kecamatan_codes=list(terms.kecamatan),
            first_order_only=terms.first_order,
            borne_by=terms.borne_by,
            merchant_id=strawberry.ID(str(terms.merchant_id)) if terms.merchant_id else None,
            programme=terms.programme,
            code=terms.code,
            starts_at=terms.starts_at,
            ends_at=terms.ends_at,
            budget=None if terms.budget_rupiah is None else Rupiah(terms.budget_rupiah),
            uses=terms.uses,
            uses_per_buyer=terms.per_buyer,
            status=made.status,
            used=made.used,
            spent=Rupiah(made.spent_rupiah),
            created_at=made.created_at,
        )


def by_age(made: Made) -> tuple[datetime, UUID]:
    """Where it stands in a list, newest first."""
    return made.created_at, made.id.uuid


@strawberry.input(description="What a promotion takes off, of which orders, and how often.")
class PromotionInput:
    name_id: str = strawberry.field(description="In Indonesian, for buyers: up to 60 characters.")
    name_en: str = strawberry.field(description="In English, for buyers: up to 60 characters.")
    kind: PromotionKind = strawberry.field(description="A merchant gives PERCENT or AMOUNT.")
    starts_at: datetime = strawberry.field(description="It takes off nothing before.")
    ends_at: datetime = strawberry.field(description="Within a year.")
    value: int = strawberry.field(default=0, description="1 to 100 per cent, or rupiah; 0 of a free delivery.")
    merchant_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of a merchant whose owner the caller is; null for a programme, by officers and ops."
    )
    programme: str | None = strawberry.field(
        default=None,
        description="Makes it the regency's, and names its budget account: 3 to 40 of a to z, digits and hyphens.",
    )
    cap: Rupiah | None = strawberry.field(default=None, description="The most that it takes off an order.")
    minimum: Rupiah = strawberry.field(default=Rupiah(0), description="Of the goods that count for it.")
    merchant_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Of a programme: whose goods count, up to 50; empty for all."
    )
    categories: list[str] = strawberry.field(
        default_factory=list, description="Codes of categories, up to 20, each by itself; empty for all."
    )
    kecamatan_codes: list[str] = strawberry.field(
        default_factory=list, description="Kemendagri codes, 35.08.xx; empty for everywhere."
    )
    first_order_only: bool = strawberry.field(
        default=False, description="For those who have no other order that stands."
    )
    code: str | None = strawberry.field(
        default=None, description="6 to 20 letters and digits; null: it comes by itself."
    )
    budget: Rupiah | None = strawberry.field(
        default=None, description="What it may take off in all; a programme has one."
    )
    uses: int | None = strawberry.field(default=None, description="How many orders may have it.")
    uses_per_buyer: int | None = strawberry.field(default=None, description="Of one buyer.")

    def terms(self) -> Terms:
        merchant_id = MerchantId.parse(self.merchant_id) if self.merchant_id else None
        if len(self.merchant_ids) > MAX_MERCHANTS or len(self.kecamatan_codes) > MAX_MERCHANTS:
            raise BadUserInput(f"merchantIds and kecamatanCodes are at most {MAX_MERCHANTS}")
        bearer = DiscountBorneBy.REGENCY if self.programme is not None else DiscountBorneBy.PLATFORM
        return Terms(
            name_id=self.name_id,
            name_en=self.name_en,
            kind=self.kind,
            value=self.value,
            cap_rupiah=self.cap,
            minimum_rupiah=self.minimum,
            merchants=[MerchantId.parse(each) for each in self.merchant_ids],
            categories=self.categories,
            kecamatan=self.kecamatan_codes,
            first_order=self.first_order_only,
            borne_by=DiscountBorneBy.MERCHANT if merchant_id else bearer,
            merchant_id=merchant_id,
            programme=self.programme,
            code=self.code,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            budget_rupiah=self.budget,
            uses=self.uses,
            per_buyer=self.uses_per_buyer,
        )


@strawberry.type(description="What the platform keeps of goods from a day on: of each sale by the rules of its day.")
class CommissionRule:
    id: strawberry.ID = strawberry.field(description="Opaque, `cmr_…`.")
    permille: int = strawberry.field(description="Of the goods, less what their seller gives off them.")
    starts_at: datetime = strawberry.field(description="In force from then on, until another for the same comes.")
    merchant_kind: str | None = strawberry.field(description="Of merchants of this kind alone; null for all.")
    category: str | None = strawberry.field(description="Of goods of this category alone; null for all.")
    basis: str = strawberry.field(description="The law or decision that it follows.")

    @classmethod
    def of(cls, rule: commission.Rule) -> Self:
        return cls(
            id=strawberry.ID(str(rule.id)),
            permille=rule.permille,
            starts_at=rule.starts_at,
            merchant_kind=rule.merchant_kind,
            category=rule.category,
            basis=rule.basis,
        )


def by_start(rule: commission.Rule) -> tuple[datetime, UUID]:
    """Where it stands in the list, the latest first."""
    return rule.starts_at, rule.id.uuid
