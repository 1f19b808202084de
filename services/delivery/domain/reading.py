"""Reading what a partner sent: where it is wrong, the partner is told which field, what was wrong with it and what would be right."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TypeVar, get_type_hints

from services.contracts.partner import MAX_REPLY_BYTES, REPLIES, RefusalCode, Reply
from services.delivery.domain.reply import ReplyRefused
from services.kit.messaging.envelope import Malformed, decode

T = TypeVar("T")
DATA = "data"
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_PLACE = re.compile(r"(?P<what>.*) - at `\$\.(?P<field>[^`]+)`", re.DOTALL)


def read_reply(reply_type: str, body: bytes) -> Reply:
    """Raises ReplyRefused."""
    if len(body) > MAX_REPLY_BYTES:
        message = f"the data has {len(body)} bytes, and may have {MAX_REPLY_BYTES}"
        raise ReplyRefused(RefusalCode.TOO_LARGE, message, DATA)
    kind = REPLIES.get(reply_type)
    if kind is None:
        message = f"no reply has the type {reply_type[:80]!r}; there are {', '.join(REPLIES)}"
        raise ReplyRefused(RefusalCode.UNKNOWN_TYPE, message, "type")
    return read(kind, body)


def read(kind: type[T], body: bytes) -> T:
    """Raises ReplyRefused, MALFORMED."""
    if not body:
        raise ReplyRefused(RefusalCode.MALFORMED, f"there is no data; it has {_fields(kind)}", DATA)
    try:
        return decode(kind, body)
    except (Malformed, ValueError) as error:
        field, message = _what_is_wrong(kind, str(error))
        raise ReplyRefused(RefusalCode.MALFORMED, message, field) from error


def _what_is_wrong(kind: type, fault: str) -> tuple[str, str]:
    """The field, and the fault in words."""
    if found := _MISSING.fullmatch(fault):
        return found[1], f"{found[1]} is missing; the data has {_fields(kind)}"
    if found := _PLACE.fullmatch(fault):
        field, what = found["field"], found["what"]
        expected = get_type_hints(kind).get(field)
        if isinstance(expected, type) and issubclass(expected, StrEnum):
            what = f"{what}; it is one of {', '.join(expected)}"
        return field, f"{field}: {what}"
    return DATA, f"the data is no JSON object: {fault}"


def _fields(kind: type) -> str:
    return ", ".join(sorted(get_type_hints(kind).keys() - {"type"}))
