"""The inbox shows what was sent, escaped, in local and test mode alone."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette

from services.kit.process.settings import Mode
from services.people.messages import inbox_page
from services.people.messages.inbox import Inbox
from services.people.messages.port import ChannelName
from services.people.messages.sender import Lane, Pace
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
    asked = {"accept": "application/json", "host": "127.0.0.1:4004"}
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
    page = await asgi.request(app, "GET", "/inbox", headers={"host": "localhost"})
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {phone}" in page.body.decode()
    assert "<script" not in page.body.decode()
    assert page.headers["cache-control"] == "no-store"


async def test_the_page_says_where_one_signs_in(post: Post) -> None:
    app = Starlette(routes=list(inbox_page.routes(post.db, Mode.LOCAL, "http://127.0.0.1:4000")))
    page = await asgi.request(app, "GET", "/inbox", headers={"host": "localhost"})
    assert '<a href="http://127.0.0.1:4000/graphql">' in page.body.decode()


@pytest.mark.parametrize("mode", [Mode.SANDBOX, Mode.PRODUCTION])
def test_no_other_mode_has_it(post: Post, mode: Mode) -> None:
    assert inbox_page.routes(post.db, mode, "") == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example:4000"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"host": "people-api:8000", "x-forwarded-host": "evil.example"}, 403),
        ({"host": "evil.example:4004", "x-forwarded-host": "localhost"}, 403),
        ({"host": ""}, 403),
        ({"host": "people-api:8000", "x-forwarded-host": "gateway:4000"}, 200),
        ({"host": "[::1]:4000"}, 200),
        ({"host": "192.168.1.7:4000"}, 200),
    ],
)
async def test_a_foreign_site_that_points_its_name_here_reads_nothing(
    post: Post, headers: dict[str, str], status: int
) -> None:
    app = Starlette(routes=list(inbox_page.routes(post.db, Mode.LOCAL, "")))
    assert (await asgi.request(app, "GET", "/inbox", headers=headers)).status == status
