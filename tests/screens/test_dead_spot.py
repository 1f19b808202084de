"""What a rider reports in a dead spot reaches the graph once there is a signal: each once, by the id of its form, in order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from services.web.session import Session, Tokens, now_s
from tests.screens.scene import PHONE, SLOW_MS
from tests.worlds.fake_gateway import Site, site
from tests.worlds.played_gateway import PlayedGateway
from tests.worlds.waiting import until

_DOOR: dict[str, Any] = {
    "id": "dlv_1", "status": "AT_DROPOFF", "cashToCollect": 69_500, "acceptedProofs": [], "proofs": [], "pickups": [],
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def gateway() -> AsyncIterator[PlayedGateway]:
    made = PlayedGateway(roots={"delivery": _DOOR}, many=1)
    async with made.running():
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def web(gateway: PlayedGateway) -> AsyncIterator[Site]:
    async with site(gateway) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser, web: Site) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport=PHONE)
    context.set_default_timeout(SLOW_MS)
    rider = Session(tokens=Tokens("access", "refresh", now_s() + 3_600))
    await context.add_cookies([{"name": web.shared.cookie, "value": web.shared.sealing.seal(rider), "url": web.url}])
    yield context
    await context.close()


def _reported(gateway: PlayedGateway) -> list[tuple[str, str]]:
    """What was told, and by which id."""
    told = [each for each in gateway.asked if each["query"].startswith("mutation")]
    return [(each["query"].split()[1].partition("(")[0], each["variables"]["key"]) for each in told]


async def _key(page: Page, button: str) -> str:
    form = page.locator("form", has=page.get_by_role("button", name=button, exact=True))
    return await form.locator("input[name=key]").input_value()


async def _waiting(page: Page, count: int) -> None:
    async def so_many() -> bool:
        return bool(await page.evaluate("kept().length") == count)

    await until(so_many)


async def test_it_is_sent_once_with_its_own_id(web: Site, gateway: PlayedGateway, phone: BrowserContext) -> None:
    page, tab, watch = [await phone.new_page() for _ in range(3)]
    await watch.goto(f"{web.url}/luring", wait_until="load")  # which sends nothing by itself
    for each in (tab, page):
        await each.goto(f"{web.url}/antar/dlv_1")
    await page.get_by_text("Ada masalah…").click()
    keys = [
        ("HandOver", await _key(page, "Barang sudah diserahkan")),
        ("ReportFailure", await _key(page, "Laporkan masalah")),
    ]
    await phone.set_offline(True)
    await page.get_by_label("PIN dari pembeli").fill("4321")
    await page.get_by_role("button", name="Barang sudah diserahkan").dblclick()
    await expect(page.get_by_text("Tanpa sinyal").first).to_be_visible()
    await page.locator("input[name=code]").first.check()
    await page.get_by_role("button", name="Laporkan masalah").click()
    await _waiting(page, 2)
    assert _reported(gateway) == []

    # Both tabs hear that there is a signal, and each looks again when it is opened anew.
    await phone.set_offline(False)

    async def told() -> bool:
        return len(_reported(gateway)) >= len(keys)

    await until(told)
    await _waiting(watch, 0)
    for each in (page, tab):
        await each.close()  # what they go to by themselves then would get in the way
        anew = await phone.new_page()
        await anew.goto(f"{web.url}/antar/dlv_1", wait_until="load")
        await _waiting(anew, 0)
    assert _reported(gateway) == keys
