"""What the gateway can be told: a variable each; the command line is other words for some of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from gateway.executor.breaker import Rules
from services.kit.checks import rule
from services.kit.process.settings import Mode, Port, Switch, TokenSettings
from services.kit.process.settings import load as load_settings

_HERE = Path(__file__).parent
_DAY_S = 86_400

# What safelisting may be: see gateway.documents.
TrustedMode = Literal["off", "log-only", "safelist"]
Count = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=_DAY_S)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, rename=lambda name: f"LIMIT_{name.upper()}"):
    """What one request may ask for, and how many may be under way."""

    body_bytes: Count = 256 * 1024
    head_bytes: Count = 64 * 1024
    connections: Count = 20_000
    tokens: Count = 4_000
    depth: Count = 20
    aliases: Count = 100
    directives: Count = 100
    root_fields: Count = 20
    root_mutations: Count = 5
    # Fields and fragments, each as often as it is unfolded; what is asked for twice counts twice.
    selections: Count = 5_000
    validation_steps: Count = 5_000
    request_ms: Count = 10_000
    # One fetch, so that a service that hangs leaves time to ask the others.
    fetch_ms: Count = 4_000
    in_flight: Count = 512
    # Of one known caller, and of all others at one address together.
    in_flight_per_caller: Count = 32
    in_flight_per_address: Count = 256
    # By @cost and @listSize, see gateway.cost; a list that says nothing of its length is taken to have `list_size`.
    cost: Count = 10_000
    # Of who is not known.
    anonymous_cost: Count = 3_000
    # What all subgraphs answer to one operation, and what is written of it.
    answer_bytes: Count = 8 * 1024 * 1024
    list_size: Count = 5
    # How often a document may ask for what the standard introspection query asks for.
    introspections: Count = 2
    operation_cache_bytes: Count = 16 * 1024 * 1024
    introspection_cache_bytes: Count = 16 * 1024 * 1024
    plan_cache_bytes: Count = 64 * 1024 * 1024
    apq_bytes: Count = 8 * 1024 * 1024
    subscriptions: Count = 10_000
    subscriptions_per_connection: Count = 50
    subscriptions_per_caller: Count = 50
    subscriptions_per_address: Count = 500
    # Of files beside the graph, see gateway.files: bytes of one that is sent, and how many are sent at once.
    upload_bytes: Count = 13 * 1024 * 1024
    uploads: Count = 32
    uploads_per_caller: Count = 2
    uploads_per_address: Count = 8
    sockets_per_caller: Count = 50
    sockets_per_address: Count = 500


class Breaking(msgspec.Struct, frozen=True, kw_only=True, rename=lambda name: f"BREAKER_{name.upper()}"):
    """When a subgraph is left alone."""

    error_percent: Count = 50
    least_requests: Count = 20
    window_seconds: Seconds = 10
    pause_seconds: Seconds = 2

    @property
    def rules(self) -> Rules:
        return Rules(self.error_percent, self.least_requests, self.window_seconds, self.pause_seconds)


class RestRoutes:
    """Paths of services that are passed on unread, the first that fits: `/a/{id}=one,/{rest:path}=other`.

    `owners`: Starlette's pattern of a path -> the name of the subgraph that owns it.
    """

    __slots__ = ("owners",)

    def __init__(self, owners: Mapping[str, str]) -> None:
        self.owners = owners

    @classmethod
    def of_text(cls, text: str) -> "RestRoutes":
        owners: dict[str, str] = {}
        for part in filter(None, map(str.strip, text.split(","))):
            path, separator, name = map(str.strip, part.rpartition("="))
            if not separator or not path.startswith("/") or not name:
                raise ValueError(f"{part!r} is not like /path/{{rest:path}}=subgraph")
            owners[path] = name
        return cls(owners)

    @classmethod
    def of_one(cls, text: str, name: str) -> "RestRoutes":
        """Those of one subgraph: `/a/{id},/b`."""
        return cls.of_text(",".join(f"{path}={name}" for path in text.split(",") if path.strip()))


class Settings(TokenSettings, frozen=True, kw_only=True):
    """What says None of itself here is as the mode has it: shut in `sandbox` and `production`, open in the others."""

    port: Port = 4000
    supergraph_file: Path = _HERE / "supergraph.graphql"
    rest_routes: RestRoutes = RestRoutes({})
    cors_origins: str = ""
    explorer: Switch | None = None
    explorer_phone: str = ""
    # How long an answer may be kept by whoever stands between, see gateway.protocols.keeping; 0: asked for each time.
    cache_s: Annotated[int, msgspec.Meta(ge=0, le=_DAY_S)] = msgspec.field(name="CACHE_SECONDS", default=10)
    introspection: Switch = Switch.ON
    mask_errors: Switch = Switch.ON
    # Plan and cost in an extension of the answer, for those who ask.
    explain: Switch | None = None
    csrf: Switch | None = msgspec.field(name="CSRF_PREVENTION", default=None)
    apq: Switch = Switch.ON
    trusted: TrustedMode = msgspec.field(name="TRUSTED_DOCUMENTS", default="off")
    manifest_file: Path | None = msgspec.field(name="TRUSTED_DOCUMENTS_FILE", default=None)
    # Of one caller; 0 is no limit.
    rate_per_second: Annotated[int, msgspec.Meta(ge=0)] | None = msgspec.field(
        name="RATE_LIMIT_PER_SECOND", default=None
    )
    rate_burst: Count = msgspec.field(name="RATE_LIMIT_BURST", default=100)
    drain_s: Seconds = msgspec.field(name="DRAIN_SECONDS", default=10)
    # How long /readyz says no while requests are still taken, for those who send them to look.
    drain_notice_s: Annotated[float, msgspec.Meta(ge=0, le=_DAY_S)] = msgspec.field(
        name="DRAIN_NOTICE_SECONDS", default=0
    )
    # A sign of life on every open connection, and how long a client may take nothing of what was sent to it.
    ping_s: Seconds = msgspec.field(name="PING_SECONDS", default=20)
    stall_s: Seconds = msgspec.field(name="STALL_SECONDS", default=30)
    # Proxies whose X-Forwarded-For is believed: addresses and networks, by comma.
    forwarded_allow_ips: str = "127.0.0.1"
    # How long a client may take for a whole head, for a whole body after it, and until the next request.
    head_s: Seconds = msgspec.field(name="HEAD_SECONDS", default=10)
    body_s: Seconds = msgspec.field(name="BODY_SECONDS", default=15)
    # A whole body where files are sent.
    upload_s: Seconds = msgspec.field(name="UPLOAD_SECONDS", default=120)
    idle_s: Annotated[int, msgspec.Meta(ge=1, le=_DAY_S)] = msgspec.field(name="IDLE_SECONDS", default=5)
    limits: Limits = Limits()
    breaker: Breaking = Breaking()

    @rule
    def trusted_documents_are_listed(self) -> None:
        if self.trusted != "off" and self.manifest_file is None:
            raise ValueError("TRUSTED_DOCUMENTS needs TRUSTED_DOCUMENTS_FILE, the manifest")

    @rule
    def origins_are_closed(self) -> None:
        if ":*" in self.cors_origins and self.mode not in (Mode.LOCAL, Mode.TEST):
            raise ValueError("CORS_ORIGINS may leave the port open (:*) in local mode only")

    def __post_init__(self) -> None:
        super().__post_init__()
        shut = self.mode in (Mode.SANDBOX, Mode.PRODUCTION)
        by_mode = {
            "explorer": Switch.of(self.mode is Mode.LOCAL),
            "explain": Switch.of(not shut),
            "csrf": Switch.of(shut),
            "rate_per_second": 50 if shut else 0,
        }
        for name, value in by_mode.items():
            if getattr(self, name) is None:
                msgspec.structs.force_setattr(self, name, value)

    @property
    def origins(self) -> tuple[str, ...]:
        return tuple(filter(None, map(str.strip, self.cors_origins.split(","))))


def load(environment: Mapping[str, str]) -> Settings:
    """Raises SettingsError, naming every key that is wrong."""
    return load_settings(Settings, environment)
