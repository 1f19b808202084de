"""The check of a company's system: a good one passes, each broken one fails with what to do; the examples of docs/partners are good."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from infra.local.free_ports import free_port
from infra.partner_check.endpoint import Endpoint
from tests.worlds.delivery_graph import Graph
from tests.worlds.partner_platform import EXAMPLES, Site, a_site, broken, system
from tests.worlds.waiting import until

_SPOILT_TOO = "CASH_CHANGED,CANCELLED_BEFORE_PICKUP"
_PLAIN = "PIN_LOCKED,REPORT_REQUESTED,HAZARD"
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the public example of Standard Webhooks
_NODE = pytest.mark.skipif(shutil.which("node") is None, reason="no Node here")


@pytest.fixture
async def site(graph: Graph) -> AsyncIterator[Site]:
    async with a_site(graph) as made:
        yield made


@asynccontextmanager
async def endpoint(*command: str) -> AsyncIterator[Endpoint]:
    port = free_port()
    made = Endpoint(f"http://127.0.0.1:{port}/", _SECRET)
    async with system(*command, str(port), WLIJO_WEBHOOK_SECRET=_SECRET):

        async def listens() -> bool:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return False
            writer.close()
            return True

        await until(listens)
        yield made


async def test_the_python_example_passes_plain_and_spoilt(site: Site) -> None:
    port = free_port()
    async with site.system(sys.executable, str(EXAMPLES / "ojek.py"), WLIJO_URL=f"http://127.0.0.1:{port}"):
        found = await site.check("feed", "--listen", str(port), "--scenarios", _SPOILT_TOO)
    async with site.system(sys.executable, str(EXAMPLES / "ojek.py")):  # the proxy is gone
        more = await site.check("feed", "--scenarios", _PLAIN)
    assert (found.code, found.lines[-1]) == (0, "5 passed, 0 failed"), found.text
    assert "pass  replies whose answer was lost" in found.lines
    assert (more.code, more.lines[-1]) == (0, "3 passed, 0 failed"), more.text


@_NODE
async def test_the_javascript_example_passes(site: Site) -> None:
    port = free_port()
    async with site.system("node", str(EXAMPLES / "ojek.mjs"), WLIJO_URL=f"http://127.0.0.1:{port}"):
        found = await site.check("feed", "--listen", str(port), "--scenarios", "CASH_CHANGED")
    assert (found.code, found.lines[-1]) == (0, "3 passed, 0 failed"), found.text


async def test_the_curl_example_passes(site: Site) -> None:
    async with site.system("bash", str(EXAMPLES / "ojek.sh")) as process:
        found = await site.check("feed", "--scenarios", "PLAIN")
        out = await process.communicate()
    assert (found.code, found.lines[-1]) == (0, "1 passed, 0 failed"), (found.text, out)
    assert (process.returncode, out[0].count(b'"outcome":"applied"')) == (0, 5)


_MISTAKES: Mapping[str, tuple[Mapping[str, str], str, str]] = {
    "accepts nothing": (
        {'case "partner.job_offered.v1" if data["test"]:': 'case "partner.job_offered.v1" if False:'},
        "PLAIN",
        "ACCEPTED, DELIVERED, NOTHING_REFUSED did not come",
    ),
    "names a stranger": (
        {"rider_id=RIDER": 'rider_id="rid_01ep341r00emctbe067z6jvatm"'},
        "PLAIN",
        "rider_id is Rider.id of a rider whom you have entered",
    ),
    "leaves out the pickup": (
        {'reply(job, "picked_up", "picked_up")': "True"},
        "PLAIN",
        "report in the order accept, arrived, picked_up",
    ),
    "keeps a locked PIN": (
        {'case "AT_DROPOFF" if job["locked"]:': 'case "AT_DROPOFF" if False:'},
        "PIN_LOCKED",
        "BROUGHT_BACK, NOTHING_REFUSED did not come",
    ),
    "says nothing when asked": (
        {'case "partner.report_requested.v1" if': 'case "partner.of_tomorrow.v1" if', "+ STEP_S": "+ STEP_S * 4000"},
        "REPORT_REQUESTED",
        "answer it with partner.status.v1",
    ),
    "sends rubbish": (
        {'"data": {"job_id": job["id"], **data}': '"data": {"job": job["id"], **data}'},
        "PLAIN",
        "MALFORMED: job_id is missing",
    ),
}


@pytest.mark.parametrize("mistake", _MISTAKES)
async def test_a_broken_system_fails_with_what_to_do(site: Site, tmp_path: Path, mistake: str) -> None:
    changes, scenario, why = _MISTAKES[mistake]
    async with site.system(*broken(tmp_path, "ojek.py", changes)):
        patience = "3" if "did not come" in why or "was not accepted" in why else "60"
        found = await site.check("feed", "--scenarios", scenario, "--patience", patience)
    assert (found.code, why in found.text) == (1, True), found.text


_SPOILT: Mapping[str, tuple[Mapping[str, str], str]] = {
    "takes no answer for one": (
        {
            "if status == 200:\n            return said": 'if status in (200, 503):\n            return {"outcome": "applied"} | said'
        },
        "was not sent again",
    ),
    "dies of what it does not know": (
        {"pass  # what is not known is not for us": 'assert "tomorrow" not in event["type"]'},
        "ACCEPTED",
    ),
}


@pytest.mark.parametrize("mistake", _SPOILT)
async def test_a_system_that_works_while_all_is_well_fails_when_it_is_spoilt(
    site: Site, tmp_path: Path, mistake: str
) -> None:
    changes, why = _SPOILT[mistake]
    port = free_port()
    async with site.system(*broken(tmp_path, "ojek.py", changes), WLIJO_URL=f"http://127.0.0.1:{port}"):
        found = await site.check("feed", "--listen", str(port), "--scenarios", "PLAIN", "--patience", "15")
    assert (found.code, "pass  PLAIN (plain" in found.text, why in found.text) == (1, True, True), found.text


async def test_a_proxy_that_nobody_uses_is_said(site: Site) -> None:
    async with site.system(sys.executable, str(EXAMPLES / "ojek.py")):
        found = await site.check("feed", "--listen", str(free_port()), "--scenarios", "PLAIN")
    assert (found.code, "give your system this address" in found.text) == (1, True), found.text


@pytest.mark.parametrize(
    "command",
    [
        (sys.executable, str(EXAMPLES / "webhook.py")),
        pytest.param(("node", str(EXAMPLES / "webhook.mjs")), marks=_NODE),
    ],
    ids=["python", "javascript"],
)
async def test_the_webhook_examples_take_what_is_ours_and_nothing_else(command: tuple[str, ...]) -> None:
    async with endpoint(*command) as made:
        assert await asyncio.to_thread(lambda: list(made.findings("ptn_1"))) == []


_ENDPOINTS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "verifies nothing": ({"if not is_wlijos(": "if False and not is_wlijos("}, "an event with a wrong signature"),
    "takes recordings": ({"LATE_S = 300": "LATE_S = 10**6"}, "an event that was signed an hour ago"),
    "reads the first signature": ({".split()\n": ".split()[:1]\n"}, "two signatures"),
    "refuses what it does not know": (
        {
            'if event["id"] not in known:': 'if "tomorrow" in event["type"]:\n                raise SystemExit\n            if True:'
        },
        "a type that is not known",
    ),
    "verifies what it reads again": (
        {"+ body, hashlib": "+ json.dumps(json.loads(body), indent=1).encode(), hashlib"},
        "over the very bytes",
    ),
}


@pytest.mark.parametrize("mistake", _ENDPOINTS)
async def test_a_broken_endpoint_is_told_what_to_do(tmp_path: Path, mistake: str) -> None:
    changes, why = _ENDPOINTS[mistake]
    async with endpoint(*broken(tmp_path, "webhook.py", changes)) as made:
        found = await asyncio.to_thread(lambda: list(made.findings("ptn_1")))
    assert why in " ".join(found)


async def test_a_webhook_is_checked_whole(site: Site) -> None:
    async with (
        endpoint(sys.executable, str(EXAMPLES / "webhook.py")) as made,
        site.system(sys.executable, str(EXAMPLES / "ojek.py")),
    ):
        argv = ("webhook", "--webhook", made.url, "--scenarios", "PLAIN")
        found = await site.check(*argv, WLIJO_WEBHOOK_SECRET=_SECRET)
    assert (found.code, found.lines[-1]) == (0, "3 passed, 0 failed"), found.text


async def test_what_cannot_be_checked_is_said(site: Site) -> None:
    wrong = await site.check("feed", CLIENT_SECRET="another")
    assert (wrong.code, "the credentials are not taken" in wrong.text) == (2, True)
    others = await site.check("feed", PARTNER_ID="ptn_01h455vb4pex5vsknk084sn02q")
    assert (others.code, "no company with this PARTNER_ID" in others.text) == (2, True)
    away = await site.check("feed", WLIJO_URL=f"http://127.0.0.1:{free_port()}")
    assert (away.code, "does not answer" in away.text) == (2, True)
