"""What bounds each table of delivery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.delivery.domain import rehearsal, webhook
from services.kit.database.kept import BACKBONE, HISTORY, Kept, for_days, for_ever, of_things, until_done

_TRIP = "the trip itself: what it cost and by which rule, who carried what, for claims and for the shares of all"
_POLICY = "a trip is explained by the rule of its day"
_HOUR: Final = 1 / 24

KEPT: Final[Mapping[str, Kept]] = {
    **BACKBONE,
    # What a trip leaves.
    "delivery": for_ever(_TRIP),
    "stop": for_ever(_TRIP),
    "offer": for_ever("who was asked, in which order and by which policy: that it was fair can be shown"),
    "delivery_history": for_ever("when it came to what and why: a claim is judged by it"),
    "reply_inbox": for_days(
        15, "services.delivery.store.answers.forget", "as long as a topic keeps the reply, and a day"
    ),
    "reply_put_off": for_days(15, "services.delivery.store.answers.forget"),
    "webhook_message": for_days(webhook.KEPT_DAYS + 1, "services.delivery.store.webhooks.forget"),
    "webhook_attempt": for_days(webhook.KEPT_DAYS + 1, "with webhook_message"),
    "delivery_foreseen": for_ever(
        "when it was said to come, once for each state: that estimates are good can be shown"
    ),
    # What some trips leave.
    "delivery_ending": for_ever("how operators ended it"),
    "delivery_exchange": for_ever("who took it over from whom, with how much cash"),
    "delivery_hazard": for_ever("what kept it from ending without fault"),
    "delivery_incident": for_ever("what went wrong, and who had the goods"),
    "search_decision": for_ever("what operators did while nobody was found"),
    "delivery_link": until_done("services.delivery.store.following.drop_link", "while it is followed"),
    "delivery_proof": until_done("services.delivery.store.proofs.drop", "until its time is over"),
    "delivery_proof_gone": until_done("services.delivery.store.proofs.gone", "until the file is removed"),
    "courier_job": for_ever("what a courier from outside was asked for, and what it costs"),
    "courier_word": for_days(1, "services.delivery.store.couriers.forget_words"),
    "rehearsal": for_days(rehearsal.KEPT_DAYS, "services.delivery.store.rehearsals.forget"),
    # Where riders are.
    "position": for_days(_HOUR, "services.delivery.store.positions.forget", "what the release before wrote"),
    "rider_trail": for_days(_HOUR, "services.delivery.store.positions.forget"),
    "rider_place": for_days(2 * _HOUR, "services.delivery.store.positions.forget", "while nothing is heard of a rider"),
    "rider_plan": of_things("a rider"),
    # Companies and riders, and what was heard of merchants.
    "partner": of_things("a company"),
    "partner_answering": of_things("a company"),
    "partner_registration": of_things("a company"),
    "partner_member": of_things("a person of a company"),
    "partner_invitation": for_days(
        30, "services.delivery.store.crews.invite", "after it was over, when the next is made"
    ),
    "partner_reach": until_done("services.delivery.store.reach.put", "the newest of a company"),
    "rider": of_things("a rider"),
    "webhook": of_things("a company"),
    "courier": of_things("a company"),
    "reply_reading": of_things("a company's partition"),
    "merchant": of_things("a merchant"),
    "merchant_member": of_things("a person of a merchant"),
    # What officers and operators entered.
    "company_rate": for_ever(_POLICY),
    "dispatch_policy": for_ever(_POLICY),
    "proof_rule": for_ever(_POLICY),
    "tariff_rule": for_ever(_POLICY),
    "vain_rule": for_ever(_POLICY),
    "zone": for_ever(_POLICY),
    "zone_history": HISTORY,
    "partner_history": HISTORY,
    "audit": HISTORY,
}
