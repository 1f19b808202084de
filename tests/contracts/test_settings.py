"""Every setting that a process reads is passed by the compose file, with the default that the code has, and is explained where ops look."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ruamel.yaml import YAML
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from gateway.settings import Settings as GatewaySettings
from infra.kafka import config
from infra.settings.compare import NOT_IN_COMPOSE
from services.contracts.registry import NAMES
from services.kit.process.settings import MigrateSettings, ServerSettings
from services.web.settings import WebSettings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = YAML(typ="safe", pure=True).load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")
PAGE = (ROOT / "docs" / "gateway.md").read_text("utf-8")

IN_THE_IMAGE = {"HOST", "PORT", "SUPERGRAPH_FILE"}
"""The image says them, and what is in it: a container has an address of its own, and the supergraph is the release's."""
OF_COMPOSE = {
    "FORWARDED_ALLOW_IPS": "the proxy on the host comes by the bridge",
    "CONNECTIONS_PER_ADDRESS": "the gateway's: the proxy in front is one address for all",
    "KAFKA_SECURITY_PROTOCOL": "the stack's broker has users",
    "REST_ROUTES": "those that the services have",
}
"""Settings whose default in the compose file is another than the code's, and why."""


RELEASED = frozenset(
    re.findall(r"\w+", """API_REPLICAS ARCHIVE_TIMEOUT ASSIGN_WITHIN_SECONDS
    BACKUPS_KEPT BACKUP_DIR CORS_ORIGINS GATEWAY_BIND GATEWAY_PORT GATEWAY_REPLICAS
    GRAPHIQL_TOKEN_URL INTROSPECTION ISSUER_PORT JWKS_URL JWT_AUDIENCE JWT_ISSUER KAFKA_BOOTSTRAP_SERVERS KAFKA_CLUSTER_ID KAFKA_HEAP_OPTS
    KAFKA_IMAGE KAFKA_MEMORY KAFKA_NODES KAFKA_PUBLIC_BIND KAFKA_PUBLIC_NAME KAFKA_PUBLIC_PORT KAFKA_PUBLIC_PORT_2 KAFKA_PUBLIC_PORT_3
    LOG_LEVEL METRICS_KEPT OFFERS_AT_ONCE OFFER_ROUNDS OFFER_SECONDS OTEL_EXPORTER_OTLP_ENDPOINT OTEL_IMAGE PARTNERS
    PARTNER_CONSUMER_BYTE_RATE PARTNER_PRODUCER_BYTE_RATE PARTNER_REQUEST_PERCENTAGE PLACE_ORDER_BURST PLACE_ORDER_PER_SECOND
    POSTGRES_IMAGE POSTGRES_MAX_CONNECTIONS POSTGRES_MEMORY POSTGRES_SHARED_BUFFERS PROMETHEUS_IMAGE PROMETHEUS_PORT
    REPORT_AFTER_SILENT_SECONDS SECRETS_DIR STEP_S TOPIC_MIN_ISR TOPIC_REPLICATION WLIJO_IMAGE WLIJO_MODE WLIJO_VERSION
    WORKER_REPLICAS""")
)  # fmt: skip
"""What an `.env` of release 0.1.0 may say: an environment is read silently, so that a name that is gone would be ignored silently."""


def test_a_broker_is_started_anew_by_a_release_that_has_another_file_for_it() -> None:
    text = config.render(config.Node(), config.Passwords(admin="a" * 16, node="n" * 16))
    said = "\n".join(line for line in text.splitlines() if line and not line.startswith("#"))
    digest = hashlib.sha256(said.encode()).hexdigest()[:12]
    labels = {name: each["labels"]["wlijo.properties"] for name, each in COMPOSE.items() if name.startswith("kafka")}
    assert labels == dict.fromkeys(("kafka", "kafka-2", "kafka-3"), digest), "write it in docker-compose.yml"


def processes() -> Mapping[str, type[msgspec.Struct]]:
    """Container -> what its process reads."""
    found: dict[str, type[msgspec.Struct]] = {"gateway": GatewaySettings, "web": WebSettings}
    for name in NAMES:
        service = import_module(f"services.{name}.app").SERVICE
        found |= {
            f"{name}-api": service.api_settings,
            f"{name}-worker": service.worker_settings,
            f"{name}-migrate": MigrateSettings,
        }
    return found


def settings_of(cls: type[msgspec.Struct]) -> Iterator[msgspec.structs.FieldInfo]:
    """With those of the structs inside."""
    for field in msgspec.structs.fields(cls):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from settings_of(field.type)
        else:
            yield field


def wrongly_passed(container: str, cls: type[msgspec.Struct], environment: Mapping[str, str]) -> Iterator[str]:
    for field in settings_of(cls):
        name = field.encode_name
        given = environment.get(name, environment.get(f"{name}_FILE"))
        if given is None:
            if name not in IN_THE_IMAGE and name not in NOT_IN_COMPOSE:
                yield f"{container}: {name} is not passed"
            continue
        variable, default = _variable(given)
        if variable and f"{variable}=" not in EXAMPLE:
            yield f".env.example: {variable} is not there"
        if default and name not in OF_COMPOSE and not _same(default, field):
            yield f"{container}: {name} is {default} unless said, and {field.default} in the code"


def _variable(given: str) -> tuple[str, str]:
    """`${NAME:-default}` -> name and default; a fixed value has no name."""
    found = re.fullmatch(r"\$\{(\w+)(?::-(.*)|:\?.*)?\}", str(given))
    return (found[1], found[2] or "") if found else ("", "")


def _same(default: str, field: msgspec.structs.FieldInfo) -> bool:
    if field.default is msgspec.NODEFAULT:
        return True
    try:
        return float(default) == float(field.default)
    except (TypeError, ValueError):
        return default == str(field.default)


def not_on_the_page(cls: type[msgspec.Struct], page: str) -> list[str]:
    """Settings of the gateway that its page does not name: in code marks, a limit without what all limits begin with."""
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", page))
    limits = set(re.findall(r"`([A-Z][A-Z_]+)`", page[page.index("| `LIMIT_…` |") : page.index("### Cost")]))
    return [
        field.encode_name
        for field in settings_of(cls)
        if field.encode_name not in named and field.encode_name.removeprefix("LIMIT_") not in limits
    ]


@pytest.mark.parametrize("container", processes())
def test_the_compose_file_passes_every_setting_with_the_codes_default(container: str) -> None:
    assert list(wrongly_passed(container, processes()[container], COMPOSE[container]["environment"])) == []


def test_what_the_compose_file_asks_of_the_environment_is_in_its_example() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", text))
    assert {name for name in asked if not re.search(rf"(?m)^#?{name}=", EXAMPLE)} == set()


def gone_silently(asked: set[str], page: str) -> set[str]:
    """Names that an older `.env` may say, that nobody reads and that the page on upgrades does not name."""
    upgrade = page[page.index("## Upgrade") : page.index("## Back up")]
    return {name for name in RELEASED - asked if f"`{name}`" not in upgrade}


def test_what_an_env_of_the_release_before_says_is_still_read_or_the_upgrade_says_that_it_is_not() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text("utf-8")))
    assert gone_silently(asked, page) == set()
    assert gone_silently(asked - {"METRICS_KEPT"}, page) == {"METRICS_KEPT"}
    said = page.replace("## Back up", "`METRICS_KEPT` is gone.\n\n## Back up")
    assert gone_silently(asked - {"METRICS_KEPT"}, said) == set()


def test_the_gateways_page_names_every_setting() -> None:
    assert not_on_the_page(GatewaySettings, PAGE) == []


@pytest.mark.parametrize(
    ("peer", "caller"),
    [("172.18.0.1", "198.51.100.7"), ("192.168.16.1", "198.51.100.7"), ("203.0.113.9", "203.0.113.9")],
)
async def test_behind_the_proxy_on_the_host_every_caller_has_an_address_of_his_own(peer: str, caller: str) -> None:
    _, believed = _variable(COMPOSE["gateway"]["environment"]["FORWARDED_ALLOW_IPS"])
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])

    headers = [(b"x-forwarded-for", b"198.51.100.7"), (b"x-forwarded-proto", b"https")]
    scope: Any = {"type": "http", "scheme": "http", "client": (peer, 1), "headers": headers}
    await ProxyHeadersMiddleware(app, believed)(scope, _nothing, _nothing)
    assert seen == [caller]


async def _nothing(*_: Any) -> Any:
    raise AssertionError("nobody reads or writes here")


class _Inside(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    fresh_limit: int = 5


class _More(ServerSettings, frozen=True, kw_only=True):
    inside: _Inside = _Inside()
    apq: str = "on"


def test_a_setting_that_nobody_passes_explains_or_repeats_rightly_is_named() -> None:
    environment = {**COMPOSE["gateway"]["environment"], "APQ": "${APQ:-off}", "LOG_LEVEL": "${LOG_LEVEL_OF_MINE:-INFO}"}
    assert list(wrongly_passed("gateway", _More, environment)) == [
        ".env.example: LOG_LEVEL_OF_MINE is not there",
        "gateway: FRESH_LIMIT is not passed",
        "gateway: APQ is off unless said, and on in the code",
    ]
    assert not_on_the_page(_More, PAGE) == ["FRESH_LIMIT"]
