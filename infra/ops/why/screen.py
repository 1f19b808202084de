"""How an order's life looks on a terminal of 140 columns: pure text from data; times in WIB, ids and codes, never a person's data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from infra.ops.heard import heard_by
from infra.ops.why import handed, judge, traces
from infra.ops.why.life import Change, Event, Heard, Life
from infra.ops.why.table import BLANK, Cell, Line, Tone, beside, fields, row, table, titled
from services.contracts.registry import NAMES
from services.kit.messaging.relay import ABOVE_ALL

_WIB: Final = ZoneInfo("Asia/Jakarta")
_TAIL, _REPLY_ID = 6, 64  # a partner chose the second
_GOOD: Final = frozenset({"COMPLETED", "DELIVERED", "COLLECTED", "COMMITTED", "ACCEPTED", "HANDED_OVER"})
_BAD: Final = frozenset(
    {"CANCELLED", "REFUSED", "EXPIRED", "VOIDED", "REJECTED", "UNASSIGNABLE", "DECLINED", "TIMED_OUT"}
)
_TONES: Final = {
    Heard.COMING: Tone.WAIT,
    Heard.WAITING: Tone.WAIT,
    Heard.PARKED: Tone.BAD,
    Heard.DEAD: Tone.BAD,
    Heard.APPLIED: Tone.GOOD,
}

Clock = Callable[[datetime | None], str]


def lines(life: Life, traces_at: str = "") -> list[Line]:
    """The whole screen; with where traces are looked at, if anywhere."""
    clock = _clock(life.order.placed_at)
    return [
        *_order(life, clock),
        *_sellers(life, clock),
        *_histories(life, clock),
        *_reservation(life, clock),
        *_delivery(life, clock),
        *_timers(life, clock),
        *_offers(life, clock),
        *_replies(life, clock),
        *_contact_reads(life, clock),
        *_ledger(life, clock),
        *_events(life, clock),
        *traces.lines(life, traces_at),
        *_troubles(life, clock),
        *_logs(life),
        *_verdict(life),
    ]


def _clock(first: datetime) -> Clock:
    """Times of day to the millisecond; with the days since the order was placed when it is not the same WIB day."""
    day = first.astimezone(_WIB).date()

    def say(at: datetime | None) -> str:
        if at is None:
            return "-"
        local = at.astimezone(_WIB)
        days = (local.date() - day).days
        return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}" + (f"{days:+d}d" if days else "")

    return say


def short(text: str) -> str:
    """The ids in it cut to kind and tail, which is enough to find them among this order's."""
    return ":".join(
        f"{part[: part.rindex('_')]}_…{part[-_TAIL:]}" if len(part.rpartition("_")[2]) == 26 else part
        for part in text.split(":")
    )


def _rupiah(amount: int | None) -> str:
    return "-" if amount is None else f"Rp{amount:,}".replace(",", ".")


def _status(text: str) -> Cell:
    return Cell(text, Tone.GOOD if text in _GOOD else Tone.BAD if text in _BAD else Tone.PLAIN)


def _order(life: Life, clock: Clock) -> list[Line]:
    order, payment = life.order, life.payment
    placed = order.placed_at.astimezone(_WIB)
    said = [
        row(Cell(order.code, Tone.TITLE), _status(order.status), Cell(f"{order.id}   {placed:%Y-%m-%d} WIB")),
        row(
            "  "
            + fields(
                ("state", order.state),
                ("version", order.version),
                ("slot", order.slot),
                ("kecamatan", order.kecamatan),
                ("test", "yes" if order.test else "no"),
                ("goods", _rupiah(order.goods_rupiah)),
                ("delivery", _rupiah(order.delivery_rupiah)),
                ("total", _rupiah(order.total_rupiah)),
            )
        ),
        row(
            "  "
            + fields(
                ("placed", clock(order.placed_at)),
                ("held until", clock(order.hold_until)),
                ("confirmed", clock(order.confirmed_at)),
                ("ended", clock(order.ended_at)),
                ("called off", order.called_off and f"{order.called_off} {clock(order.called_off_at)}"),
            )
        ),
    ]
    said += handed.lines(order, clock)
    if order.attention:
        said.append(row("  needs attention", Cell(order.attention, Tone.BAD)))
    said += [row("  settled", one.mark, f"by {one.by} {clock(one.at)}: {one.because}") for one in order.settled]
    if payment:
        collected = fields(
            ("due", _rupiah(payment.amount_rupiah)),
            ("asked in cash", _rupiah(payment.asked_rupiah)),
            ("collected", _rupiah(payment.collected_rupiah)),
        )
        said.append(row("  payment", _status(payment.status), f"{payment.method}   {collected}   {payment.id}"))
    return said


def _sellers(life: Life, clock: Clock) -> list[Line]:
    return titled(
        "seller orders",
        table(
            ("id", "merchant", "status", "version", "lines", "goods", "accept by", "ready at"),
            [
                (
                    each.id,
                    each.merchant,
                    _status(each.status),
                    str(each.version),
                    str(each.lines),
                    _rupiah(each.goods_rupiah),
                    clock(each.accept_by),
                    clock(each.ready_at),
                )
                for each in life.sellers
            ],
        ),
    )


def _histories(life: Life, clock: Clock) -> list[Line]:
    order = titled("order's history", table(("at", "status", "state", "by"), _changes(life.history, clock)))
    trip = titled(
        "delivery's history",
        table(("at", "status", "by"), [(at, status, by) for at, status, _, by in _changes(life.way, clock)]),
    )
    return beside(order, trip)


def _changes(changes: Iterable[Change], clock: Clock) -> list[tuple[str, Cell, str, str]]:
    return [(clock(each.at), _status(each.status), each.state, each.cause) for each in changes]


def _reservation(life: Life, clock: Clock) -> list[Line]:
    held = life.reservation
    if held is None:
        return titled("reservation", [row("  catalog has not heard of the order")])
    times = fields(
        ("lines", held.lines),
        ("made", clock(held.created_at)),
        ("changed", clock(held.changed_at)),
        ("expires", clock(held.expires_at) if held.expires_at else None),
    )
    return titled("reservation", [row("  " + held.id, _status(held.state), times)])


def _delivery(life: Life, clock: Clock) -> list[Line]:
    trip = life.delivery
    if trip is None:
        return titled("delivery", [row("  delivery has not heard of the order")])
    said = [
        row(
            "  " + trip.id,
            _status(trip.status),
            fields(
                ("version", trip.version),
                ("rider sought since", clock(trip.requested_at)),
                ("test", "yes" if trip.test else "no"),
            ),
        ),
        row(
            "  "
            + fields(
                ("kecamatan", " → ".join(trip.kecamatan)),
                ("distance", f"{trip.distance_m} m"),
                ("fee", _rupiah(trip.fee_rupiah)),
                ("tariff", trip.tariff),
                ("to collect", _rupiah(trip.cash_to_collect_rupiah)),
                ("wrong PINs", trip.pin_tries),
            )
        ),
    ]
    if trip.partner:
        said.append(row("  " + fields(("partner", trip.partner), ("rider", trip.rider))))
    if trip.failure_code:
        said.append(row("  failed", Cell(trip.failure_code, Tone.BAD)))
    if trip.ending:
        by = f"by {trip.ending.by} {clock(trip.ending.at)}: {trip.ending.reason}"
        said.append(row("  ended", Cell(trip.ending.said, Tone.BAD), by))
    return titled("delivery", said)


def _timers(life: Life, clock: Clock) -> list[Line]:
    return titled(
        "live timers",
        table(
            ("service", "kind", "of", "due at", "due", "tries", "error"),
            [
                (
                    each.service,
                    each.kind,
                    short(each.subject),
                    clock(each.due_at),
                    Cell(_due(each.due_in), Tone.WAIT if each.due_in < timedelta(0) else Tone.PLAIN),
                    str(each.attempts),
                    Cell((each.error or "-").splitlines()[0], Tone.BAD if each.error else Tone.PLAIN),
                )
                for each in life.timers
            ],
        ),
    )


def _due(left: timedelta) -> str:
    seconds = left.total_seconds()
    return f"in {seconds:.1f} s" if seconds >= 0 else f"{-seconds:.1f} s ago"


def _offers(life: Life, clock: Clock) -> list[Line]:
    return titled(
        "offers",
        table(
            ("id", "partner", "answer", "offered", "expires", "closed"),
            [
                (
                    each.id,
                    each.partner,
                    _status(each.state),
                    clock(each.offered_at),
                    clock(each.expires_at),
                    clock(each.closed_at),
                )
                for each in life.offers
            ],
        ),
    )


def _replies(life: Life, clock: Clock) -> list[Line]:
    return titled(
        "partner's replies",
        table(
            ("answered", "partner", "type", "outcome", "reply id"),
            [
                (
                    clock(each.answered_at),
                    short(each.partner),
                    each.type,
                    Cell(each.code, Tone.BAD) if each.code else Cell("applied", Tone.GOOD),
                    each.id[:_REPLY_ID],
                )
                for each in life.replies
            ],
        ),
    )


def _contact_reads(life: Life, clock: Clock) -> list[Line]:
    return titled(
        "contact reads",
        table(
            ("at", "partner", "for"),
            [(clock(each.at), each.partner, short(each.delivery)) for each in life.contact_reads],
        ),
    )


def _ledger(life: Life, clock: Clock) -> list[Line]:
    found = judge.balance(life.transfers, life.payment)
    holder = "partner" if life.order.way == "DELIVERY" else "merchant"
    said = "balanced" if found.balanced else "NOT BALANCED"
    sums = f"{holder}'s cash {_rupiah(found.cash_rupiah)}, collected {_rupiah(found.collected_rupiah)}"
    return titled(
        "ledger",
        [
            *table(
                ("at", "kind", "debit", "credit", "amount"),
                [
                    (clock(each.at), each.kind, short(each.debit), short(each.credit), _rupiah(each.amount_rupiah))
                    for each in life.transfers
                ],
            ),
            row("  ledger", Cell(said, Tone.GOOD if found.balanced else Tone.BAD), sums),
        ],
    )


def _events(life: Life, clock: Clock) -> list[Line]:
    concerned = [service for service in NAMES if _is_concerned(life, service)]
    return titled(
        "events",
        table(
            ("created", "type", "aggregate", "trace", "sent", *concerned),
            [
                (
                    clock(event.created_at),
                    event.type.removeprefix(f"{event.service}.").removeprefix("partner."),
                    f"{short(event.aggregate.partition(':')[0])} #{event.count}",
                    event.trace or "-",
                    _sent(event, clock),
                    *(_heard(life, event, service) for service in concerned),
                )
                for event in life.events
            ],
        ),
    )


def _is_concerned(life: Life, service: str) -> bool:
    """Whether it told or hears any of these events: then a column of its own is worth the room."""
    return any(event.service == service or event.topic in heard_by(service) for event in life.events)


def _sent(event: Event, clock: Clock) -> Cell:
    if event.sent_at is None:
        return Cell("pending", Tone.WAIT)
    if event.again or event.refill:
        return Cell(f"{clock(event.sent_at)} {'again' if event.again else 'refill'}", Tone.WAIT)
    return Cell(clock(event.sent_at))


def _heard(life: Life, event: Event, service: str) -> Cell:
    if event.service == service:
        return Cell("told", Tone.DIM)
    for listener in life.listeners:
        if listener.service == service and (state := judge.heard(event, listener)) is not None:
            return Cell(state, _TONES[state])
    return Cell("-", Tone.DIM)


def _troubles(life: Life, clock: Clock) -> list[Line]:
    found = [trouble for listener in life.listeners for trouble in listener.troubles]
    if not found:
        return []
    return titled(
        "not applied",
        table(
            ("since", "consumer", "what", "aggregate", "tries", "reason"),
            [
                (
                    clock(each.since),
                    each.consumer,
                    Cell("replayed", Tone.GOOD) if each.mended_at else Cell(each.kind, _TONES[each.kind]),
                    f"{short(each.aggregate)} #{each.count or '?'}",
                    str(each.attempts),
                    each.reason or "its predecessor has not come",
                )
                for each in found
            ],
        ),
    )


def _down_to(filled_from: int) -> str:
    return "begins" if filled_from == ABOVE_ALL else f"down to {filled_from}"


def _logs(life: Life) -> list[Line]:
    return titled(
        "logs",
        table(
            ("service", "relay sends to", "refill", "consumer reads"),
            [
                (
                    each.service,
                    each.relay or "none yet",
                    "done" if each.filled else Cell(_down_to(each.filled_from), Tone.WAIT),
                    Cell(each.consumer or "none yet", Tone.PLAIN if each.consumer == each.relay else Tone.WAIT),
                )
                for each in life.logs
            ],
        ),
    )


def _verdict(life: Life) -> list[Line]:
    done = judge.progress(life.events, life.listeners)
    whole = done.told == done.sent and done.wanted == done.applied
    text = f"{done.told} events told, {done.sent} sent; {done.applied} of {done.wanted} applied where they are heard"
    return [BLANK, row(Cell(text, Tone.GOOD if whole else Tone.WAIT))]
