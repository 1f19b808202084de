"""How values of rows are read by people."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import pytest

from services.contracts.people import PersonId
from services.personal.reading import plain

_ID = PersonId.seeded("siti")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (datetime(2026, 11, 28, 20, 30, tzinfo=UTC), "2026-11-29T03:30:00.000+07:00"),
        (date(2026, 11, 28), "2026-11-28"),
        (time(5, 30), "05:30:00"),
        (Decimal("15000"), 15_000),
        (Decimal("1.5"), 1.5),
        ([datetime(2026, 1, 1, tzinfo=UTC), None], ["2026-01-01T07:00:00.000+07:00", None]),
        (None, None),
        (True, True),
        ("Siti", "Siti"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
    ],
)
def test_values_are_shown_in_wib_and_in_rupiah(value: object, shown: object) -> None:
    assert plain(value) == shown


def test_an_id_is_shown_as_everywhere() -> None:
    assert plain(_ID.uuid, PersonId) == str(_ID)
