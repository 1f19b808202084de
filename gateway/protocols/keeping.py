"""What caches may keep: answers to GET of documents that are known by name, when nobody says who asks and nothing went wrong.

Nothing is kept here: whoever stands between, or the client itself, does, and asks again with the tag of what it has. It is asked of the
services then, and 304 saves the way back.
"""

import hashlib
import re

from starlette.responses import Response

NEVER = "no-store"
# All that an answer hangs on beside its address: whoever signs in is not to get what nobody in particular was told.
_VARY = "Accept, Accept-Encoding, Authorization, Origin"
_LONGEST_HEADER = 4_096
_TAG = re.compile(r'(?:W/)?("[^"]*")')


def kept(body: bytes, media: str, seconds: int, known: str, headers: dict[str, str]) -> Response:
    """`known`: the client's If-None-Match. `seconds`: how long it may be kept unasked."""
    tag = weak(body, media)
    control = f"public, max-age={seconds}" if seconds else "public, no-cache"
    headers = {**headers, "cache-control": control, "etag": tag, "vary": _VARY}
    if has(known, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, media)


def weak(body: bytes, media: str) -> str:
    """The same for all encodings of one answer, and so no promise about its bytes."""
    return f'W/"{hashlib.blake2b(body, digest_size=16, key=media.encode()[:64]).hexdigest()}"'


def has(known: str, tag: str) -> bool:
    """Whether If-None-Match names the tag, by the weak comparison of RFC 9110 §13.1.2."""
    if known.strip() == "*":
        return True
    return len(known) <= _LONGEST_HEADER and tag.removeprefix("W/") in _TAG.findall(known)
