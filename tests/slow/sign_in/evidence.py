"""What persons did and got, and the verdict: pure functions over both, each answering with the violations that it found, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Story:
    """One person's. `codes` and `tokens` say which refresh tokens each code, and each refresh token, has got."""

    phone: str
    codes: dict[str, list[str]] = field(default_factory=dict)
    shown: int = 0
    tokens: dict[str, list[str]] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)
    """Tokens that were shown more than once: the session ends by it."""
    unclear_codes: int = 0
    """Showings without an answer: each may have begun a session that nobody holds."""
    unclear_tokens: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    """What went another way than it may, in words."""

    def sign_ins(self) -> list[str]:
        return [token for got in self.codes.values() for token in got]

    def given(self) -> list[str]:
        return [*self.sign_ins(), *(token for got in self.tokens.values() for token in got)]


@dataclass(frozen=True, slots=True)
class Stored:
    """Of one number, in people's tables."""

    codes_used: int
    sessions: int
    sessions_open: int


def violations(stories: Iterable[Story], stored: Mapping[str, Stored]) -> list[str]:
    found: list[str] = []
    stories = list(stories)
    for each in stories:
        said = (*_of_codes(each), *_of_tokens(each), *each.failed, *_of_tables(each, stored.get(each.phone)))
        found += [f"{each.phone}: {what}" for what in said]
    twice = Counter(token for each in stories for token in each.given())
    found += ["one refresh token was given out twice" for count in twice.values() if count > 1]
    return found


def _of_codes(each: Story) -> Iterable[str]:
    if not each.codes:
        yield "a code was lost"
    elif not each.sign_ins():
        yield "a code that was sent opened nothing"
    for got in each.codes.values():
        if len(got) > 1:
            yield f"a code opened {len(got)} sessions"


def _of_tokens(each: Story) -> Iterable[str]:
    for token, got in each.tokens.items():
        if len(got) > 1:
            yield "a refresh token was good more than once"
        if not got and token not in each.repeated | each.unclear_tokens:
            yield "a refresh token that was new got nothing"


def _of_tables(each: Story, stored: Stored | None) -> Iterable[str]:
    begun, kept = len(each.sign_ins()), stored.sessions if stored else 0
    if stored is None or not begun <= kept <= begun + each.unclear_codes:
        yield f"{begun} sessions began, {kept} are stored"
        return
    if stored.codes_used < min(1, begun) or stored.codes_used > len(each.codes) or kept > len(each.codes):
        yield f"{stored.codes_used} codes of {len(each.codes)} are stored as used, for {kept} sessions"
    if each.unclear_codes or each.unclear_tokens:
        return
    if each.repeated and stored.sessions_open:
        yield "a session goes on whose refresh token was shown twice"
    if not each.repeated and stored.sessions_open != begun:
        yield "a session ended by itself"
