"""The scalars of the graph, and the Python types that stand for them in resolvers."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

_SPECIFICATION = "https://github.com/wlijo/wlijo/blob/main/docs/api.md"
MAX_RUPIAH = 2**53 - 1
MAX_INT = 2**31 - 1
"""GraphQL's Int: a larger one is an error in place of the answer."""

Rupiah = NewType("Rupiah", int)
"""Money in whole rupiah, 0 … 2^53 − 1. Never negative: what is owed the other way has a field of its own."""


def _rupiah(value: Any) -> int:
    # bool is an int to Python; and a writer that sends 1.0 may mean 1, but money is never guessed.
    if type(value) is not int or not 0 <= value <= MAX_RUPIAH:
        raise GraphQLError(f"Rupiah is an integer from 0 to {MAX_RUPIAH}")
    return value


def _show_datetime(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a time without zone cannot be shown")
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_DATETIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def _read_datetime(value: Any) -> datetime:
    try:
        if isinstance(value, str) and _DATETIME.fullmatch(value):
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise GraphQLError("DateTime is RFC 3339 with a zone, like 2026-02-01T03:30:00.000Z")


_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _read_date(value: Any) -> date:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise GraphQLError("Date is a day like 2026-02-01")


_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _read_time(value: Any) -> time:
    if isinstance(value, str) and _TIME.fullmatch(value):
        return time.fromisoformat(value)
    raise GraphQLError("LocalTime is HH:MM, from 00:00 to 23:59")


def _show_time(value: time) -> str:
    return value.strftime("%H:%M")


SCALARS: Mapping[object, ScalarDefinition] = {
    Rupiah: strawberry.scalar(
        name="Rupiah",
        description="Money in whole rupiah: a JSON integer from 0 to 2^53 − 1.",
        specified_by_url=f"{_SPECIFICATION}#rupiah",
        serialize=_rupiah,
        parse_value=_rupiah,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant: RFC 3339, shown in UTC with `Z` and three decimals.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=_show_datetime,
        parse_value=_read_datetime,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A business day: a date in WIB (Asia/Jakarta), YYYY-MM-DD.",
        specified_by_url="https://scalars.graphql.org/andimarek/local-date.html",
        serialize=date.isoformat,
        parse_value=_read_date,
    ),
    time: strawberry.scalar(
        name="LocalTime",
        description="A time of day in WIB (Asia/Jakarta), HH:MM.",
        specified_by_url=f"{_SPECIFICATION}#localtime",
        serialize=_show_time,
        parse_value=_read_time,
    ),
}
"""For the schema's `scalar_map`: in resolvers use Rupiah, datetime, date and time."""
