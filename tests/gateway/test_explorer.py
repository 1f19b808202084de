"""The explorer, a page for browsers at /graphql: sent once, compressed, closed to other sites, with a token in local mode alone."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import cramjam
import pytest
from aiohttp import web

from gateway.explorer.assets import assets
from services.kit.process.settings import Mode, Switch
from tests.gateway.kit.network import Running, SubgraphServer, gateway

PAGE = Path(__file__).parents[2] / "gateway/explorer/page"
HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
CODED = {"br": cramjam.brotli.decompress, "gzip": cramjam.gzip.decompress, "zstd": cramjam.zstd.decompress}


@pytest.fixture
async def running(subgraphs: dict[str, SubgraphServer]) -> AsyncIterator[Running]:
    async with gateway({}, explorer=Switch.ON) as made:
        yield made


async def _get(running: Running, path: str, **headers: str) -> tuple[aiohttp.ClientResponse, bytes]:
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.get(f"{running.url}{path}", headers={k.replace("_", "-"): v for k, v in headers.items()}) as answer,
    ):
        return answer, await answer.read()


async def test_a_browser_gets_the_page_once_and_asks_whether_it_changed(running: Running) -> None:
    first, body = await _get(running, "/graphql", accept_encoding="gzip", **HTML)
    assert (first.status, first.content_type, first.headers["cache-control"]) == (200, "text/html", "no-cache")
    assert b"main.js" in bytes(CODED["gzip"](body))
    again, nothing = await _get(
        running, "/graphql", accept_encoding="gzip", if_none_match=first.headers["etag"], **HTML
    )
    assert (again.status, nothing) == (304, b"")


async def test_each_file_that_the_page_names_is_there_for_ever(running: Running) -> None:
    _, body = await _get(running, "/graphql", accept_encoding="identity", **HTML)
    named = set(re.findall(r'(?:href|src)="(/graphql/[^"]+)"', body.decode()))
    assert {Path(path).name for path in named} == {file.name for file in PAGE.iterdir()} - {"page.html"}
    for path in named:
        answer, _ = await _get(running, path)
        assert (answer.status, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0", "gzip"),
        ("identity", None),
        ("", None),
    ],
)
async def test_what_is_sent_is_compressed_as_the_browser_takes_it(
    running: Running, accepted: str, coding: str | None
) -> None:
    path = f"/graphql/{assets().version}/main.js"
    answer, body = await _get(running, path, accept_encoding=accepted)
    source = (PAGE / "main.js").read_bytes()
    assert answer.headers.get("content-encoding") == coding
    assert (bytes(CODED[coding](body)) if coding else body) == source
    if coding:
        assert len(body) < len(source) / 2


async def test_another_version_or_name_is_not_there(running: Running) -> None:
    for path in (
        "/graphql/0000/main.js",
        f"/graphql/{assets().version}/page.html",
        f"/graphql/{assets().version}/..%2f__init__.py",
    ):
        answer, _ = await _get(running, path)
        assert answer.status == 404


async def test_the_page_may_ask_its_own_address_alone(running: Running) -> None:
    answer, body = await _get(running, "/graphql", accept_encoding="identity", **HTML)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert policy["frame-ancestors"] == "'none'"
    # What the policy would forbid is not in the page either.
    assert not re.findall(r"<style|\son\w+=|\sstyle=|<script(?![^>]* src=)", body.decode())


def test_no_file_names_another_site() -> None:
    """By its own words: the policy would only break it in the browser."""
    assert len(list(PAGE.iterdir())) > 10
    for file in PAGE.iterdir():
        said = re.findall(r"\b(?:https?|wss?)://[^\s'\"]+", file.read_text("utf-8"))
        assert [site for site in said if site != "http://www.w3.org/2000/svg"] == [], file.name


def test_no_file_is_too_large() -> None:
    assert {file.name for file in PAGE.iterdir() if file.read_text("utf-8").count("\n") > 400} == set()


async def test_off_there_is_neither_page_nor_file(subgraphs: dict[str, SubgraphServer]) -> None:
    async with gateway({}) as running:
        for path in ("/graphql/start", f"/graphql/{assets().version}/main.js"):
            answer, _ = await _get(running, path)
            assert answer.status == 404
        answer, _ = await _get(running, "/graphql", **HTML)
        assert answer.status == 400


@pytest.fixture
async def issuer() -> AsyncIterator[str]:
    async def token(_: web.Request) -> web.Response:
        return web.json_response({"access_token": "siti's"})

    app = web.Application()
    app.router.add_post("/token", token)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/token"
    await runner.cleanup()


async def _start(mode: Mode, issuer: str, host: str) -> dict[str, Any]:
    async with (
        gateway(
            {},
            explorer=Switch.ON,
            mode=mode,
            explorer_token_url=issuer,
            explorer_inbox_url="http://127.0.0.1:4004/inbox",
        ) as running,
        running.client.get(f"{running.url}/graphql/start", headers={"host": host}) as answer,
    ):
        assert answer.headers["cache-control"] == "no-store"
        told: dict[str, Any] = await answer.json()
        return told


@pytest.mark.parametrize("host", ["127.0.0.1:4000", "localhost:4000", "192.168.1.7", "[::1]:4000"])
async def test_in_local_mode_the_page_begins_with_a_buyers_token(
    subgraphs: dict[str, SubgraphServer], issuer: str, host: str
) -> None:
    told = await _start(Mode.LOCAL, issuer, host)
    assert told["token"] == "siti's"
    assert told["inbox"] == "http://127.0.0.1:4004/inbox"
    assert [tab["title"] for tab in told["tour"]] == ["goods near me", "fill the cart", "quote", "place", "follow"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:4000"])
async def test_by_a_name_that_a_foreign_site_points_here_there_is_no_token(
    subgraphs: dict[str, SubgraphServer], issuer: str, host: str
) -> None:
    assert (await _start(Mode.LOCAL, issuer, host))["token"] == ""


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode is not Mode.LOCAL])
async def test_in_no_other_mode_there_is_a_token(subgraphs: dict[str, SubgraphServer], issuer: str, mode: Mode) -> None:
    assert (await _start(mode, issuer, "127.0.0.1"))["token"] == ""
