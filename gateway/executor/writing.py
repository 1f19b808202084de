"""Functions that write one object of the answer, made as Python code for each selection, and the errors that they report."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.executor.failure import Failure

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


@dataclass(slots=True)
class Report:
    """The errors met while one answer is written."""

    problems: list[Problem] = field(default_factory=list)
    told: set[object] = field(default_factory=set)

    def add(self, failure: Failure, path: Path, below: tuple[str | int, ...] = ()) -> None:
        if failure.silent:
            return
        if failure.once is not None:
            if failure.once in self.told:
                return
            self.told.add(failure.once)
        self.problems.append(Problem(failure, [*_unlink(path), *below]))


Complete = Callable[[Any, Path, Report], Any]
Write = Callable[[dict[str, Any], Path, Report], dict[str, Any]]


@dataclass(slots=True)
class FieldWriter:
    key: str
    data_key: str
    # The class that a JSON value of a simple leaf has: such a value needs no further look.
    exact: type | None
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
    # The values of an enum.
    members: frozenset[str] | None = None


def compiled(writers: list[FieldWriter]) -> Write:
    """A function with one look at each value; whatever is not plainly right goes to `_odd`.

    The names in its text are GraphQL names, written as Python literals.
    """
    scope: dict[str, Any] = {"Nulled": Nulled, "Failure": Failure}
    lines = ["def write(value, path, report):", " get = value.get"]
    items: list[str] = []
    for number, writer in enumerate(writers):
        if writer.constant is not None:
            items.append(f"{writer.key!r}: {writer.constant!r}")
            continue
        name = f"v{number}"
        items.append(f"{writer.key!r}: {name}")
        lines.append(f" {name} = get({writer.data_key!r})")
        scope[f"odd{number}"] = _odd(writer)
        if (strange := _strange(writer, name, number)) is not None:
            scope[f"members{number}"] = writer.members
            lines += [f" if {strange}:", f"  {name} = odd{number}({name}, path, report)"]
            continue
        scope[f"complete{number}"] = writer.complete
        call = f"{name} = complete{number}({name}, (path, {writer.key!r}), report)"
        lines += [f" if {name} is None or type({name}) is Failure:", f"  {name} = odd{number}({name}, path, report)"]
        if writer.nullable:
            lines += [" else:", "  try:", f"   {call}", "  except Nulled:", f"   {name} = None"]
        else:
            lines += [" else:", f"  {call}"]
    lines.append(f" return {{{', '.join(items)}}}")
    exec("\n".join(lines), scope)  # noqa: S102  # text of ours
    made: Write = scope["write"]
    return made


def _strange(writer: FieldWriter, name: str, number: int) -> str | None:
    """The condition under which a leaf's value needs a closer look; None for what is always looked into."""
    if writer.exact is int:
        return f"type({name}) is not int or not {LEAST} <= {name} <= {MOST}"
    if writer.exact is not None:
        return f"type({name}) is not {writer.exact.__name__}"
    if writer.members is not None:
        return f"type({name}) is not str or {name} not in members{number}"
    return None


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
            if not found.aside:
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


def _unlink(path: Path) -> list[str | int]:
    segments: list[str | int] = []
    while path:
        path, segment = path
        segments.append(segment)
    segments.reverse()
    return segments
