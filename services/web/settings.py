"""What web can be told."""

from __future__ import annotations

from typing import Annotated

import msgspec

from services.kit.process.settings import Secret, ServerSettings

_LEAST_KEY = 24


class WebSettings(ServerSettings, frozen=True, kw_only=True):
    """`push_public_key`: the public half of people's VAPID key, in base64url; "" offers no notices by the browser.
    `session_key`: a line of 24 or more characters, or several: the first encrypts, and what the others encrypted is still read."""

    gateway_url: str
    # The gateway is one address for all who look.
    connections_per_address: Annotated[int, msgspec.Meta(ge=1)] = 10_000
    session_key: Secret = msgspec.field(name="WEB_SESSION_KEY")
    live_pages: Annotated[int, msgspec.Meta(ge=1)] = 2_000
    push_public_key: str = ""
    # Of local mode, to try everybody's part: the inbox of what people has "sent", and the issuer that gives anybody a token. "" is without.
    inbox_url: str = ""
    sign_in_as_url: str = ""

    def __post_init__(self) -> None:
        if not self.gateway_url.startswith(("http://", "https://")):
            raise ValueError("GATEWAY_URL is malformed: it begins with neither http:// nor https://")
        if not self.keys or min(map(len, self.keys)) < _LEAST_KEY:
            raise ValueError(f"WEB_SESSION_KEY is weak: each of its lines has {_LEAST_KEY} or more characters")
        if (self.inbox_url or self.sign_in_as_url) and not self.mode.clock_can_move:
            raise ValueError("INBOX_URL and SIGN_IN_AS_URL are for local and test mode alone")

    @property
    def keys(self) -> list[str]:
        return [line.strip() for line in self.session_key.reveal().splitlines() if line.strip()]

    @property
    def secure(self) -> bool:
        """Whether cookies are for HTTPS alone: where people come from outside."""
        return not self.mode.clock_can_move
