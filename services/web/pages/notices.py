"""What somebody was told, and having it told by this browser."""

from __future__ import annotations

import re

from starlette.responses import Response

from services.web.answers_me import Notice, NoticesPage
from services.web.app import Web
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Visit

_CODE = re.compile(r"LMJ-\d{6}-\d{4,}")


def leads_to(notice: Notice) -> str:
    """The page that it is about; "" when there is none."""
    kind = notice.kind
    if kind.startswith("ORDER_"):
        found = _CODE.search(notice.text)
        return f"/pesanan/{found[0]}" if found else "/pesanan"
    if kind.startswith(("JOB_", "TRIP_", "REPORT_")):
        return f"/antar/{notice.about}" if notice.about.startswith("dlv_") else "/antar"
    for begins, page in (
        ("SELLER_ORDER_", "/jualan"),
        ("APPLICATION_WAITING", "/petugas"),
        ("APPLICATION_", "/jualan"),
        ("PARTNER_", "/jasa-antar"),
        ("EXPORT_", "/saya"),
    ):
        if kind.startswith(begins):
            return page
    return ""


async def show(shared: Web, visit: Visit) -> Response:
    """Having looked at them is having read them."""
    visit.must_be_signed_in()
    answer = await visit.ask("notices", NoticesPage, after=visit.query("sesudah") or None)
    if answer.data.viewer is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    found = answer.data.viewer.notices
    listed = [edge.node for edge in found.edges]
    if unread := [each.id for each in listed if each.read_at is None]:
        await visit.change("notices_read", ids=unread)
    return visit.page(
        "notices.html",
        notices=[(each, leads_to(each)) for each in listed],
        page_info=found.page_info,
        push_key=shared.settings.push_public_key,
        partial=answer.partial,
    )


async def push(visit: Visit) -> Response:
    """What a browser says of its subscription. 204, or 422 with the reason for who reads it."""
    visit.must_be_signed_in()
    endpoint = visit.typed("endpoint")
    if visit.typed("do") == "off":
        outcome = await visit.change("push_off", endpoint=endpoint)
    else:
        keys = {name: visit.typed(name) for name in ("p256dh", "auth")}
        outcome = await visit.change("push_on", endpoint=endpoint, **keys)
    if outcome.problems:
        return Response(" ".join(visit.notes(outcome.problems).but()), 422, media_type="text/plain")
    return Response(status_code=204)
