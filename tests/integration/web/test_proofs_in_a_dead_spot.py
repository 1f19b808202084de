"""What a rider photographs where there is no signal, in a browser: it waits in the phone, goes under the id that it was taken with, and
before what ends the trip."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.e2e import browser as chromium
from tests.integration.web.test_crews import _signal, trip
from tests.integration.web.test_pages import signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, site
from tests.worlds.waiting import until

pytestmark = pytest.mark.skipif(chromium.found() is None, reason="there is no Chromium")
PICTURED = {"kind": "PHOTO", "when": "UNREACHABLE", "now": True}
SIGNED = {"kind": "SIGNATURE", "when": "ALWAYS", "now": True}
KIOSK = {"stop": 1, "merchantName": "Kios", "arrivedAt": None, "fetchedAt": None, "leftOutAt": None, "failure": None}
_CHOSEN = """(async () => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2400, 1200];
  canvas.getContext("2d").fillRect(0, 0, 2400, 1200);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const given = new DataTransfer();
  given.items.add(new File([blob], "foto.png", { type: "image/png" }));
  document.querySelector("%s input[type=file]").files = given.files;
})()"""
_WAITING = """new Promise((done) => { const asked = indexedDB.open("wlijo-proofs", 1);
  asked.onsuccess = () => { const all = asked.result.transaction("waiting").objectStore("waiting").getAll();
    all.onsuccess = () => { asked.result.close(); done(all.result.map((each) => each.key)); }; }; })"""


@dataclass
class Place:
    """Where photos are sent: answers as told, then takes all. What came, by size in pixels."""

    faults: list[int] = field(default_factory=list)
    came: list[tuple[str, int]] = field(default_factory=list)

    async def put(self, request: Request) -> Response:
        body = await request.body()
        self.came.append((request.headers["content-type"], len(body)))
        return JSONResponse({}, self.faults.pop(0) if self.faults else 201)


@dataclass
class Phone:
    web: Site
    gateway: FakeGateway
    place: Place
    tab: chromium.Tab

    def asked(self, *fields: str) -> list[tuple[str, dict[str, Any]]]:
        return [
            (name, each["variables"]) for each in self.gateway.asked for name in fields if f"{name}(" in each["query"]
        ]

    async def waiting(self) -> list[str]:
        return list(await self.tab.value(_WAITING))

    async def kept(self) -> str:
        """The key of the one that waits."""

        async def there() -> bool:
            return len(await self.waiting()) == 1

        await until(there)
        return (await self.waiting())[0]

    async def takes(self, form: str) -> None:
        """Chooses a photo and sends it by this form."""
        await self.tab.value(_CHOSEN % form)
        await self.tab.value(f'document.querySelector("{form} button").click()')


@pytest.fixture
async def phone(gateway: FakeGateway) -> AsyncIterator[Phone]:
    place, program = Place(), chromium.found()
    assert program
    upload = {"problems": [], "upload": {"proofId": "prf_1", "url": "/trips/proofs/upload/abc"}}
    gateway.roots = {"requestProofUpload": upload, "handOver": {"problems": [], "delivery": None}}
    async with site(gateway, Route("/trips/proofs/upload/abc", place.put, methods=["PUT"])) as web:
        name, _, value = web.cookie(signed_in())["cookie"].partition("=")
        async with chromium.browsing(program) as tab:
            await tab.say("Network.setCookie", name=name, value=value, url=web.url, httpOnly=True)
            yield Phone(web, gateway, place, tab)


async def _opened(phone: Phone, **shown: Any) -> None:
    phone.gateway.roots["delivery"] = trip(**shown)
    await phone.tab.go(f"{phone.web.url}/antar/dlv_1")
    await phone.tab.until("document.readyState === 'complete' && document.querySelector('[data-proof]:not([hidden])')")


async def test_a_photo_of_the_door_waits_and_is_one_whatever_was_lost(phone: Phone) -> None:
    await _opened(phone, status="FAILED_ATTEMPT", acceptedProofs=[PICTURED], cashToCollect=0)
    await _signal(phone.tab, there=False)
    form = "form[data-proof='PHOTO']"
    await phone.takes(form)
    assert await phone.tab.until(
        f"document.querySelector(\"{form} [data-proof-said]\").textContent.includes('disimpan')"
    )
    key = await phone.kept()
    assert phone.asked("requestProofUpload", "handOver") == []
    phone.place.faults = [503]  # it came, and its answer was lost
    await _signal(phone.tab, there=True)
    await phone.tab.until("performance.getEntriesByName(location.origin + '/trips/proofs/upload/abc').length >= 1")
    assert await phone.waiting() == [key]
    await phone.tab.value("dispatchEvent(new Event('online'))")

    async def handed_over() -> bool:
        return bool(phone.asked("handOver"))

    await until(handed_over)
    assert {each["key"] for _, each in phone.asked("requestProofUpload")} == {key}
    assert phone.asked("handOver") == [("handOver", {"delivery": "dlv_1", "proof": "prf_1", "cash": 0, "key": key})]
    kind, size = phone.place.came[-1]
    assert (kind, len(phone.place.came), size > 0) == ("image/jpeg", 2, True)


async def test_a_photo_of_the_goods_goes_before_the_word_that_ends_the_trip(phone: Phone) -> None:
    await _opened(phone, status="PICKED_UP", pickups=[KIOSK], cashToCollect=0)
    await _signal(phone.tab, there=False)
    await phone.tab.value("document.querySelector('details.box').open = true")
    await phone.takes("form[data-proof='PHOTO']")
    key = await phone.kept()
    await phone.tab.value("document.getElementById('pin').value = '123456'")
    await phone.tab.value("document.querySelector(\"button[value='hand-over']\").click()")
    assert await phone.tab.until("JSON.parse(localStorage.getItem('wlijo-later') || '[]').length === 1")
    await _signal(phone.tab, there=True)

    async def handed_over() -> bool:
        return bool(phone.asked("handOver"))

    await until(handed_over)
    assert [name for name, _ in phone.asked("requestProofUpload", "handOver")] == ["requestProofUpload", "handOver"]
    ((_, asked), (_, said)) = phone.asked("requestProofUpload", "handOver")
    assert (asked["key"], asked["stop"]) == (key, 1)
    assert said["pin"] == "123456"
    await phone.tab.until("document.readyState === 'complete'")
    assert await phone.waiting() == []


async def test_an_empty_signature_is_not_sent_and_a_drawn_one_is(phone: Phone) -> None:
    await _opened(phone, status="AT_DROPOFF", acceptedProofs=[SIGNED], cashToCollect=17_000)
    form = "form[data-proof='SIGNATURE']"
    await phone.tab.value(f'document.querySelector("{form} button.wide").click()')
    assert await phone.tab.until(f"document.querySelector(\"{form} [data-proof-said]\").textContent.includes('kosong')")
    assert phone.asked("requestProofUpload") == []
    x, y = await phone.tab.value(
        "(() => { const it = document.querySelector('canvas.sign'); it.scrollIntoView({ block: 'center', behavior: 'instant' });"
        " const at = it.getBoundingClientRect();"
        " return [at.x + 30, at.y + 30]; })()"
    )
    for kind, step in (("mousePressed", 0), ("mouseMoved", 40), ("mouseMoved", 80), ("mouseReleased", 80)):
        await phone.tab.say(
            "Input.dispatchMouseEvent", type=kind, x=x + step, y=y + step / 4, button="left", buttons=1, clickCount=1
        )
    await phone.tab.value(f'document.querySelector("{form} button.wide").click()')

    async def handed_over() -> bool:
        return bool(phone.asked("handOver"))

    await until(handed_over)
    ((_, said),) = phone.asked("handOver")
    assert (said["proof"], said["cash"]) == ("prf_1", 17_000)
    assert phone.place.came[0][0] == "image/png"
