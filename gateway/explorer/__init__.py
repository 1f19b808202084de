"""The explorer: the page that browsers get at /graphql in local mode, to try the graph with the tour's documents.

It is of plain files (`page/`): there is nothing to build, and it asks no other site for anything.
"""

import hashlib
import ipaddress
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.explorer.assets import assets
from services.kit.process.settings import Mode

if TYPE_CHECKING:
    from gateway.serving import Serving

logger = logging.getLogger(__name__)

_TOUR = Path(__file__).parent / "tour"
_FOR_EVER = "public, max-age=31536000, immutable"
_IF_UNCHANGED = "no-cache"


def page(http: Request) -> Response:
    return assets().page.answer(http.headers, _IF_UNCHANGED)


def routes(serving: "Serving") -> list[Route]:
    """What the page asks for: its files, and what it starts with."""
    if not serving.settings.explorer:
        return []

    async def file(http: Request) -> Response:
        held = assets()
        found = held.files.get(http.path_params["name"])
        if found is None or http.path_params["version"] != held.version:
            return Response(status_code=404)
        return found.answer(http.headers, _FOR_EVER)

    async def start(http: Request) -> Response:
        tabs = tour()
        version = hashlib.sha256(orjson.dumps(tabs)).hexdigest()[:20]
        token = await _token(serving) if _by_address(http.url.hostname or "") else ""
        inbox = serving.settings.explorer_inbox_url if serving.settings.mode is Mode.LOCAL else ""
        body = orjson.dumps({"token": token, "inbox": inbox, "tour": tabs, "version": version})
        return Response(body, headers={"cache-control": "no-store"}, media_type="application/json")

    return [Route("/graphql/start", start), Route("/graphql/{version}/{name}", file)]


def tour() -> list[dict[str, Any]]:
    """The tabs of the first look, in the order of their file names (`1-near-me.graphql` with `1-near-me.json`)."""
    tabs: list[dict[str, Any]] = []
    for file in sorted(_TOUR.glob("*.graphql")):
        variables = file.with_suffix(".json")
        title = file.stem.partition("-")[2].replace("-", " ")
        tabs.append(
            {
                "title": title,
                "query": file.read_text(encoding="utf-8"),
                "variables": variables.read_text(encoding="utf-8") if variables.exists() else "{}",
            }
        )
    return tabs


def _by_address(host: str) -> bool:
    """Whether the browser came by an address of this machine: a foreign site can point a name of its own here, and would read the token."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


async def _token(serving: "Serving") -> str:
    """Of a buyer, from the development issuer; "" where there is none."""
    url = serving.settings.explorer_token_url
    if not url or serving.settings.mode is not Mode.LOCAL:
        return ""
    try:
        async with serving.client.session.post(
            url, json={"role": "buyer"}, timeout=aiohttp.ClientTimeout(total=2)
        ) as answer:
            document = orjson.loads(await answer.read())
        return str(document["access_token"])
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
        logger.warning("no token for the page", extra={"detail": str(error)})
        return ""
