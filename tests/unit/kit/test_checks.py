"""Rules are tried one by one, also where a field could not be read, and each says its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.kit.checks import Checked, SettingsError, broken, rule
from services.kit.process.settings import load, read


class _Tiles(Checked, frozen=True, kw_only=True, rename="upper"):
    url: str = ""
    credit: str = ""
    zoom: int = 1

    @property
    def deep(self) -> bool:
        return self.zoom > 9

    @rule
    def a_maker_is_named(self) -> None:
        if self.url and not self.credit:
            raise ValueError("CREDIT is missing")

    @rule
    def deep_tiles_are_ours(self) -> Iterator[str]:
        if self.deep:
            yield "ZOOM is deep"
            yield "URL is not ours"


class _Maps(_Tiles, frozen=True, kw_only=True, rename="upper"):
    key: str

    @rule
    def a_maker_is_named(self) -> None:
        raise SettingsError("CREDIT is never right")


def test_all_rules_are_told_and_not_the_first_alone() -> None:
    assert read(_Tiles, {"URL": "x", "ZOOM": "10"}).wrong == ["CREDIT is missing", "ZOOM is deep", "URL is not ours"]
    with pytest.raises(ValueError, match="CREDIT is missing\nZOOM is deep"):
        _Tiles(url="x", zoom=10)


def test_a_rule_that_asks_for_what_could_not_be_read_says_nothing_and_the_others_do() -> None:
    wrong = read(_Tiles, {"URL": "x", "ZOOM": "deep"}).wrong
    assert [line.split(" is ")[0] for line in wrong] == ["ZOOM", "CREDIT"]


def test_a_rule_of_the_same_name_stands_in_the_place_of_the_bases() -> None:
    assert read(_Maps, {"URL": "x"}).wrong == ["KEY is missing", "CREDIT is never right"]
    assert broken(_Maps, {"key": "k", "url": "", "zoom": 3}) == ["CREDIT is never right"]


def test_what_keeps_its_rules_is_made() -> None:
    assert load(_Tiles, {"URL": "x", "CREDIT": "us"}).credit == "us"


def test_a_fault_in_a_rule_is_ours_and_is_not_hidden() -> None:
    class Faulty(Checked, frozen=True, kw_only=True, rename="upper"):
        @rule
        def wrong_name(self) -> None:
            self.nothing_of_the_kind()  # type: ignore[attr-defined]

    with pytest.raises(AttributeError):
        load(Faulty, {})
