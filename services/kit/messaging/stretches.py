"""Which events are applied in one transaction: the rule, apart from what applies them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import TypeAlias

from services.kit.messaging.envelope import Envelope, Event, Stream

Heard: TypeAlias = tuple[Envelope, Event | None]
"""An event, and what its handler is given; None when there is no handler."""
_Place: TypeAlias = tuple[str, str, str]
_FEW = 3


def together(heard: Iterable[Heard], *, alone: Container[str]) -> list[Heard]:
    """The first of these, and those that follow it as facts of the same aggregate, each with the next number. While nobody handles any of
    them they may be of several aggregates: then no more is locked than their positions, in one order.

    A state, which takes the place of those before it, is for `states`; alone go events whose ids are in `alone`.
    """
    found: list[Heard] = []
    last: dict[_Place, Envelope] = {}
    for event, given in heard:
        before = last.get(_place(event))
        handled = given is not None or any(each is not None for _, each in found)
        if event.stream is Stream.STATE or event.id in alone or (handled and found and last.keys() != {_place(event)}):
            break
        if before is not None and (event.seq, event.epoch) != (before.seq + 1, before.epoch):
            break
        last[_place(event)] = event
        found.append((event, given))
    return found


def apart(together: Sequence[Heard], moves_its_position: Callable[[str], bool], in_one: Callable[[str], bool]) -> int:
    """How many of these go before the others: the first that is handled, by a statement that moves its position, with those before it that
    nobody handles. 0 where all are better taken in one transaction: it is moved apart, or one of several takes a transaction anyhow, or
    they are so many that their commits cost more than its statements."""
    handled = [at for at, (_, given) in enumerate(together) if given is not None]
    if not 0 < len(handled) <= _FEW or not moves_its_position(together[handled[0]][0].type):
        return 0
    if len(handled) > 1 and not all(in_one(together[at][0].type) for at in handled):
        return 0
    return handled[0] + 1


def states(heard: Iterable[Heard], takes_many: Callable[[str], bool], *, alone: Container[str]) -> list[Heard]:
    """The first of these, and the states of its type that follow it, of whatever aggregates; none while their handler takes one at a
    time."""
    found: list[Heard] = []
    for event, given in heard:
        other = found and event.type != found[0][0].type
        if other or event.stream is not Stream.STATE or event.id in alone or not takes_many(event.type):
            break
        found.append((event, given))
    return found


def across(heard: Sequence[Heard], *, alone: Container[str]) -> list[list[int]]:
    """By aggregate the places of its facts, as far as each has the next number. What comes after one that is no such, or whose id is in
    `alone`, is left out with it."""
    found: dict[_Place, list[int]] = {}
    ended: set[_Place] = set()
    for at, (event, _) in enumerate(heard):
        place = _place(event)
        before = heard[found[place][-1]][0] if place in found else None
        follows = before is None or (event.seq, event.epoch) == (before.seq + 1, before.epoch)
        if event.stream is Stream.STATE or event.id in alone or not follows:
            ended.add(place)
        if place not in ended:
            found.setdefault(place, []).append(at)
    return [*found.values()]


def newest(states: Sequence[Heard]) -> list[int]:
    """The place of the newest of each aggregate; of two with one number the first."""
    found: dict[_Place, int] = {}
    for at, (event, _) in enumerate(states):
        before = found.get(_place(event))
        if before is None or _age(event) > _age(states[before][0]):
            found[_place(event)] = at
    return [*found.values()]


def overtaken(states: Sequence[Heard], applied: Iterable[int]) -> list[int]:
    """The places of those that are older than one of these of their aggregate."""
    reached = {_place(states[at][0]): _age(states[at][0]) for at in applied}
    return [at for at, (event, _) in enumerate(states) if _age(event) < reached.get(_place(event), (0, 0))]


def by_aggregate(together: Iterable[Heard]) -> Sequence[list[Envelope]]:
    found: dict[_Place, list[Envelope]] = {}
    for event, _ in together:
        found.setdefault(_place(event), []).append(event)
    return [*found.values()]


def _place(event: Envelope) -> _Place:
    return event.source, event.topic, event.aggregate


def _age(event: Envelope) -> tuple[int, int]:
    return event.epoch, event.seq
