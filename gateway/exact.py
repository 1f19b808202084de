"""JSON whose numbers keep their digits.

msgspec reads whole numbers of any length, up to the interpreter's own limit of 4,300 digits, and hands over what has a fraction or an
exponent as it is written; orjson would read a whole number beyond 64 bits as the nearest double, and none that is larger than doubles are.
"""

import math
from typing import Any

import msgspec
import orjson

# Of so many digits, decimal point and exponent included, a double gives back each.
_DOUBLE = 17


class Digits(float):
    """A number with a fraction or an exponent that no double holds as it is written, which is `text`."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> "Digits":
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __repr__(self) -> str:
        return self.text


def loads(text: bytes | str) -> Any:
    """Raises ValueError for what is no JSON."""
    try:
        return _DECODER.decode(text)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def dumps(value: Any) -> bytes:
    """Raises TypeError for what nests deeper than can be written."""
    try:
        return orjson.dumps(value, default=_written)
    except TypeError:  # a whole number that has more than 64 bits
        try:
            return orjson.dumps(_wide(value), default=_written)
        except RecursionError as error:
            raise TypeError("nested too deeply") from error


def _decimal(text: str) -> float:
    found = float(text)
    return Digits(text) if len(text) > _DOUBLE or math.isinf(found) else found


_DECODER = msgspec.json.Decoder(float_hook=_decimal)


def _written(value: Any) -> orjson.Fragment:
    if isinstance(value, Digits):
        return orjson.Fragment(value.text)
    raise TypeError(f"{type(value).__name__} is no JSON")


def _wide(value: Any) -> Any:
    if type(value) is dict:
        return {key: _wide(one) for key, one in value.items()}
    if type(value) is list:
        return [_wide(one) for one in value]
    return orjson.Fragment(str(value)) if type(value) is int and not -(2**63) <= value < 2**64 else value
