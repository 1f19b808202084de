"""The inbox shows what was sent, escaped, in local and test mode alone."""

from __future__ import annotations

import pytest
from graphql import parse, validate
from starlette.applications import Starlette

from services.kit.process.settings import Mode
from services.people.messages import inbox_page
from services.people.messages.inbox import Inbox
from services.people.messages.port import ChannelName
from services.people.messages.sender import Lane, Pace
from services.people.schema import SCHEMA
from tests.worlds import asgi
from tests.worlds.outgoing import PHONE, Post


@pytest.fixture
def post(post: Post) -> Post:
    post.codes = post.notices = (ChannelName.INBOX,)
    return post


async def _deliver(post: Post) -> None:
    await post.step()
    lane = Lane(Inbox(), post.db, Pace())
    await lane.start_due()
    await lane.drain()


async def test_it_shows_what_was_sent_to_whom_newest_first(post: Post) -> None:
    await post.write(text="Kode 111111")
    await _deliver(post)
    await post.write(phone="+6281234567899", text="Kode 222222")
    await _deliver(post)
    app = Starlette(routes=list(inbox_page.routes(post.db, Mode.LOCAL, "http://127.0.0.1:4000")))
    asked = {"accept": "application/json"}
    every = (await asgi.request(app, "GET", "/inbox", headers=asked)).json()
    assert [(each["phone"], each["text"]) for each in every] == [
        ("+6281234567899", "Kode 222222"),
        (PHONE, "Kode 111111"),
    ]
    # As it comes through when nobody escaped the plus, and when somebody did.
    for query in (f"phone={PHONE}", f"phone=%2B{PHONE[1:]}"):
        mine = (await asgi.request(app, "GET", "/inbox", query=query, headers=asked)).json()
        assert [each["text"] for each in mine] == ["Kode 111111"]


async def test_the_page_shows_words_as_words(post: Post) -> None:
    await post.write("order_placed", text="<script>alert(1)</script> {phone}")
    await _deliver(post)
    app = Starlette(routes=list(inbox_page.routes(post.db, Mode.TEST, "http://127.0.0.1:4000")))
    page = await asgi.request(app, "GET", "/inbox")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {phone}" in page.body.decode()
    assert "<script" not in page.body.decode()
    assert page.headers["cache-control"] == "no-store"


async def test_the_page_says_how_to_sign_in_and_what_it_says_is_of_the_graph(post: Post) -> None:
    app = Starlette(routes=list(inbox_page.routes(post.db, Mode.LOCAL, "http://127.0.0.1:4000")))
    page = (await asgi.request(app, "GET", "/inbox")).body.decode()
    assert '<a href="http://127.0.0.1:4000/graphql">' in page
    assert "requestSignInCode(phone: &quot;0812-3456-7890&quot;)" in page
    assert validate(SCHEMA._schema, parse(inbox_page.ASKING)) == []


@pytest.mark.parametrize("mode", [Mode.SANDBOX, Mode.PRODUCTION])
def test_no_other_mode_has_it(post: Post, mode: Mode) -> None:
    assert inbox_page.routes(post.db, mode, "") == []
