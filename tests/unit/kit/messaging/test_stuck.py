"""What operators read of an error says what failed, and nothing of whom."""

from __future__ import annotations

import pytest

from services.kit.messaging.stuck import StuckKey, without_facts


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (None, None),
        (
            'UniqueViolationError: duplicate key value violates unique constraint "person_phone"\nDETAIL:  Key (phone)=(+628123) exists.',
            'UniqueViolationError: duplicate key value violates unique constraint "person_phone"',
        ),
        ("MalformedId: not an id: 'Siti Aminah'", "MalformedId: not an id: …"),
        ('DataError: invalid input syntax for type uuid: "Siti"', "DataError: invalid input syntax for type uuid: …"),
        ("ValueError: +62 812-3456-7890 has no home", "ValueError: … has no home"),
        ("Expected `str`, got `int` - at `$.total`", "Expected `str`, got `int` - at `$.total`"),
        ("KeyError: siti@example.id", "KeyError: …"),
        ("it doesn't fit 1 to 12", "it doesn't fit 1 to 12"),
        ("x" * 400, "x" * 300 + "…"),
    ],
)
def test_what_came_with_the_event_is_left_out(said: str | None, shown: str | None) -> None:
    assert without_facts(said) == shown


@pytest.mark.parametrize("key", [StuckKey(7, None), StuckKey(None, ("ear", "wlijo/x", "things", "thg_1", 2))])
def test_an_id_is_read_as_it_was_written(key: StuckKey) -> None:
    assert StuckKey.parse(str(key)) == key


@pytest.mark.parametrize(
    "text", ["", "x", "{", "W10", "WzBd", "WyJhIl0", "WzFdWzFd", "é", "W" * 3_000, "WyJcdTAwMDAiLCIiLCIiLCIiLDFd"]
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        StuckKey.parse(text)
