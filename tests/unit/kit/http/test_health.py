"""Liveness, readiness and metrics of a process."""

import time

import pytest
from starlette.applications import Starlette

from services.kit.http import health
from services.kit.observe.readiness import Readiness
from services.kit.observe.telemetry import Telemetry
from services.kit.observe.version import VERSION
from tests.worlds.asgi import request


def an_app(readiness: Readiness) -> Telemetry:
    return Telemetry(Starlette(routes=health.routes(readiness)))


async def test_a_process_is_ready_when_every_check_holds() -> None:
    readiness = Readiness("relay", "consumer")
    app = an_app(readiness)
    starting = await request(app, "GET", "/readyz")
    assert starting.status == 503
    assert starting.json() == {
        "version": VERSION,
        "ready": False,
        "checks": {"relay": False, "consumer": False},
        "reasons": {"relay": "starting", "consumer": "starting"},
        "for_s": {"relay": 0, "consumer": 0},
    }
    readiness.report("relay", True)
    readiness.report("consumer", True)
    ready = await request(app, "GET", "/readyz")
    assert (ready.status, ready.json()["ready"]) == (200, True)
    readiness.report("consumer", False, "no partitions assigned")
    said = (await request(app, "GET", "/readyz")).json()
    assert (said["reasons"], list(said["for_s"])) == ({"consumer": "no partitions assigned"}, ["consumer"])


def test_how_long_counts_from_when_it_first_did_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [10.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    readiness = Readiness("relay")
    for at, ok, since in ((11, False, 10), (12, False, 10), (13, True, 13), (14, True, 13), (15, False, 15)):
        now[0] = at
        readiness.report("relay", ok, "away")
        assert readiness.present["relay"].since == since


async def test_a_probe_is_asked_and_one_that_fails_is_a_reason() -> None:
    asked = []

    async def well() -> str | None:
        asked.append(1)
        return None

    async def broken() -> str | None:
        raise OSError("refused")

    readiness = Readiness()
    readiness.probe("database", well)
    readiness.probe("issuer", broken)
    app = an_app(readiness)
    for _ in range(2):
        answer = (await request(app, "GET", "/readyz")).json()
        assert answer["checks"] == {"database": True, "issuer": False}
        assert answer["reasons"] == {"issuer": "OSError: refused"}
    assert asked == [1]


async def test_a_process_that_is_not_ready_is_still_alive() -> None:
    app = an_app(Readiness("relay"))
    assert (await request(app, "GET", "/livez")).status == 200


async def test_metrics_are_named_by_route_never_by_path() -> None:
    app = an_app(Readiness())
    await request(app, "GET", "/livez")
    await request(app, "GET", "/orders/ord_secret")
    metrics = await request(app, "GET", "/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert b'wlijo_http_request_seconds_count{method="GET",route="/livez",status="200"}' in metrics.body
    assert b'route="unmatched",status="404"' in metrics.body
    assert b"ord_secret" not in metrics.body


async def test_metrics_say_whether_it_is_ready_though_nobody_asked_before() -> None:
    readiness = Readiness("relay")
    app = an_app(readiness)
    assert b"wlijo_ready 0.0" in (await request(app, "GET", "/metrics")).body
    readiness.report("relay", True)
    assert b"wlijo_ready 1.0" in (await request(app, "GET", "/metrics")).body


async def test_a_thousand_scrapes_write_the_page_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written = 0

    def write(_: object) -> bytes:
        nonlocal written
        written += 1
        return b"page"

    monkeypatch.setattr(health, "generate_latest", write)
    monkeypatch.setattr(health, "_WRITTEN_EVERY_S", 3_600.0)
    app = Starlette(routes=health.routes(Readiness()))
    for _ in range(1_000):
        assert (await request(app, "GET", "/metrics")).body == b"page"
    assert written == 1
