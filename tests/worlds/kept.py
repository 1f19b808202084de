"""The lists of what bounds each table (services.kit.database.kept), held against a real schema and against what is said to remove rows."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import asyncpg

from services.kit.database.kept import Kept

_TABLES = """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    ORDER BY relname"""
_TAKEN_ALONG = """SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent FROM pg_constraint
    WHERE contype = 'f' AND confdeltype = 'c'"""


def kept_of(service: str) -> Mapping[str, Kept]:
    found: Mapping[str, Kept] = import_module(f"services.{service}.store.kept").KEPT
    return found


async def complaints(conn: asyncpg.Connection[Any], kept: Mapping[str, Kept]) -> list[str]:
    tables = {row["relname"] for row in await conn.fetch(_TABLES)}
    along = {(row["child"], row["parent"]) for row in await conn.fetch(_TAKEN_ALONG)}
    said = dict(await conn.fetch("SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"))
    return [
        *(f"{table}: nothing says what bounds it" for table in sorted(tables - kept.keys())),
        *(f"{table}: there is no such table" for table in sorted(kept.keys() - tables)),
        *_unremoved({name: each for name, each in kept.items() if name in tables}, along, said),
    ]


def _unremoved(kept: Mapping[str, Kept], along: set[tuple[str, str]], functions: Mapping[str, str]) -> Iterator[str]:
    for table, each in sorted(kept.items()):
        how, _, name = each.by.rpartition(" ")
        if how == "with":
            if (table, name) not in along:
                yield f"{table}: no row goes with one of {name}"
        elif how == "sql":
            if name not in functions or table not in functions[name]:
                yield f"{table}: no function {name} removes its rows"
        elif each.by and not _removes(name, table):
            yield f"{table}: {name} does not remove its rows"


def _removes(path: str, table: str) -> bool:
    """The function, a statement of its module, or names that it goes through."""
    place, _, name = path.rpartition(".")
    try:
        module = import_module(place)
        text = inspect.getsource(getattr(module, name))
    except (ImportError, AttributeError):
        return False
    if "DELETE FROM {table}" in text and f'"{table}"' in inspect.getsource(module):
        return True
    return re.search(rf"DELETE FROM {table}\b", inspect.getsource(module)) is not None
