"""What holds for every photo that is sent, whatever it is of."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

MAX_BYTES: Final = 12 * 1024 * 1024
"""Of what is sent: a phone's photo of 12 megapixels has 3 to 6 MB, of a busy market up to 10."""
UPLOAD_WITHIN: Final = timedelta(minutes=30)
"""How long an upload address is good: the phone's camera is opened in between."""
SHOWN_FOR: Final = timedelta(minutes=10)
"""How long the address of what is not for everybody is good."""
MAX_RETURN_CHARACTERS: Final = 300


def is_ours(path: str) -> bool:
    """Whether a browser that is sent there stays: `//elsewhere` and `/\\elsewhere` are other sites to it."""
    fine = path.startswith("/") and not path.startswith("//") and path.isascii() and path.isprintable()
    return fine and "\\" not in path and " " not in path and "#" not in path and len(path) <= MAX_RETURN_CHARACTERS
