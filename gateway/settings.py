"""What the gateway can be told, by environment and command line; a wrong value fails at start, naming its key."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from gateway.executor.breaker import Rules

VERSION = "0.1.0"
_HERE = Path(__file__).parent
_MODES = ("local", "test", "sandbox", "production")


# What safelisting may be: see gateway.documents.
TrustedMode = Literal["off", "log-only", "safelist"]
_TRUSTED_MODES: tuple[TrustedMode, ...] = ("off", "log-only", "safelist")


class SettingsError(Exception):
    """The message names the key and what it may be."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask for, and how many may be under way."""

    body_bytes: int = 256 * 1024
    tokens: int = 4_000
    depth: int = 20
    aliases: int = 100
    directives: int = 100
    root_fields: int = 20
    repeated_fields: int = 50
    request_ms: int = 10_000
    # One fetch, so that a service that hangs leaves time to ask the others.
    fetch_ms: int = 4_000
    in_flight: int = 512
    # By @cost and @listSize, see gateway.cost; a list that says nothing of its length is taken to have `list_size`.
    cost: int = 100_000
    list_size: int = 5
    operation_cache_bytes: int = 16 * 1024 * 1024
    plan_cache_bytes: int = 64 * 1024 * 1024
    apq_bytes: int = 8 * 1024 * 1024
    subscriptions: int = 10_000
    subscriptions_per_connection: int = 50


@dataclass(frozen=True, slots=True)
class Settings:
    supergraph_file: Path
    host: str = "127.0.0.1"
    port: int = 4000
    mode: str = "production"
    subgraph_urls: Mapping[str, str] = field(default_factory=dict)
    jwks_url: str = ""
    jwt_issuer: str = ""
    jwt_audience: str = "wlijo"
    cors_origins: tuple[str, ...] = ()
    graphiql: bool = False
    graphiql_token_url: str = ""
    introspection: bool = True
    mask_errors: bool = True
    # Plan and cost in an extension of the answer, for those who ask.
    explain: bool = False
    csrf: bool = False
    apq: bool = True
    trusted: TrustedMode = "off"
    manifest_file: Path | None = None
    # Of one caller; 0 is no limit.
    rate_per_second: int = 0
    rate_burst: int = 100
    breaker: Rules = field(default_factory=Rules)
    otlp_endpoint: str = ""
    log_level: str = "INFO"
    drain_s: float = 10.0
    # How long /readyz says no while requests are still taken, for those who send them to look.
    drain_notice_s: float = 0.0
    # A sign of life on every open connection, and how long a client may take nothing of what was sent to it.
    ping_s: float = 20.0
    stall_s: float = 30.0
    limits: Limits = field(default_factory=Limits)

    @property
    def partner_urls(self) -> dict[str, str]:
        """Base addresses of the services that own paths under /partner/v1/."""
        return {name: url for name in ("ordering", "delivery") if (url := self.subgraph_urls.get(name))}


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    env = os.environ if environment is None else environment
    mode = env.get("WLIJO_MODE", "production")
    if mode not in _MODES:
        raise SettingsError(f"WLIJO_MODE is {mode!r}; it may be {', '.join(_MODES)}")
    defaults = Limits()
    limits = replace(
        defaults,
        **{name: _number(env, f"LIMIT_{name.upper()}", getattr(defaults, name)) for name in defaults.__slots__},
    )
    locked = mode in ("sandbox", "production")
    trusted = next((each for each in _TRUSTED_MODES if each == env.get("TRUSTED_DOCUMENTS", "off")), None)
    if trusted is None:
        raise SettingsError(f"TRUSTED_DOCUMENTS is {env['TRUSTED_DOCUMENTS']!r}; it may be {', '.join(_TRUSTED_MODES)}")
    manifest = env.get("TRUSTED_DOCUMENTS_FILE", "")
    if trusted != "off" and not manifest:
        raise SettingsError("TRUSTED_DOCUMENTS needs TRUSTED_DOCUMENTS_FILE, the manifest")
    suffix = "_URL"
    not_subgraphs = {"JWKS_URL", "GRAPHIQL_TOKEN_URL", "DATABASE_URL", "MIGRATION_DATABASE_URL"}
    urls = {
        name.removesuffix(suffix).lower(): value.rstrip("/")
        for name, value in env.items()
        if name.endswith(suffix) and name not in not_subgraphs and value.startswith(("http://", "https://"))
    }
    return Settings(
        supergraph_file=Path(env.get("SUPERGRAPH_FILE") or _HERE / "supergraph.graphql"),
        host=env.get("HOST", "127.0.0.1"),
        port=_number(env, "PORT", 4000),
        mode=mode,
        subgraph_urls=urls,
        jwks_url=env.get("JWKS_URL", ""),
        jwt_issuer=env.get("JWT_ISSUER", ""),
        jwt_audience=env.get("JWT_AUDIENCE", "wlijo"),
        cors_origins=tuple(part.strip() for part in env.get("CORS_ORIGINS", "").split(",") if part.strip()),
        graphiql=mode == "local",
        graphiql_token_url=env.get("GRAPHIQL_TOKEN_URL", "") if mode == "local" else "",
        introspection=_switch(env, "INTROSPECTION", default=True),
        explain=_switch(env, "EXPLAIN", default=not locked),
        csrf=_switch(env, "CSRF_PREVENTION", default=locked),
        apq=_switch(env, "APQ", default=True),
        trusted=trusted,
        manifest_file=Path(manifest) if manifest else None,
        rate_per_second=_number(env, "RATE_LIMIT_PER_SECOND", 50 if locked else 0, least=0),
        rate_burst=_number(env, "RATE_LIMIT_BURST", 100),
        breaker=Rules(
            _number(env, "BREAKER_ERROR_PERCENT", 50),
            _number(env, "BREAKER_LEAST_REQUESTS", 20),
            _number(env, "BREAKER_WINDOW_SECONDS", 10),
            _number(env, "BREAKER_PAUSE_SECONDS", 2),
        ),
        otlp_endpoint=env.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
        log_level=env.get("LOG_LEVEL", "INFO").upper(),
        drain_s=_number(env, "DRAIN_SECONDS", 10),
        drain_notice_s=_number(env, "DRAIN_NOTICE_SECONDS", 0, least=0),
        ping_s=_number(env, "PING_SECONDS", 20),
        stall_s=_number(env, "STALL_SECONDS", 30),
        limits=limits,
    )


def _number(env: Mapping[str, str], key: str, default: int, *, least: int = 1) -> int:
    text = env.get(key, "")
    if not text:
        return default
    if not text.isdigit() or (int(text) < least and key != "PORT"):
        raise SettingsError(f"{key} is {text!r}; it must be a whole number of at least {least}")
    return int(text)


def _switch(env: Mapping[str, str], key: str, *, default: bool) -> bool:
    text = env.get(key, "")
    if text not in ("", "on", "off"):
        raise SettingsError(f"{key} is {text!r}; it may be on or off")
    return default if not text else text == "on"
