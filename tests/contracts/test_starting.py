"""A process that lacks several settings and has one malformed says all of them in one message, shows no secret, and ends with 2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

import pytest

import gateway.__main__ as edge
from infra.ops.__main__ import main as ops
from infra.ops.provision.__main__ import main as provision
from services.contracts.registry import NAMES
from services.kit.process.main import main as process
from services.web.__main__ import main as web
from tests.worlds.environment import without_settings


def _service(name: str, verb: str) -> Callable[[], int]:
    return lambda: process(import_module(f"services.{name}.app").SERVICE, [verb])


BAD: Mapping[str, tuple[Callable[[], int], dict[str, str], set[str]]] = {
    "delivery api": (
        _service("delivery", "api"),
        {"OFFER_SECONDS": "soon", "JWT_ISSUER": "https://issuer.example"},
        {"OFFER_SECONDS", "PORT", "DATABASE_URL", "QUOTE_SIGNING_KEY", "HANDOVER_PIN_KEY"},
    ),
    "people worker": (
        _service("people", "worker"),
        {"CHANNEL_AT_ONCE": "1", "CODE_CHANNELS": "whatsapp,mail", "SMTP_HOST": "mail.example", "PORT": "1"},
        {
            "CHANNEL_AT_ONCE", "DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_TOKEN",
            "WHATSAPP_CODE_TEMPLATE", "WHATSAPP_NOTICE_TEMPLATE", "SMTP_FROM", "SMTP_TO",
        },
    ),
    "catalog migrate": (
        _service("catalog", "migrate"),
        {"LOG_LEVEL": "loud", "WLIJO_MODE": "moon"},
        {"LOG_LEVEL", "WLIJO_MODE", "MIGRATION_DATABASE_URL"},
    ),
    "web api": (
        lambda: web(["api"]),
        {"LIVE_PAGES": "0", "MAP_TILES_URL": "https://tiles.example/{z}/{x}/{y}.png"},
        {"LIVE_PAGES", "PORT", "GATEWAY_URL", "WEB_SESSION_KEY", "MAP_TILES_CREDIT"},
    ),
    "gateway": (
        lambda: edge.main([]),
        {
            "LIMIT_DEPTH": "none", "CATALOG_URL": "catalog:8000", "TRUSTED_DOCUMENTS": "safelist", "PEOPLE_PATHS": "x",
            "REST_ROUTES": "/a=nobody", "JWKS_URL": "http://10.0.0.7/jwks",
        },
        {"LIMIT_DEPTH", "CATALOG_URL", "TRUSTED_DOCUMENTS", "PEOPLE_PATHS", "REST_ROUTES", "JWKS_URL"},
    ),
    "provision": (
        lambda: provision(["plan"]),
        {"TOPIC_MIN_ISR": "0", "PARTNER_PRODUCER_BYTE_RATE": "fast"},
        {"TOPIC_MIN_ISR", "PARTNER_PRODUCER_BYTE_RATE", "KAFKA_BOOTSTRAP_SERVERS"},
    ),
    "ops sums": (
        lambda: ops(["why", "LMJ-260101-0001"]),
        {"CATALOG_DATABASE_URL": "postgresql://x@y/z"},
        {f"{name.upper()}_DATABASE_URL" for name in NAMES if name != "catalog"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_all_that_is_wrong_is_said_at_once(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    start, told, wrong = BAD[name]
    without_settings(monkeypatch)
    for key, value in {**told, "UNRELATED_PASSWORD": "hush-hush"}.items():
        monkeypatch.setenv(key, value)
    assert start() == 2
    said = capsys.readouterr()
    first, *lines = said.err.splitlines()
    assert first.endswith(" cannot start:")
    assert {line.split()[0] for line in lines} == wrong
    assert len(lines) == len(wrong)
    assert (said.out, "hush-hush" in said.err) == ("", False)


def test_a_gateway_whose_files_are_not_there_says_so_beside_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without_settings(monkeypatch)
    for key, value in {"SUPERGRAPH_FILE": "/no/supergraph", "TRUSTED_DOCUMENTS_FILE": "/no/list", "PORT": "x"}.items():
        monkeypatch.setenv(key, value)
    assert edge.main([]) == 2
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()[1:]] == [
        "PORT",
        "TRUSTED_DOCUMENTS_FILE",
        "SUPERGRAPH_FILE",
    ]
