"""Bodies that were compressed although nobody asked, as some frameworks and proxies do."""

import zlib

# Of how many parts that were compressed one by one a body may be; each is looked for in all that is left.
_PARTS = 100


class Unreadable(Exception):
    """It is not what its encoding says, or in an encoding that is not known here."""


class TooLarge(Exception):
    """It is more than may be kept."""


def unpacked(body: bytes, encoding: str, longest: int) -> bytes:
    """`encoding` is the Content-Encoding, in small letters. Raises Unreadable, and TooLarge for more than `longest` bytes."""
    if encoding in ("", "identity"):
        return body
    try:
        match encoding:
            case "gzip" | "x-gzip":
                return _inflated(body, 16 + zlib.MAX_WBITS, longest)
            case "deflate":
                # Some send it bare, without the wrapping that the standard (RFC 9110, 8.4.1.2) asks for.
                wrapped = len(body) > 1 and body[0] & 15 == zlib.DEFLATED and int.from_bytes(body[:2], "big") % 31 == 0
                return _inflated(body, zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS, longest)
    except zlib.error as error:
        raise Unreadable(f"what it calls {encoding} is not: {error}") from error
    raise Unreadable(
        f"it answers in the encoding {encoding[:40]!r}, which nobody asked for and which is not known here"
    )


def _inflated(body: bytes, window: int, longest: int) -> bytes:
    found = b""
    for _ in range(_PARTS):
        part = zlib.decompressobj(window)
        found += part.decompress(body, longest - len(found) + 1)
        if len(found) > longest:
            raise TooLarge
        if not part.eof:
            raise Unreadable("a compressed answer ends early")
        body = part.unused_data
        if not body:
            return found
    raise Unreadable(f"a compressed answer is of more than {_PARTS} parts")
