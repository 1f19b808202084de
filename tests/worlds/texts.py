"""Every text that a schema takes, found by walking it, and hostile texts to put there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
    is_required_argument,
    is_required_input_field,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit.database.db import Database
from services.kit.text import NotText, line

HOSTILE = st.one_of(
    st.sampled_from(
        ("", " ", "\0", "a\0b", "\x1b[31mmerah\x1b[0m", "a\x7fb", "\u202ekilab", "a\u200bb", "\u2066a\u2069", "\ufeffa",
         "a\u200db", "\ufe0f", "\u3164", "a\r\nb: c", "\U000e0041", "\uffff", "e\u0301" * 30, "x" * 5_000, "🙂" * 300,
         "ord_", "35.08.1٠", "' OR 1=1 --", "👩‍🌾 sawi", "Jalan Kapten Suwandak 12")
    ),
    st.text(max_size=60),
    st.text(st.characters(categories=("Cc", "Cf", "Co", "Mn", "So", "Lu", "Nd", "Zs")), max_size=250),
)  # fmt: skip


@dataclass(frozen=True)
class Position:
    """Where a text goes in: `Mutation.saveContact(input.label)`. `kind` is String or ID."""

    root: str
    field: str
    path: tuple[str, ...]
    kind: str

    def __str__(self) -> str:
        return f"{self.root}.{self.field}({'.'.join(self.path)})"


def positions(schema: GraphQLSchema) -> list[Position]:
    """Of every field of every type, the roots' and the others'."""
    return [
        Position(name, field, path, kind)
        for name, found in schema.type_map.items()
        if is_object_type(found) and not name.startswith("_")
        for field, definition in found.fields.items()
        if not field.startswith("_")
        for argument, taken in definition.args.items()
        for path, kind in _texts((argument,), taken)
    ]


def _texts(path: tuple[str, ...], taken: GraphQLArgument | GraphQLInputField) -> Iterator[tuple[tuple[str, ...], str]]:
    named = get_named_type(taken.type)
    if named.name in ("String", "ID"):
        yield path, named.name
    elif is_input_object_type(named):
        for name, field in named.fields.items():
            yield from _texts((*path, name), field)


def asked(schema: GraphQLSchema, at: Position, text: str, samples: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """An operation with the text at its place, and everything else that it needs: by `samples` (an argument's or input field's name)."""
    definition = cast(GraphQLObjectType, schema.type_map[at.root]).fields[at.field]
    variables = {
        name: _value(name, taken, at.path[1:] if name == at.path[0] else None, text, samples)
        for name, taken in definition.args.items()
        if name == at.path[0] or is_required_argument(taken)
    }
    declared = ", ".join(f"${name}: {definition.args[name].type}" for name in variables)
    given_ = ", ".join(f"{name}: ${name}" for name in variables)
    selection = "" if is_leaf_type(get_named_type(definition.type)) else " { __typename }"
    return f"{at.root.lower()}({declared}) {{ {at.field}({given_}){selection} }}", variables


def _value(name: str, taken: Any, rest: tuple[str, ...] | None, text: str, samples: Mapping[str, Any]) -> Any:
    """`rest` is what of the path lies below here; None where the text does not go."""
    named = get_named_type(taken.type)
    if rest == ():
        return [text] if is_list_type(get_nullable_type(taken.type)) else text
    if rest is None and name in samples:
        return samples[name]
    if is_input_object_type(named):
        return {
            each: _value(each, field, rest[1:] if rest and each == rest[0] else None, text, samples)
            for each, field in named.fields.items()
            if (rest and each == rest[0]) or is_required_input_field(field)
        }
    if is_enum_type(named):
        return next(iter(named.values))
    raise AssertionError(f"no sample for {name}")


async def for_hostile(check: Callable[[str], Awaitable[None]], *, examples: int = 40) -> None:
    """Lets Hypothesis draw the texts, and shrink the one that fails, around a check that needs this loop."""
    loop = asyncio.get_running_loop()

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(HOSTILE)
    def one(text: str) -> None:
        async def whole() -> None:
            await check(text)

        asyncio.run_coroutine_threadsafe(whole(), loop).result(120)

    await asyncio.to_thread(one)


async def unreadable(db: Database) -> dict[str, str]:
    """Texts in the database that the one rule does not let by, by table and column."""
    found: dict[str, str] = {}
    async with db.acquire() as conn:
        columns = await conn.fetch(
            """SELECT table_name, column_name FROM information_schema.columns
               WHERE table_schema = 'public' AND data_type = 'text'"""
        )
        for table, column in columns:
            for row in await conn.fetch(f'SELECT DISTINCT "{column}" AS said FROM "{table}" WHERE "{column}" <> \'\''):
                if not _is_readable(row["said"]):
                    found[f"{table}.{column}"] = row["said"]
    return found


def _is_readable(text: str) -> bool:
    try:
        return line(text, longest=1_000_000) == text
    except NotText:
        return False
