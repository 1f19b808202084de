"""Three ojek companies that nobody knew join, each by another way in: by pages alone, by webhook, by topic.

Each applies, is checked, tries the robot's test jobs, is let to work, and brings a real order to a real buyer. What each step took is
printed, for whoever wants to know how long an afternoon is; nothing of it is asserted.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from secrets import randbelow, token_hex

import pytest

from infra.local import broker, people
from infra.local.free_ports import free_port
from infra.local.seeded import companies
from tests.e2e.caller import ORDER, Buyer, calling
from tests.e2e.installation import Installation
from tests.worlds import plain_browser, servers
from tests.worlds.partner_platform import EXAMPLES, system
from tests.worlds.pictures import photo
from tests.worlds.plain_browser import Form, PlainBrowser
from tests.worlds.waiting import until

_PAUSE = 'mutation($id: ID!) { pausePartner(id: $id, reason: "uji") { problems { code } partner { id } } }'
_RESUME = 'mutation($id: ID!) { resumePartner(id: $id, reason: "uji") { problems { code } partner { id } } }'
_PROVEN = "query($id: ID!) { order(id: $id) { delivery { provenBy proofs { kind stop sizes { url } } } } }"
_BY_WEBHOOK = """
import queue, sys, threading, time
from http.server import ThreadingHTTPServer
import ojek, webhook

heard = queue.SimpleQueue()
webhook.take = heard.put
server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), webhook.Endpoint)
threading.Thread(target=server.serve_forever, daemon=True).start()
ojek.sign_in()
while True:
    while not heard.empty():
        ojek.hear(heard.get())
    for job in list(ojek.jobs.values()):
        ojek.ride(job)
    time.sleep(0.05)
"""
"""A company's machine of the two examples: what is posted to one is done by the other."""


@dataclass
class Watch:
    """What took how long."""

    steps: list[tuple[str, float]] = field(default_factory=list)
    _since: float = field(default_factory=time.perf_counter)

    def done(self, step: str) -> None:
        now = time.perf_counter()
        self.steps.append((step, now - self._since))
        self._since = now

    def lines(self, way: str) -> list[str]:
        told = [f"  {seconds:6.1f} s  {step}" for step, seconds in self.steps]
        return [f"joined by {way} in {sum(seconds for _, seconds in self.steps):.1f} s", *told]


@dataclass
class Joining:
    """One company, by the pages that its dispatcher and an officer see."""

    platform: Installation
    dispatcher: PlainBrowser
    officer: PlainBrowser
    name: str
    watch: Watch = field(default_factory=Watch)
    company: str = ""

    @property
    def _home(self) -> str:
        return f"/jasa-antar/{self.company}"

    async def apply(self) -> None:
        phone = f"0812{randbelow(10**8):08}"
        await self.dispatcher.go("/masuk?lanjut=/jasa-antar/daftar")
        await self.dispatcher.press("Kirim kode", phone=phone)
        sent = await self.platform.fetch(
            "people", "SELECT text FROM messages WHERE phone = $1 ORDER BY id DESC LIMIT 1", "+62" + phone[1:]
        )
        (code,) = re.findall(r"\b\d{6}\b", sent[0]["text"])
        await self.dispatcher.press("Masuk", code=code)
        page = await self.dispatcher.press(
            "Kirim pendaftaran", name=self.name, kecamatan="35.08.10", contact="Pak Darmo", phone=phone
        )
        assert page.path == "/jasa-antar", page.text
        self.company = page.link(self.name).rpartition("/")[2]
        self.watch.done("signed in and applied")

    async def decided(self, words: str) -> None:
        """By an officer."""
        page = await self.officer.go("/petugas")
        form = next(each for each in page.forms if each.has(words) and each.values["id"] == self.company)
        page = await self.officer.send(form, words)
        assert page.status == 200, page.text
        self.watch.done(f"an officer said: {words}")

    async def connected(self) -> None:
        """Topics are the operators'."""
        await asyncio.to_thread(self.platform.connect_company, self.company)
        self.watch.done("operators made its topics")

        async def is_connected() -> bool:
            page = await self.dispatcher.go(self._home)
            return page.status == 200 and "Belum tersambung" not in page.text

        await until(is_connected)
        self.watch.done("connected")

    async def rider(self) -> str:
        """Entered and on shift; their id."""
        await self.dispatcher.go(f"{self._home}/orang")
        page = await self.dispatcher.press("Simpan pengantar", number="R1", name="Mas Yanto", plate="N 4321 LM")
        assert page.status == 200, page.text
        found = next(each.values["who"] for each in page.forms if each.has("Buat kode masuk"))
        await self.dispatcher.go(self._home)
        page = await self.dispatcher.press("Mulai")
        page.form("Istirahatkan")  # it is there
        self.watch.done("entered a rider, who is on shift")
        return found

    async def credentials(self) -> Mapping[str, str]:
        await self.dispatcher.go(f"{self._home}/sambungan")
        page = await self.dispatcher.press("Buat kunci masuk", name="server")
        client, secret = re.findall(r'class="pin small"><code>([^<]+)<', page.html)
        self.watch.done("made credentials for its machine")
        return {"CLIENT_ID": client, "CLIENT_SECRET": secret}

    async def webhook(self, url: str) -> str:
        """Its secret."""
        await self.dispatcher.go(f"{self._home}/sambungan")
        page = await self.dispatcher.press("Simpan alamat", url=url)
        (secret,) = re.findall(r'class="pin small"><code>(whsec_[^<]+)<', page.html)
        self.watch.done("entered a webhook")
        return str(secret)

    async def tries(self, *scenarios: str) -> None:
        """Orders test jobs; what is to be done by hand, the dispatcher does."""
        for scenario in scenarios:
            await self.dispatcher.go(f"{self._home}/uji")
            page = await self.dispatcher.press("Pesan uji coba", scenario=scenario)
            assert page.status == 200, page.text

    async def passed(self, count: int) -> None:
        async def all_of_them() -> bool:
            page = await self.dispatcher.go(f"{self._home}/uji")
            assert "belum lulus" not in page.text, page.text
            return page.html.count('class="tag">lulus') == count

        await until(all_of_them)
        self.watch.done(f"{count} test jobs passed")

    async def carries(self, pin: str = "") -> None:
        """Takes what is offered and reports each step, on the pages that a dispatcher has. Without a PIN it is handed over by a signature,
        and there is a photo of what was fetched."""

        async def offered() -> Form | None:
            return next((each for each in (await self.dispatcher.go(self._home)).forms if each.has("Terima")), None)

        form = await until(offered)
        assert form
        page = await self.dispatcher.send(form, "Terima", rider=next(filter(None, form.choices["rider"])))
        trip = next(href for href in page.links.values() if href.startswith("/antar/dlv_"))
        await self.dispatcher.go(trip)
        if not pin:
            await self._sent("PHOTO")
        for words in ("Saya di tempat penjual", "Barang sudah saya bawa", "Saya di depan pintu"):
            page = await self.dispatcher.press(words)
            assert page.status == 200, page.text
        if pin:
            page = await self.dispatcher.press("Barang sudah diserahkan", pin=pin)
        else:
            await self._sent("SIGNATURE")
            await self.dispatcher.go(trip)
            page = await self.dispatcher.press("Serahkan dengan tanda tangan ini")
        assert page.status == 200, page.text

    async def _sent(self, kind: str) -> None:
        """As the page's script does: asks where to, and sends it there."""
        browser = self.dispatcher
        words = "Kirim foto" if kind == "PHOTO" else "Serahkan dengan tanda tangan"
        form = browser.page.form(words)
        said = {**form.values, "do": f"proof:{kind}", "by": "script"}
        async with browser.session.post(f"{self.platform.url}{form.action}", data=said) as answer:
            assert answer.status == 200, await answer.text()
            url = (await answer.json())["url"]
        sent = {"content-type": "image/jpeg"}
        async with browser.session.put(f"{self.platform.url}{url}", data=photo(), headers=sent) as answer:
            assert answer.status == 201, await answer.text()

    async def pauses(self) -> None:
        await self.dispatcher.go(self._home)
        page = await self.dispatcher.press("Berhenti menerima tugas", reason="uji selesai")
        page.form("Terima tugas lagi")  # it is there
        self.watch.done("paused itself")


@asynccontextmanager
async def _joining(platform: Installation, way: str) -> AsyncIterator[Joining]:
    """From applying until it is connected; paused at last, so that no later test waits for it."""
    async with plain_browser.session() as one, plain_browser.session() as other:
        made = Joining(
            platform, PlainBrowser(platform.url, one), PlainBrowser(platform.url, other), f"Ojek {way} {token_hex(3)}"
        )
        await made.officer.become("pemkab")
        made.watch = Watch()
        await made.apply()
        await made.decided("Sudah benar, mulai percobaan")
        await made.connected()
        try:
            yield made
        finally:
            await made.pauses()


@asynccontextmanager
async def _no_other_is_asked(platform: Installation) -> AsyncIterator[None]:
    ids = [people.partner_id(each["key"]) for each in companies()]
    async with calling(platform, "ops") as ops:
        for each in ids:
            await ops.done(_PAUSE, id=each)
        try:
            yield
        finally:
            for each in ids:
                await ops.done(_RESUME, id=each)


async def _placed(buyer: Buyer) -> str:
    """An order that has its trip."""
    klengkeng = await buyer.find("klengkeng", "kg", 500)
    placed = await buyer.place((klengkeng["id"], 500))

    async def known() -> bool:
        return bool((await buyer.data(ORDER, id=placed["id"]))["delivery"])

    await until(known)
    return str(placed["id"])


async def _arrived(joining: Joining, buyer: Buyer, order: str) -> None:
    await buyer.until(order, "COMPLETED")
    shown = await buyer.data(ORDER, id=order)
    assert shown["delivery"]["partner"]["name"] == joining.name
    assert shown["delivery"]["rider"]["name"] == "Mas Yanto"

    async def is_paid() -> bool:
        return bool((await buyer.data(ORDER, id=order))["payment"]["status"] == "COLLECTED")

    await until(is_paid)
    joining.watch.done("brought a real order")


async def _is_proven(buyer: Buyer, order: str) -> None:
    """By what was signed, which its buyer sees beside the goods as they were fetched, and nobody else by its address alone."""
    shown = (await buyer.data(_PROVEN, id=order))["delivery"]
    assert (shown["provenBy"], [each["kind"] for each in shown["proofs"]]) == ("SIGNATURE", ["PHOTO", "SIGNATURE"])
    for each in shown["proofs"]:
        async with buyer.session.get(f"{buyer.url}{each['sizes'][-1]['url']}") as answer:
            assert (answer.status, answer.content_type) == (200, "image/webp")
            assert answer.headers["cache-control"] == "private, no-store"


async def _works(joining: Joining, stack: AsyncExitStack, way: str, rider: str) -> None:
    """Starts the company's machine, a process of its own that knows docs/partners.md."""
    settings = {**await joining.credentials(), "WLIJO_URL": joining.platform.url, "RIDER_ID": rider, "STEP_S": "0.6"}
    if way == "webhook":
        port = free_port()
        settings["WLIJO_WEBHOOK_SECRET"] = await joining.webhook(f"http://127.0.0.1:{port}/")
        settings["PYTHONPATH"] = str(EXAMPLES)
        command: tuple[str, ...] = (sys.executable, "-c", _BY_WEBHOOK, str(port))
    else:
        kafka = broker.chosen(servers.broker_name(), joining.platform.home, joining.platform.ports)
        settings |= {"PARTNER_ID": joining.company, "RIDERS": rider, "PLATFORM_URL": joining.platform.url}
        settings |= kafka.as_partner(joining.company)
        command = (sys.executable, "-m", "infra.local.robots.ojek")
    await stack.enter_async_context(system(*command, **settings))
    joining.watch.done("started its machine")


@pytest.mark.parametrize("way", ["pages", "webhook", "topic"])
async def test_a_company_joins_and_brings_an_order(
    platform: Installation, buyer: Buyer, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with _joining(platform, way) as joining, AsyncExitStack() as stack:
        rider = await joining.rider()
        if way == "pages":
            await joining.tries("CASH")
            await joining.carries("000000")
            await joining.passed(1)
        else:
            await _works(joining, stack, way, rider)
            await joining.tries("CASH", "CASH_CHANGED" if way == "webhook" else "PLAIN")
            await joining.passed(2)
        await joining.decided("Boleh mengantar sungguhan")
        async with _no_other_is_asked(platform):
            order = await _placed(buyer)
            if way == "pages":
                await joining.carries()
            await _arrived(joining, buyer, order)
            if way == "pages":
                await _is_proven(buyer, order)
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *joining.watch.lines(way), ""]))
