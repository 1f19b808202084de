"""What a service keeps about one person, as they get it: its tables, each with what it is, in what can be read without us."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.contracts.people import PersonId
from services.contracts.places import WIB
from services.kit.database.db import Connection, Row
from services.kit.ids import Id, MalformedId, WrongKind
from services.personal.backbone import BACKBONE
from services.personal.columns import Personal, Table


async def section(conn: Connection, personal: Personal, subject: str) -> dict[str, Any]:
    """JSON: times in WIB (ISO 8601), money in whole rupiah (`…_rupiah`), lengths in metres (`…_m`) and seconds (`…_s`)."""
    whose = await values(conn, personal, subject)
    tables = [*personal.tables, *BACKBONE]
    return {
        "service": personal.service,
        "title": {"id": personal.title[0], "en": personal.title[1]},
        "tables": [await _table(conn, each, whose) for each in tables if each.shown],
        "left_out": [
            {"what": f"{table.name}.{column}", "why": why} for table in tables for column, why in table.kept.items()
        ],
    }


async def values(conn: Connection, personal: Personal, subject: str) -> dict[str, object]:
    """What stands for one person in the list's SQL."""
    return {"subject": subject, "person": _person(subject), **await personal.more(conn, subject)}


async def rows(
    conn: Connection, table: Table, whose: dict[str, object], select: str = "t.*, t.ctid::text AS place"
) -> list[Row]:
    """The rows of whom `whose` stands for. Everything that is put together here is written in the list."""
    named, args = {}, []
    said = f"{select} {table.rows}"
    for name, value in whose.items():
        if f"{{{name}}}" in said:
            args.append(value)
            named[name] = f"${len(args)}::{'uuid' if name == 'person' else 'text'}"
    return await conn.fetch(f"SELECT {said.format_map(named)}", *args)


async def _table(conn: Connection, table: Table, whose: dict[str, object]) -> dict[str, Any]:
    fields = {column: table.sql.get(column, f"t.{column}") for column in table.shown}
    fields |= {name: expression for name, (expression, _) in table.also.items()}
    select = ", ".join(f'{expression} AS "{name}"' for name, expression in fields.items())
    found = await rows(conn, table, whose, select)
    return {
        "name": table.name,
        "title": {"id": table.title[0], "en": table.title[1]},
        "fields": {**table.shown, **{name: said for name, (_, said) in table.also.items()}},
        "rows": [{name: plain(row[name], table.ids.get(name)) for name in fields} for row in found],
    }


def plain(value: Any, kind: type[Id] | None = None) -> Any:
    """As JSON has it."""
    match value:
        case datetime():
            return value.astimezone(WIB).isoformat(timespec="milliseconds")
        case date() | time():
            return value.isoformat()
        case UUID():
            return str(kind(value) if kind else value)
        case Decimal():
            return int(value) if value == int(value) else float(value)
        case list() | tuple():
            return [plain(each) for each in value]
    return value


def _person(subject: str) -> PersonId | None:
    try:
        return PersonId.parse(subject)
    except (MalformedId, WrongKind):
        return None
