"""What there is to choose from at one position, and the cheapest choice: which subgraphs to ask, and each for which fields."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations

from gateway.planner.selection import Field, SelectionSet

FIELD_COST = 1
MOVE_COST = 1_000
# Paid for each leaf that nothing can answer; far above any real plan.
UNREACHABLE_COST = 1_000_000_000
# Up to so many ways out of a position that are open to choice, every subset is tried; beyond, all are taken, then thinned.
_EXHAUSTIVE_WAYS = 6
type_condition_rest = Field("__specific")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a value is known: as which type, by which subgraph (None: nothing fetched yet), with which provided fields.

    `peers`: the other subgraphs that could have answered with this value just as well.
    """

    type: str
    subgraph: str | None
    provided: SelectionSet | None = None
    peers: frozenset[str] = frozenset()


@dataclass(slots=True)
class Choice:
    """One field, resolved in the subgraph of the node or move that holds it."""

    field: Field
    child: "Node | None" = None
    cost: int = FIELD_COST


@dataclass(slots=True)
class Entry:
    """How to enter a subgraph: what must be known of the object first. No needs: it is a root type."""

    subgraph: str
    as_type: str
    cost: int
    needs: list[tuple[SelectionSet, "Node"]] = field(default_factory=list)


@dataclass(slots=True)
class Move:
    entry: Entry
    choices: list[Choice] = field(default_factory=list)
    # Entered as an interface to learn the real types: what is wanted of them.
    inner: "Node | None" = None


@dataclass(slots=True)
class Node:
    """The choice for one selection at one position. `by_type` has entries when the type is abstract in the subgraph."""

    position: Position
    cost: int = 0
    choices: list[Choice] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    by_type: dict[str, "Node"] = field(default_factory=dict)


Way = tuple[str, str, str]
LOCAL: Way = ("", "", "")


@dataclass(slots=True)
class Option:
    """One way to have a field: `entry` is None where it is at hand."""

    way: Way
    entry: Entry | None
    choice: Choice


def choose(node: Node, pending: list[list[Option]]) -> None:
    """Gives the node one option of each list, so that all together cost the least: who is entered is paid for once."""
    entries: dict[Way, Entry] = {}
    for options in pending:
        for option in options:
            if option.entry is not None:
                entries.setdefault(option.way, option.entry)
    chosen = _cheapest(pending, entries)
    moves: dict[Way, Move] = {}
    for options in pending:
        option = min(
            (each for each in options if each.entry is None or each.way in chosen),
            key=lambda each: each.choice.cost,
        )
        node.cost += option.choice.cost
        if option.entry is None:
            node.choices.append(option.choice)
            continue
        move = moves.get(option.way)
        if move is None:
            move = moves[option.way] = Move(entries[option.way])
            node.moves.append(move)
            node.cost += move.entry.cost
        if option.choice.field.name == type_condition_rest.name:
            move.inner = option.choice.child
        else:
            move.choices.append(option.choice)


def _cheapest(pending: list[list[Option]], entries: dict[Way, Entry]) -> frozenset[Way]:
    if len(entries) <= 1 and all(len(options) == 1 for options in pending):
        return frozenset(entries)

    # Fields with the same ways at the same costs are weighed as one.
    alike = Counter(tuple((each.way, each.choice.cost) for each in options) for options in pending)

    def cost(ways: frozenset[Way]) -> int:
        total = sum(entries[way].cost for way in ways)
        for options, count in alike.items():
            least = min((each for way, each in options if way is LOCAL or way in ways), default=None)
            if least is None:
                return UNREACHABLE_COST * UNREACHABLE_COST
            total += least * count
        return total

    # The only way to some field is taken whatever it costs.
    forced = frozenset(options[0][0] for options in alike if len(options) == 1) - {LOCAL}
    useful: set[Way] = set()
    for options in alike:
        least = min((each for way, each in options if way is LOCAL or way in forced), default=None)
        useful.update(way for way, each in options if least is None or each < least)
    names = [way for way in entries if way in useful and way not in forced]
    if len(names) <= _EXHAUSTIVE_WAYS:
        subsets = (forced.union(each) for size in range(len(names) + 1) for each in combinations(names, size))
        return min(subsets, key=cost)
    ways = forced.union(names)
    while True:
        best = min((ways - {way} for way in names if way in ways), key=cost, default=ways)
        if cost(best) >= cost(ways):
            return ways
        ways = best
