"""A seller's page makes a sound for a new order: off until it is tapped, remembered, and silent until the first tap of a visit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e import browser as chromium
from tests.integration.web.test_pages import seller, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site

_COUNTED = """(() => { window.rung = 0; const made = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () { window.rung++; return made.call(this); }; })()"""
_COMES = (
    """document.querySelector('[data-live]').insertAdjacentHTML('beforeend', '<article data-new="%s"></article>')"""
)
_KNOWN = "JSON.parse(sessionStorage.getItem('wlijo-bell-known')).includes('%s')"
_RINGS = 4


@pytest.mark.skipif(chromium.found() is None, reason="there is no Chromium")
async def test_a_new_order_rings_once_the_sound_is_on(web: Site, gateway: FakeGateway) -> None:
    order: dict[str, Any] = {
        "id": "sor_1", "orderCode": "LMJ-261129-0001", "status": "AWAITING_MERCHANT", "placedAt": "2026-11-29T05:00:00.000Z",
        "acceptBy": None, "readyAt": None, "rejectReason": None, "goodsTotal": 9000, "dropoffKecamatanCode": "35.08.10",
        "handover": {"way": "DELIVERY", "slotFrom": None, "slotTo": None, "place": None}, "lines": [],
        "pickup": None, "onKasbon": False, "note": None,
    }  # fmt: skip
    gateway.roots["merchantBySlug"] = {
        **seller(), "id": "mer_1", "status": "ACTIVE", "autoAccept": False, "orders": {"edges": [{"node": order}], "pageInfo": None},
    }  # fmt: skip
    program = chromium.found()
    assert program
    name, _, value = web.cookie(signed_in())["cookie"].partition("=")

    async with chromium.browsing(program) as tab:

        async def comes(which: str) -> None:
            await tab.value(_COMES % which)
            await tab.until(_KNOWN % which)

        await tab.say("Network.setCookie", name=name, value=value, url=web.url, httpOnly=True)
        await tab.go(f"{web.url}/jualan/bu-sri")
        await tab.until(_KNOWN % "sor_1")
        await tab.value(_COUNTED)
        await comes("a")
        assert await tab.value("window.rung") == 0
        await tab.click("[data-bell]")
        await tab.until(f"window.rung === {_RINGS}")  # how it sounds
        await comes("b")
        assert await tab.value("window.rung") == 2 * _RINGS
        await tab.value("document.querySelector('[data-new=a]').remove()")
        await tab.until("!" + _KNOWN % "a")
        assert await tab.value("window.rung") == 2 * _RINGS

        await tab.go(f"{web.url}/jualan/bu-sri")
        await tab.until("document.querySelector('[data-bell]').ariaPressed === 'true'")
        await tab.until("document.getElementById('bunyi').textContent.startsWith('Ketuk layar')")
        await tab.value(_COUNTED)
        await tab.click("h1, h2")
        await tab.until("document.getElementById('bunyi').textContent === ''")
        await comes("c")
        assert await tab.value("window.rung") == _RINGS
        await tab.click("[data-bell]")
        await tab.until("document.querySelector('[data-bell]').ariaPressed === 'false'")
        await comes("d")
        assert await tab.value("window.rung") == _RINGS
