"""Every page, in both languages and both sizes: axe finds nothing, nothing is wider than the screen, nothing too small for a thumb, nothing
of what others wrote runs, one heading says what it is, and its console is silent. A picture of each is in .wlijo/pictures, to be looked at.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # ships no types
from playwright.async_api import Browser, ConsoleMessage, Error, Page

from infra.local.state import ROOT
from services.web.session import Session, Tokens, now_s
from tests.screens.people import PAGES, PLAYED, become
from tests.screens.scene import DESK, PHONE, SLOW_MS, Scene
from tests.worlds.fake_gateway import site
from tests.worlds.played_gateway import PlayedGateway

PICTURES = ROOT / ".wlijo" / "pictures"
NOWHERE = ("/tidak/ada", "/lacak/salah")
SIZES = {"phone": PHONE, "desk": DESK}
_WIDE = """() => { const most = document.documentElement.clientWidth; if (document.documentElement.scrollWidth <= most) return [];
  return ["wider than the screen: " + [...document.querySelectorAll("main *")].filter((each) =>
  each.getBoundingClientRect().right > most + 1 &&
  !each.closest(".scroll,.chips,.tabs,.map,.leaflet-container")).slice(0, 3).map((each) => each.outerHTML.slice(0, 160)).join(" | ")] }"""
_SMALL = """() => [...document.querySelectorAll("button, .button, select, textarea, summary, .top a, .tabs a, .chips a, label.choice, " +
  "input:not([type=hidden]):not([type=checkbox]):not([type=radio])")].filter((each) => each.checkVisibility() &&
  !each.closest(".leaflet-control") && each.getBoundingClientRect().height > 0 && each.getBoundingClientRect().height < 43.5)
  .map((each) => "under 44 px: " + each.getBoundingClientRect().height.toFixed(0) + " " + each.outerHTML.slice(0, 120))"""
_HEADS = """() => { const many = document.querySelectorAll("h1").length; return many === 1 ? [] : ["not one h1: " + many] }"""
_RAN = "() => window.ran ? ['a script of somebody ran'] : []"


async def violations(page: Page) -> list[str]:
    found: list[Any] = (await Axe().run(page)).response["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


async def wrong(page: Page, size: str) -> list[str]:
    """What nobody should meet on it."""
    found = await violations(page)
    for script in (_WIDE, _HEADS, _RAN, *([_SMALL] if size == "phone" else ())):
        found += await page.evaluate(script)
    return found


async def _opened(page: Page) -> None:
    """All that can be opened is, and photos that would come by scrolling are there."""
    await page.evaluate(
        """() => {
      document.querySelectorAll("details:not([open])").forEach((each) => { each.open = true; });
      const lazy = [...document.images].filter((each) => !each.complete);
      return Promise.all(lazy.map((each) => new Promise((done) => { each.onload = each.onerror = done; each.loading = "eager"; })));
    }"""
    )
    if await page.locator("[data-map]:visible").count():
        await page.locator("[data-map]").first.hover()
        await page.locator(".leaflet-container").first.wait_for()


def _name(who: str, path: str) -> str:
    """Of the path as it is in `PAGES`: ids change from run to run, pictures keep their names."""
    return f"{who or 'guest'}{re.sub(r'[^0-9a-z]+', '-', path.lower())[:60].rstrip('-') or '-home'}"


def _listen(page: Page, complaints: list[str]) -> None:
    """What its console says that nobody wants to read; that a page is not there is said by its answer."""

    def heard(error: Error) -> None:
        complaints.append(f"{page.url}: {error}")

    def told(message: ConsoleMessage) -> None:
        nowhere = "404" in message.text and message.location["url"].partition("?")[0].endswith(NOWHERE)
        if message.type == "error" and not nowhere:
            complaints.append(f"{page.url}: {message.text} {message.location['url']}".rstrip())

    page.on("pageerror", heard)
    page.on("console", told)


async def _seen(scene: Scene, browser: Browser, who: str, language: str) -> list[str]:
    found: list[str] = []
    async with scene.window(browser, who, language) as window:
        page = await window.new_page()
        complaints: list[str] = []

        _listen(page, complaints)
        for known, path in zip(PAGES[who], scene.paths(who), strict=True):
            await page.set_viewport_size(PHONE)
            answer = await page.goto(scene.url + path)
            expected = 404 if path in NOWHERE else 200
            if answer is None or answer.status != expected:
                found.append(f"{path}: answered {answer and answer.status}")
            await _opened(page)
            for size, viewport in SIZES.items():
                await page.set_viewport_size(viewport)
                found += [f"{path} on a {size}: {each}" for each in await wrong(page, size)]
                picture = await page.screenshot(full_page=True)
                file = PICTURES / f"{_name(who, known)}-{size}-{language}.png"
                await asyncio.to_thread(file.write_bytes, picture)
        found += complaints
    return found


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("who", PAGES)
async def test_nothing_is_wrong(who: str, language: str, browser: Browser, scene: Scene) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    found = await _seen(scene, browser, who, language)
    sys.stdout.write("".join(f"\n  {each}" for each in found))
    assert found == []


async def test_nothing_is_wrong_on_what_most_people_see(browser: Browser, url: str) -> None:
    """Without a scene: for a run that has little time."""
    context = await browser.new_context(reduced_motion="reduce", viewport=PHONE)
    page = await context.new_page()
    found: list[str] = []
    _listen(page, found)
    for path in ("/", "/?q=bayam", "/toko/mall-umkm", "/toko/mall-umkm/klengkeng-kateki", "/keranjang", "/masuk"):
        await page.goto(url + path)
        found += [f"{path}: {each}" for each in await wrong(page, "phone")]
    for who, path in (("ratna", "/jualan/mall-umkm"), ("agus", "/antar"), ("pemkab", "/petugas")):
        await context.clear_cookies()
        await become(page, url, who)
        await page.goto(url + path)
        found += [f"{path}: {each}" for each in await wrong(page, "phone")]
    await context.close()
    assert found == []


@asynccontextmanager
async def _played(
    browser: Browser, language: str, roots: Mapping[str, Any]
) -> AsyncIterator[tuple[Page, str, list[str]]]:
    """A phone at a web whose graph is played, who it is, and what its console says."""
    gateway = PlayedGateway(roots=dict(roots))
    async with gateway.running(), site(gateway) as web:
        context = await browser.new_context(reduced_motion="reduce", viewport=PHONE)
        context.set_default_timeout(SLOW_MS)
        known = web.shared.sealing.seal(Session(tokens=Tokens("access", "refresh", now_s() + 3_600)))
        await context.add_cookies(
            [
                {"name": name, "value": value, "url": web.url}
                for name, value in ((web.shared.cookie, known), ("lang", language))
            ]
        )
        page = await context.new_page()
        complaints: list[str] = []
        _listen(page, complaints)
        yield page, web.url, complaints
        await context.close()


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("path", PLAYED)
async def test_nothing_is_wrong_where_the_scene_does_not_stay(path: str, language: str, browser: Browser) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with _played(browser, language, PLAYED[path]) as (page, url, complaints):
        await page.goto(url + path, wait_until="load")
        await page.locator("[data-proof]:visible").first.wait_for()
        found = await wrong(page, "phone")
        picture = await page.screenshot(full_page=True)
        await asyncio.to_thread((PICTURES / f"{_name('played', path)}-phone-{language}.png").write_bytes, picture)
    assert (found, [each for each in complaints if "/media/" not in each]) == ([], [])


async def test_what_is_suggested_is_under_the_search(browser: Browser) -> None:
    async with _played(browser, "id", {}) as (page, url, complaints):
        await page.goto(url, wait_until="load")
        field = page.get_by_label("Cari barang")
        await field.press_sequentially("bay")
        await page.locator("datalist option").first.wait_for(state="attached")
        shown = await page.locator("datalist option").evaluate_all("(all) => all.map((each) => each.value)")
        found = await wrong(page, "phone")
    assert (all(shown), found, [each for each in complaints if "/media/" not in each]) == (True, [], [])


async def test_it_sees_what_is_planted(browser: Browser, url: str) -> None:
    page = await browser.new_page(viewport=PHONE)
    complaints: list[str] = []
    _listen(page, complaints)
    await page.goto(url)
    assert (await wrong(page, "phone"), complaints) == ([], [])
    await page.evaluate("""() => {
      document.querySelector("main").insertAdjacentHTML("beforeend",
        '<img src="/static/icon.svg"><input><button>x</button><h1>.</h1><p>.</p>');
      // Not as attributes: the page's policy has none.
      Object.assign(document.querySelector("main > button").style, { minHeight: "20px", padding: 0 });
      document.querySelector("main > p:last-child").style.width = "900px";
      window.ran = 1;
      console.error("broken");
    }""")
    found = {each.partition(":")[0] for each in await wrong(page, "phone")}
    await page.close()
    assert [each.split()[1] for each in complaints] == ["broken"]
    assert found >= {
        "not one h1",
        "image-alt",
        "label",
        "under 44 px",
        "wider than the screen",
        "a script of somebody ran",
    }
