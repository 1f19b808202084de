"""Words by gettext. The Indonesian text is the key; words/en.po has the English. Read at start: there is no build step."""

from __future__ import annotations

import ast
import gettext
import io
import struct
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

HERE = Path(__file__).parent / "words"


class Language(StrEnum):
    ID = "id"
    EN = "en"

    @property
    def graph(self) -> str:
        """As the graph calls it."""
        return self.value.upper()


class Malformed(Exception):
    """A file of words that is none. The text names the line."""


def read(text: str) -> dict[str, str]:
    """What a .po says: msgid -> msgstr, each of one or more quoted lines. Raises Malformed."""
    found: dict[str, str] = {}
    entry: dict[str, str] = {}
    last = ""
    for number, raw in enumerate([*text.splitlines(), "msgid"], 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if word == "msgid":
            if "msgid" in entry:
                if entry["msgid"] in found:
                    raise Malformed(f"line {number}: {entry['msgid']!r} is there twice")
                found[entry["msgid"]] = entry.get("msgstr", "")
            entry = {}
        if word in ("msgid", "msgstr"):
            last, line = word, rest.strip()
            entry[word] = ""
        if not line:
            continue
        if not (line.startswith('"') and line.endswith('"') and len(line) > 1) or not last:
            raise Malformed(f"line {number}: {line[:60]}")
        try:
            entry[last] += str(ast.literal_eval(line))
        except (SyntaxError, ValueError) as error:
            raise Malformed(f"line {number}: {line[:60]}") from error
    return found


def compiled(words: Mapping[str, str]) -> gettext.GNUTranslations:
    """As msgfmt would, in memory: the format that the standard library reads."""
    pairs = sorted((key.encode(), value.encode()) for key, value in words.items() if key and value)
    pairs.insert(0, (b"", b"Content-Type: text/plain; charset=UTF-8\n"))
    start = 28 + 16 * len(pairs)
    tables: list[list[int]] = [[], []]
    blob = b""
    for side in (0, 1):
        for pair in pairs:
            tables[side] += [len(pair[side]), start + len(blob)]
            blob += pair[side] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    numbers = tables[0] + tables[1]
    return gettext.GNUTranslations(io.BytesIO(head + struct.pack(f"<{len(numbers)}I", *numbers) + blob))


def translations() -> dict[Language, gettext.NullTranslations]:
    english = compiled(read((HERE / "en.po").read_text("utf-8")))
    return {Language.ID: gettext.NullTranslations(), Language.EN: english}


def N_(text: str) -> str:
    return text
