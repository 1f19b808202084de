"""The merged data: finds the objects that a step completes, and puts what came back, or why nothing came, into them."""

from collections.abc import Iterable
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

    An object or list that failed for one subgraph failed: what another one knows of it is a part of what was asked for.
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
            if value is not None and type(value) not in (dict, list):
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


def fill(step: Step, one: dict[str, Any], value: Failure | None) -> None:
    """Nothing came for this object: its keys hold the reason, or null."""
    keys = step.fills.get(type_name(one), step.fills.get("", ()))
    if value is not None and value.below and value.below[0] in keys:
        # One of the fields failed and took the others along: one trouble, told where it happened.
        at, rest = value.below[0], value.below[1:]
        value = replace(value, once=object(), aside=True)
        one.setdefault(str(at), replace(value, below=rest, aside=False))
    for key in keys:
        if key != "__typename":
            one.setdefault(key, value)
