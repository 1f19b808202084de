"""What follows from what is known of an order: how far each event got, and whether the books balance. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infra.ops.heard import heard_by
from infra.ops.why.life import Event, Heard, Listener, Payment, Transfer

_RANK = {state: rank for rank, state in enumerate(Heard)}


def heard(event: Event, listener: Listener) -> Heard | None:
    """How far this service is with the event; None when it does not hear such.

    While a projection is rebuilt a service has two consumers: the one that is further counts.
    """
    if event.topic not in heard_by(listener.service):
        return None
    known = {place.consumer for place in listener.positions} | {each.consumer for each in listener.troubles}
    return max((_by(consumer, event, listener) for consumer in known), key=_RANK.__getitem__, default=Heard.COMING)


def _by(consumer: str, event: Event, listener: Listener) -> Heard:
    for trouble in listener.troubles:
        if (trouble.consumer, trouble.event_id) == (consumer, event.id):
            return trouble.kind if trouble.mended_at is None else Heard.APPLIED
    for place in listener.positions:
        if (place.consumer, place.topic, place.aggregate) == (consumer, event.topic, event.aggregate):
            passed = event.count <= place.last and event.epoch <= place.epoch
            return Heard.APPLIED if passed else Heard.COMING
    return Heard.COMING


@dataclass(frozen=True, slots=True)
class Progress:
    """Of all events of an order: told, sent, and by how many hearers they should be and have been applied."""

    told: int
    sent: int
    wanted: int
    applied: int


def progress(events: Sequence[Event], listeners: Sequence[Listener]) -> Progress:
    states = [state for event in events for each in listeners if (state := heard(event, each)) is not None]
    return Progress(
        told=len(events),
        sent=sum(event.sent_at is not None for event in events),
        wanted=len(states),
        applied=states.count(Heard.APPLIED),
    )


@dataclass(frozen=True, slots=True)
class Balance:
    """`cash_rupiah` is what the partner's cash account has taken, to be what the payment says was collected."""

    balanced: bool
    cash_rupiah: int
    collected_rupiah: int


def balance(transfers: Sequence[Transfer], payment: Payment | None) -> Balance:
    """Of all accounts debits and credits are the same sum, for a row is a whole transfer; so the books are wrong when cash and
    payment differ."""
    cash = sum(each.amount_rupiah * (_is_cash(each.debit) - _is_cash(each.credit)) for each in transfers)
    collected = (payment.collected_rupiah or 0) if payment else 0
    sound = all(each.amount_rupiah > 0 and each.debit != each.credit for each in transfers)
    return Balance(sound and cash == collected, cash, collected)


def _is_cash(account: str) -> bool:
    return account.endswith(":cash")
