"""Entity fetches: finds the objects, represents each once, and puts what came back into all of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from gateway.executor.failure import Failure
from gateway.planner.plan import Representation, Shape, Step, Wanted


class _Incomplete(Exception):
    """A part of the key is null or unknown: there is no entity to ask for. `why` is set when trouble made it so."""

    def __init__(self, why: Failure | None = None) -> None:
        super().__init__()
        self.why = why


_Failed = list[tuple[set[str], Failure]]  # what @requires asks for and did not get, and the keys that depend on it


@dataclass(slots=True)
class Batch:
    """The representations of one fetch, in order, and for each the objects that it completes."""

    representations: list[dict[str, Any]] = field(default_factory=list)
    objects: list[list[dict[str, Any]]] = field(default_factory=list)
    # Objects with fields that cannot be had, whatever comes: something that they require has failed.
    failed: list[tuple[dict[str, Any], _Failed]] = field(default_factory=list)

    def settle(self) -> None:
        """After the answer is merged: the fields whose @requires failed hold why."""
        for one, failed in self.failed:
            for keys, why in failed:
                one.update(dict.fromkeys(keys, why))


def objects_at(root: Any, path: Iterable[str]) -> list[dict[str, Any]]:
    """All objects at a path of the merged data; lists on the way are walked through."""
    found: list[dict[str, Any]] = [root]
    for key in path:
        below: list[dict[str, Any]] = []
        for one in found:
            value = one.get(key)
            if type(value) is dict:
                below.append(value)
            elif type(value) is list:
                _flatten(value, below)
        found = below
    return found


def _flatten(values: list[Any], into: list[dict[str, Any]]) -> None:
    for value in values:
        if type(value) is dict:
            into.append(value)
        elif type(value) is list:
            _flatten(value, into)


def batch(step: Step, root: dict[str, Any]) -> Batch:
    made = Batch()
    index: dict[Any, int] = {}
    representations, objects = made.representations, made.objects
    known: Representation | None = None
    for one in objects_at(root, step.path):
        name = one.get("__typename")
        representation = step.representations.get(name) if type(name) is str else None
        if representation is None:
            continue
        if representation is not known:
            known, plain = representation, representation.plain
            first = plain[0] if plain else ""
        # The ways that most objects go, before the one that all can go.
        same: Any = None
        if len(plain) == 1:
            same = one.get(first)
            usual = type(same) is str
        elif len(plain) == 2:
            left, right = one.get(first), one.get(plain[1])
            same = left, right
            usual = type(left) is str and (type(right) is int or type(right) is str)
        else:
            usual = False
        if usual:
            same = (representation.as_type, same)
            number = index.get(same)
            if number is None:
                index[same] = len(representations)
                representations.append(_of(representation, one))
                objects.append([one])
            else:
                objects[number].append(one)
            continue
        fields: dict[str, Any] = {"__typename": representation.as_type}
        failed: _Failed = []
        try:
            _represent(representation.shape.fields, one, fields, failed)
        except _Incomplete as incomplete:
            if incomplete.why is not None:
                # The client did not ask for the key, so the trouble is told where its consequence is seen.
                fill(step, one, replace(incomplete.why, below=()))
            continue
        if failed:
            made.failed.append((one, failed))
            if set().union(*(keys for keys, _ in failed)).issuperset(step.fills.get(_type_name(one), ())):
                continue  # nothing is left to ask for
        same = _identity(fields)
        number = index.get(same)
        if number is None:
            index[same] = len(representations)
            representations.append(fields)
            objects.append([one])
        else:
            objects[number].append(one)
    return made


def _of(representation: Representation, one: dict[str, Any]) -> dict[str, Any]:
    made = {"__typename": representation.as_type}
    for wanted in representation.shape.fields:
        made[wanted.name] = one[wanted.key]
    return made


def _type_name(one: dict[str, Any]) -> str:
    """What the subgraph says that it is, if that can be the name of a type."""
    name = one.get("__typename")
    return name if type(name) is str else ""


def _identity(fields: dict[str, Any]) -> Any:
    """Equal for equal representations. Text and whole numbers are compared as they are, the rest as JSON."""
    values = tuple(fields.values())
    for value in values:
        if type(value) is not str and type(value) is not int:
            return orjson.dumps(fields)
    return values


def _represent(fields: list[Wanted], source: dict[str, Any], into: dict[str, Any], failed: _Failed) -> None:
    for wanted in fields:
        value = source.get(wanted.key)
        if value is None:
            if wanted.required:
                raise _Incomplete
            into[wanted.name] = None
        elif type(value) is Failure:
            into[wanted.name] = _missing(wanted, value, failed)
        elif wanted.child is None:
            into[wanted.name] = value
        else:
            into[wanted.name] = _represent_child(wanted, wanted.child, value, failed)


def _represent_child(wanted: Wanted, shape: Shape, value: Any, failed: _Failed) -> Any:
    if type(value) is list:
        return [_represent_child(wanted, shape, item, failed) for item in value]
    if value is None:
        return None
    if type(value) is Failure:
        return _missing(wanted, value, failed)
    if type(value) is not dict:
        raise _Incomplete
    made: dict[str, Any] = {}
    fields = shape.fields
    if shape.typed:
        made["__typename"] = value.get("__typename")
        fields = shape.by_type.get(_type_name(value), [])
    _represent(fields, value, made, failed)
    return made


def _missing(wanted: Wanted, why: Failure, failed: _Failed) -> Any:
    """A part of the key: no entity. A part of what @requires asks for: null in its place, and its dependents fail."""
    if wanted.required:
        raise _Incomplete(why)
    failed.append((wanted.dependents, replace(why, below=(), aside=False)))
    return None


def merge(target: dict[str, Any], source: dict[str, Any]) -> None:
    """Adds to the merged data what another fetch knows of the same object. Lists are merged by position.

    An object or list that failed for one subgraph failed: what another one knows of it is a part of what was asked for.
    """
    if target.keys().isdisjoint(source):
        target.update(source)
        return
    for key, value in source.items():
        known = target.get(key)
        if known is None:
            if value is not None or key not in target:
                target[key] = value
        elif type(known) is dict:
            if type(value) is dict and value is not known:
                merge(known, value)
            elif type(value) is Failure:
                target[key] = value
        elif type(known) is list:
            if type(value) is list and value is not known:
                _merge_lists(known, value)
            elif type(value) is Failure:
                target[key] = value
        elif type(known) is Failure:
            if value is not None and type(value) not in (dict, list):
                target[key] = value
        elif key == "__typename":
            # Only a fetch that asked for the real type of an interface object brings another one.
            target[key] = value


def _merge_lists(known: list[Any], more: list[Any]) -> None:
    for index, value in enumerate(more[: len(known)]):
        mine = known[index]
        if mine is None or (type(value) is Failure and type(mine) in (dict, list)):
            known[index] = value
        elif type(mine) is dict and type(value) is dict:
            merge(mine, value)
        elif type(mine) is list and type(value) is list:
            _merge_lists(mine, value)


def fill(step: Step, one: dict[str, Any], value: Failure | None) -> None:
    """Nothing came for this object: its keys hold the reason, or null."""
    keys = step.fills.get(_type_name(one), step.fills.get("", ()))
    if value is not None and value.below and value.below[0] in keys:
        # One of the fields failed and took the others along: one trouble, told where it happened.
        at, rest = value.below[0], value.below[1:]
        value = replace(value, once=object(), aside=True)
        one.setdefault(str(at), replace(value, below=rest, aside=False))
    for key in keys:
        if key != "__typename":
            one.setdefault(key, value)
