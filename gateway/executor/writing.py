"""Functions that write one object of the answer, made as Python code for each selection, and the errors that they report."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.executor.failure import Failure
from gateway.executor.source import indented, made

Path = tuple[Any, ...]  # linked: (parent, segment)
NO_PATH: Path = ()
# The range of Int.
LEAST, MOST = -(2**31), 2**31 - 1


class Nulled(Exception):
    """A value that may not be null is null: the nearest parent that may be, becomes null."""


@dataclass(slots=True)
class Problem:
    """One error of the answer, not yet dressed for the client."""

    failure: Failure
    path: list[str | int]


# Each takes some 200 bytes and 10 µs. The largest page of orders, 100 of 50 lines, keeps its rest without the lines' goods.
MOST_PROBLEMS = 5_000


@dataclass(slots=True)
class Report:
    """The errors met while one answer is written.

    `most` bounds them without ever leaving a null unexplained: of a root field below which more is missing there is nothing,
    and one error that says so. `lost` has them.
    """

    most: int = MOST_PROBLEMS
    problems: list[Problem] = field(default_factory=list)
    told: set[object] = field(default_factory=set)
    lost: dict[str, Failure] = field(default_factory=dict)

    def add(self, failure: Failure, path: Path, below: tuple[str | int, ...] = ()) -> None:
        if failure.once is not None:
            if failure.once in self.told:
                return
            self.told.add(failure.once)
        if len(self.problems) < self.most:
            self.problems.append(Problem(failure, [*_unlink(path), *below]))
        else:
            self.lost.setdefault(_root(path), failure)

    def settle(self) -> None:
        """Puts one error for all that were met below each lost root field."""
        if self.lost:
            self.problems = [one for one in self.problems if one.path[0] not in self.lost]
            self.problems += [Problem(_too_many(why, self.most), [root]) for root, why in self.lost.items()]


Complete = Callable[[Any, Path, Report], Any]
Write = Callable[[dict[str, Any], Path, Report], dict[str, Any]]
WriteAll = Callable[[list[Any], Path, Report], list[Any]]


@dataclass(slots=True)
class FieldWriter:
    key: str
    data_key: str
    # A Python expression on `v` that says of a value that it is right as it is; None for what is always looked into.
    right: str | None
    complete: Complete
    nullable: bool
    coordinate: str
    constant: str | None = None
    reachable: bool = True
    # Why it is not reachable, when that is no fault.
    why: Failure | None = None
    below: Callable[[tuple[str | int, ...]], tuple[str | int, ...]] | None = None
    # A path that begins with a key of the same object's merged data, in the client's names; None if it asked for no such.
    aside: Callable[[tuple[str | int, ...]], tuple[str | int, ...] | None] | None = None
    # The values of an enum; `right` may name them.
    members: frozenset[str] | None = None


def compiled(writers: list[FieldWriter]) -> Write:
    """A function that looks at the leaves all at once, and field by field only where one is not plainly right.

    The names in its text are GraphQL names, written as Python literals.
    """
    scope: dict[str, Any] = {"Nulled": Nulled, "Failure": Failure, "careful": _careful(writers)}
    careful = ["return careful(value, path, report)"]
    lines = _usual(writers, scope, "path", careful)
    write: Write = made(
        "write", ["def write(value, path, report):", *indented(lines), f" return {_literal(writers)}"], scope
    )
    return write


def compiled_list(writers: list[FieldWriter], item: Complete, *, nullable: bool) -> WriteAll:
    """The same for all objects of a list. `item` is asked for what is no object: it gives a value or raises Nulled."""
    scope: dict[str, Any] = {"Nulled": Nulled, "Failure": Failure, "careful": _careful(writers), "item": item}
    careful = ["add(careful(value, (path, index), report))", "continue"]
    lines = ["if type(value) is not dict:", " add(item(value, (path, index), report))", " continue"]
    lines += [*_usual(writers, scope, "(path, index)", careful), f"add({_literal(writers)})"]
    if nullable:
        lines = ["try:", *indented(lines), "except Nulled:", " add(None)"]
    text = ["def write(values, path, report):", " answer = []", " add = answer.append", " index = -1"]
    text += [" for value in values:", "  index += 1", *indented(lines, 2), " return answer"]
    write: WriteAll = made("write", text, scope)
    return write


def _usual(writers: list[FieldWriter], scope: dict[str, Any], here: str, careful: list[str]) -> list[str]:
    """Reads all values, takes the careful way when one is missing or not plainly right, and completes what is nested."""
    reads: list[str] = []
    conditions: list[str] = []
    nested: list[str] = []
    for number, writer in enumerate(writers):
        if writer.constant is not None:
            continue
        name = f"v{number}"
        reads.append(f"{name} = value[{writer.data_key!r}]")
        if writer.right is not None:
            scope[f"members{number}"] = writer.members
            right = writer.right.replace("members", f"members{number}").replace("$", name)
            conditions.append(f"({name} is None or {right})" if writer.nullable else f"({right})")
            continue
        if not writer.nullable:
            conditions.append(f"{name} is not None")
        conditions.append(f"type({name}) is not Failure")
        scope[f"complete{number}"] = writer.complete
        call = f"{name} = complete{number}({name}, ({here}, {writer.key!r}), report)"
        if writer.nullable:
            nested += [f"if {name} is not None:", " try:", f"  {call}", " except Nulled:", f"  {name} = None"]
        else:
            nested.append(call)
    lines: list[str] = []
    if reads:
        lines += ["try:", *indented(reads), "except KeyError:", *indented(careful)]
    if conditions:
        lines += [f"if not ({' and '.join(conditions)}):", *indented(careful)]
    return lines + nested


def _careful(writers: list[FieldWriter]) -> Write:
    """Field by field; made when it is first needed, for most answers never are in need of it."""
    made: Write | None = None

    def careful(value: dict[str, Any], path: Path, report: Report) -> dict[str, Any]:
        nonlocal made
        if made is None:
            made = _field_by_field(writers)
        return made(value, path, report)

    return careful


def _field_by_field(writers: list[FieldWriter]) -> Write:
    """Whatever is not plainly right goes to `_odd`."""
    scope: dict[str, Any] = {"Nulled": Nulled, "Failure": Failure}
    lines = ["def write(value, path, report):", " get = value.get"]
    for number, writer in enumerate(writers):
        if writer.constant is not None:
            continue
        name = f"v{number}"
        lines.append(f" {name} = get({writer.data_key!r})")
        scope[f"odd{number}"] = _odd(writer)
        if writer.right is not None:
            scope[f"members{number}"] = writer.members
            right = writer.right.replace("members", f"members{number}").replace("$", name)
            lines += [f" if not ({right}):", f"  {name} = odd{number}({name}, path, report)"]
            continue
        scope[f"complete{number}"] = writer.complete
        call = f"{name} = complete{number}({name}, (path, {writer.key!r}), report)"
        lines += [f" if {name} is None or type({name}) is Failure:", f"  {name} = odd{number}({name}, path, report)"]
        if writer.nullable:
            lines += [" else:", "  try:", f"   {call}", "  except Nulled:", f"   {name} = None"]
        else:
            lines += [" else:", f"  {call}"]
    write: Write = made("write", [*lines, f" return {_literal(writers)}"], scope)
    return write


def _literal(writers: list[FieldWriter]) -> str:
    parts = (
        f"{writer.key!r}: {f'v{number}' if writer.constant is None else repr(writer.constant)}"
        for number, writer in enumerate(writers)
    )
    return f"{{{', '.join(parts)}}}"


def _odd(writer: FieldWriter) -> Complete:
    """For null, failures, and values that are converted or refused. `path` is that of the object."""

    def odd(found: Any, path: Path, report: Report) -> Any:
        here = (path, writer.key)
        if found is None:
            if not writer.reachable:
                report.add(writer.why or _unreachable(writer.coordinate), here)
            elif not writer.nullable:
                report.add(null(writer.coordinate), here)
        elif type(found) is Failure:
            if found.absent:
                if not writer.nullable:
                    report.add(found, here)
            elif not found.aside:
                report.add(found, here, writer.below(found.below) if writer.below else found.below)
            elif writer.aside is not None and (beside := writer.aside(found.below)) is not None:
                report.add(found, path, beside)
            else:
                report.add(found, here)
        else:
            try:
                return writer.complete(found, here, report)
            except Nulled:
                pass
        if not writer.nullable:
            raise Nulled
        return None

    return odd


def null(coordinate: str) -> Failure:
    return Failure(f"Cannot return null for non-nullable field {coordinate}.", "INTERNAL_SERVER_ERROR", "")


def denied(coordinate: str, code: str) -> Failure:
    """Told once for each place of the operation, however many objects stand there."""
    need = "a valid token" if code == "UNAUTHENTICATED" else "a right that the caller has not"
    return Failure(f"{coordinate} needs {need}.", code, "", once=object())


def _unreachable(coordinate: str) -> Failure:
    return Failure(f"{coordinate} cannot be reached from here.", "INTERNAL_SERVER_ERROR", "")


def refuse(value: Any, coordinate: str, wanted: str, path: Path, report: Report) -> Any:
    report.add(
        Failure(f"{coordinate}: a service answered {type(value).__name__}, not {wanted}.", "INTERNAL_SERVER_ERROR", ""),
        path,
    )
    raise Nulled


def _too_many(why: Failure, most: int) -> Failure:
    return replace(why, message=f"More than {most} parts are missing: {why.message}", below=(), once=None, aside=False)


def _root(path: Path) -> str:
    segment = ""
    while path:
        path, segment = path
    return segment


def _unlink(path: Path) -> list[str | int]:
    segments: list[str | int] = []
    while path:
        path, segment = path
        segments.append(segment)
    segments.reverse()
    return segments
