"""What a page that turns by itself puts in anew: only what is different, and nothing of a map that somebody moves."""

from __future__ import annotations

from playwright.async_api import Browser

from services.web.session import Session
from tests.screens.scene import PHONE
from tests.worlds.fake_gateway import site
from tests.worlds.played_gateway import PlayedGateway

_TURNED = """() => {
  document.body.innerHTML = '<div id=part><p>a</p><p>b</p><figure id=m data-map=1><svg></svg></figure><p>c</p><p>d</p></div>';
  const part = document.getElementById("part"), before = [...part.childNodes];
  before[2].dataset.found = "";
  turn(part, '<p>a</p><p>B</p><figure id="m" data-map="1"><svg></svg><i></i></figure><p>c</p>');
  const same = [...part.childNodes].map((each, at) => each === before[at]);
  turn(part, '<p>a</p><p>B</p><figure id="m" data-map="2"><svg></svg></figure><p>c</p><p>e</p>');
  return { same, moved: part.childNodes[2] !== before[2], text: part.textContent };
}"""


async def test_only_what_is_different_is_put_in(browser: Browser) -> None:
    gateway = PlayedGateway(many=1)
    async with gateway.running(), site(gateway) as web:
        page = await browser.new_page(viewport=PHONE)
        await page.context.add_cookies(
            [{"name": web.shared.cookie, "value": web.shared.sealing.seal(Session()), "url": web.url}]
        )
        await page.goto(f"{web.url}/masuk", wait_until="load")
        found = await page.evaluate(_TURNED)
        await page.close()
    assert found == {"same": [True, False, True, True], "moved": True, "text": "aBce"}
