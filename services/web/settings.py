"""What web can be told."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from services.kit.checks import rule
from services.kit.process.settings import Secret, ServerSettings

_LEAST_KEY = 24
_TILES = re.compile(r"https?://[a-z0-9.-]+(?::\d+)?(?=/)", re.ASCII)


class WebSettings(ServerSettings, frozen=True, kw_only=True):
    """`push_public_key`: the public half of people's VAPID key, in base64url; "" offers no notices by the browser.
    `map_tiles_url`: pictures behind the maps, https://tiles.example.id/{z}/{x}/{y}.png; "" draws them from our own outlines alone.
    `map_tiles_credit`: whom their licence wants named beside them.
    `session_key`: a line of 24 or more characters, or several: the first encrypts, and what the others encrypted is still read."""

    gateway_url: str
    # The gateway is one address for all who look.
    connections_per_address: Annotated[int, msgspec.Meta(ge=1)] = 10_000
    session_key: Secret = msgspec.field(name="WEB_SESSION_KEY")
    live_pages: Annotated[int, msgspec.Meta(ge=1)] = 2_000
    push_public_key: str = ""
    map_tiles_url: str = ""
    map_tiles_credit: str = ""
    # Of local mode, to try everybody's part: the inbox of what people has "sent", and the issuer that gives anybody a token. "" is without.
    inbox_url: str = ""
    sign_in_as_url: str = ""

    @rule
    def the_gateway_has_an_address(self) -> None:
        if not self.gateway_url.startswith(("http://", "https://")):
            raise ValueError("GATEWAY_URL is malformed: it begins with neither http:// nor https://")

    @rule
    def keys_are_long(self) -> None:
        if not self.keys or min(map(len, self.keys)) < _LEAST_KEY:
            raise ValueError(f"WEB_SESSION_KEY is weak: each of its lines has {_LEAST_KEY} or more characters")

    @rule
    def tiles_have_an_address(self) -> None:
        if self.map_tiles_url and not (self.tiles_host and all(f"{{{each}}}" in self.map_tiles_url for each in "zxy")):
            raise ValueError("MAP_TILES_URL is malformed: it is like https://tiles.example.id/{z}/{x}/{y}.png")

    @rule
    def tiles_have_a_maker(self) -> None:
        if self.map_tiles_url and not self.map_tiles_credit:
            raise ValueError("MAP_TILES_CREDIT is missing: who makes the tiles is named beside them")

    @rule
    def nobody_plays_others(self) -> None:
        if (self.inbox_url or self.sign_in_as_url) and not self.mode.clock_can_move:
            raise ValueError("INBOX_URL and SIGN_IN_AS_URL are for local and test mode alone")

    @property
    def tiles_host(self) -> str:
        """As a policy of what a page may load says it; "" without tiles."""
        found = _TILES.match(self.map_tiles_url)
        return found[0] if found else ""

    @property
    def keys(self) -> list[str]:
        return [line.strip() for line in self.session_key.reveal().splitlines() if line.strip()]

    @property
    def secure(self) -> bool:
        """Whether cookies are for HTTPS alone: where people come from outside."""
        return not self.mode.clock_can_move
