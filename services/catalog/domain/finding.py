"""Looking for goods: the words of a search, what else each may stand for, and what was found, counted."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from services.contracts.catalog import MerchantKind

MAX_TEXT_CHARACTERS: Final = 100
MAX_WORDS: Final = 8
MAX_FOUND: Final = 500
"""Goods that are sorted and counted: of more, those of the squares nearest to the point."""
MAX_SUGGESTIONS: Final = 10
PRICE_BANDS: Final = (5_000, 10_000, 25_000, 50_000, 100_000)
"""Rupiah at which a band begins; the first begins at nothing, the last has no end."""

_WORD: Final = re.compile(r"[^\W_]+")


class TextIsTooLong(Exception):
    def __init__(self) -> None:
        super().__init__(f"text has at most {MAX_TEXT_CHARACTERS} characters and {MAX_WORDS} words")


class ProductOrder(StrEnum):
    RELEVANCE = "RELEVANCE"
    DISTANCE = "DISTANCE"
    PRICE = "PRICE"
    NEWEST = "NEWEST"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one word of a search may stand for. `completions` begin with it, `alike` are spelt nearly so; a synonym may be several words."""

    word: str
    stems: Sequence[str]
    completions: Sequence[str]
    synonyms: Sequence[str]
    categories: Sequence[str]
    alike: Sequence[str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Tsqueries: `query` decides, `exact` and `begun` rank, `words` are of each word alone. How a good ranks hangs on nothing that others
    are called, so that pages of one search go on where they were. `guessed` is what is looked for in place of what was typed, when that
    can find nothing."""

    query: str
    exact: str
    begun: str
    words: Sequence[str]
    guessed: str | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """A tsquery for what somebody may be typing; when `begun` is said, a word of what the goods are called begins with it."""

    query: str
    begun: str | None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """None is any. Prices are of one unit of what costs least; `within` are the category and all below it. Of each attribute one of the
    values is enough."""

    category: str | None = None
    kinds: Sequence[MerchantKind] | None = None
    open_now: bool = False
    in_stock: bool = False
    price_from: int | None = None
    price_to: int | None = None
    halal: bool = False
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    within: frozenset[str] = frozenset()

    def query(self) -> str | None:
        """A tsquery of the category and of what goods have to say of themselves; None when it is neither."""
        each = [_any(_lexeme(mark_of(code, value)) for value in values) for code, values in self.attributes.items()]
        if self.category is not None:
            each.append(_any(_lexeme(f"#{code}") for code in self.within or {self.category}))
        return " & ".join(each) or None


def mark_of(code: str, value: str) -> str:
    """How a search's document says it."""
    return f"={code}={value}"


@dataclass(frozen=True, slots=True)
class Group:
    """So many goods are alike in all that a search can be narrowed by. `priced` when they are within the prices that were asked for;
    `marks` are what they say of themselves."""

    category: str
    kind: MerchantKind
    open_now: bool
    in_stock: bool
    band: int
    priced: bool
    count: int
    halal: bool = False
    marks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """Each by all that the search is narrowed to but its own; a band is the place in PRICE_BANDS that it ends before."""

    total: int
    categories: Counter[str]
    kinds: Counter[MerchantKind]
    bands: Counter[int]
    open_now: int
    in_stock: int
    halal: int = 0
    marks: Counter[str] = field(default_factory=Counter)


def words(text: str) -> list[str]:
    """Small letters and digits; signs are none. Raises TextIsTooLong."""
    if len(text) > MAX_TEXT_CHARACTERS:
        raise TextIsTooLong
    found = words_of(text)
    if len(found) > MAX_WORDS:
        raise TextIsTooLong
    return found


def words_of(text: str) -> list[str]:
    """As `words`, of what is bounded already."""
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def wanted(meanings: Sequence[Meaning], phrases: Iterable[tuple[str, str]] = ()) -> Wanted:
    """Every word or what it stands for. `phrases` are words and what they mean, several words which the search all has. A word that
    nothing begins with, and that stands for nothing, is taken for the one that is most like it."""
    every, exact, begun, guess = [], [], [], []
    for meaning in meanings:
        known = _known(meaning)
        said = _said(meaning) if known else [_lexeme(each) for each in meaning.alike[:1]]
        exact += said
        begun += [f"{_lexeme(meaning.word)}:*"] if known else said
        every.append(_any([*said, *map(_lexeme, meaning.completions)] if known else map(_lexeme, meaning.alike)))
        guess.append(meaning.word if known else meaning.alike[0])
    query = " & ".join(every)
    typed = {meaning.word for meaning in meanings}
    for word, means in phrases:
        rest = [each for meaning, each in zip(meanings, every, strict=True) if meaning.word not in means.split()]
        if typed >= set(means.split()):
            query = f"({query}) | ({' & '.join([_lexeme(word), *rest])})"
            exact.append(_lexeme(word))
    changed = guess != [meaning.word for meaning in meanings]
    return Wanted(query, _any(exact), _any(begun), every, " ".join(guess) if changed else None)


def of_fewer(meanings: Sequence[Meaning], phrases: Sequence[tuple[str, str]], together: Sequence[int]) -> Wanted:
    """When nothing has all words: what is found by those that something has together, of which the places are given."""
    kept = [meanings[place] for place in together]
    fewer = wanted(kept, phrases)
    return replace(fewer, guessed=fewer.guessed or " ".join(meaning.word for meaning in kept))


def _said(meaning: Meaning) -> list[str]:
    return [
        *dict.fromkeys(
            [
                _lexeme(meaning.word),
                *map(_lexeme, meaning.stems),
                *(f"({' & '.join(map(_lexeme, each.split()))})" for each in meaning.synonyms),
                *(_lexeme(f"#{code}") for code in meaning.categories),
            ]
        )
    ]


def completed(meanings: Sequence[Meaning]) -> list[Completion]:
    """What the words before the last find and the last begins; then by each word that it may become."""
    *before, last = meanings
    sure = [_any(_said(each) if _known(each) else map(_lexeme, each.alike)) for each in before]
    ends = [*dict.fromkeys([*last.completions, *last.synonyms, *last.alike])][:MAX_SUGGESTIONS]
    named = [Completion(" & ".join([*sure, *(f"{_lexeme(word)}:A" for word in each.split())]), None) for each in ends]
    if sure:
        return [Completion(" & ".join(sure), last.word), *named]
    return named or [Completion(_any(_said(last)), None)]


def _known(meaning: Meaning) -> bool:
    return bool(meaning.completions or meaning.synonyms or meaning.categories or not meaning.alike)


def _any(said: Iterable[str]) -> str:
    return f"({' | '.join(dict.fromkeys(said))})"


def _lexeme(word: str) -> str:
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'"


def counted(groups: Iterable[Group], by: Narrowing) -> Counts:
    counts = Counts(0, Counter(), Counter(), Counter(), 0, 0)
    total = open_now = in_stock = halal = 0
    for group in groups:
        holds = {
            "category": by.category is None or group.category == by.category or group.category in by.within,
            "kinds": by.kinds is None or group.kind in by.kinds,
            "open": group.open_now or not by.open_now,
            "stock": group.in_stock or not by.in_stock,
            "price": group.priced,
            "halal": group.halal or not by.halal,
        }
        for code, values in by.attributes.items():
            holds[f"={code}"] = any(mark_of(code, each) in group.marks for each in values)
        fails = [name for name, held in holds.items() if not held]
        if not fails:
            total += group.count
        if fails in ([], ["category"]):
            counts.categories[group.category] += group.count
        if fails in ([], ["kinds"]):
            counts.kinds[group.kind] += group.count
        if fails in ([], ["price"]):
            counts.bands[group.band] += group.count
        for mark in group.marks:
            code = mark[1:].partition("=")[0]
            if fails in ([], [f"={code}"]):
                counts.marks[mark] += group.count
        if group.open_now and fails in ([], ["open"]):
            open_now += group.count
        if group.in_stock and fails in ([], ["stock"]):
            in_stock += group.count
        if group.halal and fails in ([], ["halal"]):
            halal += group.count
    return Counts(total, counts.categories, counts.kinds, counts.bands, open_now, in_stock, halal, counts.marks)
