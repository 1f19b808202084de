"""The explorer: the page that browsers get at /graphql in local mode, to try the graph with the tour's documents.

It is of plain files (`page/`): there is nothing to build, and it asks no other site for anything.
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.explorer.assets import assets
from services.kit.http.address import is_near
from services.kit.process.settings import Mode

if TYPE_CHECKING:
    from gateway.serving import Serving

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
        # Whoever tries begins as somebody; where messages end in an inbox, the page reads its code there.
        trying = serving.settings.mode is Mode.LOCAL and is_near(http.url.hostname or "")
        phone = serving.settings.explorer_phone if trying else ""
        body = orjson.dumps({"phone": phone, "inbox": bool(phone), "tour": tabs, "version": version})
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
