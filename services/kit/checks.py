"""Rules that the fields of a struct keep together: each is tried by itself, so that all that is wrong is told at once.

    class WebSettings(Checked, frozen=True, kw_only=True):
        tiles: str = ""
        credit: str = ""

        @rule
        def tiles_have_a_maker(self) -> None:
            if self.tiles and not self.credit:
                raise ValueError("CREDIT is missing: who makes the tiles is named beside them")

A rule raises ValueError or SettingsError, or yields what is wrong, a text each. It asks nothing of `super()`: it may be tried on a struct
of which some fields could not be read. A class that has a rule of the same name as its base has that one instead.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec

F = TypeVar("F", bound=Callable[[Any], "Iterator[str] | None"])
_MARK = "is_a_rule"


class SettingsError(Exception):
    """The environment does not hold what the process needs: one line per variable, and no value of a secret."""


def rule(method: F) -> F:
    setattr(method, _MARK, True)
    return method


class Checked(msgspec.Struct, frozen=True):
    """Raises ValueError where it is made and breaks rules, a line each."""

    def __post_init__(self) -> None:
        if wrong := broken(type(self), {name: getattr(self, name) for name in self.__struct_fields__}):
            raise ValueError("\n".join(wrong))


def broken(cls: type[msgspec.Struct], known: Mapping[str, Any]) -> list[str]:
    """What is wrong with a struct that has these fields; a rule that asks for another one is left alone."""
    names = [name for base in reversed(cls.__mro__) for name, each in vars(base).items() if hasattr(each, _MARK)]
    struct = Known(cls, known)
    found: list[str] = []
    for name in dict.fromkeys(names):
        try:
            found += getattr(struct, name)() or ()
        except _NotKnown:
            continue
        except (ValueError, SettingsError) as error:
            found += str(error).splitlines()
    return list(dict.fromkeys(found))


class _NotKnown(Exception):
    """A field that could not be read."""


class Known:
    """Methods and properties of a struct, on those of its fields that are known."""

    def __init__(self, cls: type[msgspec.Struct], known: Mapping[str, Any]) -> None:
        self._cls, self._values = cls, known

    def __getattr__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        if name in self._cls.__struct_fields__:
            raise _NotKnown(name)
        found = inspect.getattr_static(self._cls, name)
        return found.__get__(self, self._cls) if hasattr(found, "__get__") else found
