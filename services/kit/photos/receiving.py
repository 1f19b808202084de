"""A photo's bytes as they come: plain, or as the file of a form; bounded in number, in time and in how slowly."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from services.kit.http.problem import HttpProblem
from services.kit.photos.limits import MAX_BYTES

WITHIN_S: Final = 120.0
_GRACE_S: Final = 10.0
_LEAST_A_SECOND: Final = 8 * 1024
_IN_ALL: Final = 64 * 1024 * 1024
_ENVELOPE: Final = 16 * 1024
"""What a form may have around its file."""
_MOST_PARTS: Final = 8


@dataclass(slots=True)
class Receiving:
    """Of one process. `held` are bytes of photos that are on their way."""

    held: int = field(default=0, init=False)

    async def photo(self, request: Request) -> bytes:
        """Raises HttpProblem, ClientDisconnect."""
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > MAX_BYTES + _ENVELOPE:
            raise too_large()
        kind, options = parse_options_header(request.headers.get("content-type", ""))
        if kind == b"application/x-www-form-urlencoded":
            raise HttpProblem(415, "UNSUPPORTED_MEDIA_TYPE", "a form with a file has enctype multipart/form-data")
        if kind != b"multipart/form-data":
            to: _Plain | _Form = _Plain()
        elif boundary := options.get(b"boundary"):
            to = _Form(boundary)
        else:
            raise malformed()
        try:
            async with asyncio.timeout(WITHIN_S):
                return await self._taken(request, to)
        except TimeoutError as error:
            raise too_slow() from error
        finally:
            self.held -= to.taken

    async def _taken(self, request: Request, to: _Plain | _Form) -> bytes:
        clock = asyncio.get_running_loop().time
        began, total = clock(), 0
        async for part in request.stream():
            total += len(part)
            since = clock() - began
            if since > _GRACE_S and total / since < _LEAST_A_SECOND:
                raise too_slow()
            before = to.taken
            to.take(part)
            self.held += to.taken - before
            if to.taken > MAX_BYTES or total > MAX_BYTES + _ENVELOPE:
                raise too_large()
            if self.held > _IN_ALL:
                raise busy()
        return to.whole()


class _Plain:
    """The body is the photo."""

    def __init__(self) -> None:
        self._content = bytearray()

    @property
    def taken(self) -> int:
        return len(self._content)

    def take(self, part: bytes) -> None:
        self._content += part

    def whole(self) -> bytes:
        if not self._content:
            raise empty()
        return bytes(self._content)


class _Form:
    """The first file of the form is the photo; other fields are passed over."""

    def __init__(self, boundary: bytes) -> None:
        self._content = bytearray()
        self._name, self._value = bytearray(), bytearray()
        self._parts = 0
        self._in_file = self._found = self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_part_data": self._data,
                    "on_part_end": self._end_part,
                    "on_header_begin": self._begin_header,
                    "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._end_header,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise malformed() from error

    @property
    def taken(self) -> int:
        return len(self._content)

    def take(self, part: bytes) -> None:
        try:
            self._parser.write(part)
        except FormParserError as error:
            raise malformed() from error
        if len(self._name) + len(self._value) > _ENVELOPE or self._parts > _MOST_PARTS:
            raise malformed()

    def whole(self) -> bytes:
        if not self._ended:
            raise malformed()
        if not self._content:
            raise empty()
        return bytes(self._content)

    def _begin(self) -> None:
        self._parts += 1

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._content += data[start:end]

    def _end_part(self) -> None:
        self._found, self._in_file = self._found or self._in_file, False

    def _begin_header(self) -> None:
        self._name.clear()
        self._value.clear()

    def _end_header(self) -> None:
        if bytes(self._name).strip().lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._in_file = b"filename" in options and not self._found

    def _end(self) -> None:
        self._ended = True


def too_large() -> HttpProblem:
    return HttpProblem(413, "TOO_LARGE", f"a photo has at most {MAX_BYTES} bytes")


def too_slow() -> HttpProblem:
    return HttpProblem(
        408, "TOO_SLOW", f"it came too slowly: {_LEAST_A_SECOND} bytes a second, and within {WITHIN_S:.0f} s"
    )


def busy() -> HttpProblem:
    return HttpProblem(429, "RATE_LIMITED", "too many photos come at once; try again", {"retry-after": "5"})


def malformed() -> HttpProblem:
    return HttpProblem(400, "BAD_USER_INPUT", "the form is malformed, or ended early")


def empty() -> HttpProblem:
    return HttpProblem(422, "NOT_A_PHOTO", "there is no file in it")
