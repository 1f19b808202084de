"""What each fetch asks for at the places that others complete as well: what else its subgraph says there is not taken."""

from collections.abc import Callable, Iterable, Iterator

from gateway.planner.plan import Asked, Step, Tree

_Possible = Callable[[str], Iterable[str]]
_Path = tuple[str, ...]


def note_asked(steps: list[Step], possible: _Possible) -> None:
    """Fills `asked` of the steps. Elsewhere nobody looks at a key that was not asked for, so that nothing is to be checked there."""
    places = {step.id: dict(_places([step.tree], ())) for step in steps}
    touched: dict[_Path, int] = {}
    for step in steps:
        for below in places[step.id]:
            whole = (*step.path, *below)
            touched[whole] = touched.get(whole, 0) + 1
    for step in steps:
        step.asked = [
            _asked(below, _keys(trees, possible), typed=step.kind == "entities" and not below)
            for below, trees in places[step.id].items()
            if touched[*step.path, *below] > 1
        ]


def _asked(path: _Path, keys: dict[str, frozenset[str]], *, typed: bool) -> Asked:
    """`typed`: of what type the object is, is known."""
    return Asked(path, keys, frozenset.intersection(*(each for name, each in keys.items() if name or not typed)))


def _places(trees: list[Tree], path: _Path) -> Iterator[tuple[_Path, list[Tree]]]:
    """The objects of an answer, and the selections that hold for each: those of its fragments are other trees."""
    yield path, trees
    below: dict[str, list[Tree]] = {}
    for tree in _all(trees):
        for key, (_, _, child) in tree.fields.items():
            if child is not None:
                below.setdefault(key, []).append(child)
    for key, children in below.items():
        yield from _places(children, (*path, key))


def _all(trees: Iterable[Tree]) -> Iterator[Tree]:
    for tree in trees:
        yield tree
        yield from _all(tree.fragments.values())


def _keys(trees: list[Tree], possible: _Possible) -> dict[str, frozenset[str]]:
    """By the name that an object has; '' for all that no fragment speaks of."""
    fragments = {name for tree in _all(trees) for name in tree.fragments}
    names = {"", *fragments, *(real for name in fragments for real in possible(name))}
    return {name: frozenset(key for tree in trees for key in _keys_of(tree, name, possible)) for name in names}


def _keys_of(tree: Tree, name: str, possible: _Possible) -> Iterator[str]:
    if tree.typename or not (tree.fields or tree.fragments):
        yield "__typename"
    yield from tree.fields
    for fragment, inner in tree.fragments.items():
        if name == fragment or name in possible(fragment):
            yield from _keys_of(inner, name, possible)
