"""One browser and one market for all of it: an installation of the tests' own in which nobody but who clicks does anything, or the one at
WLIJO_SCREENS_URL, in local mode and without robots."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.e2e import browser as chromium
from tests.e2e.installation import Installation
from tests.screens.scene import SLOW_MS, Scene, set_scene


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Before there is a scene: the one offer and the one trip that they meet are theirs.
    items.sort(key=lambda each: each.path.name != "test_five.py" if "tests/screens" in each.path.as_posix() else False)
    reason = None
    if not os.environ.get("WLIJO_TEST_SCREENS"):
        reason = "make test-web runs it"
    elif chromium.found() is None:
        reason = "there is no Chromium"
    for each in items:
        if "tests/screens" in each.path.as_posix():
            # They share the browser, and so the loop that it is spoken to on.
            each.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            if reason:
                each.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if given := os.environ.get("WLIJO_SCREENS_URL"):
        yield given
        return
    started = Installation.at(tmp_path_factory.mktemp("unattended"), {"ROBOTS": ""})
    try:
        started.up()
        yield started.url
    finally:
        started.down()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    program = chromium.found()
    assert program
    expect.set_options(timeout=SLOW_MS)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playing:
        opened = await playing.chromium.launch(executable_path=program, args=["--disable-dev-shm-usage", *sandbox])
        try:
            yield opened
        finally:
            await opened.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def scene(browser: Browser, url: str) -> Scene:
    return await set_scene(browser, url)
