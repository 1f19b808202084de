"""JSON whose numbers keep their digits, at orjson's price where there are none to lose.

orjson reads a whole number beyond 64 bits as the nearest double, and none that is larger than doubles are. Numbers of 19 digits and
more are looked for in the text, which costs a tenth of reading it, and only what has such a number is read by the slower parser.
"""

import json
import math
from typing import Any, NoReturn

import orjson

# The longest run of digits of which none can be lost: -2^63 has 19.
_RUN = 19
# Of so many digits, decimal point and exponent included, a double gives back each.
_DOUBLE = 17
# A look at every fourth byte meets a run of 19 four times or more, and dates, times and most numbers that people use less often.
_STEP = 4
# With what may stand before the digits of a number, which is never within a word such as an id.
_ZEROS = b"," + b"0" * _RUN
_SEEN = b"0" * (_RUN // _STEP)
_DIGITS = bytes.maketrans(b"0123456789:,[ \t\n\r-+.eE", b"0" * 10 + b"," * 12)


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
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if not _may_lose(raw):
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            if "infinity" not in str(error):
                raise
    return _slowly(raw)


def dumps(value: Any) -> bytes:
    """Raises TypeError for what nests deeper than can be written."""
    try:
        return orjson.dumps(value, default=_written)
    except TypeError:  # a whole number that has more than 64 bits
        try:
            return orjson.dumps(_wide(value), default=_written)
        except RecursionError as error:
            raise TypeError("nested too deeply") from error


def _may_lose(raw: bytes) -> bool:
    return _SEEN in raw[::_STEP].translate(_DIGITS) and _ZEROS in (b"," + raw.translate(_DIGITS))


def _slowly(raw: bytes) -> Any:
    try:
        found = _DECODER.decode(raw.decode())
        if b"\\ud" in raw.lower():
            json.dumps(found, ensure_ascii=False).encode()  # half a pair of surrogates is no text
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return found


def _decimal(text: str) -> float:
    found = float(text)
    return Digits(text) if len(text) > _DOUBLE or math.isinf(found) else found


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


_DECODER = json.JSONDecoder(parse_float=_decimal, parse_constant=_constant)


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
