"""What is expected of a job next: what the trip's table would take, and nothing of one that nobody has or that has ended."""

from __future__ import annotations

import pytest

from services.delivery.domain.expected import expected
from services.delivery.domain.trip import ON_TRIP, DeliveryStatus


def _said(status: DeliveryStatus) -> list[str]:
    return [" ".join((each.type.split(".")[1], *each.data.values())) for each in expected(status)]


@pytest.mark.parametrize(
    ("status", "replies"),
    [
        ("ASSIGNED", ["arrived pickup", "picked_up", "failed"]),
        ("PICKED_UP", ["arrived dropoff", "delivered", "failed"]),
        ("RETURNING", ["status RETURNED", "status DISPOSED"]),
    ],
)
def test_a_trip_under_way_names_the_replies_that_would_count(status: str, replies: list[str]) -> None:
    assert _said(DeliveryStatus(status)) == replies


def test_every_trip_under_way_expects_something_and_no_other_does() -> None:
    assert {each for each in DeliveryStatus if expected(each)} == ON_TRIP
