"""A compose installation of the tests' own: its project, ports, secrets and backups; as root, its networks are reached from the host."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.people import partner_id
from infra.local.ports import Ports
from infra.local.state import ROOT, Home
from infra.ops.heard import heard_by
from services.contracts.registry import COMPACTED, NAMES
from tests.compose.disk import OVERRIDE, Disk
from tests.e2e.installation import Installation, free_ports

APIS, WORKERS, MIGRATIONS = (tuple(f"{service}-{kind}" for service in NAMES) for kind in ("api", "worker", "migrate"))
SERVICES = ("gateway", *APIS, *WORKERS)
BUSY = tuple(f"{service}-worker" for service in NAMES if not set(heard_by(service)) <= set(COMPACTED))
"""Workers that apply something at every order: they hear facts."""
ROBOTS = ("robot-semeru", "robot-minak-koncar", "robot-jogotrunan", "robot-merchant")
BROKERS = ("kafka", "kafka-2", "kafka-3")
_READY_PORT = {"gateway": 4000, "issuer": 4010}
PRESENT = ROOT / "docker-compose.yml"
DEMO = ROOT / "infra/compose/demo.env"
THREE_BROKERS = ROOT / "infra/compose/three-brokers.env"


class Failed(Exception):
    """A command of Docker failed; the text is its own."""


@dataclass(frozen=True, slots=True)
class Container:
    name: str
    pid: int
    status: str
    health: str
    addresses: Mapping[str, str]
    """Network, without the project's name -> address."""

    @property
    def address(self) -> str:
        return next(iter(self.addresses.values()))


@dataclass(slots=True)
class Stack(Installation):
    """The demo by docker compose, with whatever settings it is given beyond."""

    project: str = "wlijo-test"
    settings: dict[str, str] = field(default_factory=dict)
    env_files: tuple[Path, ...] = (DEMO,)
    disk: Disk | None = None

    @classmethod
    def make(cls, folder: Path, project: str, settings: Mapping[str, str] | None = None) -> Stack:
        return cls(Home(folder), free_ports(), project=project, settings=dict(settings or {}))

    @classmethod
    def described(cls, file: Path) -> Stack:
        """One that runs already, as `describe` wrote it down."""
        said = json.loads(file.read_text())
        ports = Ports(*said["ports"])
        return cls(Home(Path(said["folder"])), ports, project=said["project"], settings=said["settings"])

    def describe(self, file: Path) -> None:
        ports = [self.ports.base, self.ports.postgres, self.ports.kafka]
        file.write_text(
            json.dumps(
                {"folder": str(self.home.path), "ports": ports, "project": self.project, "settings": self.settings}
            )
        )

    @property
    def secrets(self) -> Path:
        return self.home.path / "secrets"

    @property
    def backup(self) -> Path:
        return self.home.path / "backup"

    def compose_environment(self) -> dict[str, str]:
        given = {
            "COMPOSE_PROJECT_NAME": self.project,
            "SECRETS_DIR": str(self.secrets),
            "BACKUP_DIR": str(self.backup),
            "GATEWAY_PORT": str(self.ports.gateway),
            "ISSUER_PORT": str(self.ports.issuer),
            "KAFKA_PUBLIC_PORT": str(self.ports.kafka),
            "KAFKA_PUBLIC_PORT_2": str(self.ports.kafka + 1),
            "KAFKA_PUBLIC_PORT_3": str(self.ports.kafka + 2),
            "JWT_ISSUER": self.issuer_url,
            "LOG_LEVEL": "WARNING",
            "STEP_S": "0.1",
            "PLACE_ORDER_BURST": "1000",
            "PLACE_ORDER_PER_SECOND": "100",
            "OPEN_ORDERS_PER_BUYER": "100000",
            "OPEN_ORDERS_PER_PRODUCT": "100000",
            "ORDERS_PER_DAY": "100000",
            "ARCHIVE_TIMEOUT": "5",
        }
        return {**os.environ, **given, **self.settings}

    def try_compose(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                "docker", "compose", "--project-directory", str(ROOT), *(f"--env-file={file}" for file in self.env_files),
                "--progress", "plain", *arguments,
            ],
            cwd=ROOT, env=self.compose_environment(), capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip

    def compose(self, *arguments: str, timeout: float = 300) -> str:
        """Raises Failed."""
        done = self.try_compose(*arguments, timeout=timeout)
        if done.returncode:
            raise Failed(f"docker compose {' '.join(arguments)}: {done.stdout[-2000:]} {done.stderr[-3000:]}")
        return done.stdout

    def up(self) -> None:
        self.compose("up", "--wait", "--wait-timeout", "170")

    def down(self) -> None:
        """With its volumes: they are the test's own."""
        self.try_compose("--profile", "*", "down", "--volumes", "--timeout", "5")
        if self.disk:
            self.disk.clear("postgres")
            self.disk.clear("kafka")

    def lose(self, service: str) -> None:
        """The container and its volume, which has the same name; `prepare`, which has run, had it too."""
        self.compose("rm", "--stop", "--force", service, "prepare")
        docker("volume", "rm", f"{self.project}_{service}")
        if self.disk:
            self.disk.clear(service)

    def put_on(self, disk: Disk) -> None:
        """Before its first `up`."""
        self.disk = disk
        self.settings["TEST_DISK"] = str(disk.folder)

    def read(self, file: Path) -> None:
        """From here on this is its compose file."""
        self.settings["COMPOSE_FILE"] = ":".join([str(file), *([str(ROOT / OVERRIDE)] if self.disk else [])])

    def has(self) -> set[str]:
        """The services of its compose file: that of an image before can have fewer than ours."""
        return set(self.compose("config", "--services").split())

    def verb(self, verb: str, **options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "--no-print-directory", verb, f"PORT_BASE={self.ports.base}", *(f"{name}={value}" for name, value in options.items())],
            cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip

    def containers(self, service: str) -> list[Container]:
        found = docker(
            "ps", "-q", "--filter", f"label=com.docker.compose.project={self.project}",
            "--filter", f"label=com.docker.compose.service={service}", "--filter", "label=com.docker.compose.oneoff=False",
        ).split()  # fmt: skip
        return [self._container(each) for each in json.loads(docker("inspect", *found))] if found else []

    def _container(self, said: Mapping[str, Any]) -> Container:
        networks = said["NetworkSettings"]["Networks"]
        return Container(
            name=said["Name"].lstrip("/"),
            pid=said["State"]["Pid"],
            status=said["State"]["Status"],
            health=(said["State"].get("Health") or {}).get("Status", ""),
            addresses={
                name.removeprefix(f"{self.project}_"): each["IPAddress"]
                for name, each in networks.items()
                if each["IPAddress"]
            },
        )

    def container(self, service: str) -> Container:
        """Raises Failed when it does not run."""
        found = [each for each in self.containers(service) if each.addresses]
        if not found:
            raise Failed(f"{service} does not run")
        return found[0]

    def pid(self, role: str) -> int:
        return self.container(role).pid

    def kill(self, role: str) -> None:
        """From the host, past the engine: what it stops itself it does not start again."""
        os.kill(self.pid(role), signal.SIGKILL)

    def ready_url(self, service: str, container: Container) -> str:
        return f"http://{container.address}:{_READY_PORT.get(service, 8000)}"

    def api_url(self, service: str) -> str:
        return self.ready_url(f"{service}-api", self.container(f"{service}-api"))

    def password(self, name: str) -> str:
        return (self.secrets / "keep" / name).read_text().strip()

    def database_url(self, service: str) -> str:
        address = self.container("postgres").addresses["data"]
        return f"postgresql://{service}:{self.password(f'database_{service}')}@{address}:5432/{service}"

    def issuer_key(self) -> str:
        return (self.secrets / "keep/issuer.jwk.json").read_text()

    def broker(self) -> dict[str, Any]:
        """The administrator, on the inner listener; its name is the network's, see `names_resolve`."""
        return {
            "bootstrap_servers": "kafka:9092",
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": "admin",
            "sasl_plain_password": self.password("kafka_admin"),
        }

    def partner(self, key: str) -> dict[str, Any]:
        """All that a partner knows: host and port, CA file, user and password."""
        return {
            "bootstrap_servers": f"localhost:{self.ports.kafka}",
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": partner_id(key),
            "sasl_plain_password": self.password(f"partners/{partner_id(key)}"),
            "ssl_context": ssl.create_default_context(cafile=str(self.secrets / "keep/tls/ca.pem")),
        }

    def names_resolve(self) -> None:
        """From here on this process knows the brokers by the names that they have among themselves."""
        known = socket.getaddrinfo

        def resolve(host: Any, *rest: Any, **more: Any) -> Any:
            if host in BROKERS:
                host = self.container(host).addresses["stream"]
            return known(host, *rest, **more)

        socket.getaddrinfo = resolve


def docker(*arguments: str, timeout: float = 120) -> str:
    """Raises Failed."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode:
        raise Failed(f"docker {' '.join(arguments)}: {done.stderr[-2000:]}")
    return done.stdout
