"""What the gateway can be told, by environment and command line; a wrong value fails at start, naming its key."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

VERSION = "0.1.0"
_HERE = Path(__file__).parent
_MODES = ("local", "test", "sandbox", "production")


class SettingsError(Exception):
    """The message names the key and what it may be."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask for, and how many may be under way."""

    body_bytes: int = 256 * 1024
    tokens: int = 4_000
    depth: int = 20
    aliases: int = 100
    root_fields: int = 20
    repeated_fields: int = 50
    request_ms: int = 10_000
    # One fetch, so that a service that hangs leaves time to ask the others.
    fetch_ms: int = 4_000
    in_flight: int = 512
    plans: int = 1_000
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
    log_level: str = "INFO"
    drain_s: float = 10.0
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
        introspection=env.get("INTROSPECTION", "on") != "off",
        log_level=env.get("LOG_LEVEL", "INFO").upper(),
        drain_s=_number(env, "DRAIN_SECONDS", 10),
        ping_s=_number(env, "PING_SECONDS", 20),
        stall_s=_number(env, "STALL_SECONDS", 30),
        limits=limits,
    )


def _number(env: Mapping[str, str], key: str, default: int) -> int:
    text = env.get(key, "")
    if not text:
        return default
    if not text.isdigit() or (int(text) == 0 and key != "PORT"):
        raise SettingsError(f"{key} is {text!r}; it must be a whole number above zero")
    return int(text)
