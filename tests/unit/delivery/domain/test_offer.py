"""When an offer may still be accepted or declined."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contracts.delivery import DeliveryId, OfferId
from services.contracts.ordering import OrderId
from services.contracts.partner import RefusalCode
from services.delivery.domain import offer
from services.delivery.domain.offer import Offer, OfferState
from services.delivery.domain.reply import ReplyRefused
from services.delivery.domain.trip import ON_TRIP, DeliveryStatus, Trip
from tests.worlds.delivery import AGUS, BUYER, DEWI, KONCAR, SEMERU

NOW = datetime(2026, 2, 1, 5, tzinfo=UTC)
OFFER = Offer(OfferId.new(), DeliveryId.new(), SEMERU, OfferState.OPEN, NOW)
IN_TIME, LATE = NOW, NOW + timedelta(microseconds=1)


def a_trip(status: DeliveryStatus = DeliveryStatus.OFFERED, **changes: Any) -> Trip:
    given: dict[str, Any] = {
        "id": OFFER.delivery_id,
        "order_id": OrderId.new(),
        "buyer": BUYER,
        "status": status,
        "version": 3,
        "test": False,
        "fee_rupiah": 10_000,
        "rider_share_rupiah": 8_000,
        "partner_share_rupiah": 1_200,
        "platform_share_rupiah": 800,
        "distance_m": 4_321,
        "cash_to_collect_rupiah": 65_000,
        "partner_id": None,
        "rider_id": None,
        "offer_id": None,
        "pin_tries": 0,
        "failure_code": None,
        "requested_at": NOW,
        "now": NOW,
    }
    return Trip(**{**given, **changes})


def an_offer(state: OfferState) -> Offer:
    return Offer(OFFER.id, OFFER.delivery_id, SEMERU, state, OFFER.expires_at)


def code_of(refused: pytest.ExceptionInfo[ReplyRefused]) -> RefusalCode:
    return refused.value.code


def test_an_open_offer_is_accepted_until_its_end_by_when_the_word_was_sent() -> None:
    assert offer.accept(a_trip(), OFFER, AGUS, IN_TIME)
    assert offer.accept(a_trip(), OFFER, AGUS, None)
    with pytest.raises(ReplyRefused) as refused:
        offer.accept(a_trip(), OFFER, AGUS, LATE)
    assert code_of(refused) is RefusalCode.OFFER_EXPIRED


def test_one_that_timed_out_is_accepted_when_the_word_was_sent_in_time_and_somebody_trustworthy_says_so() -> None:
    timed_out, searching = an_offer(OfferState.TIMED_OUT), a_trip(DeliveryStatus.REQUESTED)
    assert offer.accept(searching, timed_out, AGUS, IN_TIME)
    for sent_at in (LATE, None):
        with pytest.raises(ReplyRefused) as refused:
            offer.accept(searching, timed_out, AGUS, sent_at)
        assert code_of(refused) is RefusalCode.OFFER_EXPIRED


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (OfferState.ACCEPTED, RefusalCode.NOT_YOUR_JOB),
        (OfferState.DECLINED, RefusalCode.ALREADY_DONE),
        (OfferState.WITHDRAWN, RefusalCode.OFFER_WITHDRAWN),
    ],
)
def test_one_that_has_ended_otherwise_is_not_accepted(state: OfferState, code: RefusalCode) -> None:
    with pytest.raises(ReplyRefused) as refused:
        offer.accept(a_trip(), an_offer(state), AGUS, IN_TIME)
    assert code_of(refused) is code


@pytest.mark.parametrize("status", sorted(ON_TRIP | {DeliveryStatus.DELIVERED}))
def test_the_winner_again_changes_nothing_another_rider_or_partner_is_refused(status: DeliveryStatus) -> None:
    won = a_trip(status, partner_id=SEMERU, rider_id=AGUS, offer_id=OFFER.id)
    assert not offer.accept(won, an_offer(OfferState.ACCEPTED), AGUS, LATE)
    with pytest.raises(ReplyRefused) as refused:
        offer.accept(won, an_offer(OfferState.ACCEPTED), DEWI, LATE)
    assert code_of(refused) is RefusalCode.ALREADY_DONE
    with pytest.raises(ReplyRefused) as refused:
        offer.accept(a_trip(status, partner_id=KONCAR, offer_id=OfferId.new()), OFFER, AGUS, IN_TIME)
    assert code_of(refused) is RefusalCode.OFFER_TAKEN


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (OfferState.OPEN, None),
        (OfferState.ACCEPTED, RefusalCode.ALREADY_DONE),
        (OfferState.DECLINED, RefusalCode.ALREADY_DONE),
        (OfferState.TIMED_OUT, RefusalCode.OFFER_EXPIRED),
        (OfferState.WITHDRAWN, RefusalCode.OFFER_WITHDRAWN),
    ],
)
def test_only_an_open_offer_is_declined(state: OfferState, code: RefusalCode | None) -> None:
    if code is None:
        offer.decline(an_offer(state))
        return
    with pytest.raises(ReplyRefused) as refused:
        offer.decline(an_offer(state))
    assert code_of(refused) is code


def test_a_rivals_offer_is_nobodys() -> None:
    assert offer.find([OFFER], OFFER.id, SEMERU) is OFFER
    for offer_id, partner in ((OFFER.id, KONCAR), (OfferId.new(), SEMERU)):
        with pytest.raises(ReplyRefused) as refused:
            offer.find([OFFER], offer_id, partner)
        assert code_of(refused) is RefusalCode.NOT_YOUR_JOB
