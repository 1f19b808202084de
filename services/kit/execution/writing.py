"""Functions that answer one object, made as Python code for its selection.

Fields come in their order, one after the other, as graphql-core has it: each is read; if its value is plainly right it is in the answer,
and whatever else it may be (null, an error, an awaitable, an object, a value of another class) is finished by code written by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLNonNull, is_leaf_type
from graphql.pyutils import Path

from services.kit.execution.field import Field, Read, Write
from services.kit.execution.leaves import SETTLED, leaf_of
from services.kit.execution.source import indented, made

if TYPE_CHECKING:
    from services.kit.execution.execution import PlannedExecution

Waits = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """A field and where its value comes from: a constant, an attribute of the source, or what `read` calls."""

    field: Field
    constant: str | None = None
    attribute: str | None = None
    read: Read | None = None


def compiled(parts: Sequence[Part]) -> tuple[Write, int]:
    """The function, and the length of its text."""
    scope: dict[str, Any] = {"failed": failed, "finished": finished, "SETTLED": SETTLED}
    body: list[str] = []
    for number, part in enumerate(parts):
        if part.constant is None:
            body += _one(number, part, scope)
    values = ", ".join(
        f"{part.field.key!r}: {f'v{number}' if part.constant is None else repr(part.constant)}"
        for number, part in enumerate(parts)
    )
    lines = ["def write(ex, source, path):", f" if not ex.admits({len(parts)}, path):", "  return {}"]
    if body:
        lines += [" waits = []", " try:", *indented(body, 2)]
        lines += [" except Exception:", "  ex.let_go(waits)", "  raise"]
        lines += [f" answer = {{{values}}}", " return ex.together(answer, waits) if waits else answer"]
    else:
        lines.append(f" return {{{values}}}")
    write: Write = made("write", lines, scope)
    return write, sum(map(len, lines))


def _one(number: int, part: Part, scope: dict[str, Any]) -> list[str]:
    value, field = f"v{number}", part.field
    scope[f"f{number}"] = field
    if part.attribute is not None:
        read = f"source.{part.attribute}"
    else:
        scope[f"read{number}"] = part.read
        read = f"read{number}(ex, source, path)"
    return [
        "try:",
        f" {value} = {read}",
        "except Exception as error:",
        f" {value} = failed(ex, f{number}, path, error)",
        "else:",
        *indented(_completed(number, field, scope)),
    ]


def _completed(number: int, field: Field, scope: dict[str, Any]) -> list[str]:
    value = f"v{number}"
    otherwise = f"{value} = finished(ex, f{number}, path, {value}, waits)"
    type_: Any = field.type
    nullable = not isinstance(type_, GraphQLNonNull)
    named = type_ if nullable else type_.of_type
    leaf = leaf_of(named) if is_leaf_type(named) else None
    if leaf is None:
        return [f"if {value} is not None:", f" {otherwise}"] if nullable else [otherwise]
    when, right = leaf.when, leaf.value
    for name, found in leaf.scope.items():
        scope[f"{name}{number}"] = found
        when, right = when.replace(name, f"{name}{number}"), right.replace(name, f"{name}{number}")
    when, right = when.replace("$", value), right.replace("$", value)
    rest = [f"elif {value} is not None:" if nullable else "else:", f" {otherwise}"]
    if leaf.may_fail:
        return [
            f"if {when}:",
            " try:",
            f"  coerced = {right}",
            " except Exception as error:",
            f"  {value} = failed(ex, f{number}, path, error)",
            " else:",
            f"  {value} = coerced if type(coerced) in SETTLED else finished(ex, f{number}, path, {value}, waits)",
            *rest,
        ]
    if right != value:
        return [f"if {when}:", f" {value} = {right}", *rest]
    none = f"{value} is not None and " if nullable else ""
    return [f"if {none}not ({when}):", f" {otherwise}"]


def failed(ex: PlannedExecution, field: Field, path: Path | None, error: Exception) -> None:
    """The field is null, or raises."""
    ex.handle_field_error(error, field.type, field.details, Path(path, field.key, field.parent.name))


def finished(ex: PlannedExecution, field: Field, path: Path | None, value: Any, waits: Waits) -> Any:
    """What the value is in the answer; what is not known yet stands in `waits` too."""
    here = Path(path, field.key, field.parent.name)
    try:
        if ex.is_awaitable(value):
            completed = ex.awaited(field, here, value)
        else:
            completed = field.complete(ex, here, value)
            if type(completed) in SETTLED or completed is None or not ex.is_awaitable(completed):
                return completed
            completed = ex.caught(completed, field.type, field.details, here)
    except Exception as error:  # noqa: BLE001  whatever a resolver or a scalar raises is the error of its field
        ex.handle_field_error(error, field.type, field.details, here)
        return None
    waits.append((field.key, completed))
    return completed
