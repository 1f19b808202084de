"""How much larger an answer may be than what subgraphs sent for it: names are the client's, and one value may be asked for under
many. Worked out once for a plan."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.planner.selection import Field, SelectionSet


@dataclass(frozen=True, slots=True)
class Expansion:
    """`times`: under how many names one value is asked for, at most. `keys`: the bytes of the names in one object, at most."""

    times: int = 1
    keys: int = 0

    @classmethod
    def of(cls, selection: SelectionSet) -> "Expansion":
        return _at([selection])


PLAIN = Expansion()


def _at(places: Iterable[SelectionSet]) -> Expansion:
    names: dict[tuple[str, str], set[str]] = {}
    below: dict[str, list[SelectionSet]] = {}
    for one in _fields(places):
        if one.children is None:
            names.setdefault(one.identity, set()).add(one.response_key)
        else:
            below.setdefault(one.response_key, []).append(one.children)
    keys = sum(len(key) + 4 for group in names.values() for key in group) + sum(len(key) + 4 for key in below)
    found = [_at(group) for group in below.values()]
    times = max((len(group) for group in names.values()), default=1)
    return Expansion(max([times, *(each.times for each in found)]), max([keys, *(each.keys for each in found)]))


def _fields(places: Iterable[SelectionSet]) -> Iterator[Field]:
    for place in places:
        for item in place.items:
            if isinstance(item, Field):
                yield item
            else:
                yield from _fields((item.children,))
