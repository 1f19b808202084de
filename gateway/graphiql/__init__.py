"""The page that browsers get at /graphql in local mode: GraphiQL when it was built, else a small page of ours."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
from starlette.responses import HTMLResponse

from services.kit.process.settings import Mode

if TYPE_CHECKING:
    from gateway.serving import Serving

logger = logging.getLogger(__name__)

_GATEWAY = Path(__file__).parents[1]
_TOUR = Path(__file__).parent / "tour"


async def page(serving: "Serving") -> HTMLResponse:
    """Neither page asks other sites for anything. Each load gets a buyer's token of its own."""
    built = _GATEWAY / "static" / "graphiql.html"
    file = built if built.exists() else _GATEWAY / "static" / "page.html"
    start = {"token": await _token(serving), "tabs": tour(), "url": "/graphql"}
    # "<" cannot end the script element early.
    text = orjson.dumps(start).decode().replace("<", "\\u003c")
    html = file.read_text(encoding="utf-8").replace("/*WLIJO_START*/null", text, 1)
    return HTMLResponse(html, headers={"cache-control": "no-store", "vary": "accept"})


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


async def _token(serving: "Serving") -> str:
    url = serving.settings.graphiql_token_url
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
