"""The merged data: finds the objects that a step completes, and puts what came back, or why nothing came, into them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from gateway.executor.failure import Failure
from gateway.planner.plan import Asked, Step


def objects_at(root: dict[str, Any], path: Iterable[str]) -> list[dict[str, Any]]:
    """All objects at a path of the merged data; lists on the way are walked through."""
    found = [root]
    for key in path:
        below: list[Any] = []
        for one in found:
            value = one.get(key)
            if type(value) is list:
                below += value
            elif type(value) is dict:
                below.append(value)
        found = below if set(map(type, below)) <= _OBJECTS else _objects_in(below)
    return found


_OBJECTS = {dict}


def _objects_in(values: list[Any]) -> list[dict[str, Any]]:
    """Without recursion: JSON may be nested deeper than Python may call."""
    found: list[dict[str, Any]] = []
    open_lists = [iter(values)]
    while open_lists:
        for value in open_lists[-1]:
            if type(value) is dict:
                found.append(value)
            elif type(value) is list:
                open_lists.append(iter(value))
                break
        else:
            open_lists.pop()
    return found


def type_name(one: dict[str, Any]) -> str:
    """What the subgraph says that it is, if that can be the name of a type."""
    name = one.get("__typename")
    return name if type(name) is str else ""


def keep_asked(step: Step, answer: Any, completed: list[list[dict[str, Any]]] | None = None) -> None:
    """Drops from a step's answer, where others complete the same objects, what was not asked there. `completed`: for entities,
    what each of them completes, which tells of what type it is."""
    for asked in step.asked:
        objects = objects_at({"": answer}, ("", *asked.path))
        if asked.always.issuperset(chain.from_iterable(objects)):
            continue
        if completed is None or asked.path:
            for one in objects:
                _keep(asked, one, type_name(one))
            continue
        for value, known in zip(answer, completed, strict=True):
            if type(value) is dict:
                _keep(asked, value, _entity_name(asked, value, type_name(known[0])))


def _keep(asked: Asked, one: dict[str, Any], name: str) -> None:
    keys = asked.keys.get(name) or asked.keys[""]
    if not one.keys() <= keys:
        for key in one.keys() - keys:
            del one[key]


def _entity_name(asked: Asked, value: dict[str, Any], known: str) -> str:
    """Only of an interface object another fetch tells the real type."""
    if "__typename" not in asked.keys.get(known, ()):
        return known
    told = type_name(value)
    return told if told in asked.keys else known


def merge(target: dict[str, Any], source: dict[str, Any]) -> None:
    """Adds to the merged data what another fetch knows of the same object. Lists are merged by position.

    An object or list that one subgraph says failed has failed: what another one knows of it is a part of what was asked for.
    Of one that a subgraph did not answer at all, its part has.
    Without recursion: two answers may both be nested deeper than Python may call.
    """
    if target.keys().isdisjoint(source):
        target.update(source)
        return
    pairs: list[tuple[Any, Any]] = [(target, source)]
    while pairs:
        known, more = pairs.pop()
        if type(known) is dict:
            _merge_objects(known, more, pairs)
        else:
            _merge_lists(known, more, pairs)


def _merge_objects(target: dict[str, Any], source: dict[str, Any], below: list[tuple[Any, Any]]) -> None:
    """`below` takes what is to be merged next."""
    for key, value in source.items():
        known = target.get(key)
        kind = type(known)
        if known is None:
            if value is not None or key not in target:
                target[key] = value
        elif kind is dict or kind is list:
            if type(value) is kind and value is not known:
                below.append((known, value))
            elif type(value) is Failure:
                target[key] = value
        elif kind is Failure:
            if known.inside and type(value) in (dict, list):
                target[key] = value
                _fail_inside(value, known)
            elif value is not None and type(value) not in (dict, list):
                target[key] = value
        elif key == "__typename" and type(value) is str:
            # Only a fetch that asked for the real type of an interface object brings another one.
            target[key] = value


def _merge_lists(known: list[Any], more: list[Any], below: list[tuple[Any, Any]]) -> None:
    for index, value in enumerate(more[: len(known)]):
        mine = known[index]
        if mine is None or (type(value) is Failure and type(mine) in (dict, list)):
            known[index] = value
        elif type(mine) in (dict, list) and type(value) is type(mine) and value is not mine:
            below.append((mine, value))


def fill(step: Step, one: dict[str, Any], failure: Failure) -> None:
    """Nothing came for this object: its keys hold the reason; in an object that another fetch knows of, those asked for here."""
    keys = step.fills.get(type_name(one), step.fills.get("", ()))
    shared = [asked for asked in step.asked if asked.path]
    if failure.below and failure.below[0] in keys:
        # One of the fields failed and took the others along, shared ones whole, since the object that may not be without it is
        # null: one trouble, told where it happened.
        for key in {asked.path[0] for asked in shared}.intersection(keys, one):
            if type(one[key]) in (dict, list):
                del one[key]
        at, rest = failure.below[0], failure.below[1:]
        failure, shared = replace(failure, once=object(), aside=True), []
        one.setdefault(str(at), replace(failure, below=rest, aside=False))
    _fail(one, keys, failure, shared)


def _fail(one: dict[str, Any], keys: Iterable[str], failure: Failure, shared: Sequence[Asked]) -> None:
    for key in keys:
        inside = tuple(replace(asked, path=asked.path[1:]) for asked in shared if asked.path[0] == key)
        if key == "__typename":
            continue
        if key not in one:
            one[key] = replace(failure, inside=inside) if inside else failure
        elif inside and type(one[key]) in (dict, list):
            _fail_inside(one[key], replace(failure, inside=inside))


def _fail_inside(value: Any, failure: Failure) -> None:
    """What another fetch knows of an object stays, and the rest of it failed."""
    here, *shared = failure.inside
    failure = replace(failure, inside=(), below=())
    for one in _objects_in([value]):
        _fail(one, here.keys.get(type_name(one)) or here.keys[""], failure, shared)
