"""Ordering's refusals as the graph shows them: how each exception is told."""

from __future__ import annotations

from typing import Any

import strawberry

from services.contracts.problems import LimitUnit, ProblemCode
from services.contracts.quote import MAX_MASS_GRAM
from services.graph import Refusal, not_found, too_fast, try_later
from services.kit.graphql.refusals import Answer
from services.kit.graphql.scalars import Rupiah
from services.kit.ids import Id
from services.ordering.domain import (
    books,
    cart,
    claim_photo,
    claimable,
    commission,
    contact,
    counter,
    guests,
    handover,
    kasbon,
    load,
    offer,
    packing,
    payment,
    placing,
    programme,
    promotion,
    question,
    quote,
    refund,
    review,
    ticket,
    wishes,
    withholding,
)
from services.ordering.domain.process import OrderStatus
from services.ordering.domain.refusal import Refused, Unknown, WrongState


def _said(code: ProblemCode, no: Refused, **facts: Any) -> Refusal:
    """`facts` are those of Problem."""
    return Refusal(code=code, message=str(no), **facts)


def _id(of: Id | None) -> strawberry.ID | None:
    return None if of is None else strawberry.ID(str(of))


def _line(line: offer.OfferedLine) -> dict[str, Any]:
    return {"line_id": _id(line.id), "variant_id": _id(line.variant_id)}


def _contact(code: ProblemCode, no: contact.ContactInvalid, **facts: Any) -> Refusal:
    return Refusal(code=code, message=no.reason, field=f"input.{no.field}", **facts)


def _quantity(no: cart.QuantityInvalid) -> Refusal:
    return _said(
        ProblemCode.INVALID_QUANTITY,
        no,
        field=None if no.line_id else f"{no.within}quantity",
        line_id=_id(no.line_id),
        variant_id=_id(no.variant_id),
        minimum=no.minimum,
        limit=no.maximum,
        step=no.step,
        unit=LimitUnit.BASE_UNIT,
    )


def _unavailable(no: cart.ProductIsUnavailable) -> Refusal:
    lacks = isinstance(no, cart.LicenceIsMissing)
    return _said(
        ProblemCode.LICENCE_LAPSED if lacks else ProblemCode.PRODUCT_UNAVAILABLE,
        no,
        retryable=lacks,
        field=None if no.line_id else f"{no.within}variantId",
        line_id=_id(no.line_id),
        variant_id=_id(no.variant_id),
    )


_AGAINST = {
    promotion.Against.UNKNOWN: ProblemCode.VOUCHER_UNKNOWN,
    promotion.Against.OVER: ProblemCode.VOUCHER_OVER,
    promotion.Against.USED_UP: ProblemCode.VOUCHER_USED_UP,
    promotion.Against.USED_BEFORE: ProblemCode.VOUCHER_USED_BEFORE,
    promotion.Against.FIRST_ORDER_ONLY: ProblemCode.VOUCHER_FIRST_ORDER_ONLY,
    promotion.Against.OTHER_PLACE: ProblemCode.VOUCHER_OTHER_PLACE,
    promotion.Against.OTHER_GOODS: ProblemCode.VOUCHER_OTHER_GOODS,
    promotion.Against.BELOW_MINIMUM: ProblemCode.VOUCHER_BELOW_MINIMUM,
}


def _voucher(no: promotion.VoucherDoesNotApply) -> Refusal:
    return _said(
        _AGAINST[no.why],
        no,
        field="code",
        minimum=no.minimum_rupiah,
        unit=LimitUnit.RUPIAH if no.minimum_rupiah is not None else None,
        until=no.until,
    )


def _wrong_state(no: WrongState) -> Refusal:
    of_order = isinstance(no.current, OrderStatus)
    return _said(ProblemCode.NOT_CANCELLABLE if of_order else ProblemCode.WRONG_STATE, no, status=no.current)


REFUSALS: list[Answer[Any]] = [
    Answer(Unknown, lambda no: not_found(field=f"input.{no.field}" if no.field else None)),
    Answer(
        contact.TextIsInvalid,
        lambda no: _contact(
            ProblemCode.INVALID_TEXT, no, minimum=no.minimum, limit=no.maximum, unit=LimitUnit.CHARACTER
        ),
    ),
    Answer(contact.PhoneIsInvalid, lambda no: _contact(ProblemCode.INVALID_PHONE, no)),
    Answer(contact.RegionIsUnknown, lambda no: _contact(ProblemCode.UNKNOWN_REGION, no)),
    Answer(contact.PointIsOutside, lambda no: _contact(ProblemCode.OUTSIDE_REGION, no)),
    Answer(contact.PointIsClosed, lambda no: _contact(ProblemCode.OUT_OF_AREA, no)),
    Answer(
        contact.ContactsAreTooMany,
        lambda no: _said(ProblemCode.TOO_MANY_CONTACTS, no, limit=no.limit, unit=LimitUnit.CONTACT),
    ),
    Answer(cart.CartIsEmpty, lambda _: Refusal(code=ProblemCode.CART_EMPTY, message="The cart is empty")),
    Answer(cart.CartIsFull, lambda no: _said(ProblemCode.CART_TOO_LARGE, no, limit=no.limit, unit=LimitUnit.LINE)),
    Answer(cart.QuantityInvalid, _quantity),
    Answer(cart.ProductIsUnavailable, _unavailable),
    Answer(
        cart.MerchantsAreTooMany,
        lambda no: _said(ProblemCode.TOO_MANY_MERCHANTS, no, limit=no.limit, unit=LimitUnit.MERCHANT),
    ),
    Answer(cart.CartIsTooHeavy, lambda no: _said(ProblemCode.TOO_HEAVY, no, limit=MAX_MASS_GRAM, unit=LimitUnit.GRAM)),
    Answer(
        cart.GoodsAreTooDear,
        lambda no: _said(ProblemCode.TOTAL_TOO_HIGH, no, limit=cart.MAX_GOODS_RUPIAH, unit=LimitUnit.RUPIAH),
    ),
    Answer(
        offer.MerchantIsClosed,
        lambda no: _said(
            ProblemCode.MERCHANT_CLOSED,
            no,
            retryable=True,
            merchant_id=_id(no.merchant_id),
            until=no.opens_at,
            **_line(no.line),
        ),
    ),
    Answer(
        offer.MerchantIsSuspended,
        lambda no: _said(ProblemCode.MERCHANT_SUSPENDED, no, merchant_id=_id(no.merchant_id), **_line(no.line)),
    ),
    Answer(
        offer.IsNotBroughtThere,
        lambda no: _said(ProblemCode.OUT_OF_SERVING_AREA, no, merchant_id=_id(no.merchant_id), **_line(no.line)),
    ),
    Answer(
        wishes.NoteIsInvalid,
        lambda no: _said(
            ProblemCode.INVALID_TEXT,
            no,
            field=f"{no.within}note",
            minimum=0,
            limit=wishes.MAX_NOTE,
            unit=LimitUnit.CHARACTER,
        ),
    ),
    Answer(guests.GuestCartIsGone, lambda no: not_found(field=no.field)),
    Answer(guests.GuestCartsAreTooMany, lambda no: too_fast(no.retry_after_ms, str(no))),
    Answer(
        offer.GoodsAreShort,
        lambda no: _said(ProblemCode.OUT_OF_STOCK, no, limit=no.available, unit=LimitUnit.BASE_UNIT, **_line(no.line)),
    ),
    Answer(
        placing.CartHasChanged,
        lambda no: _said(ProblemCode.CART_CHANGED, no, field="input.cartVersion", version=no.version),
    ),
    Answer(
        placing.PriceHasChanged,
        lambda no: _said(ProblemCode.PRICE_CHANGED, no, field="input.total", total=Rupiah(no.total_rupiah)),
    ),
    Answer(
        payment.PaymentMethodIsNotOffered,
        lambda no: _said(
            ProblemCode.PAYMENT_METHOD_NOT_OFFERED,
            no,
            field="input.paymentMethod",
            limit=no.limit,
            unit=None if no.limit is None else LimitUnit.RUPIAH,
        ),
    ),
    Answer(
        refund.RefundIsTooMuch,
        lambda no: _said(ProblemCode.REFUND_TOO_MUCH, no, limit=no.left_rupiah, unit=LimitUnit.RUPIAH),
    ),
    Answer(
        quote.QuoteIsInvalid,
        lambda _: Refusal(code=ProblemCode.QUOTE_INVALID, message="Ask for a new quote", field="input.quote"),
    ),
    Answer(quote.QuoteIsOutdated, lambda no: _said(ProblemCode.QUOTE_OUTDATED, no, field="input.quote")),
    Answer(
        quote.QuoteIsExpired,
        lambda no: Refusal(
            code=ProblemCode.QUOTE_EXPIRED, message="The quote has expired", field="input.quote", until=no.expired_at
        ),
    ),
    Answer(
        quote.QuoteIsUsed,
        lambda _: Refusal(code=ProblemCode.QUOTE_USED, message="This quote has been used", field="input.quote"),
    ),
    Answer(
        handover.SlotIsFull,
        lambda _: Refusal(
            code=ProblemCode.SLOT_FULL, message="The slot is full; choose another", field="input.handover.slotFrom"
        ),
    ),
    Answer(
        handover.SlotIsNotOffered,
        lambda no: _said(ProblemCode.SLOT_NOT_OFFERED, no, field="input.handover.slotFrom", until=no.until),
    ),
    Answer(
        handover.LimitIsInvalid,
        lambda no: _said(
            ProblemCode.INVALID_SLOT_LIMIT,
            no,
            field=f"input.{no.field}",
            minimum=0,
            limit=handover.MAX_PER_HOUR,
            unit=LimitUnit.ORDER,
        ),
    ),
    Answer(
        programme.TermIsInvalid,
        lambda no: _said(
            ProblemCode.PROMOTION_INVALID, no, field=f"input.{no.field}", minimum=no.minimum, limit=no.maximum
        ),
    ),
    Answer(programme.CodeIsTaken, lambda no: _said(ProblemCode.VOUCHER_CODE_TAKEN, no, field="input.code")),
    Answer(
        programme.PromotionsAreTooMany,
        lambda no: _said(ProblemCode.TOO_MANY_PROMOTIONS, no, limit=no.limit, unit=LimitUnit.PROMOTION),
    ),
    Answer(promotion.PromotionIsGone, lambda no: _said(ProblemCode.PROMOTION_GONE, no, field="input.total")),
    Answer(promotion.VoucherDoesNotApply, _voucher),
    Answer(
        commission.RuleIsInvalid,
        lambda no: _said(
            ProblemCode.PROMOTION_INVALID, no, field=f"input.{no.field}", minimum=no.minimum, limit=no.maximum
        ),
    ),
    Answer(commission.RuleIsNotAhead, lambda no: _said(ProblemCode.INVALID_TIME, no, field="input.startsAt")),
    Answer(counter.WrongCode, lambda no: _said(ProblemCode.WRONG_PIN, no, field="code")),
    Answer(
        packing.WeightInvalid,
        lambda no: _said(
            ProblemCode.INVALID_QUANTITY, no, field="gram", minimum=1, limit=packing.MAX_GRAM, unit=LimitUnit.GRAM
        ),
    ),
    Answer(
        packing.NotByWeight,
        lambda no: _said(ProblemCode.NOT_BY_WEIGHT, no, line_id=_id(no.line_id), variant_id=_id(no.variant_id)),
    ),
    Answer(
        packing.LastLine,
        lambda no: _said(ProblemCode.LAST_LINE, no, line_id=_id(no.line_id), variant_id=_id(no.variant_id)),
    ),
    Answer(question.QuestionIsOpen, lambda no: _said(ProblemCode.QUESTION_OPEN, no, retryable=True, until=no.until)),
    Answer(
        question.QuestionsAreTooMany,
        lambda no: _said(ProblemCode.TOO_MANY_QUESTIONS, no, limit=question.MOST_QUESTIONS, unit=LimitUnit.QUESTION),
    ),
    Answer(
        load.OpenOrdersAtLimit,
        lambda no: _said(
            ProblemCode.TOO_MANY_OPEN_ORDERS,
            no,
            retryable=True,
            variant_id=_id(no.variant_id),
            limit=no.maximum,
            unit=LimitUnit.ORDER,
            retry_after_ms=load.RETRY_AFTER_MS,
        ),
    ),
    Answer(load.OrdersOfTheDayAtLimit, lambda no: too_fast(no.retry_after_ms, str(no))),
    Answer(placing.IsBehind, lambda _: try_later(10_000)),
    Answer(claimable.NotDelivered, lambda no: _said(ProblemCode.WRONG_STATE, no, status=no.current)),
    Answer(claimable.ClaimIsLate, lambda no: _said(ProblemCode.CLAIM_TOO_LATE, no, until=no.until)),
    Answer(
        claimable.ClaimIsTooMuch,
        lambda no: _said(
            ProblemCode.INVALID_QUANTITY,
            no,
            field="input.quantity",
            minimum=1,
            limit=no.most,
            step=1,
            unit=LimitUnit.BASE_UNIT,
        ),
    ),
    Answer(
        claimable.ClaimIsTooHigh,
        lambda no: _said(ProblemCode.CLAIM_TOO_HIGH, no, field=no.field, limit=no.most_rupiah, unit=LimitUnit.RUPIAH),
    ),
    Answer(
        claimable.ClaimsAreTooMany,
        lambda no: _said(ProblemCode.TOO_MANY_CLAIMS, no, limit=no.limit, unit=LimitUnit.CLAIM),
    ),
    Answer(
        claim_photo.PhotosAreEnough,
        lambda no: _said(ProblemCode.TOO_MANY_PHOTOS, no, limit=claim_photo.MAX_PHOTOS, unit=LimitUnit.PHOTO),
    ),
    Answer(
        claim_photo.PhotosOfADayAreEnough,
        lambda no: _said(ProblemCode.TOO_MANY_UPLOADS, no, limit=claim_photo.MAX_A_DAY, unit=LimitUnit.PHOTO),
    ),
    Answer(claimable.ReasonDoesNotFit, lambda no: _said(ProblemCode.REASON_DOES_NOT_FIT, no)),
    Answer(
        ticket.TicketsAreTooMany,
        lambda no: _said(ProblemCode.TOO_MANY_TICKETS, no, limit=no.limit, unit=LimitUnit.TICKET),
    ),
    Answer(review.ReviewIsLate, lambda no: _said(ProblemCode.REVIEW_TOO_LATE, no, until=no.until)),
    Answer(
        review.StarsAreInvalid,
        lambda no: _said(ProblemCode.INVALID_STARS, no, field="stars", minimum=1, limit=5, unit=LimitUnit.STAR),
    ),
    Answer(review.AnsweredAlready, lambda no: _said(ProblemCode.ANSWERED_ALREADY, no)),
    Answer(
        review.ReportsAreTooMany,
        lambda no: _said(ProblemCode.TOO_MANY_REPORTS, no, limit=no.limit, unit=LimitUnit.REVIEW),
    ),
    Answer(
        books.AmountIsWrong,
        lambda no: _said(
            ProblemCode.INVALID_AMOUNT,
            no,
            field=no.field,
            minimum=no.minimum,
            limit=books.MAX_RUPIAH,
            unit=LimitUnit.RUPIAH,
        ),
    ),
    Answer(
        books.MoreThanThereIs,
        lambda no: _said(ProblemCode.MORE_THAN_THERE_IS, no, limit=no.limit_rupiah, unit=LimitUnit.RUPIAH),
    ),
    Answer(
        kasbon.KasbonIsNotOpen,
        lambda no: _said(ProblemCode.KASBON_NOT_OPEN, no, field="input.paymentMethod"),
    ),
    Answer(
        kasbon.KasbonHasNoRoom,
        lambda no: _said(
            ProblemCode.KASBON_NO_ROOM, no, field="input.paymentMethod", limit=no.room_rupiah, unit=LimitUnit.RUPIAH
        ),
    ),
    Answer(
        kasbon.KasbonIsOfOneSeller,
        lambda no: _said(ProblemCode.KASBON_ONE_SELLER, no, field="input.paymentMethod"),
    ),
    Answer(
        kasbon.KasbonRequestsAtLimit,
        lambda no: _said(ProblemCode.TOO_MANY_KASBONS, no, limit=no.limit, unit=LimitUnit.KASBON),
    ),
    Answer(
        kasbon.LimitIsWrong,
        lambda no: _said(
            ProblemCode.INVALID_AMOUNT,
            no,
            field="limit",
            minimum=0,
            limit=kasbon.MAX_LIMIT_RUPIAH,
            unit=LimitUnit.RUPIAH,
        ),
    ),
    Answer(books.OwnWord, lambda no: _said(ProblemCode.OWN_MATTER, no)),
    Answer(
        books.OpenHandoversAtLimit,
        lambda no: _said(ProblemCode.TOO_MANY_HANDOVERS, no, limit=books.MAX_OPEN, unit=LimitUnit.HANDOVER),
    ),
    Answer(books.NotForThisPayee, lambda no: _said(ProblemCode.PAYEE_DOES_NOT_FIT, no, field="input.method")),
    Answer(withholding.YearIsWrong, lambda no: _said(ProblemCode.INVALID_TIME, no, field="year")),
    Answer(WrongState, _wrong_state),
]
