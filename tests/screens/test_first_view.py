"""What a first view costs on a middling phone: 4x slower, 1.6 Mbit/s, 150 ms. Bytes and shifts are held to; times are printed."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext

from tests.screens.scene import Scene

MOST_BYTES = 70_000
"""Without photos and without Leaflet."""
_UNCOUNTED = ("Image", "Map")
"""Photos, and what draws a map, where there is one."""
MOST_SHIFT = 0.05
PAGES = {
    "home": ("budi", "/"),
    "product": ("budi", "/toko/mall-umkm/klengkeng-kateki"),
    "cart": ("budi", "/keranjang"),
    "order": ("budi", "/pesanan/{riding}"),
    "counter": ("agus", "/antar/{trip}"),
}
"""Who, and what."""
_WATCH = """window.seen = {paint: 0, shift: 0};
new PerformanceObserver((list) => { for (const each of list.getEntries()) seen.paint = each.startTime; })
  .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver((list) => { for (const each of list.getEntries()) if (!each.hadRecentInput) seen.shift += each.value; })
  .observe({type: "layout-shift", buffered: true});"""


@pytest.mark.parametrize("name", PAGES)
async def test_it_is_small_and_stands_still(name: str, browser: Browser, scene: Scene) -> None:
    who, path = PAGES[name]
    async with scene.window(browser, who, device_scale_factor=2) as context:
        sent, seen = await _first_view(context, scene.url + path.format_map(scene.values))
    sys.stdout.write(
        f"\n{name:<8} {sent:>7} bytes, largest paint {seen['paint'] / 1000:.2f} s, shift {seen['shift']:.3f}\n"
    )
    assert 0 < sent <= MOST_BYTES
    assert seen["paint"] > 0
    assert seen["shift"] <= MOST_SHIFT


async def _first_view(context: BrowserContext, address: str) -> tuple[int, dict[str, float]]:
    await context.add_init_script(_WATCH)
    page = await context.new_page()
    line = await context.new_cdp_session(page)
    await line.send("Network.enable")
    await line.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750,
    })  # fmt: skip
    await line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    types: dict[str, str] = {}
    sizes: dict[str, int] = {}
    line.on("Network.responseReceived", lambda told: types.update({told["requestId"]: _kind(told)}))
    line.on("Network.loadingFinished", lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]}))
    await page.goto(address, wait_until="load")
    await page.wait_for_timeout(1_500)  # what shifts late
    seen: dict[str, float] = await page.evaluate("seen")
    return sum(size for request, size in sizes.items() if types.get(request) not in _UNCOUNTED), seen


def _kind(told: dict[str, Any]) -> str:
    return "Map" if "leaflet" in told["response"]["url"] else str(told["type"])
