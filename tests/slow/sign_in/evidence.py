"""What persons did and got, and the verdict: pure functions over both, each answering with the violations that it found, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Story:
    """One person's. `got` are the refresh tokens that each showing of the code, and of each refresh token, has got."""

    phone: str
    code: str = ""
    sign_ins: list[str] = field(default_factory=list)
    shown: int = 0
    refreshed: dict[str, list[str]] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)
    """Tokens that were shown more than once: the session ends by it."""
    failed: list[str] = field(default_factory=list)
    """What went another way than it may, in words."""

    def tokens(self) -> list[str]:
        return [*self.sign_ins, *(token for got in self.refreshed.values() for token in got)]


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
        found += [f"{each.phone}: {what}" for what in (*_of_code(each), *_of_tokens(each), *each.failed)]
        found += [f"{each.phone}: {what}" for what in _of_tables(each, stored.get(each.phone))]
    twice = [
        token for token, count in Counter(token for each in stories for token in each.tokens()).items() if count > 1
    ]
    found += ["one refresh token was given out twice"] * len(twice)
    return found


def _of_code(each: Story) -> Iterable[str]:
    if not each.code:
        yield "a code was lost"
    elif not each.sign_ins:
        yield "a code that was sent opened nothing"
    if len(each.sign_ins) > 1:
        yield f"a code opened {len(each.sign_ins)} sessions"


def _of_tokens(each: Story) -> Iterable[str]:
    for token, got in each.refreshed.items():
        if len(got) > 1:
            yield "a refresh token was good more than once"
        if not got and token not in each.repeated:
            yield "a refresh token that was new got nothing"


def _of_tables(each: Story, stored: Stored | None) -> Iterable[str]:
    if stored is None or stored.sessions != len(each.sign_ins):
        yield f"{len(each.sign_ins)} sessions began, {stored.sessions if stored else 0} are stored"
        return
    if stored.codes_used != (1 if each.sign_ins else 0):
        yield f"{stored.codes_used} codes are stored as used"
    if each.repeated and stored.sessions_open:
        yield "a session goes on whose refresh token was shown twice"
    if not each.repeated and stored.sessions_open != len(each.sign_ins):
        yield "a session ended by itself"
