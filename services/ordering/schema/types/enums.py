"""Enums of ordering's graph, described before any type has a field of them."""

from enum import StrEnum

from services.contracts.ordering import BorneBy, CancelReason, HandoverWay, IfRefused, Slot
from services.contracts.packing import QuestionKind
from services.kit.graphql.enums import described
from services.ordering.domain.calling_off import CancellationAnswer
from services.ordering.domain.handover import SlotUnavailable
from services.ordering.domain.order_line import OrderLineState
from services.ordering.domain.payment import PaymentStatus
from services.ordering.domain.process import OrderStatus
from services.ordering.domain.question import IfNotAccepted, QuestionState
from services.ordering.domain.seller_order import SellerOrderStatus
from services.ordering.domain.wishes import WhenShort

__all__ = [
    "BorneBy",
    "CancelReason",
    "CancellationAnswer",
    "HandoverWay",
    "IfNotAccepted",
    "IfRefused",
    "OrderLineState",
    "OrderStatus",
    "PaymentMethod",
    "PaymentStatus",
    "QuestionKind",
    "QuestionState",
    "SellerOrderStatus",
    "Slot",
    "SlotUnavailable",
    "WhenShort",
]


class PaymentMethod(StrEnum):
    """What may be asked for, where somebody takes it."""

    COD = "COD"
    QRIS = "QRIS"
    KASBON = "KASBON"


described(
    OrderStatus,
    "Where an order stands. New values may come.",
    PLACED="The buyer has placed it; goods are being reserved and merchants asked.",
    CONFIRMED="All have agreed; a rider is being found, or it waits for its time.",
    IN_PROGRESS="A rider has the job, from the way to the merchants on.",
    COMPLETED="Handed over and paid.",
    CANCELLED="Ended early; `cancellation` says why.",
)
described(
    SellerOrderStatus,
    "Where one merchant's part of an order stands. New values may come.",
    AWAITING_MERCHANT="The merchant has not answered yet.",
    ACCEPTED="The merchant has agreed and is to pack it until `readyAt`.",
    PACKING="Not in use yet: being packed.",
    READY="Packed: a rider, or the buyer, may fetch it.",
    HANDED_OVER="The rider has it.",
    COMPLETED="The buyer has it.",
    REJECTED="The merchant refused; `rejectReason` is what it said.",
    EXPIRED="The merchant did not answer until `acceptBy`.",
    CANCELLED="Ended with its order: what had been fetched by then will not come back.",
    RETURNED="Had been fetched, and comes back to the merchant.",
)
described(
    IfRefused,
    "What the buyer wishes when one of several merchants refuses, or does not answer. New values may come.",
    GO_ON="The rest is wanted all the same.",
    ASK="To be asked once all have answered; without an answer in time the rest goes on.",
    CANCEL="All or nothing.",
)
described(
    HandoverWay,
    "How an order comes to its buyer. New values may come.",
    DELIVERY="A rider brings it to the contact.",
    ROUTE_STOP="The buyer comes to a stop of the seller's round.",
    PICKUP="The buyer comes to the seller's counter.",
)
described(
    WhenShort,
    "What is to become of a line of which there is less, or nothing. New values may come.",
    DROP="Leave it out.",
    SIMILAR="Take something similar, no dearer.",
    ASK="Ask the buyer.",
)
described(
    SlotUnavailable,
    "Why a slot cannot be chosen. New values may come.",
    FULL="As many orders as may be have it.",
    TOO_LATE="It was to be ordered before.",
    CLOSED="The seller is shut then.",
)
described(
    PaymentStatus,
    "How far a payment is. Cash on delivery is DUE, then COLLECTED; by code it is PENDING, then PAID or EXPIRED. New values may come.",
    PENDING="To be paid by code, and not come.",
    PAID="Come by code.",
    PARTIALLY_REFUNDED="Paid, and a part was given back.",
    REFUNDED="Paid, and all was given back.",
    EXPIRED="Did not come in time.",
    FAILED="Not in use yet: did not go through.",
    DUE="The rider will take the cash at the door, or the seller at the counter.",
    COLLECTED="The rider has the cash, or the seller who handed it over.",
    HANDED_OVER="Not in use yet: the ojek company has the cash.",
    SETTLED="Not in use yet: the merchants have their money.",
    VOIDED="Nothing is to be paid any more: the order was cancelled.",
)
described(
    CancelReason,
    "Why an order ended early. New values may come.",
    BUYER_CANCELLED="The buyer changed their mind.",
    STOCK_SHORT="Something had just been sold to another.",
    STOCK_TIMEOUT="The goods could not be reserved in time.",
    MERCHANT_REJECTED="A merchant refused.",
    MERCHANT_TIMEOUT="A merchant did not answer in time.",
    NO_RIDER="No ojek company took it.",
    DELIVERY_TIMEOUT="No rider fetched it in time.",
    DELIVERY_FAILED="It could not be handed over.",
    NOT_FETCHED="Nobody came for it within an hour after its time.",
    PAYMENT_TIMEOUT="It was to be paid by code, and was not in time.",
)
described(
    BorneBy,
    "Who carries the cost of a cancelled order.",
    NOBODY="It ended before anything had cost anybody anything.",
    BUYER="Cancelled once all had agreed, could not be found, did not take it, or did not come for what was packed.",
    MERCHANT="Refused, did not answer in time, or had not packed.",
    PARTNER="The ojek company: its rider gave up, had an accident or lost the goods.",
    PLATFORM="Nobody else's fault: no rider, no time left, or a reservation that was lost.",
)
described(
    CancellationAnswer,
    "What became of a cancellation that was asked for after the order was confirmed.",
    PENDING="It is being found out whether a rider has the goods already.",
    CANCELLED="The rider was stopped in time, or another cause ended the order.",
    REFUSED="A rider had the goods already: the order goes on.",
)
described(
    OrderLineState,
    "What became of a line while it was packed. New values may come.",
    OPEN="Nothing was packed yet; once the part is fetched all the same, it is as it was ordered.",
    PACKED="There is `packedQuantity` of it, for `finalTotal`.",
    DROPPED="There is none of it, and nothing to be paid.",
    REPLACED="Another line came in its place, which names it.",
)
described(
    QuestionKind,
    "What a merchant who packs asks the buyer. New values may come.",
    OVERWEIGHT="It weighs more than was agreed: is the whole weight wanted, for `total`?",
    SHORT="There is less of it, or none: is it fine without? Who says no gets something similar, if there is.",
    REPLACEMENT="There is something else instead: is it wanted, for `total`?",
)
described(
    QuestionState,
    "What became of a question. New values may come.",
    OPEN="It can be answered.",
    ACCEPTED="The buyer said yes.",
    DECLINED="The buyer said no.",
    LAPSED="Nobody answered in time, or the goods left: what was said to be done then is done.",
    WITHDRAWN="The merchant did otherwise, or there is nothing to be packed any more.",
)
described(
    IfNotAccepted,
    "What is done with a line without the buyer's yes. New values may come.",
    AT_CAP="It costs what was agreed to at most, whatever it weighs.",
    SHORT="It is packed as far as there is of it.",
    DROPPED="It is dropped.",
    KEPT="It stays as it was ordered: it is the last of its merchant.",
)
described(
    PaymentMethod,
    "How an order is paid. New values may come.",
    COD="Cash when it is handed over: the rider, or the seller at the counter, takes the order's whole total.",
    QRIS="By code, once all sellers have accepted and before anything is handed over. `paymentMethods` says whether it is taken.",
    KASBON="Of one seller with whom the buyer has an open kasbon: the goods are owed to the seller once they are handed over, and the "
    "fee of what is brought is paid to the rider in cash.",
)
