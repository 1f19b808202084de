"""Words of a search, what they may stand for as tsqueries, and counts by what it could be narrowed to."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import finding, synonyms
from services.catalog.domain.category import called
from services.catalog.domain.finding import (
    MAX_SUGGESTIONS,
    MAX_TEXT_CHARACTERS,
    MAX_WORDS,
    Completion,
    Group,
    Meaning,
    Narrowing,
    TextIsTooLong,
)
from services.catalog.domain.synonyms import SynonymIsNone
from services.contracts.catalog import MerchantKind


def _meaning(word: str, **more: list[str]) -> Meaning:
    none: list[str] = []
    parts = {name: more.get(name, none) for name in ("stems", "completions", "synonyms", "categories", "alike")}
    return Meaning(word, **parts)


@given(st.text(max_size=MAX_TEXT_CHARACTERS))
def test_words_are_small_letters_and_digits_whatever_is_typed(text: str) -> None:
    try:
        found = finding.words(text)
    except TextIsTooLong:
        assert len(re.findall(r"[^\W_]+", text)) >= MAX_WORDS // 4
        return
    assert len(found) <= MAX_WORDS
    assert all(re.fullmatch(r"[^\W_]+", word) for word in found)


def test_a_text_has_so_many_characters_and_words() -> None:
    assert finding.words("x" * MAX_TEXT_CHARACTERS) == ["x" * MAX_TEXT_CHARACTERS]
    assert finding.words(" Ba_yam, (IKAT)! ") == ["ba", "yam", "ikat"]
    for text in ("x" * (MAX_TEXT_CHARACTERS + 1), "a " * (MAX_WORDS + 1)):
        with pytest.raises(TextIsTooLong):
            finding.words(text)


def test_goods_have_every_word_or_what_it_stands_for() -> None:
    wanted = finding.wanted(
        [
            _meaning("gorengan", stems=["goreng"], completions=["gorengan", "gorengannya"]),
            _meaning("lombok", synonyms=["cabai", "cabai rawit"], categories=["bumbu"]),
        ]
    )
    assert wanted.query == (
        "('gorengan' | 'goreng' | 'gorengannya') & ('lombok' | ('cabai') | ('cabai' & 'rawit') | '#bumbu')"
    )
    assert wanted.exact == "('gorengan' | 'goreng' | 'lombok' | ('cabai') | ('cabai' & 'rawit') | '#bumbu')"
    assert wanted.begun == "('gorengan':* | 'lombok':*)"
    assert " & ".join(wanted.words) == wanted.query
    assert wanted.guessed is None


def test_a_word_that_nothing_has_is_taken_for_the_one_most_like_it() -> None:
    wanted = finding.wanted(
        [_meaning("keripk", alike=["keripik", "keripiknya"]), _meaning("pisang", completions=["pisang"])]
    )
    assert wanted.query == "('keripik' | 'keripiknya') & ('pisang')"
    assert wanted.guessed == "keripik pisang"
    assert finding.wanted([_meaning("zzz")]) == finding.Wanted("('zzz')", "('zzz')", "('zzz':*)", ["('zzz')"], None)


def test_several_words_that_one_word_means_are_found_by_it() -> None:
    both = [_meaning(word, completions=[word]) for word in ("bawang", "merah", "besar")]
    wanted = finding.wanted(both, [("brambang", "bawang merah"), ("baput", "bawang putih")])
    assert wanted.query == "(('bawang') & ('merah') & ('besar')) | ('brambang' & ('besar'))"


def test_quotes_in_a_word_of_a_name_end_nothing() -> None:
    assert finding.wanted([_meaning("a", completions=["o'x", "b\\"])]).query == "('a' | 'o''x' | 'b\\\\')"


def test_what_ranks_hangs_on_nothing_that_other_goods_are_called() -> None:
    few, more = (
        finding.wanted([_meaning("ker", completions=words)]) for words in (["keripik"], ["keripik", "kerupuk"])
    )
    assert few.query != more.query
    assert (few.exact, few.begun) == (more.exact, more.begun)


def test_of_words_that_nothing_has_together_those_that_something_has_are_left() -> None:
    meanings = [
        _meaning("byam", alike=["bayam"]),
        _meaning("kopi", completions=["kopi"]),
        _meaning("ikat", completions=["ikat"]),
    ]
    fewer = finding.of_fewer(meanings, [], [0, 2])
    assert (fewer.query, fewer.guessed) == ("('bayam') & ('ikat')", "bayam ikat")
    assert finding.of_fewer(meanings, [], [1, 2]).guessed == "kopi ikat"


def test_the_last_word_is_completed() -> None:
    bare = finding.completed([_meaning("ker", completions=["keripik", "kerupuk"])])
    assert bare == [Completion("'keripik':A", None), Completion("'kerupuk':A", None)]
    second = finding.completed([_meaning("keripik"), _meaning("p", completions=["pisang"])])
    assert second == [Completion("('keripik')", "p"), Completion("('keripik') & 'pisang':A", None)]
    assert finding.completed([_meaning("hijau", stems=["hijau"])]) == [Completion("('hijau')", None)]
    many = [_meaning("k", completions=[f"k{n}" for n in range(30)])]
    assert len(finding.completed(many)) == MAX_SUGGESTIONS


_GROUPS = st.lists(
    st.builds(
        Group,
        category=st.sampled_from(("sayur", "buah")),
        kind=st.sampled_from((MerchantKind.WLIJO, MerchantKind.HUB)),
        open_now=st.booleans(),
        in_stock=st.booleans(),
        band=st.integers(0, 2),
        priced=st.booleans(),
        count=st.integers(1, 9),
    ),
    max_size=20,
)


@given(
    _GROUPS, st.booleans(), st.booleans(), st.sampled_from((None, "sayur")), st.sampled_from((None, [MerchantKind.HUB]))
)
def test_each_count_is_of_what_is_narrowed_by_all_the_others(
    groups: list[Group], open_now: bool, in_stock: bool, category: str | None, kinds: list[MerchantKind] | None
) -> None:
    counts = finding.counted(
        groups, Narrowing(category=category, kinds=kinds, open_now=open_now, in_stock=in_stock, price_from=1)
    )

    def of(*left_out: str, **more: object) -> int:
        return sum(
            each.count
            for each in groups
            if ("category" in left_out or category in (None, each.category))
            and ("kinds" in left_out or kinds is None or each.kind in kinds)
            and ("open_now" in left_out or each.open_now or not open_now)
            and ("in_stock" in left_out or each.in_stock or not in_stock)
            and ("band" in left_out or each.priced)
            and all(getattr(each, name) == value for name, value in more.items())
        )

    assert counts.total == of()
    assert counts.open_now == of("open_now", open_now=True)
    assert counts.in_stock == of("in_stock", in_stock=True)
    assert counts.categories == Counter({each: of("category", category=each) for each in ("sayur", "buah")})
    assert counts.kinds == Counter({each: of("kinds", kind=each) for each in (MerchantKind.WLIJO, MerchantKind.HUB)})
    assert counts.bands == Counter({each: of("band", band=each) for each in range(3)})


def test_a_synonym_is_one_word_for_another_or_a_few() -> None:
    assert synonyms.checked(" Brambang ", "Bawang  MERAH") == ("brambang", "bawang merah")
    for word, means in (("dua kata", "x"), ("", "x"), ("x", ""), ("x", "a b c d"), ("x", "X")):
        with pytest.raises(SynonymIsNone):
            synonyms.checked(word, means)


def test_what_begins_a_word_of_a_categorys_name_is_called_so() -> None:
    names = {"sayur": "Sayur (hijau)", "buah": "Buah-buahan", "ikan": "Ikan & hasil laut"}
    assert called(names, ["hij", "buah", "laut", "h", "ayur", "ikan laut"]) == [
        ["sayur"],
        ["buah"],
        ["ikan"],
        ["sayur", "ikan"],
        [],
        [],
    ]
