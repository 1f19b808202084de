"""The contracts as others read them: JSON Schemas and two AsyncAPI 3 documents, printed from the event classes, and what may not change.

`python -m services.contracts.printed check` for the gate, `write` to print them anew; both refuse what breaks whoever reads or writes
events today.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import orjson

from services.contracts.partner import MAX_REPLY_BYTES, REPLIES, TOLD, Location
from services.contracts.registry import SERVICES
from services.kit.ids import Id

FOLDER: Final = Path(__file__).parents[2] / "docs" / "contracts"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Final = {"type": "string"}
_OPEN: Final = "x-values"
"""Values of today: whoever reads keeps a default branch."""
# Of what a company writes: lower, or higher, is narrower.
_BOUNDS: Final = {"maxLength": -1, "maximum": -1, "maxItems": -1, "minLength": 1, "minimum": 1, "minItems": 1}


class Direction(StrEnum):
    """Who reads: others what we tell, we what others reply, or services each other's events, of any age."""

    TOLD = "told"
    REPLIED = "replied"
    BOTH = "both"


def _of_id(kind: type) -> dict[str, Any]:
    if issubclass(kind, Id):
        return {"type": "string", "pattern": f"^{kind.prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"}
    raise NotImplementedError


def _opened(schema: Any) -> Any:
    """As readers are to take it: values of an enum may be added."""
    if isinstance(schema, dict):
        found = {name: _opened(value) for name, value in schema.items()}
        if "enum" in found and all(isinstance(each, str) for each in found["enum"]):
            found |= {"type": "string", _OPEN: found.pop("enum")}
        return found
    return [_opened(each) for each in schema] if isinstance(schema, list) else schema


@cache
def messages() -> Mapping[str, bytes]:
    """What a company is told and replies: type -> JSON Schema of its `data`, as JSON."""
    kinds: list[type[Any]] = [*TOLD, *REPLIES.values(), Location]
    made = {each.type: orjson.dumps(_document(each, told=each in TOLD)) for each in kinds}
    return dict(sorted(made.items()))


def _document(kind: type[Any], *, told: bool) -> dict[str, Any]:
    schema = msgspec.json.schema(kind, schema_hook=_of_id)
    return {
        "$schema": _DIALECT,
        "$id": f"/partner/v1/schemas/{kind.type}.json",
        **(_opened(schema) if told else schema),
    }


def _message(kind: type[Any], schemas: Mapping[str, Any], name: str) -> dict[str, Any]:
    about = (kind.__doc__ or "").strip()
    headers = {
        "type": "object",
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type"],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": _TEXT,
            "ce_source": _TEXT,
            "ce_type": {"const": kind.type},
            "ce_time": _TEXT,
            "ce_subject": _TEXT,
            "ce_aggregateseq": _TEXT,
            "ce_epoch": _TEXT,
            "content-type": {"const": "application/json"},
        },
    }
    return {
        "name": kind.type,
        "title": name,
        **({"summary": " ".join(about.partition("\n\n")[0].split())} if about else {}),
        "contentType": "application/json",
        "headers": headers,
        "payload": schemas[name],
    }


def _shown(kinds: Sequence[type[Any]], *, told: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Messages by type, and the schemas that they name."""
    references, components = msgspec.json.schema_components(
        kinds, schema_hook=_of_id, ref_template="#/components/schemas/{name}"
    )
    by_name = {kind.type: reference for kind, reference in zip(kinds, references, strict=True)}
    made = {kind.type: _message(kind, {kind.__name__: by_name[kind.type]}, kind.__name__) for kind in kinds}
    return made, (_opened(components) if told else components)


def partner_document() -> dict[str, Any]:
    """AsyncAPI 3, of a company's own application: it receives jobs, and sends replies and positions."""
    told, told_schemas = _shown(TOLD, told=True)
    replies, reply_schemas = _shown([*REPLIES.values()], told=False)
    places, place_schemas = _shown([Location], told=False)
    channels = {
        "jobs": ("partner.{partnerId}.jobs.v1", told, "receive", "What you are told."),
        "replies": (
            "partner.{partnerId}.replies.v1",
            replies,
            "send",
            f"What you reply, at most {MAX_REPLY_BYTES} bytes each.",
        ),
        "locations": ("partner.{partnerId}.locations.v1", places, "send", "Where riders are, during trips."),
    }
    document = _asyncapi(
        "Wlijo for companies that deliver",
        "As docs/partners.md says in words. The same events come from GET /partner/v1/events and are posted to a webhook; the same replies "
        "go to POST /partner/v1/replies. Fields and types may be added, and values of x-values: ignore what you do not know.",
        channels,
        {**told_schemas, **reply_schemas, **place_schemas},
    )
    for channel in document["channels"].values():
        channel["parameters"] = {"partnerId": {"description": "Your id, ptn_…"}}
    return document


def market_document() -> dict[str, Any]:
    """AsyncAPI 3, of the services: what each tells the others."""
    events = sorted({event for service in SERVICES for event in service.events()}, key=lambda event: event.type)
    told, schemas = _shown(events, told=True)
    topics: dict[str, dict[str, Any]] = {}
    for event in events:
        topics.setdefault(event.topic, {})[event.type] = told[event.type]
    channels = {
        topic.replace(".", "_"): (topic, found, "send", f"Told by {topic.partition('.')[0]}.")
        for topic, found in sorted(topics.items())
    }
    return _asyncapi("Wlijo's services", "What services tell one another.", channels, schemas)


def _asyncapi(
    title: str,
    description: str,
    channels: Mapping[str, tuple[str, Mapping[str, Any], str, str]],
    schemas: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "asyncapi": "3.0.0",
        "info": {"title": title, "version": "1.0.0", "description": description},
        "defaultContentType": "application/json",
        "channels": {
            name: {
                "address": address,
                "description": about,
                "messages": {each: {"$ref": f"#/components/messages/{each}"} for each in found},
            }
            for name, (address, found, _, about) in channels.items()
        },
        "operations": {
            f"{action}_{name}": {"action": action, "channel": {"$ref": f"#/channels/{name}"}}
            for name, (_, _, action, _) in channels.items()
        },
        "components": {
            "messages": {each: made for _, found, _, _ in channels.values() for each, made in found.items()},
            "schemas": dict(sorted(schemas.items())),
        },
    }


# -- what may not change ----------------------------------------------------------------------------------------------


def incompatible(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Between two documents: what breaks whoever was written for the first, and where."""
    for name, channel in old["channels"].items():
        there = new["channels"].get(name)
        if there is None or there["address"] != channel["address"]:
            yield f"{name}: the channel is not at {channel['address']} any more"
            continue
        direction = _direction(old, name, channel)
        for kind in channel["messages"]:
            if kind not in there["messages"]:
                yield f"{kind}: it is gone; keep it, and add another beside it"
                continue
            before, after = (each["components"]["messages"][kind]["payload"] for each in (old, new))
            yield from _changes(kind, _Side(old, before), _Side(new, after), direction)


def _direction(document: Mapping[str, Any], name: str, channel: Mapping[str, Any]) -> Direction:
    if not channel["address"].startswith("partner."):
        return Direction.BOTH
    return Direction.TOLD if f"receive_{name}" in document["operations"] else Direction.REPLIED


class _Side:
    """A schema within its document."""

    def __init__(self, document: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
        while "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        self.document, self.schema = document, schema

    def of(self, schema: Mapping[str, Any]) -> _Side:
        return _Side(self.document, schema)

    @property
    def properties(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.schema.get("properties", {})
        return found

    @property
    def required(self) -> frozenset[str]:
        return frozenset(self.schema.get("required", ()))

    def kinds(self) -> list[_Side]:
        return [self.of(each) for each in self.schema["anyOf"]] if "anyOf" in self.schema else [self]


def _changes(at: str, old: _Side, new: _Side, direction: Direction) -> Iterator[str]:
    before, after = old.kinds(), new.kinds()
    if direction is Direction.REPLIED:  # what may be written beside what was written breaks no writer
        written = {_type(each) for each in before}
        after = [each for each in after if _type(each) in written]
    if [_type(each) for each in before] != [_type(each) for each in after]:
        yield f"{at}: was {_types(before)}, is {_types(after)}"
        return
    for one, other in zip(before, after, strict=True):
        yield from _of_one(at, one, other, direction)


def _of_one(at: str, old: _Side, new: _Side, direction: Direction) -> Iterator[str]:
    for name in old.properties:
        if name not in new.properties:
            yield f"{at}.{name}: the field is gone"
        else:
            sides = old.of(old.properties[name]), new.of(new.properties[name])
            yield from _changes(f"{at}.{name}", *sides, direction)
    added = new.required - old.required
    if added:
        yield f"{at}: {', '.join(sorted(added))} must be there now, and is not in what was written before"
    if direction is not Direction.REPLIED and (lost := (old.required & new.properties.keys()) - new.required):
        yield f"{at}: {', '.join(sorted(lost))} may be left out now, and readers count on it"
    if "items" in old.schema and "items" in new.schema:
        yield from _changes(f"{at}[]", old.of(old.schema["items"]), new.of(new.schema["items"]), direction)
    for values in ("enum", _OPEN):
        if direction is not Direction.TOLD and (
            gone := set(old.schema.get(values, ())) - set(new.schema.get(values, ()))
        ):
            yield f"{at}: {', '.join(sorted(map(str, gone)))} is no value any more"
    if direction is not Direction.TOLD:
        yield from _narrowed(at, old.schema, new.schema)
    if old.schema.get("pattern") != new.schema.get("pattern"):
        yield f"{at}: was like {old.schema.get('pattern')}, is like {new.schema.get('pattern')}"


def _narrowed(at: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for bound, narrower in _BOUNDS.items():
        was, now = old.get(bound), new.get(bound)
        if now is not None and (was is None or (now - was) * narrower > 0):
            yield f"{at}: {bound} was {was}, is {now}"


def _type(side: _Side) -> str:
    return str(side.schema.get("type", "any"))


def _types(sides: Sequence[_Side]) -> str:
    return " or ".join(map(_type, sides))


DOCUMENTS: Final = {"partner.asyncapi.json": partner_document, "market.asyncapi.json": market_document}


def main(arguments: Sequence[str], folder: Path = FOLDER) -> int:
    """`check`: 1 when a document breaks somebody, or is not printed anew. `write` prints it, unless it breaks somebody."""
    say, worst = sys.stderr.write, 0
    for name, made in DOCUMENTS.items():
        file, new = folder / name, made()
        printed = orjson.dumps(new, option=orjson.OPT_INDENT_2) + b"\n"
        kept = file.read_bytes() if file.exists() else None
        if kept == printed:
            continue
        broken = [] if kept is None else [*incompatible(orjson.loads(kept), orjson.loads(printed))]
        for each in broken:
            say(f"{name}: {each}\n")
        if broken or list(arguments) != ["write"]:
            say(f"{name}: not printed" + (": it would break who is there\n" if broken else "; make contracts\n"))
            worst = 1
        else:
            folder.mkdir(parents=True, exist_ok=True)
            file.write_bytes(printed)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
