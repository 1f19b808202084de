"""`.env` with other values: every other line stays as it is, and what was there stays unless an answer says otherwise. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@,+%=?&~-]*")


class Unreadable(Exception):
    """A file that we would spoil. The text says where."""


def values(text: str) -> dict[str, str]:
    """What is said, the last of each name, without its quotes. Raises Unreadable for what we do not write and would break."""
    found: dict[str, str] = {}
    open_quote = ""
    for number, line in enumerate(text.splitlines(), 1):
        if open_quote:
            open_quote = "" if line.rstrip().endswith(open_quote) else open_quote
            continue
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        matched = _LINE.match(line)
        if matched is None:
            raise Unreadable(f".env, line {number} is no NAME=value: {line[:40]}")
        value = matched[2].strip()
        if value[:1] in ("'", '"'):
            quote = value[0]
            if len(value) < 2 or not value.endswith(quote):
                open_quote = quote  # a certificate, over several lines
                found[matched[1]] = value[1:]
                continue
            value = value[1:-1]
        else:
            value = value.partition(" #")[0].rstrip()
        found[matched[1]] = value
    if open_quote:
        raise Unreadable(f".env ends within {open_quote}: a quote is not closed")
    return found


def changed(text: str, wanted: Mapping[str, str]) -> str:
    """With these values. A name that is commented out is said below its comment; one that is not there, at the end."""
    before = values(text)
    lines = text.splitlines()
    added: list[str] = []
    for name, value in wanted.items():
        if before.get(name, "") == value:
            continue
        line = f"{name}={_quoted(value)}"
        said = [at for at, each in enumerate(lines) if (found := _LINE.match(each)) and found[1] == name]
        if said:
            lines[said[-1]] = line  # Compose takes the last
        elif (at := next((at for at, each in enumerate(lines) if each.startswith(f"#{name}=")), None)) is not None:
            lines[at] = line
        else:
            added.append(line)
    return "\n".join([*lines, *added]) + "\n"


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else f"'{value}'"
