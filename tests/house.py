"""Our own rules of the house, each a function from files to complaints: python -m tests.house (`make house`), a part of `make check`."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from services.contracts import registry
from services.contracts.problems import ProblemCode
from services.kit.ids import Id

Files = Mapping[str, str]
"""Text by path below the repository's root."""

MOST_LINES = 400
_ROOMS = ("services/", "gateway/", "infra/")
_OF_A_SERVICE = re.compile(rf"services/({'|'.join(registry.NAMES)})/")
_SQL = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH [a-z_]+ AS)\b")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PATH = re.compile(r"(?<![\w./<-])(?:services|gateway|infra|tests|docs)/[\w./-]+(?![\w./*<…-])")
_MIGRATION = re.compile(r"(services/(?:\w+|kit/database)/migrations)/(\d{4})_[^/]+\.sql")
_REQUIRED = (
    "__init__.py", "__main__.py", "app.py", "hears.py", "routes.py", "schema.graphql", "domain/__init__.py", "store/__init__.py",
    "store/kept.py",
    *(f"schema/{name}.py" for name in ("__init__", "context", "types", "queries", "problems", "loaders", "running")),
)  # fmt: skip


def business_words() -> set[str]:
    """Words that only the market has: names of services, and of things that have an id in a contract."""
    things = {
        found.__name__.removesuffix("Id")
        for service in registry.SERVICES
        for found in vars(service.tells).values()
        if isinstance(found, type) and issubclass(found, Id) and found is not Id and found.__name__.endswith("Id")
    }
    words = {word.lower() for thing in things for word in _WORD.findall(thing)}
    # What only one service has an id for, or none. An order is also what rows are in, a media type HTTP's; all stops and is rounded;
    # a text has lines; times have zones.
    ordinary = {"order", "event", "media", "stop", "round", "line", "zone"}
    return (words | {*registry.NAMES, "buyer", "cart", "contact", "price", "stock"}) - ordinary


def no_business_word_in_the_kit(files: Files) -> Iterator[str]:
    unwanted = business_words()
    for path, text in files.items():
        if path.startswith("services/kit/") and path.endswith(".py"):
            for line, said in _said(text):
                # `total_ordering` and `quote` are the standard library's.
                if found := {word.lower() for word in _WORD.findall(said)} & unwanted - {said.removeprefix("total_")}:
                    yield f"{path}:{line}: the kit says {', '.join(sorted(found))}"


def sql_stands_in_the_store(files: Files) -> Iterator[str]:
    for path, text in files.items():
        if _OF_A_SERVICE.match(path) and path.endswith(".py") and "/store/" not in path:
            for line, said in _strings(text):
                if _SQL.match(said):
                    yield f"{path}:{line}: SQL outside store/"
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.ImportFrom) and any(alias.name == "Row" for alias in node.names):
                    yield f"{path}:{node.lineno}: an untyped row outside store/"


def who_holds_a_connection_asks_for_no_other(files: Files) -> Iterator[str]:
    """A caller has a share of the pool: requests that each hold one connection and want another would wait for one another."""
    for path, text in files.items():
        if not (path.startswith("services/") and path.endswith(".py")):
            continue
        for held in ast.walk(ast.parse(text)):
            if isinstance(held, ast.AsyncWith) and any(_takes_connection(item.context_expr) for item in held.items):
                yield from (
                    f"{path}:{inner.lineno}: asks for a connection while it holds one"
                    for statement in held.body
                    for inner in ast.walk(statement)
                    if isinstance(inner, ast.expr) and (_takes_connection(inner) or _loads(inner))
                )


def _takes_connection(said: ast.expr) -> bool:
    match said:
        case ast.Call(func=ast.Name(id="transaction")) | ast.Call(func=ast.Attribute(attr="acquire"), args=[]):
            return True
    return False


def _loads(said: ast.expr) -> bool:
    """By a loader of the request, which takes a connection of its own."""
    return isinstance(said, ast.Call) and isinstance(said.func, ast.Attribute) and said.func.attr in ("load", "loader")


def no_room_is_too_large(files: Files) -> Iterator[str]:
    for path, text in files.items():
        if path.startswith(_ROOMS) and path.endswith(".py") and (lines := text.count("\n")) > MOST_LINES:
            yield f"{path}: {lines} lines, at most {MOST_LINES}"


def services_have_one_shape(files: Files) -> Iterator[str]:
    for name in registry.NAMES:
        yield from (
            f"services/{name}/{each} is missing"
            for each in _REQUIRED
            # A file becomes a folder when it must.
            if not {f"services/{name}/{each}", f"services/{name}/{each.removesuffix('.py')}/__init__.py"} & files.keys()
        )
        if not any(f"services/{name}/commands{end}" in files for end in (".py", "/__init__.py")):
            yield f"services/{name}/commands is missing"


def codes_are_raised(files: Files) -> Iterator[str]:
    used = {
        code
        for path, text in files.items()
        if path.startswith("services/") and path.endswith(".py")
        for code in re.findall(r"\bProblemCode\.([A-Z_]+)", text)
    }
    yield from (f"nothing raises {code.name}" for code in ProblemCode if code.name not in used)


def decisions_are_in_the_index(files: Files) -> Iterator[str]:
    index = files.get("docs/adr/README.md", "")
    linked = set(re.findall(r"\((\d{4}-[^)]+\.md)\)", index))
    there = {Path(path).name for path in files if re.fullmatch(r"docs/adr/\d{4}-[^/]+\.md", path)}
    yield from (f"docs/adr/README.md does not name {name}" for name in sorted(there - linked))
    yield from (f"docs/adr/README.md names {name}, which is not there" for name in sorted(linked - there))


def migrations_are_numbered_one_after_the_other(files: Files) -> Iterator[str]:
    """A file that later fills a gap would run before the ones after it on a new database, and after them on one in use."""
    numbers: dict[str, list[int]] = {}
    for path in sorted(files):
        if named := _MIGRATION.fullmatch(path):
            numbers.setdefault(named[1], []).append(int(named[2]))
    for folder, there in sorted(numbers.items()):
        yield from (
            f"{folder}: two files are number {twin:04}" for twin in sorted({n for n in there if there.count(n) > 1})
        )
        yield from (f"{folder}: there is no {gap:04}" for gap in sorted({*range(1, max(there) + 1)} - {*there}))


def paths_in_pages_exist(files: Files) -> Iterator[str]:
    """A path that a page names, as code or as a link, is there; `<name>`, `*` and `…` stand for any."""
    folders = {str(parent) for path in files for parent in Path(path).parents}
    for page, text in files.items():
        if not page.endswith(".md") or page.startswith("CHANGELOG"):
            continue
        for line, said in enumerate(text.splitlines(), 1):
            for path in _PATH.findall(said):
                named = path.rstrip(".,/")
                if not ({named, f"{named}.py"} & (files.keys() | folders) or Path(named).exists()):
                    yield f"{page}:{line}: there is no {named}"


RULES: tuple[Callable[[Files], Iterator[str]], ...] = (
    no_business_word_in_the_kit,
    sql_stands_in_the_store,
    who_holds_a_connection_asks_for_no_other,
    no_room_is_too_large,
    services_have_one_shape,
    codes_are_raised,
    decisions_are_in_the_index,
    migrations_are_numbered_one_after_the_other,
    paths_in_pages_exist,
)


def _said(text: str) -> Iterator[tuple[int, str]]:
    """Names, and strings that are not prose."""
    yield from _strings(text)
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                yield node.lineno, name


def _strings(text: str) -> Iterator[tuple[int, str]]:
    tree = ast.parse(text)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


def tracked() -> Files:
    """All text files of the repository as they are in the working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    wanted = [path for path in listed if path.endswith((".py", ".md", ".graphql", ".sql")) and Path(path).is_file()]
    return {path: Path(path).read_text("utf-8") for path in wanted}


def main(argv: Sequence[str]) -> int:
    files = tracked()
    complaints = [complaint for rule in RULES for complaint in rule(files)]
    print(*(complaints or ["the house is in order"]), sep="\n")  # noqa: T201
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
