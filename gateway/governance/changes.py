"""What changed for clients between two schemas, and whether a release may bring it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from graphql import (
    BreakingChangeType,
    GraphQLSchema,
    find_breaking_changes,
    find_dangerous_changes,
)

from gateway.governance.descriptions import parts
from gateway.governance.shapes import newcomers

_DATE = re.compile(r"\b(\d{4}-\d{2}-\d{2})\b")
_REPLACED = re.compile(r"\b(use|instead|replaced by|nothing replaces)\b", re.IGNORECASE)
_MONTHS = 6
_RELEASES = 2


@dataclass(frozen=True, slots=True)
class Release:
    """`version` and day of a schema that clients were given."""

    version: str
    day: date


@dataclass(frozen=True, slots=True)
class Change:
    """`kind` is added, deprecated, removed, breaking or changed; `at` is a coordinate, or the words of graphql-core."""

    kind: str
    at: str
    note: str = ""


def compare(old: GraphQLSchema, new: GraphQLSchema) -> list[Change]:
    """Everything that a client could notice, sorted; new output values and union members are among what is added."""
    before, after = dict(_coordinates(old)), dict(_coordinates(new))
    found = [Change("added", name) for name in after.keys() - before.keys()]
    found += [
        Change("deprecated", name, reason)
        for name, reason in after.items()
        if reason and name in before and before[name] != reason
    ]
    gone = before.keys() - after.keys()
    # What went with its type or field is told once.
    found += [
        Change("removed", name, before[name] or "") for name in gone if not any(other in gone for other in _above(name))
    ]
    known = {change.at for change in found}
    for breaking in find_breaking_changes(old, new):
        if breaking.type not in _TOLD_AS_REMOVED and not _told(breaking.description, known):
            found.append(Change("breaking", breaking.description))
    found += [Change("breaking", sentence) for sentence in newcomers(old, new)]
    for dangerous in find_dangerous_changes(old, new):
        if "default" in dangerous.description.lower():
            found.append(Change("changed", dangerous.description))
    return sorted(found, key=lambda change: (change.kind, change.at))


_TOLD_AS_REMOVED = {
    BreakingChangeType.TYPE_REMOVED,
    BreakingChangeType.FIELD_REMOVED,
    BreakingChangeType.ARG_REMOVED,
    BreakingChangeType.VALUE_REMOVED_FROM_ENUM,
}


def refused(changes: list[Change], releases: dict[str, list[Release]], today: date) -> list[str]:
    """Why these changes may not be released, a sentence each.

    `releases` tells for each coordinate the releases that carried its deprecation, oldest first.
    """
    sentences = []
    for change in changes:
        if change.kind == "breaking":
            sentences.append(f"{change.at} This breaks clients.")
        elif change.kind == "deprecated":
            sentences += malformed(change.at, change.note)
        elif change.kind == "removed" and (why := _too_early(change, releases.get(change.at, []), today)):
            sentences.append(f"{change.at} was removed: {why}.")
    return sentences


def malformed(at: str, reason: str) -> list[str]:
    """A deprecation says what to use instead and on which day it was made."""
    missing = []
    if not _REPLACED.search(reason):
        missing.append("what replaces it (“Use …”, or “Nothing replaces it”)")
    if not _day_in(reason):
        missing.append("the day of the deprecation (2026-11-25)")
    return [f"{at} is deprecated without {' and '.join(missing)}."] if missing else []


def deprecated(schema: GraphQLSchema) -> dict[str, str]:
    """The reason of each deprecated coordinate."""
    return {name: reason for name, reason in _coordinates(schema) if reason}


def _too_early(change: Change, carried: list[Release], today: date) -> str:
    if not change.note:
        return "it was not deprecated in the last release"
    since = _day_in(change.note)
    if since is None:
        return "its deprecation bears no date"
    if len(carried) < _RELEASES and _months_after(since, _MONTHS) > today:
        return (
            f"deprecated on {since}, it stays until {_months_after(since, _MONTHS)} or until {_RELEASES} releases "
            f"have carried the deprecation ({len(carried)} did)"
        )
    return ""


def _day_in(text: str) -> date | None:
    for found in _DATE.findall(text):
        try:
            return date.fromisoformat(found)
        except ValueError:
            continue
    return None


def _months_after(day: date, months: int) -> date:
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, min(day.day, 28))


def _coordinates(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    for name, type_ in schema.type_map.items():
        if name.startswith("__"):
            continue
        yield name, ""
        for part, node in parts(type_):
            yield f"{name}.{part}", node.deprecation_reason or ""
        for member in getattr(type_, "types", ()):
            yield f"{name} | {member.name}", ""


def _above(name: str) -> list[str]:
    above = []
    if " | " in name:
        above.append(name.partition(" | ")[0])
    if "(" in name:
        above.append(name.partition("(")[0])
    if "." in name:
        above.append(name.partition(".")[0])
    return above


def _told(description: str, known: set[str]) -> bool:
    """Members that left a union are told as removed."""
    found = re.fullmatch(r"'?(\w+)'? was removed from union type '?(\w+)'?\.", description)
    return bool(found) and f"{found[2]} | {found[1]}" in known if found else False
