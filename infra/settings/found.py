"""Settings as the code has them: fields of structs that processes load, and variables that a module reads by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import EnumType
from importlib.util import find_spec
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from services.kit.secret import Secret

ROOT = Path(__file__).parents[2]
_UNITS = {
    "_BYTE_RATE": "bytes a second",
    "_PER_SECOND": "a second",
    "_PER_MINUTE": "a minute",
    "_PER_DAY": "a day",
    "_SECONDS": "seconds",
    "_S": "seconds",
    "_TIMEOUT": "seconds",
    "_MS": "milliseconds",
    "_BYTES": "bytes",
    "_DAYS": "days",
    "_HOUR": "an hour",
    "_DAY": "a day",
    "_PERCENT": "percent",
    "_PERCENTAGE": "percent",
}
_KINDS = {
    "Issuers": "JSON list",
    "Order": "names by comma",
    "Pattern": "regular expression",
    "RestRoutes": "routes by comma",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """`default` is None when it has none, "" when that is nothing. `loaded`: by the loader, which tells all that is missing at once."""

    name: str
    kind: str
    default: str | None
    secret: bool = False
    loaded: bool = True


def of_struct(cls: type[msgspec.Struct]) -> Iterator[Setting]:
    """With those of the structs inside."""
    for field in msgspec.structs.fields(cls):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from of_struct(field.type)
        else:
            kinds = _inner(field.type)
            kind = _kind(kinds, field.encode_name)
            yield Setting(field.encode_name, kind, _default(field), Secret in [each for each, _ in kinds])


def _inner(wanted: Any) -> list[tuple[Any, msgspec.Meta | None]]:
    """A type, or those of a union without None, each with its bounds."""
    if get_origin(wanted) in (UnionType, Union):
        return [each for part in get_args(wanted) if part is not NoneType for each in _inner(part)]
    if get_origin(wanted) is Annotated:
        inner, *metas = get_args(wanted)
        return [(inner, next((each for each in metas if isinstance(each, msgspec.Meta)), None))]
    return [(wanted, None)]


def _kind(kinds: list[tuple[Any, msgspec.Meta | None]], name: str) -> str:
    return " or ".join(_one(kind, meta, name) for kind, meta in kinds)


def _one(kind: Any, meta: msgspec.Meta | None, name: str) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(kind))
    if isinstance(kind, EnumType):
        words: list[Any] = list(kind)
        return ", ".join(f"`{word.value}`" for word in words)
    if kind in (int, float):
        unit = next((unit for end, unit in _UNITS.items() if name.endswith(end)), "number")
        counted = f"number {unit}" if unit.startswith(("a ", "an ")) else unit
        return f"{'whole ' if kind is int else ''}{counted}{_bounds(meta)}"
    if kind is Secret:
        return "secret"
    if issubclass(kind, Path):
        return "path"
    if kind is str:
        return "address" if name.endswith(("_URL", "_ISSUER", "_ENDPOINT")) else "text"
    return _KINDS[kind.__name__]


def _bounds(meta: msgspec.Meta | None) -> str:
    if meta is None:
        return ""
    low = f"{meta.ge}" if meta.ge is not None else f"above {meta.gt}" if meta.gt is not None else ""
    high = f"{meta.le}" if meta.le is not None else ""
    if low and high:
        return f", {low} to {high}"
    return f", {low} or more" if meta.ge is not None else f", {low}" if low else f", at most {high}" if high else ""


def _default(field: msgspec.structs.FieldInfo) -> str | None:
    if field.required:
        return None
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if isinstance(value, Path):
        return str(value.relative_to(ROOT) if value.is_relative_to(ROOT) else value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # What is made of a text is empty unless something is said; a truth value says itself (Switch).
    return str(value) if isinstance(value, (str, int, float)) else ""


def of_module(name: str) -> Iterator[Setting]:
    """`environment.get("NAME") or "x"`, `settings["NAME"]`, `_number(settings, "NAME", 1)`."""
    spec = find_spec(name)
    assert spec is not None, name
    assert spec.origin is not None, name
    yield from of_source(Path(spec.origin).read_text("utf-8"))


def of_source(text: str) -> Iterator[Setting]:
    tree = ast.parse(text)
    constants = {
        name.id: each.value.value
        for each in ast.walk(tree)
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant)
        for name in each.targets
        if isinstance(name, ast.Name)
    }
    defaults: dict[ast.AST, str] = {}
    for each in ast.walk(tree):
        if isinstance(each, ast.BoolOp) and isinstance(each.op, ast.Or):
            defaults[each.values[0]] = _constant(each.values[1], constants)
    seen: dict[str, Setting] = {}
    for each in ast.walk(tree):
        if (found := _asked(each)) is None:
            continue
        name, kind, given = found
        default = None if given is None else defaults.get(each) or _constant(given, constants)
        # Asked for in several places it has to be set only if none of them can do without.
        if name not in seen or (seen[name].default in (None, "") and default):
            seen[name] = Setting(name, kind, default, loaded=False)
    yield from seen.values()


_NOTHING = ast.Constant("")


def _asked(node: ast.AST) -> tuple[str, str, ast.expr | None] | None:
    """Name, kind and default; a default of None is that it must be there."""
    match node:
        case ast.Subscript(value=of, slice=ast.Constant(value=str(name)), ctx=ast.Load()) if _environment(of, name):
            return name, "text", None
        case ast.Call(func=ast.Attribute(attr="get", value=of), args=[ast.Constant(value=str(name)), *rest]) if (
            _environment(of, name)
        ):
            return name, "text", rest[0] if rest else _NOTHING
        case ast.Call(func=ast.Name(id="_wanted"), args=[ast.Constant(value=str(name))]):
            return name, "1, or nothing", _NOTHING
        case ast.Call(func=ast.Name(id="_number" | "_seconds"), args=[_, ast.Constant(value=str(name)), default]):
            return name, _one(int, None, name), default
        case ast.Call(func=ast.Name(id="port"), args=[ast.Constant(value=str(name)), default, _]):
            return name, "port", default
    return None


def _environment(of: ast.expr, name: str) -> bool:
    said = of.attr if isinstance(of, ast.Attribute) else of.id if isinstance(of, ast.Name) else ""
    return name.isupper() and said in ("environ", "environment", "env", "settings", "told")


def _constant(node: ast.expr, constants: Mapping[str, Any]) -> str:
    match node:
        case ast.Constant(value=value) if value is not None:
            return str(value)
        case ast.Name(id=name) if name in constants:
            return str(constants[name])
        case ast.Call(func=ast.Name(id="str"), args=[inner]):
            return _constant(inner, constants)
    return ""
