"""What a service may be called, and what is called after it."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from string import ascii_lowercase

LONGEST = 24
"""Databases, users, topics and containers are called after a service."""
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# PostgreSQL's reserved words: roles, databases and tables are called so without quotes.
_SQL = """all analyse analyze any array asc asymmetric authorization binary both case cast check collate collation column concurrently
 constraint create cross default deferrable desc distinct do end except false fetch foreign freeze full grant group having ilike
 initially inner intersect into isnull join lateral leading left like limit natural new notnull null offset old on only order
 outer overlaps placing primary references right select session_user similar some symmetric table tablesample then to trailing
 true union unique user using variadic verbose when where window"""
# Who has a role or a user already, and names that the templates use for something else.
_OURS = "admin contact context event gateway info issuer node postgres problem query mutation reading subgraph template testing text"
_NOT_FREE = frozenset([*keyword.kwlist, *_SQL.split(), *_OURS.split()])


class Refused(Exception):
    """No service can be called so; one line says why."""


@dataclass(frozen=True, slots=True)
class Names:
    """`service` is a package and a database; `thing` is one of what it is about: a table, and in capitals a type of the graph."""

    service: str
    thing: str
    prefix: str

    @property
    def type(self) -> str:
        return _capitals(self.thing)

    @property
    def field(self) -> str:
        return self.type[0].lower() + self.type[1:]

    def filled(self, template: str) -> str:
        """Templates speak of reviews."""
        words = {
            "REVIEWS": self.service.upper(), "REVIEW": self.thing.upper(), "Reviews": _capitals(self.service), "Review": self.type,
            "reviews": self.service, "review": self.thing, "rvw": self.prefix,
        }  # fmt: skip
        # A document of the tests names the field; GraphQL has camel case where Python has underscores.
        in_graph = re.sub(r"(?:(?<=answer: )|(?<=made: ))review\b", self.field, template)
        return re.sub("|".join(words), lambda found: words[found[0]], in_graph)


def named(root: Path, service: str, registered: tuple[str, ...]) -> Names:
    """Raises Refused."""
    if not _NAME.fullmatch(service) or len(service) > LONGEST:
        raise Refused(f"{service!r} is no Python identifier in lower case of at most {LONGEST} characters")
    thing = _one_of(service)
    if service in registered:
        raise Refused(f"{service} is there already")
    if not _NOT_FREE.isdisjoint((service, thing)):
        raise Refused(f"{service} has a meaning already, as a word of Python, PostgreSQL or the platform")
    rooms = (
        root / "services" / service,
        root / "services" / f"{service}.py",
        root / "services/contracts" / f"{service}.py",
        root / service,
    )
    if room := next((each for each in rooms if each.exists()), None):
        raise Refused(f"{service} is a room: there is {room.relative_to(root)}")
    if known := sorted({service, *thing.split("_")} & _spoken(root / "services/kit")):
        raise Refused(f"the kit speaks of {known[0]}: choose a word that only the market has")
    names = Names(service, thing, _free_prefix(root, thing))
    if re.search(rf"\b(type|interface|enum|scalar|union|input) {names.type}\b", _supergraph(root)):
        raise Refused(f"the graph has a {names.type} already")
    return names


def _spoken(room: Path) -> set[str]:
    """Words of its code, prose left out: the house forbids the kit those of the market."""
    said: list[str] = []
    for path in room.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Constant) and id(node) in prose):
                said += [each for each in vars(node).values() if isinstance(each, str)]
    return {word.lower() for each in said for word in _WORD.findall(each)}


def _one_of(service: str) -> str:
    """English as far as it goes: what has no plural in s keeps its name."""
    for end, instead in (("ies", "y"), ("sses", "ss"), ("ss", "ss"), ("s", "")):
        if service.endswith(end) and len(service) > len(end) + 1:
            return service.removesuffix(end) + instead
    return service


def _capitals(words: str) -> str:
    return "".join(word.capitalize() for word in words.split("_"))


def _free_prefix(root: Path, thing: str) -> str:
    """Three letters that no id begins with; those of the thing's name if they are free."""
    taken = {
        prefix
        for room in ("services", "tests")
        for path in (root / room).rglob("*.py")
        for prefix in re.findall(r'\bprefix="([a-z]+)"', path.read_text("utf-8"))
    }
    return next(prefix for prefix in _prefixes(thing) if prefix not in taken)


def _prefixes(thing: str) -> Iterator[str]:
    letters = [letter for letter in thing if letter in ascii_lowercase]
    return ("".join(chosen) for chosen in combinations((*letters, *ascii_lowercase), 3))


def _supergraph(root: Path) -> str:
    return (root / "gateway/supergraph.graphql").read_text("utf-8")
