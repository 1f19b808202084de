"""python -m infra.bench.gateway.apart [--interpreted] [--collector] …: our gateway without one of two things, so that each has its figure.

`--interpreted`: answers and representations are made by loops over the same fields with the same checks, instead of by code made
for the operation. `--collector`: CPython's search for cycles as it is by default. What follows is the gateway's own command line.
"""

import sys
from collections.abc import Callable
from typing import Any

from gateway import __main__ as started
from gateway.executor import project, representing
from gateway.executor.failure import Failure
from gateway.executor.writing import LEAST, MOST, Complete, FieldWriter, Nulled, Path, Report, Write, WriteAll, _odd
from gateway.planner.plan import Step

_KINDS = {"is str": str, "is int": int, "is bool": bool, "is float": float}


def _plain(writer: FieldWriter) -> Callable[[Any], bool] | None:
    """What `writer.right` says, as a function."""
    right = writer.right
    if right is None:
        return None
    if (members := writer.members) is not None:
        return lambda value: type(value) is str and value in members
    if str(MOST) in right:
        return lambda value: type(value) is int and LEAST <= value <= MOST
    kinds = tuple(kind for text, kind in _KINDS.items() if text in right)
    return lambda value: type(value) in kinds


def compiled(writers: list[FieldWriter]) -> Write:
    fields = [(one, one.key, one.data_key, _plain(one), one.complete, _odd(one)) for one in writers]

    def write(value: dict[str, Any], path: Path, report: Report) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        for writer, key, data_key, plain, complete, odd in fields:
            if writer.constant is not None:
                answer[key] = writer.constant
                continue
            found = value.get(data_key)
            if plain is not None:
                answer[key] = found if plain(found) else odd(found, path, report)
            elif found is None or type(found) is Failure:
                answer[key] = odd(found, path, report)
            else:
                try:
                    answer[key] = complete(found, (path, key), report)
                except Nulled:
                    if not writer.nullable:
                        raise
                    answer[key] = None
        return answer

    return write


def compiled_list(writers: list[FieldWriter], item: Complete, *, nullable: bool) -> WriteAll:
    write = compiled(writers)

    def write_all(values: list[Any], path: Path, report: Report) -> list[Any]:
        answer: list[Any] = []
        for index, value in enumerate(values):
            try:
                answer.append((write if type(value) is dict else item)(value, (path, index), report))
            except Nulled:
                if not nullable:
                    raise
                answer.append(None)
        return answer

    return write_all


def usual(step: Step) -> Callable[..., None]:
    kinds = {
        name: (id_, one.as_type, [part.name for part in one.shape.fields], one.plain)
        for id_, (name, one) in enumerate(step.representations.items())
        if one.plain
    }

    def take(objects: list[Any], representations: list[Any], groups: list[Any], careful: Callable[[Any], None]) -> None:
        known: dict[Any, list[Any]] = {}
        for one in objects:
            kind = kinds.get(one.get("__typename"))
            if kind is None:
                careful(one)
                continue
            id_, as_type, names, keys = kind
            values = [one.get(key) for key in keys]
            if not all(type(value) is str or type(value) is int for value in values):
                careful(one)
                continue
            same = (id_, *values)
            group = known.get(same)
            if group is None:
                known[same] = group = []
                groups.append(group)
                representations.append({"__typename": as_type, **dict(zip(names, values, strict=True))})
            group.append(one)

    return take


def main(arguments: list[str]) -> int:
    if "--interpreted" in arguments:
        arguments.remove("--interpreted")
        vars(project).update(compiled=compiled, compiled_list=compiled_list)
        vars(representing).update(_usual=usual)
    if "--collector" in arguments:
        arguments.remove("--collector")
        vars(started).update(_collect_seldom=lambda: None)
    return started.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
