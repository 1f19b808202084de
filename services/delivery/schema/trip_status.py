"""How far a trip is, and why it went wrong, as the graph says it."""

from __future__ import annotations

from services.contracts.delivery import FailureCode as FailureCode
from services.delivery.domain.ending import DeliveryOutcome as DeliveryOutcome
from services.delivery.domain.offer import OfferState as OfferState
from services.delivery.domain.trip import DeliveryStatus as DeliveryStatus
from services.kit.graphql.enums import described

described(
    DeliveryStatus,
    "How far a trip is. AT_PICKUP and AT_DROPOFF may be skipped. New states may come.",
    WAITING="The order is placed and not confirmed yet.",
    REQUESTED="A company is being looked for; none has an offer now.",
    OFFERED="One or more companies are asked.",
    ASSIGNED="A company has it.",
    AT_PICKUP="The rider is at the merchant's.",
    PICKED_UP="The rider has the goods; of several merchants maybe not all yet (`pickups`).",
    AT_DROPOFF="The rider is at the door.",
    FAILED_ATTEMPT="It could not be handed over; it is tried again or goes back.",
    RETURNING="On the way back to the merchant.",
    DELIVERED="Handed over.",
    RETURNED="Back at the merchant's.",
    DISPOSED="Spoilt and thrown away, or lost: the goods do not come back.",
    UNASSIGNABLE="No company took it.",
    CANCELLED="Ended before the goods were picked up.",
)

described(
    FailureCode,
    "Why a trip went wrong, and by that whose fault it was. New values may come.",
    RIDER_GAVE_UP="The company's.",
    GOODS_NOT_READY="The merchant's.",
    BUYER_UNREACHABLE="The buyer's.",
    BUYER_REFUSED="The buyer's.",
    ADDRESS_NOT_FOUND="The buyer's.",
    ACCIDENT="The company's: the goods were in its hands.",
    LOST_IN_TRANSIT="The company's: the goods were in its hands.",
    AREA_CLOSED="Nobody's: a hazard lay over the place; the platform bears it.",
    MERCHANT_CLOSED="The merchant's: nobody was there.",
    BREAKDOWN="The company's: the vehicle broke down.",
    SPOILED_IN_TRANSIT="The company's: the goods were in its hands.",
)
described(
    OfferState,
    "What became of an offer. New values may come.",
    OPEN="It waits for an answer.",
    ACCEPTED="The company took the job, if it has not given it back since.",
    DECLINED="The company left it to others.",
    TIMED_OUT="Nobody answered in time.",
    WITHDRAWN="Another took it, or the search ended.",
)
described(
    DeliveryOutcome,
    "How a person ends a trip. New values may come.",
    DELIVERED="The buyer has the goods; the PIN could not be said or was locked.",
    RETURNED="The goods are back at the merchant's.",
    DISPOSED="The goods are spoilt and thrown away.",
    LOST="The goods will not be found: the company owes them.",
    CANCELLED="The goods never left the merchant's.",
)
