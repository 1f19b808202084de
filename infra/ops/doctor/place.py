"""From where the doctor looks, and by what names it knows the installation."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from services.contracts.registry import NAMES
from services.kit.process.settings import Mode, SettingsError, load
from services.kit.secret import Secret


class TellingOf(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    """What is looked at again and again for Prometheus; the rest, once, by whoever asks."""

    wlijo_mode: Mode = Mode.PRODUCTION
    doctor_backup_dir: str = ""
    doctor_offsite: str = ""
    """Where copies go off the host; "" when they do not."""
    doctor_disks: str = ""
    """Folders whose disks are looked at, with a comma between."""
    doctor_kafka_tls: str = ""
    """host:port of the partners' listener, as it is reached from here."""
    doctor_in_compose: str = ""
    people_issuer: str = ""
    kafka_public_name: str = ""
    archive_timeout: str = ""


class Settings(TellingOf, frozen=True, kw_only=True):
    """All may be left out: what is not told is not looked at, and that is said."""

    doctor_secrets_dir: str = ""
    doctor_keys_dir: str = ""
    """A developer's: one folder of files, all his own."""
    doctor_processes: str = ""
    """name=http://host:port, with a comma between."""
    doctor_processes_held: str = ""
    """name=port, where whoever looks sees the ports of the machine on which all of it runs."""
    prometheus_url: str = ""
    alertmanager_url: str = ""
    gateway_port: str = ""
    gateway_replicas: str = ""
    kafka_public_port: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """`meminfo` is the kernel's own page. `owner` owns the files of a developer's machine."""

    environment: Mapping[str, str]
    settings: Settings
    meminfo: Path = Path("/proc/meminfo")
    owner: int = field(default_factory=os.geteuid)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Place:
        """Raises SettingsError."""
        return cls(environment, load(Settings, environment))

    @property
    def in_compose(self) -> bool:
        return bool(self.settings.doctor_in_compose)

    def database(self, service: str) -> Secret | None:
        """None where it is not told. Raises SettingsError when its password cannot be read."""
        name = f"{service.upper()}_DATABASE_URL"
        if not self.environment.get(name) and not self.environment.get(f"{name}_FILE"):
            return None
        found = load(msgspec.defstruct("_Address", [("url", Secret, msgspec.field(name=name))]), self.environment)
        url: Secret = found.url  # type: ignore[attr-defined]  # made a line above
        return url

    def processes(self) -> dict[str, str]:
        """Name -> address. In compose they are called by their services' names."""
        told = self.settings.doctor_processes
        if told or not self.in_compose:
            return pairs(told, "DOCTOR_PROCESSES")
        ours = ["web", *(f"{service}-{kind}" for service in NAMES for kind in ("api", "worker"))]
        return {"gateway": "http://gateway:4000", **{name: f"http://{name}:8000" for name in ours}}

    def command(self, words: str) -> str:
        """A command of ops, as it is typed here."""
        return f"docker compose run --rm ops {words}" if self.in_compose else f"make ops DO='{words}'"

    def up(self) -> str:
        return "docker compose up --wait" if self.in_compose else "make up"

    def logs(self, process: str) -> str:
        return f"docker compose logs --tail 50 {process}" if self.in_compose else f"make logs P={process}"


def pairs(text: str, setting: str) -> dict[str, str]:
    """name=value,name=value. Raises SettingsError."""
    found = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, separator, value = part.partition("=")
        if not separator or not name or not value:
            raise SettingsError(f"{setting} is name=value,name=value: {part}")
        found[name] = value
    return found
