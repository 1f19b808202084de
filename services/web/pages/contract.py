"""The contract with companies as a page: what they are told and what they reply, printed from the event classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from starlette.responses import Response

from services.contracts import printed
from services.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: str
    needed: bool


@dataclass(frozen=True, slots=True)
class Message:
    type: str
    about: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Channel:
    address: str
    receives: bool
    messages: tuple[Message, ...]


async def show(visit: Visit) -> Response:
    """For anybody: who writes a client reads it first."""
    return visit.page("contract.html", channels=channels())


@cache
def channels() -> tuple[Channel, ...]:
    document = printed.partner_document()
    return tuple(
        Channel(
            channel["address"],
            f"receive_{name}" in document["operations"],
            tuple(_message(document, kind) for kind in channel["messages"]),
        )
        for name, channel in document["channels"].items()
    )


def _message(document: Mapping[str, Any], kind: str) -> Message:
    found = document["components"]["messages"][kind]
    return Message(kind, found.get("summary", ""), tuple(_fields(document, found["payload"], "")))


def _fields(document: Mapping[str, Any], schema: Mapping[str, Any], path: str) -> Iterator[Field]:
    """With those of the objects inside."""
    top = _followed(document, schema)
    for name, given in top.get("properties", {}).items():
        inner = _followed(document, given)
        item = _followed(document, inner.get("items", {}))
        at = f"{path}{name}{'[]' if 'items' in inner else ''}"
        yield Field(at, _kind(document, inner), name in top.get("required", ()))
        for each in (inner, item):
            if "properties" in each:
                yield from _fields(document, each, f"{at}.")


def _followed(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _kind(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " | ".join(_kind(document, _followed(document, each)) for each in schema["anyOf"])
    values = schema.get("enum") or schema.get("x-values")
    return " | ".join(map(str, values)) if values else str(schema.get("type", ""))
