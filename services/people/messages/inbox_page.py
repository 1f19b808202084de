"""The inbox of local and test mode: what was "sent", for whoever tries, as a page and as JSON. No other mode has it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from services.kit.database.db import Database
from services.kit.http.address import comes_near
from services.kit.process.settings import Mode
from services.people.store import sending
from services.people.store.sending import Shown

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="3">
<title>Inbox</title><style>body{{font:16px/1.4 system-ui;max-width:44em;margin:2em auto;padding:0 1em}}
pre{{background:#f4f4f4;padding:.6em;overflow:auto}}li{{margin:.8em 0;list-style:none}}ul{{padding:0}}small{{color:#555}}</style></head>
<body><h1>Inbox</h1><p>What was sent to anybody, newest first. It is here for trying: nothing has left this machine.</p>
<p>To sign in as anybody, give a phone at <a href="{graphql}">{graphql}</a> under <em>Signing in, and headers</em>.</p>
<ul>{items}</ul></body></html>
"""
_ITEM = "<li><strong>{phone}</strong> <small>{kind}, {at}</small><br>{text}</li>"


def routes(db: Database, mode: Mode, gateway: str) -> Sequence[BaseRoute]:
    """`/inbox`, or of one number `/inbox?phone=+62812…`; none outside of local and test mode, and none by a foreign
    site's name. `gateway`: its address, to sign in at."""
    if not mode.clock_can_move:
        return []

    async def inbox(request: Request) -> Response:
        if not comes_near(request):
            return Response("the inbox is for whoever sits at this machine", 403, _HEADERS)
        # A plus that was not escaped is a blank by now.
        phone = request.query_params.get("phone", "").strip()
        number = f"+{phone.lstrip('+ ')}" if phone else None
        async with db.acquire() as conn:
            found = await sending.inbox(conn, number)
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse([_data(each) for each in found], headers=_HEADERS)
        items = "".join(_ITEM.format_map(_escaped(each)) for each in found)
        page = _PAGE.format(items=items or "<li>Nothing yet.</li>", graphql=escape(f"{gateway}/graphql"))
        return HTMLResponse(page, headers=_HEADERS)

    return [Route("/inbox", inbox)]


def _data(each: Shown) -> dict[str, str]:
    return {"phone": each.phone, "kind": each.kind, "text": each.text, "sentAt": each.sent_at.isoformat()}


def _escaped(each: Shown) -> dict[str, str]:
    return {
        "phone": escape(each.phone),
        "kind": escape(each.kind),
        "text": escape(each.text),
        "at": f"{each.sent_at:%H:%M:%S} UTC",
    }
