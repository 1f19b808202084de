"""One order's life on one screen: what it says of made-up orders, and in one line why it cannot be shown."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.local import cli
from infra.local.free_ports import free_port
from infra.ops.heard import heard_by
from infra.ops.why import judge, screen, show
from infra.ops.why.life import (
    Change,
    ContactRead,
    Delivery,
    Ending,
    Event,
    Heard,
    Life,
    Listener,
    Log,
    Offer,
    Order,
    Payment,
    Position,
    Reply,
    Reservation,
    SellerOrder,
    Settled,
    Timer,
    Transfer,
    Trouble,
)
from infra.ops.why.read import UnknownOrder
from infra.ops.why.screen import lines, short
from infra.ops.why.source import place_of
from infra.ops.why.table import WIDTH, paint
from infra.ops.why.traces import address
from services.contracts.catalog import MerchantId, ReservationId
from services.contracts.delivery import DeliveryId, OfferId, PartnerId, RiderId
from services.contracts.ordering import OrderId, PaymentId, SellerOrderId
from services.contracts.registry import NAMES
from services.kit.ids import EventId
from services.kit.messaging.relay import ABOVE_ALL
from services.kit.secret import Secret

PLACED = datetime(2026, 11, 25, 16, 59, 58, 250_000, tzinfo=UTC)  # 23:59:58.250 WIB
ORDER, PAYMENT, SELLER = str(OrderId.seeded("a")), str(PaymentId.seeded("a")), str(SellerOrderId.seeded("a"))
RESERVATION, TRIP, OFFER = str(ReservationId.seeded("a")), str(DeliveryId.seeded("a")), str(OfferId.seeded("a"))
PARTNER, RIDER, MERCHANT = str(PartnerId.seeded("a")), str(RiderId.seeded("a")), str(MerchantId.seeded("a"))
TRACE = "c7a19a1303726239374acf174966343d"
LOG = "01a21104-afb5-7664-b659-d6781129dd35"


def _after(seconds: float) -> datetime:
    return PLACED + timedelta(seconds=seconds)


def _event(service: str, topic: str, aggregate: str, count: int, event_type: str, **more: object) -> Event:
    told = Event(
        service=service,
        id=str(EventId.seeded(f"{topic} {aggregate} {count}")),
        type=event_type,
        topic=topic,
        aggregate=aggregate,
        count=count,
        epoch=1,
        trace=TRACE,
        created_at=_after(count),
        sent_at=_after(count + 0.01),
    )
    return replace(told, **more)  # type: ignore[arg-type]


PLACED_EVENT = _event("ordering", "ordering.orders", ORDER, 1, "ordering.order_placed.v1")
CONFIRMED_EVENT = _event("ordering", "ordering.orders", ORDER, 2, "ordering.order_confirmed.v1")
JOB_EVENT = _event("delivery", f"partner.{PARTNER}.jobs.v1", f"{PARTNER}:{TRIP}", 1, "partner.job_offered.v1")


def _at(consumer: str, last: int, epoch: int = 1) -> Position:
    return Position(consumer, "ordering.orders", ORDER, epoch, last)


def _trouble(kind: Heard, event: Event, **more: object) -> Trouble:
    found = Trouble("delivery", "delivery", kind, event.id, event.aggregate, event.count, _after(3), attempts=2)
    return replace(found, **more)  # type: ignore[arg-type]


def _listener(*positions: Position, service: str = "delivery", troubles: Sequence[Trouble] = ()) -> Listener:
    return Listener(service, positions, troubles)


def _life() -> Life:
    """Delivered and paid; placed just before midnight."""
    return Life(
        order=Order(
            id=ORDER,
            code="LMJ-261125-0001",
            status="COMPLETED",
            state="COMPLETED",
            version=2,
            slot="NOW",
            kecamatan="35.08.10",
            test=True,
            goods_rupiah=61_500,
            delivery_rupiah=8_000,
            total_rupiah=69_500,
            placed_at=PLACED,
            hold_until=_after(1800),
            confirmed_at=_after(1),
            ended_at=_after(5),
            cancel_reason=None,
            borne_by=None,
            attention=None,
        ),
        sellers=[SellerOrder(SELLER, MERCHANT, "COMPLETED", 4, 2, 61_500, _after(300), _after(600))],
        payment=Payment(PAYMENT, "COD", "COLLECTED", 69_481, 69_500, 69_500),
        history=[
            Change(1, PLACED, "PLACED", "AWAIT_STOCK", "PLACED"),
            Change(2, _after(5), "COMPLETED", "COMPLETED", "DELIVERED"),
        ],
        transfers=[
            Transfer("GOODS", f"partner:{PARTNER}:cash", f"merchant:{MERCHANT}:payable", 61_500, _after(5)),
            Transfer("RIDER_SHARE", f"partner:{PARTNER}:cash", f"rider:{RIDER}:payable", 8_000, _after(5)),
        ],
        contact_reads=[ContactRead(TRIP, PARTNER, _after(2))],
        reservation=Reservation(RESERVATION, "COMMITTED", 2, _after(1800), PLACED, _after(1)),
        delivery=Delivery(
            id=TRIP,
            status="DELIVERED",
            version=1,
            test=True,
            tariff="GOODS-I-v2",
            distance_m=1799,
            fee_rupiah=8_000,
            cash_to_collect_rupiah=69_500,
            partner=PARTNER,
            rider=RIDER,
            kecamatan=("35.08.15", "35.08.10"),
            pin_tries=0,
            failure_code=None,
            requested_at=_after(1),
        ),
        way=[Change(1, _after(5), "DELIVERED", "", "DELIVERED")],
        offers=[Offer(OFFER, PARTNER, "ACCEPTED", _after(1), _after(31), _after(2))],
        replies=[
            Reply(PARTNER, "r-1", "partner.arrived.v1", "WRONG_ORDER", _after(2)),
            Reply(PARTNER, "r-2\x1b[2J", "partner.delivered.v1", None, _after(5)),
        ],
        timers=[],
        events=[PLACED_EVENT, CONFIRMED_EVENT, JOB_EVENT],
        listeners=[
            _listener(_at("catalog", 2), service="catalog"), _listener(service="ordering"), _listener(_at("delivery", 2)),
            _listener(_at("insight", 2), service="insight"),
        ],
        logs=[Log(service, LOG, True, 0, LOG) for service in NAMES],
    )  # fmt: skip


def _screen(life: Life, *, colour: bool = False) -> list[str]:
    return [paint(line, colour=colour) for line in lines(life)]


def _under(screen: list[str], title: str) -> list[list[str]]:
    """The cells of the table under this title, its heads left out."""
    begin = next(index for index, line in enumerate(screen) if line.startswith(title))
    rows = []
    for line in screen[begin + 2 :]:
        if not line:
            break
        rows.append(re.split(r" {2,}", line.strip()))
    return rows


def test_a_completed_order_is_told_from_the_first_line_to_the_verdict() -> None:
    screen = _screen(_life())

    assert screen[0] == f"LMJ-261125-0001   COMPLETED   {ORDER}   2026-11-25 WIB"
    assert _under(screen, "seller orders") == [
        [SELLER, MERCHANT, "COMPLETED", "4", "2", "Rp61.500", "00:04:58.250+1d", "00:09:58.250+1d"]
    ]
    assert _under(screen, "order's history") == [
        ["23:59:58.250", "PLACED", "AWAIT_STOCK", "PLACED", "00:00:03.250+1d", "DELIVERED", "DELIVERED"],
        ["00:00:03.250+1d", "COMPLETED", "COMPLETED", "DELIVERED"],
    ]
    assert _under(screen, "offers") == [
        [OFFER, PARTNER, "ACCEPTED", "23:59:59.250", "00:00:29.250+1d", "00:00:00.250+1d"]
    ]
    assert _under(screen, "contact reads") == [["00:00:00.250+1d", PARTNER, short(TRIP)]]
    assert "  ledger   balanced   partner's cash Rp69.500, collected Rp69.500" in screen
    assert _under(screen, "events") == [
        ["23:59:59.250", "order_placed.v1", f"{short(ORDER)} #1", TRACE, "23:59:59.260", "applied", "told", "applied", "-", "applied"],
        ["00:00:00.250+1d", "order_confirmed.v1", f"{short(ORDER)} #2", TRACE, "00:00:00.260+1d", "applied", "told", "applied", "-",
         "applied"],
        ["23:59:59.250", "job_offered.v1", f"{short(PARTNER)} #1", TRACE, "23:59:59.260", "-", "-", "told", "-", "-"],
    ]  # fmt: skip
    assert screen[-1] == "3 events told, 3 sent; 6 of 6 applied where they are heard"
    assert "live timers   none" in screen


def test_a_reply_says_whether_it_counted_and_cannot_write_on_the_terminal() -> None:
    assert _under(_screen(_life()), "partner's replies") == [
        ["00:00:00.250+1d", short(PARTNER), "partner.arrived.v1", "WRONG_ORDER", "r-1"],
        ["00:00:03.250+1d", short(PARTNER), "partner.delivered.v1", "applied", "r-2?[2J"],
    ]


def test_an_order_that_nobody_has_heard_of_yet_says_so() -> None:
    pending = replace(PLACED_EVENT, sent_at=None)
    screen = _screen(
        replace(
            _life(),
            payment=None,
            sellers=[],
            history=[],
            transfers=[],
            contact_reads=[],
            reservation=None,
            delivery=None,
            way=[],
            offers=[],
            replies=[],
            timers=[Timer("ordering", "order.stock_deadline", ORDER, _after(60), timedelta(seconds=-1.5), 1, "KeyError: 1")],
            events=[pending],
            listeners=[_listener(service=service) for service in NAMES],
            logs=[Log(service, None, False, ABOVE_ALL, None) for service in NAMES],
        )
    )  # fmt: skip
    assert "  catalog has not heard of the order" in screen
    assert "  delivery has not heard of the order" in screen
    for empty in ("seller orders", "offers", "partner's replies", "contact reads"):
        assert f"{empty}   none" in screen
    assert _under(screen, "live timers") == [
        ["ordering", "order.stock_deadline", short(ORDER), "00:00:58.250+1d", "1.5 s ago", "1", "KeyError: 1"]
    ]
    assert _under(screen, "events")[0][4:] == ["pending", "coming", "told", "coming", "coming", "coming"]
    assert _under(screen, "logs")[0] == ["catalog", "none yet", "begins", "none yet"]
    assert screen[-1] == "1 events told, 0 sent; 0 of 4 applied where they are heard"


def test_a_new_log_shows_what_it_has_not_got_and_what_is_sent_again() -> None:
    events = [replace(PLACED_EVENT, refill=True), replace(CONFIRMED_EVENT, again=True)]
    screen = _screen(replace(_life(), events=events, logs=[Log("ordering", LOG, False, 41, None)]))
    assert [row[4] for row in _under(screen, "events")] == ["23:59:59.260 refill", "00:00:00.260+1d again"]
    assert _under(screen, "logs") == [["ordering", LOG, "down to 41", "none yet"]]


def test_what_was_not_applied_is_named_with_its_reason() -> None:
    troubles = [
        _trouble(Heard.PARKED, PLACED_EVENT, reason="KeyError: 'quote'"),
        _trouble(Heard.WAITING, CONFIRMED_EVENT, attempts=0),
    ]
    screen = _screen(replace(_life(), listeners=[_listener(troubles=troubles)]))
    assert [row[7] for row in _under(screen, "events")[:2]] == ["parked", "waiting"]
    assert _under(screen, "not applied") == [
        ["00:00:01.250+1d", "delivery", "parked", f"{short(ORDER)} #1", "2", "KeyError: 'quote'"],
        ["00:00:01.250+1d", "delivery", "waiting", f"{short(ORDER)} #2", "0", "its predecessor has not come"],
    ]
    assert screen[-1] == "3 events told, 3 sent; 0 of 2 applied where they are heard"


def test_an_event_is_applied_when_its_number_was_passed_in_its_epoch() -> None:
    assert judge.heard(PLACED_EVENT, _listener(_at("delivery", 1))) is Heard.APPLIED
    assert judge.heard(CONFIRMED_EVENT, _listener(_at("delivery", 1))) is Heard.COMING
    assert judge.heard(replace(PLACED_EVENT, epoch=2), _listener(_at("delivery", 5))) is Heard.COMING
    assert judge.heard(PLACED_EVENT, _listener()) is Heard.COMING
    assert judge.heard(JOB_EVENT, _listener()) is None


def test_a_dead_letter_is_no_effect_until_it_is_replayed() -> None:
    dead = _trouble(Heard.DEAD, PLACED_EVENT, reason="given up")
    assert judge.heard(PLACED_EVENT, _listener(_at("delivery", 2), troubles=[dead])) is Heard.DEAD
    assert judge.heard(CONFIRMED_EVENT, _listener(_at("delivery", 2), troubles=[dead])) is Heard.APPLIED
    mended = replace(dead, mended_at=_after(9))
    assert judge.heard(PLACED_EVENT, _listener(_at("delivery", 2), troubles=[mended])) is Heard.APPLIED


def test_of_two_consumers_of_one_service_the_one_that_is_further_counts() -> None:
    assert judge.heard(CONFIRMED_EVENT, _listener(_at("delivery", 2), _at("delivery-2", 1))) is Heard.APPLIED


def test_the_books_are_wrong_when_cash_and_payment_differ() -> None:
    life = _life()
    assert judge.balance(life.transfers, life.payment) == judge.Balance(True, 69_500, 69_500)
    assert judge.balance(life.transfers[:1], life.payment) == judge.Balance(False, 61_500, 69_500)
    assert judge.balance([], None) == judge.Balance(True, 0, 0)
    assert judge.balance([], replace(life.payment, status="DUE", collected_rupiah=None)) == judge.Balance(True, 0, 0)  # type: ignore[type-var]
    screen = _screen(replace(life, transfers=life.transfers[:1]))
    assert "  ledger   NOT BALANCED   partner's cash Rp61.500, collected Rp69.500" in screen


def test_what_a_shortfall_leaves_owed_is_balanced() -> None:
    life = _life()
    short_of = Transfer("CASH_SHORT", f"partner:{PARTNER}:shortfall", f"partner:{PARTNER}:cash", 500, _after(5))
    paid = Payment(PAYMENT, "COD", "COLLECTED", 69_481, 69_500, 69_000)
    assert judge.balance([*life.transfers, short_of], paid) == judge.Balance(True, 69_000, 69_000)


def test_who_is_to_look_reads_what_was_asked_of_delivery_and_who_ended_the_trip() -> None:
    life = _life()
    assert life.delivery
    called_off = replace(
        life.order,
        called_off="BUYER_CANCELLED",
        called_off_at=_after(2),
        settled=[Settled("STOCK_REFUSED in PICKED_UP", "counted again", "Rina", _after(9))],
    )
    ended = replace(life.delivery, ending=Ending("LOST", "usr_ops", "the rider does not answer", _after(3)))
    screen = _screen(replace(life, order=called_off, delivery=ended))
    assert any(re.search(r"   called off BUYER_CANCELLED \d\d:", line) for line in screen)
    assert any(re.match(r"  settled   STOCK_REFUSED in PICKED_UP   by Rina .*: counted again", line) for line in screen)
    assert any(re.match(r"  ended   LOST   by usr_ops .*: the rider does not answer", line) for line in screen)


def test_of_what_is_collected_way_slot_and_place_are_told_and_no_code() -> None:
    life = _life()
    collected = replace(
        life.order,
        status="CANCELLED",
        cancel_reason="DELIVERY_FAILED",
        borne_by="BUYER",
        way="PICKUP",
        slot_from=_after(7 * 3600),
        slot_to=_after(8 * 3600),
        place="Warung Bu Sri",
        agreed_at=_after(60),
        wrong_codes=2,
    )
    screen = _screen(replace(life, order=collected))
    said = next(line for line in screen if "handed over by" in line)
    assert said.startswith("  handed over by PICKUP   slot 2026-11-26 06:59-07:59 WIB   at Warung Bu Sri   agreed ")
    assert any(line.startswith("  cancelled   NOT_FETCHED   borne by BUYER") for line in screen)
    assert "  wrong codes at the counter   2" in screen
    assert not any("handed over by" in line for line in _screen(life))


def test_no_line_is_wider_than_the_terminal_and_colour_changes_no_letter() -> None:
    long = _trouble(Heard.PARKED, PLACED_EVENT, reason="x" * 500)
    life = replace(_life(), listeners=[_listener(troubles=[long])])
    plain, coloured = _screen(life), _screen(life, colour=True)
    assert max(len(line) for line in plain) == WIDTH
    assert not any("\x1b" in line for line in plain)
    assert any("\x1b[31m" in line for line in coloured)
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in coloured] == plain


def test_a_service_that_neither_tells_nor_hears_of_the_order_takes_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "NAMES", ("catalog", "ordering", "delivery", "ads", "insight"))
    monkeypatch.setattr(screen, "heard_by", lambda service: () if service == "insight" else heard_by("catalog"))
    heads = next(line for line in _screen(_life()) if line.startswith("  created"))
    assert heads.split()[5:] == ["catalog", "ordering", "delivery", "ads"]


def test_who_hears_what_is_what_the_services_say() -> None:
    assert heard_by("catalog") == ("delivery.deliveries", "ordering.orders", "people.exports", "people.persons")
    assert heard_by("delivery") == ("catalog.merchants", "ordering.orders", "people.exports", "people.persons")
    assert set(heard_by("ordering")) == {
        "catalog.levels",
        "catalog.merchants",
        "catalog.products",
        "catalog.reservations",
        "delivery.deliveries",
        "delivery.partners",
        "delivery.riders",
        "people.exports",
        "people.persons",
    }


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with passwords, whose database is not running."""
    monkeypatch.setattr(os, "environ", os.environ.copy())  # the verb tells itself the addresses by it
    monkeypatch.setenv("WLIJO_HOME", str(tmp_path))
    monkeypatch.setenv("POSTGRES_PORT", str(free_port()))
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "passwords.json").write_text(json.dumps(dict.fromkeys(NAMES, "secret")))
    return tmp_path


def _why(order: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What it says on stderr, having failed and shown nothing."""
    monkeypatch.setenv("ORDER", order)
    assert cli.main(["why"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.splitlines()


def test_an_unknown_order_is_one_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def nothing(*_: object) -> Life:
        raise UnknownOrder

    monkeypatch.setattr(show, "read", nothing)
    assert _why("lmj-261125-9999", monkeypatch, capsys) == ["there is no order LMJ-261125-9999"]
    assert _why(ORDER, monkeypatch, capsys) == [f"there is no order {ORDER}"]


@pytest.mark.parametrize("order", ["LMJ-2611-1", PAYMENT, "'; DROP TABLE orders; --"])
def test_what_is_no_order_at_all_is_refused_with_what_is_wanted(
    order: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _why(order, monkeypatch, capsys) == [f"{order!r} is no order: LMJ-YYMMDD-NNNN or ord_… is wanted"]


def test_without_an_order_it_says_how_to_name_one(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _why("", monkeypatch, capsys) == ["no order is named: LMJ-YYMMDD-NNNN or ord_… is wanted"]


def test_a_database_that_is_away_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (said,) = _why("LMJ-261125-0001", monkeypatch, capsys)
    assert re.match(r"the database catalog at 127\.0\.0\.1:\d+ is away: ", said)


def test_where_nothing_was_ever_started_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WLIJO_HOME", str(tmp_path / "never"))
    assert _why("LMJ-261125-0001", monkeypatch, capsys) == [
        f"nothing was ever started in {tmp_path / 'never'}: make up"
    ]
    assert not (tmp_path / "never").exists()


def test_each_trace_of_the_order_is_a_link_where_traces_are_kept() -> None:
    other = replace(CONFIRMED_EVENT, trace="b" * 32)
    nameless = replace(CONFIRMED_EVENT, trace=None)
    life = replace(_life(), events=[other, nameless, PLACED_EVENT, JOB_EVENT])
    shown = [paint(line, colour=False) for line in lines(life, "http://127.0.0.1:16686")]
    assert {row[0]: row[-1] for row in _under(shown, "traces")} == {
        PLACED_EVENT.type: f"http://127.0.0.1:16686/trace/{TRACE}",
        CONFIRMED_EVENT.type: f"http://127.0.0.1:16686/trace/{'b' * 32}",
    }
    assert not [line for line in _screen(life) if line.startswith("traces")]


def test_links_are_shown_where_traces_are_sent_alone() -> None:
    url = {"TRACES_URL": "http://127.0.0.1:16686/"}
    assert address({**url, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel-collector:4318"}) == "http://127.0.0.1:16686"
    assert address({**url, "OTEL_EXPORTER_OTLP_ENDPOINT": ""}) == ""
    assert address({}) == ""


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://ordering:secret@db.example:6432/ordering", "db.example:6432"),
        ("postgresql://ordering@db.example/ordering", "db.example:5432"),
        (
            "postgresql://ordering:se%40cret@old.example:5432,new.example:5432/ordering?target_session_attrs=read-write",
            "old.example:5432,new.example:5432",
        ),
    ],
)
def test_a_database_is_named_by_all_its_places_and_without_its_password(url: str, place: str) -> None:
    assert place_of(Secret(url)) == place
