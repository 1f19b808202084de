"""What runs, as data: every process and task of the embedded way with command, environment, ports and health."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local import lan, paying, people, postgres
from infra.local.broker import Broker
from infra.local.keys import Keys
from infra.local.leftovers import MARK
from infra.local.ports import HOST, Ports
from infra.local.problems import CannotStart
from infra.local.seeded import ROBOT_MERCHANT, SEED, companies, phone, robot_merchants_owner
from infra.local.state import Home
from services.contracts.registry import NAMES
from services.kit.process.settings import Mode

# Settings of another way to run, or of the caller's own Python, must not leak in.
_NOT_INHERITED = (
    "DATABASE_URL", "MIGRATION_DATABASE_URL", "JWT_ISSUER", "JWT_AUDIENCE", "JWKS_URL", "JWT_ISSUERS", "JWT_CA",
    "HOME_ISSUER", "HOME_JWKS_URL", "HOME_ENDED_URL",
    "JWT_ISSUER_FILE", "JWT_AUDIENCE_FILE", "JWKS_URL_FILE", "JWT_ISSUERS_FILE", "JWT_CA_FILE",
    "HOST", "PORT", "QUOTE_SIGNING_KEY_FILE", "QUOTE_JWKS_FILE", "SUPERGRAPH_FILE", "WLIJO_MODE",
    "PEOPLE_ISSUER", "TOKEN_SIGNING_KEYS_FILE", "SIGN_IN_CODE_KEY_FILE",
    *(f"{service.upper()}_{what}" for service in (*NAMES, "web") for what in ("URL", "PATHS", "FILES")),
    "QRIS_PROVIDERS", "QRIS_PROVIDERS_FILE", "COURIER_PROFILE", "COURIER_PROFILE_FILE",
    "MEDIA_PATH", "MEDIA_KEY", "MEDIA_KEY_FILE", *(f"MEDIA_S3_{what}" for what in ("BUCKET", "ENDPOINT", "ACCESS_KEY", "SECRET_KEY")),
    "GATEWAY_URL", "WEB_SESSION_KEY", "WEB_SESSION_KEY_FILE", "INBOX_URL", "SIGN_IN_AS_URL",
    "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "MAKEFLAGS", "MFLAGS", "MAKELEVEL",
)  # fmt: skip

# Which paths beside the graph the gateway passes on, and to whom; as in docker-compose.yml.
_BESIDE_THE_GRAPH = {
    "REST_ROUTES": "/partner/v1/jobs/{id}/contact=ordering,/partner/v1/cash=ordering,/payments/v1/{rest:path}=ordering,"
    "/partner/v1/{rest:path}=delivery",
    "PEOPLE_PATHS": "/oauth2/{rest:path},/.well-known/{rest:path},/inbox,/receipts/{rest:path},/exports/{id}",
    "CATALOG_FILES": "/media/{file:path}",
    "ORDERING_FILES": "/claims/photos/{file:path}",
    "DELIVERY_FILES": "/trips/proofs/{file:path}",
    "CATALOG_PATHS": "/bulk/v1/{rest:path}",
    "INSIGHT_PATHS": "/open-data/{name:path}",
    "WEB_PATHS": "/,/{page:path}",
}
_LIMITS_OF_CODES = (
    "CODES_PER_NUMBER_HOUR", "CODES_PER_NUMBER_DAY", "CODES_PER_ADDRESS_HOUR", "GUESSES_PER_ADDRESS_HOUR", "MESSAGES_PER_DAY",
    "CHANNEL_BUDGET_PER_DAY",
)  # fmt: skip


def _is_foreign(name: str) -> bool:
    return name in _NOT_INHERITED or name.startswith("KAFKA_")


@dataclass(frozen=True)
class Process:
    """One program. With `health` it is ready when /readyz on that port says so; without, as soon as it runs."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    health: int | None = None
    stop: signal.Signals = signal.SIGTERM


@dataclass(frozen=True)
class Plan:
    """Everything of one installation, in the groups that are started and stopped together."""

    mode: Mode
    postgres: Process
    broker: Process
    issuer: Process | None
    migrations: tuple[Process, ...]
    seeds: tuple[Process, ...]
    topics: Process
    apis: tuple[Process, ...]
    workers: tuple[Process, ...]
    robots: tuple[Process, ...]
    newcomers: tuple[str, ...] = ()
    """Keys of the ojek companies that no robot works for."""


def chosen_robots(asked: str | None) -> list[str]:
    """Keys of the companies that robots work for: all, unless asked for some. Raises CannotStart for an unknown one."""
    keys = [str(company["key"]) for company in companies()]
    if asked is None:
        return keys
    chosen = [name.strip() for name in asked.split(",") if name.strip()]
    for name in chosen:
        if name not in keys:
            raise CannotStart(f"ROBOTS={asked}: there is no ojek company {name!r}; there are {', '.join(keys)}")
    return chosen


def for_ops(ports: Ports, keys: Keys, broker: Broker, mode: Mode) -> dict[str, str]:
    """What infra.ops is told: the databases, the broker as its administrator, and what handlers need to take a dead letter again."""
    from infra.ops.addresses import variable  # it brings a client of the broker, which the other verbs do without

    passwords = keys.passwords
    return {
        "WLIJO_MODE": mode,
        **({} if mode is Mode.LOCAL else {"HANDOVER_PIN_KEY_FILE": str(keys.pins)}),
        **{variable(name): postgres.url(name, passwords[name], ports.postgres, name) for name in NAMES},
        **broker.as_administrator(),
        "QUOTE_JWKS_FILE": str(keys.quote_public),
        "SIGN_IN_CODE_KEY_FILE": str(keys.codes),
        "PORT": "0",  # a worker's settings are read, and nobody listens
        **_for_the_doctor(ports, keys),
    }


def _for_the_doctor(ports: Ports, keys: Keys) -> dict[str, str]:
    """What he looks at on a developer's machine, where all is one user's and there are neither copies nor alerts."""
    listening = {"gateway": ports.gateway, "web": ports.web} | {
        f"{name}-{kind}": port
        for name in NAMES
        for kind, port in (("api", ports.api(name)), ("worker", ports.worker(name)))
    }
    held = {**listening, "postgres": ports.postgres, "broker": ports.kafka}
    return {
        "DOCTOR_PROCESSES": ",".join(f"{name}=http://{HOST}:{port}" for name, port in listening.items()),
        "DOCTOR_PROCESSES_HELD": ",".join(f"{name}={port}" for name, port in held.items()),
        "DOCTOR_KEYS_DIR": str(keys.codes.parent),
        "DOCTOR_DISKS": str(keys.codes.parent),
    }


def chosen_courier(asked: str | None) -> str:
    """The file that says which courier from outside is asked, empty where none is. Raises CannotStart when it is not there."""
    if not asked:
        return ""
    path = Path(asked).resolve()
    if not path.is_file():
        raise CannotStart(f"COURIER={asked}: there is no such file")
    return str(path)


def chosen_mode(asked: str | None) -> Mode:
    """Local, unless asked for production: nothing is seeded and nobody has a token but by signing in. Raises CannotStart."""
    if asked not in (None, "", Mode.LOCAL, Mode.PRODUCTION):
        raise CannotStart(f"MODE={asked}: there are {Mode.LOCAL} and {Mode.PRODUCTION}")
    return Mode(asked or Mode.LOCAL)


def plan(
    home: Home,
    ports: Ports,
    keys: Keys,
    broker: Broker,
    *,
    robots: Sequence[str],
    reached_as: str = "",
    courier: str = "",
    mode: Mode = Mode.LOCAL,
) -> Plan:
    """`reached_as`: by what the gateway is also reached in the network, see infra.local.lan. `courier`: the file of COURIER_PROFILE."""
    trying = mode is Mode.LOCAL
    passwords = keys.passwords
    common = {
        **{name: value for name, value in os.environ.items() if not _is_foreign(name)},
        MARK: home.run_id(),
        "WLIJO_MODE": mode,
        "HOST": HOST,
        "PYTHONUNBUFFERED": "1",
        "MALLOC_ARENA_MAX": "2",  # threads of one process share their heaps: a third less memory each
    }
    issuer_url = f"http://{HOST}:{ports.issuer}"
    gateway_url = f"http://{HOST}:{ports.gateway}"
    # The development issuer is beside people, for scripts. People's keys are a file, so that nobody waits for the gateway.
    tokens = {
        "HOME_ISSUER": gateway_url,
        "HOME_JWKS_URL": keys.tokens_public.as_uri(),
        "HOME_ENDED_URL": f"http://{HOST}:{ports.api('people')}/ended-sessions",
        "JWT_AUDIENCE": "wlijo",
        **({"JWT_ISSUER": issuer_url, "JWKS_URL": f"{issuer_url}/jwks"} if trying else {}),
    }
    signing_in = {
        "PEOPLE_ISSUER": gateway_url,
        "TOKEN_SIGNING_KEYS_FILE": str(keys.tokens),
        "SIGN_IN_CODE_KEY_FILE": str(keys.codes),
    }
    # All are at one address here, and robots and demos sign in as often as they start.
    often = {name: common.get(name, "100000") for name in _LIMITS_OF_CODES}
    media = {"MEDIA_PATH": str(home.media), "MEDIA_KEY_FILE": str(keys.media)}
    quotes = {"QUOTE_SIGNING_KEY_FILE": str(keys.quote_private), "QUOTE_JWKS_FILE": str(keys.quote_public)}

    def python(*arguments: str) -> tuple[str, ...]:
        return (sys.executable, "-m", *arguments)

    def database(service: str) -> dict[str, str]:
        return {"DATABASE_URL": postgres.url(service, passwords[service], ports.postgres, service)}

    def server(name: str, port: int, command: tuple[str, ...], environment: Mapping[str, str]) -> Process:
        return Process(name, command, {**common, "PORT": str(port), **environment}, (port,), port)

    def service_process(service: str, verb: str, port: int) -> Process:
        environment = {**database(service), **tokens, **broker.as_service(service), **quotes}
        if service == "people":
            environment |= (often if trying else {}) | signing_in
        if service in ("catalog", "ordering", "delivery"):
            environment |= media
        if service == "ordering" and trying:
            environment |= paying.for_ordering(ports, keys)
        if service == "delivery" and trying:
            environment["WEBHOOKS_NEAR"] = "on"  # a company's endpoint is on this machine
        if service == "delivery" and courier:
            environment["COURIER_PROFILE_FILE"] = courier
        if service == "delivery" and not trying:
            environment["HANDOVER_PIN_KEY_FILE"] = str(keys.pins)
        return server(f"{service}-{verb}", port, python(f"services.{service}", verb), environment)

    def migration(service: str) -> Process:
        owner = f"{service}_owner"
        url = postgres.url(owner, passwords[owner], ports.postgres, service)
        return Process(
            f"{service}-migrate", python(f"services.{service}", "migrate"), {**common, "MIGRATION_DATABASE_URL": url}
        )

    def seed(service: str) -> Process:
        command = python(f"services.{service}", "seed", str(SEED / f"{service}.json"))
        environment = {**common, **database(service), **(media if service == "catalog" else {})}
        return Process(f"{service}-seed", command, environment)

    subgraphs = {f"{service.upper()}_URL": f"http://{HOST}:{ports.api(service)}" for service in NAMES}
    subgraphs["WEB_URL"] = f"http://{HOST}:{ports.web}"
    web = {
        "GATEWAY_URL": gateway_url,
        "WEB_SESSION_KEY_FILE": str(keys.sessions),
        **({"INBOX_URL": f"{gateway_url}/inbox", "SIGN_IN_AS_URL": issuer_url} if trying else {}),
    }
    partners = [people.partner_id(company["key"]) for company in companies()] if trying else []
    return Plan(
        mode=mode,
        postgres=Process(
            "postgres", postgres.command(home.pgdata, ports.postgres), common, (ports.postgres,), stop=signal.SIGINT
        ),
        broker=Process("broker", broker.command(), common, broker.ports),
        issuer=server(
            "issuer", ports.issuer, python("infra.local.issuer"), tokens | {"ISSUER_KEY_FILE": str(keys.issuer)}
        )
        if trying
        else None,
        migrations=tuple(migration(service) for service in NAMES),
        seeds=tuple(seed(service) for service in NAMES if trying and (SEED / f"{service}.json").exists()),
        topics=Process("topics", python(*broker.topics(partners)), {**common, **broker.as_administrator()}),
        apis=(
            *(service_process(service, "api", ports.api(service)) for service in NAMES),
            server(
                "gateway",
                ports.gateway,
                python("gateway"),
                {
                    **tokens,
                    **subgraphs,
                    **_BESIDE_THE_GRAPH,
                    **({"EXPLORER_PHONE": phone("siti")} if trying else {}),
                    **lan.for_gateway(reached_as, common.get("CORS_ORIGINS", "")),
                },
            ),
            server("web", ports.web, python("services.web", "api"), web),
            *(
                [server("qris", ports.qris, python("infra.local.qris"), paying.for_provider(ports, keys))]
                if trying
                else []
            ),
        ),
        workers=tuple(service_process(service, "worker", ports.worker(service)) for service in NAMES),
        robots=(
            *(_ojek(company, common, ports, broker) for company in companies() if company["key"] in robots),
            _merchant(common, ports),
        )
        if trying
        else (),
        newcomers=tuple(str(company["key"]) for company in companies() if trying and company["key"] not in robots),
    )


def _ojek(company: Mapping[str, Any], common: Mapping[str, str], ports: Ports, broker: Broker) -> Process:
    """With the channel HTTP it knows no broker."""
    over_http = company.get("channel") == "HTTP"
    environment = {
        **common,
        **({} if over_http else broker.as_partner(people.partner_id(company["key"]))),
        "DECLINE_EVERY": str(company.get("decline_every", 0)),
        "IGNORE_EVERY": str(company.get("ignore_every", 0)),
        "PARTNER_ID": people.partner_id(company["key"]),
        "RIDERS": ",".join(people.rider_id(rider["key"]) for rider in company["riders"]),
        "PLATFORM_URL": f"http://{HOST}:{ports.gateway}",
        "TOKEN_URL": f"http://{HOST}:{ports.issuer}/token",
        "TOKEN_AS": company["person"],
        "PIN": "000000",
    }
    robot = "infra.local.robots.http_ojek" if over_http else "infra.local.robots.ojek"
    return Process(f"robot-{company['key']}", (sys.executable, "-m", robot), environment)


def _merchant(common: Mapping[str, str], ports: Ports) -> Process:
    environment = {
        **common,
        "MERCHANT_ID": people.merchant_id(ROBOT_MERCHANT),
        "PLATFORM_URL": f"http://{HOST}:{ports.gateway}",
        "SIGN_IN_PHONE": phone(robot_merchants_owner()),
    }
    return Process("robot-merchant", (sys.executable, "-m", "infra.local.robots.merchant"), environment)
