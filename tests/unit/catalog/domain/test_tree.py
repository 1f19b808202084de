"""The tree of categories, and values of attributes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import tree
from services.catalog.domain.offering import CategoryIsUnknown
from services.catalog.domain.tree import (
    MAX_DEPTH,
    Attribute,
    AttributeDoesNotFit,
    AttributeIsAnother,
    AttributeIsMissing,
    AttributeKind,
    Node,
    ParentDoesNotFit,
)


def _known(*paths: str, **commodities: str) -> dict[str, Node]:
    codes = [path.split("/") for path in paths]
    return {
        path[-1]: Node(path[-1], path[-1], path[-2] if len(path) > 1 else None, path, 0, commodities.get(path[-1]))
        for path in codes
    }


def _asked(kind: AttributeKind, *choices: str, required: bool = False) -> Attribute:
    return Attribute("x", "sayur", "X", kind, None, choices, required)


KNOWN = _known("a", "a/b", "a/b/c", "a/b/c/d", "e", "e/f", a="beras", c="jagung")


@pytest.mark.parametrize(("code", "parent"), [("a", "a"), ("a", "d"), ("b", "c"), ("e", "d"), ("e", "c"), ("f", "d")])
def test_a_category_lies_neither_below_itself_nor_too_deep(code: str, parent: str) -> None:
    with pytest.raises(ParentDoesNotFit):
        tree.check_place(KNOWN, code, parent, at="parentCode")


@pytest.mark.parametrize(("code", "parent"), [("a", None), ("f", "c"), ("d", "e"), ("b", "a"), ("e", "b")])
def test_elsewhere_it_may_lie(code: str, parent: str | None) -> None:
    tree.check_place(KNOWN, code, parent, at="parentCode")


def test_a_parent_is_a_category() -> None:
    with pytest.raises(CategoryIsUnknown):
        tree.check_place(KNOWN, "a", "x", at="parentCode")


@given(st.sampled_from(sorted(KNOWN)), st.sampled_from(sorted(KNOWN)))
def test_what_may_be_makes_no_ring_and_is_not_too_deep(code: str, parent: str) -> None:
    try:
        tree.check_place(KNOWN, code, parent, at="parentCode")
    except ParentDoesNotFit:
        return
    parents = {each.code: each.parent for each in KNOWN.values()} | {code: parent}
    for each in parents:
        path = [each]
        while (above := parents[path[-1]]) is not None:
            path.append(above)
            assert len(path) <= MAX_DEPTH


def test_a_category_is_compared_as_the_nearest_above_it_says() -> None:
    assert [tree.commodity_of(KNOWN, code) for code in "abcdef"] == ["beras", "beras", "jagung", "jagung", None, None]
    assert tree.commodity_of(KNOWN, "x") is None
    assert tree.compared(KNOWN, "beras") == ["~beras", "#a", "#b"]
    assert tree.within(KNOWN, "b") == {"b", "c", "d"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2.50", "2.5"),
        ("-0", "0"),
        ("-0.000", "0"),
        ("007", "7"),
        (".5", "0.5"),
        ("1000000000", "1000000000"),
        ("10.", "10"),
    ],
)
def test_a_number_is_kept_in_one_way(given: str, kept: str) -> None:
    assert tree.value(_asked(AttributeKind.NUMBER), given, at="value") == kept


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (AttributeKind.NUMBER, each)
        for each in ("", "-", ".", "1,5", "1e9", "NaN", "Infinity", "1000000000.5", "1.2345", "--1", "٣", "9" * 21)
    ]
    + [
        (AttributeKind.BOOLEAN, "ya"),
        (AttributeKind.CHOICE, "C"),
        (AttributeKind.TEXT, " "),
        (AttributeKind.TEXT, "x" * 61),
    ]
    + [(AttributeKind.TEXT, "a\u200bb")],
)
def test_what_its_kind_does_not_know_is_no_value(kind: AttributeKind, given: str) -> None:
    choices = ("A", "B") if kind is AttributeKind.CHOICE else ()
    with pytest.raises(AttributeDoesNotFit):
        tree.value(_asked(kind, *choices), given, at="value")


@given(st.decimals(-1_000_000_000, 1_000_000_000, places=3))
def test_a_kept_number_is_kept_as_it_is(number: object) -> None:
    kept = tree.value(_asked(AttributeKind.NUMBER), f"{number:f}", at="value")
    assert tree.value(_asked(AttributeKind.NUMBER), kept, at="value") == kept


def test_what_is_for_sale_says_what_it_has_to() -> None:
    asked = {"x": _asked(AttributeKind.TEXT, required=True), "y": _asked(AttributeKind.TEXT)}
    tree.check_whole(asked, {"x": "there"}, at="attributes")
    with pytest.raises(AttributeIsMissing) as refusal:
        tree.check_whole(asked, {"y": "there"}, at="attributes")
    assert refusal.value.field == "attributes.x"


def test_choices_are_added_and_none_goes() -> None:
    present = _asked(AttributeKind.CHOICE, "A", "B")
    tree.changed(present, _asked(AttributeKind.CHOICE, "C", "B", "A"))
    for other in (_asked(AttributeKind.CHOICE, "A"), _asked(AttributeKind.TEXT)):
        with pytest.raises(AttributeIsAnother):
            tree.changed(present, other)
