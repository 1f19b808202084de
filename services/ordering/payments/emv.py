"""The text of a QRIS code: EMV's tags, lengths and values (EMVCo QRCPS, merchant-presented mode 1.1). What a provider sends is checked
before a buyer sees it: a code of another amount takes another amount."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_MOST: Final = 512
_AMOUNT: Final = re.compile(r"(\d{1,13})(?:\.(\d{1,2}))?", re.ASCII)
_CRC_AT: Final = "6304"


class CodeIsWrong(Exception):
    """It is none, or not the one that was asked for."""


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, begun with 0xFFFF, as four capital hexadecimal digits."""
    value = 0xFFFF
    for byte in text.encode("ascii"):
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1) ^ 0x1021 if value & 0x8000 else value << 1
            value &= 0xFFFF
    return f"{value:04X}"


def parse(content: str) -> Mapping[str, str]:
    """By tag. Raises CodeIsWrong when it is not whole, or its sum is another."""
    if not content.isascii() or not content.isprintable() or not 0 < len(content) <= _MOST:
        raise CodeIsWrong("it is no text of a code")
    found: dict[str, str] = {}
    at = 0
    while at < len(content):
        tag, length = content[at : at + 2], content[at + 2 : at + 4]
        if not (tag.isdigit() and len(tag) == 2 and length.isdigit() and len(length) == 2):
            raise CodeIsWrong(f"no tag at {at}")
        value = content[at + 4 : at + 4 + int(length)]
        if len(value) != int(length) or tag in found:
            raise CodeIsWrong(f"tag {tag} is cut, or is there twice")
        found[tag] = value
        at += 4 + int(length)
    if list(found)[-1] != "63" or content[-8:-4] != _CRC_AT or crc(content[:-4]) != content[-4:].upper():
        raise CodeIsWrong("its sum is another")
    return found


def check(content: str, amount_rupiah: int) -> None:
    """A dynamic code of this amount in rupiah, that a QRIS app takes. Raises CodeIsWrong."""
    tags = parse(content)
    wanted = {"00": "01", "01": "12", "53": "360", "58": "ID"}
    for tag, value in wanted.items():
        if tags.get(tag) != value:
            raise CodeIsWrong(f"tag {tag} is {tags.get(tag)}, not {value}")
    said = _AMOUNT.fullmatch(tags.get("54", ""))
    if said is None or int(said[1]) != amount_rupiah or int(said[2] or 0) != 0:
        raise CodeIsWrong(f"it is of {tags.get('54')}, not of {amount_rupiah}")
    if "55" in tags:
        raise CodeIsWrong("it asks for a tip")
    if not any(tag in tags for tag in map(str, range(26, 52))):
        raise CodeIsWrong("it names no merchant")
