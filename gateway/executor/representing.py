"""Representations: what a subgraph is told of the entities that it is asked for, each once, by functions made as Python code."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from gateway import exact
from gateway.executor.entities import fill, type_name
from gateway.executor.failure import Failure
from gateway.executor.source import indented, made
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


Gather = Callable[[list[dict[str, Any]]], Batch]


def gathering(step: Step) -> Gather:
    """Makes the batch of one step from the objects at its path."""
    usual = _usual(step)

    def gather(objects: list[dict[str, Any]]) -> Batch:
        batch = Batch()
        usual(objects, batch.representations, batch.objects, _Careful(step, batch).take)
        return batch

    return gather


def _usual(step: Step) -> Callable[..., None]:
    """For entities that are known by texts and whole numbers; `careful` takes all others.

    Other values are left to it because they can be equal and not the same: 1, 1.0 and true.
    """
    kinds: dict[Representation, list[str]] = {}
    for name, representation in step.representations.items():
        if representation.plain:
            kinds.setdefault(representation, []).append(name)
    lines = ["def take(objects, representations, groups, careful):"]
    lines += [f" known{number} = {{}}" for number in range(len(kinds))]
    tries: list[str] = []
    for number, (representation, names) in enumerate(kinds.items()):
        tries.append(f"{'elif' if number else 'if'} {' or '.join(f'name == {name!r}' for name in names)}:")
        tries += _indented_take(number, representation)
    body = ["name = one['__typename']", *tries] if tries else []
    lines += [" for one in objects:", "  try:", *indented(body or ["pass"], 3), "  except KeyError:", "   pass"]
    lines += ["  careful(one)"]
    take: Callable[..., None] = made("take", lines, {})
    return take


def _indented_take(number: int, representation: Representation) -> list[str]:
    values = [f"v{at}" for at in range(len(representation.plain))]
    reads = [f"{value} = one[{key!r}]" for value, key in zip(values, representation.plain, strict=True)]
    plain = " and ".join(f"(type({value}) is str or type({value}) is int)" for value in values)
    same = values[0] if len(values) == 1 else f"({', '.join(values)})"
    parts = [f"'__typename': {representation.as_type!r}"]
    parts += [f"{one.name!r}: {value}" for one, value in zip(representation.shape.fields, values, strict=True)]
    return indented(
        [
            *reads,
            f"if {plain}:",
            f" group = known{number}.get({same})",
            " if group is None:",
            f"  known{number}[{same}] = group = [one]",
            "  groups.append(group)",
            f"  representations.append({{{', '.join(parts)}}})",
            " else:",
            "  group.append(one)",
            " continue",
        ]
    )


class _Careful:
    """Takes entities of every kind: keys with objects and lists in them, parts that are missing or have failed."""

    def __init__(self, step: Step, batch: Batch) -> None:
        self._step = step
        self._batch = batch
        self._known: dict[bytes, list[dict[str, Any]]] = {}

    def take(self, one: dict[str, Any]) -> None:
        representation = self._step.representations.get(type_name(one))
        if representation is None:
            return
        fields: dict[str, Any] = {"__typename": representation.as_type}
        failed: _Failed = []
        try:
            _represent(representation.shape.fields, one, fields, failed)
        except _Incomplete as incomplete:
            if incomplete.why is not None:
                # The client did not ask for the key, so the trouble is told where its consequence is seen.
                fill(self._step, one, replace(incomplete.why, below=()))
            return
        except RecursionError:
            why = "what the entity is asked for by is nested too deep"
            fill(self._step, one, Failure(why, "INTERNAL_SERVER_ERROR", self._step.subgraph))
            return
        if failed:
            self._batch.failed.append((one, failed))
            if set().union(*(keys for keys, _ in failed)).issuperset(self._step.fills.get(type_name(one), ())):
                return  # nothing is left to ask for
        try:
            same = exact.dumps(fields)
        except TypeError:  # nested too deep to be written, which whoever sends it tells
            self._group(fields).append(one)
            return
        group = self._known.get(same)
        if group is None:
            group = self._known[same] = self._group(fields)
        group.append(one)

    def _group(self, fields: dict[str, Any]) -> list[dict[str, Any]]:
        group: list[dict[str, Any]] = []
        self._batch.representations.append(fields)
        self._batch.objects.append(group)
        return group


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
        fields = shape.by_type.get(type_name(value), [])
    _represent(fields, value, made, failed)
    return made


def _missing(wanted: Wanted, why: Failure, failed: _Failed) -> Any:
    """A part of the key: no entity. A part of what @requires asks for: null in its place, and its dependents fail."""
    if wanted.required:
        raise _Incomplete(why)
    failed.append((wanted.dependents, replace(why, below=(), aside=False)))
    return None
