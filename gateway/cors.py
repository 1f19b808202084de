"""Which pages of other origins may call, and what they may send and read."""

import re

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from gateway.settings import Settings
from services.kit.process.settings import Mode

_LOCALHOST = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"
_ANY_PORT = ":*"
# As long as browsers remember it at most: on a slow line each question costs a second.
_REMEMBERED_S = 7_200


def middleware(settings: Settings) -> list[Middleware]:
    """Nothing when no other origin may call."""
    patterns = [re.escape(one.removesuffix(_ANY_PORT)) + r"(:\d+)?" for one in settings.origins if _any_port(one)]
    local = settings.mode is Mode.LOCAL
    if local:
        patterns.append(_LOCALHOST)
    if not settings.origins and not local:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=[one for one in settings.origins if not _any_port(one)],
            allow_origin_regex="|".join(f"(?:{one})" for one in patterns) or None,
            allow_methods=["GET", "POST"],
            # Whatever an app's library adds to a request, today or later: what protects is which origins may ask.
            allow_headers=["*"],
            expose_headers=["retry-after", "etag", "x-request-id"],
            allow_private_network=local,
            max_age=_REMEMBERED_S,
        )
    ]


def _any_port(origin: str) -> bool:
    return origin.endswith(_ANY_PORT)
