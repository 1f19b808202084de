"""Events as they travel."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.contracts.catalog import ReservationId, StockHeld
from services.contracts.places import WIB, Hours, is_open
from services.kit.messaging.envelope import MAX_PAYLOAD_BYTES, Envelope, Malformed, Stream, decode, pack, unpack

ENVELOPE = Envelope(
    id="evt_1",
    source="wlijo/catalog",
    type=StockHeld.type,
    topic="catalog.reservations",
    aggregate="rsv_1",
    seq=3,
    epoch=1,
    key="rsv_1",
    time=datetime(2026, 11, 25, 3, 7, 32, 125_000, tzinfo=UTC),
    stream=Stream.FACTS,
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    data=b"{}",
)


def test_an_envelope_survives_its_headers_and_its_packing() -> None:
    assert Envelope.from_record(ENVELOPE.topic, b"rsv_1", ENVELOPE.headers(), b"{}") == ENVELOPE
    assert unpack(pack(ENVELOPE)) == ENVELOPE


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"ce_specversion": b"0.3"}, "not a CloudEvents 1.0"),
        ({"ce_id": b""}, "empty"),
        ({"ce_aggregateseq": b"0"}, "not a number from 1"),
        ({"ce_aggregateseq": b"one"}, "not a number from 1"),
        ({"ce_time": b"yesterday"}, "Invalid isoformat"),
        ({"ce_stream": b"rumours"}, "is not a valid Stream"),
        ({"ce_source": b"\xff"}, "decode"),
        ({"ce_subject": b"a" * 300}, "longer than"),
    ],
)
def test_a_record_out_of_form_is_refused_with_the_reason(broken: dict[str, bytes], reason: str) -> None:
    headers = list({**dict(ENVELOPE.headers()), **broken}.items())
    with pytest.raises(Malformed, match=reason):
        Envelope.from_record("t", None, headers, b"{}")


def test_a_record_without_a_header_says_which() -> None:
    headers = [(name, value) for name, value in ENVELOPE.headers() if name != "ce_type"]
    with pytest.raises(Malformed, match="no header ce_type"):
        Envelope.from_record("t", None, headers, b"{}")


@pytest.mark.parametrize("value", [None, b"x" * (MAX_PAYLOAD_BYTES + 1)])
def test_a_record_without_data_or_with_too_much_is_refused(value: bytes | None) -> None:
    with pytest.raises(Malformed):
        Envelope.from_record("t", None, ENVELOPE.headers(), value)


def test_ids_travel_in_their_opaque_form_and_come_back_typed() -> None:
    told = StockHeld(
        reservation_id=ReservationId.seeded("one"), order_id="ord_x", expires_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert b'"reservation_id":"rsv_' in told.payload()
    assert decode(StockHeld, told.payload()) == told


def test_a_reader_ignores_what_it_does_not_know_and_says_where_the_fault_is() -> None:
    payload = StockHeld(
        reservation_id=ReservationId.seeded("one"), order_id="ord_x", expires_at=datetime(2026, 1, 1, tzinfo=UTC)
    ).payload()
    assert decode(StockHeld, payload.replace(b"{", b'{"new":1,', 1)).order_id == "ord_x"
    with pytest.raises(Malformed, match="order_id"):
        decode(StockHeld, payload.replace(b'"ord_x"', b"5"))
    with pytest.raises(Malformed):
        decode(StockHeld, payload.replace(b"rsv_", b"ord_"))


def _wib(hour: int, *, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=WIB)


def test_hours_are_reckoned_in_wib_and_may_run_past_midnight() -> None:
    from datetime import time

    day = [Hours(weekday=0, opens=time(6), closes=time(14))]  # 2026-11-23 is a Monday
    assert [is_open(day, _wib(hour)) for hour in (5, 6, 13, 14)] == [False, True, True, False]
    night = [Hours(weekday=0, opens=time(20), closes=time(3))]
    assert [is_open(night, _wib(21)), is_open(night, _wib(2, day=24)), is_open(night, _wib(3, day=24))] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("header", "value", "reason"),
    [
        ("ce_aggregateseq", "0", "ce_aggregateseq is not a number from 1 to 9223372036854775806"),
        ("ce_aggregateseq", "9223372036854775807", "ce_aggregateseq is not a number from 1 to 9223372036854775806"),
        ("ce_aggregateseq", "1_0", "ce_aggregateseq is not a number from 1 to 9223372036854775806"),
        ("ce_aggregateseq", "٣", "ce_aggregateseq is not a number from 1 to 9223372036854775806"),
        ("ce_epoch", "2147483648", "ce_epoch is not a number from 1 to 2147483647"),
        ("ce_subject", "a\0b", "an attribute has control characters"),
        ("ce_id", "a\nb", "an attribute has control characters"),
        ("ce_time", "2026-01-01T00:00:00", "ce_time has no offset"),
        (
            "ce_time",
            "0001-01-01T00:00:00+23:59",
            "date value out of range",
        ),  # no such day as UTC: it could be parked nowhere
    ],
)
def test_a_record_that_the_database_could_not_hold_is_refused_with_the_reason(
    header: str, value: str, reason: str
) -> None:
    headers = dict(ENVELOPE.headers()) | {header: value.encode()}
    with pytest.raises(Malformed, match=f"^{reason}$"):
        Envelope.from_record("t", b"k", list(headers.items()), b"{}")
