"""Keyset pages."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import Page, cursor, read_cursor

KEYS = [(n, f"p{n}") for n in range(1, 6)]


def after(page: Page[tuple[int, str]]) -> list[tuple[int, str]]:
    return [key for key in KEYS if page.after is None or key > page.after][: page.limit]


def test_a_list_is_read_page_by_page_to_its_end() -> None:
    seen: list[str] = []
    cursor_text = None
    flags = []
    for _ in range(3):
        page = Page(2, cursor_text, tuple[int, str])
        found = page.connection(after(page), key=lambda key: key, node=lambda key: key[1])
        seen += [edge.node for edge in found.edges]
        cursor_text = found.page_info.end_cursor
        flags.append((found.page_info.has_previous_page, found.page_info.has_next_page))
    assert seen == ["p1", "p2", "p3", "p4", "p5"]
    assert flags == [(False, True), (True, True), (True, False)]


def test_twenty_are_shown_unless_said_and_one_more_is_read() -> None:
    assert (Page(None, None, tuple[int]).first, Page(None, None, tuple[int]).limit) == (20, 21)
    assert Page(100, None, tuple[int]).limit == 101
    assert Page(0, None, tuple[int]).connection([(1,)], key=lambda k: k, node=lambda k: k).page_info.has_next_page


@pytest.mark.parametrize("first", [101, -1, 2**31 - 1])
def test_a_first_out_of_range_is_refused_naming_the_limit(first: int) -> None:
    with pytest.raises(BadUserInput, match="100"):
        Page(first, None, tuple[int])


def test_a_cursor_carries_times_and_ids_exactly() -> None:
    key = (datetime(2026, 2, 1, 3, 30, 0, 123_456, tzinfo=UTC), UUID(int=7))
    assert read_cursor(cursor(key), tuple[datetime, UUID]) == key


@pytest.mark.parametrize(
    "text",
    ["", "!", "bm90IGpzb24", cursor(("a", 1)), cursor((1,)), cursor((1, "a", 2)), cursor((1, "a\0")), "é", "A" * 999],
)
def test_a_cursor_of_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(BadUserInput, match="not a cursor of this list"):
        read_cursor(text, tuple[int, str])
