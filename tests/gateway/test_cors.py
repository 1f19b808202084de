"""Pages of other origins: which may call, what they may send, what they may read."""

from typing import Any

import pytest

from gateway.settings import load
from services.kit.process.settings import Mode, SettingsError
from tests.gateway.kit.network import gateway

PAGE = "https://wlijo.id"
# What apps and the libraries that trace them send: Apollo Client, Sentry, W3C, Zipkin, Datadog; and what is not known yet.
SENT = (
    "authorization, content-type, apollo-require-preflight, x-apollo-operation-name, wlijo-explain, apollographql-client-name, "
    "apollographql-client-version, baggage, sentry-trace, traceparent, tracestate, x-request-id, if-none-match, b3, "
    "x-datadog-trace-id, x-of-tomorrow"
)


async def preflight(origin: str, *, sent: str = SENT, method: str = "POST", **options: Any) -> tuple[int, Any]:
    asked = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": sent,
    }
    async with (
        gateway({}, **options) as running,
        running.client.options(f"{running.url}/graphql", headers=asked) as got,
    ):
        return got.status, got.headers


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_page_that_may_call_may_send_what_tracing_clients_send(method: str) -> None:
    status, headers = await preflight(PAGE, method=method, cors_origins=f"https://other.id, {PAGE}")
    assert (status, headers["access-control-allow-origin"]) == (200, PAGE)
    allowed = {name.strip().lower() for name in headers["access-control-allow-headers"].split(",")}
    assert allowed >= set(SENT.split(", "))
    assert int(headers["access-control-max-age"]) >= 600


@pytest.mark.parametrize(
    ("origin", "options"),
    [
        (PAGE, {}),
        ("https://wlijo.id.evil.example", {"cors_origins": PAGE}),
        ("https://wlijo.id:8443", {"cors_origins": PAGE}),
        ("http://192.168.1.5:5173", {"mode": Mode.LOCAL}),
        ("http://192.168.1.50:5173", {"mode": Mode.LOCAL, "cors_origins": "http://192.168.1.5:*"}),
        ("http://192.168.1.5.evil.example", {"mode": Mode.LOCAL, "cors_origins": "http://192.168.1.5:*"}),
        ("http://192.168.1.5:5173", {"cors_origins": "http://192.168.1.5"}),
        ("http://localhost.evil.example:80", {"mode": Mode.LOCAL}),
        ("null", {"mode": Mode.LOCAL}),
    ],
)
async def test_any_other_page_may_not(origin: str, options: dict[str, Any]) -> None:
    _, headers = await preflight(origin, **options)
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("origin", ["http://192.168.1.5:5173", "http://192.168.1.5", "http://localhost:3000"])
async def test_in_local_mode_a_phones_page_may_call_from_any_port_of_the_host_that_is_named(origin: str) -> None:
    status, headers = await preflight(origin, mode=Mode.LOCAL, cors_origins="http://192.168.1.5:*")
    assert (status, headers["access-control-allow-origin"]) == (200, origin)


def test_outside_of_local_mode_no_port_is_left_open() -> None:
    with pytest.raises(SettingsError, match="CORS_ORIGINS"):
        load({"CORS_ORIGINS": "http://192.168.1.5:*"})
    assert load({"CORS_ORIGINS": "http://192.168.1.5:*", "WLIJO_MODE": "local"}).origins == ("http://192.168.1.5:*",)


async def test_a_page_reads_when_to_come_again_the_tag_and_the_id_of_the_request() -> None:
    async with (
        gateway({}, cors_origins=PAGE) as running,
        running.client.post(f"{running.url}/graphql", json={"query": "{"}, headers={"origin": PAGE}) as answer,
    ):
        exposed = answer.headers["access-control-expose-headers"].split(", ")
        assert set(exposed) >= {"retry-after", "etag", "x-request-id"}
        assert (answer.headers["access-control-allow-origin"], "Origin" in answer.headers["vary"]) == (PAGE, True)
